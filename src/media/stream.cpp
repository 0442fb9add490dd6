#include "media/stream.h"

#include <algorithm>

#include "media/emodel.h"
#include "media/mix.h"

namespace firstring::media {

Stream::Stream(LoopShared& shared, const OpenOrder& order)
    : shared_(shared),
      id_(order.stream),
      rtp_fd_(order.rtp_fd),
      rtcp_fd_(order.rtcp_fd),
      out_(order.ssrc, order.sequence, order.timestamp),
      silence_timer_(shared.timers),
      rtcp_timer_(shared.timers) {
  kind_of_type_.fill(k_unknown);
  type_of_codec_.fill(-1);
}

Stream::~Stream() {
  if (mix_ != nullptr) mix_->forget(mix_place_);
  leave_joined();
  shared_.phases.remove(*this);
}

void Stream::configure(StreamPlan plan) {
  const bool first = !configured_;
  const bool address_changed = first || !(plan.remote == plan_.remote);
  const bool codecs_changed = first || plan.codecs != plan_.codecs ||
                              plan.event_payload_type != plan_.event_payload_type ||
                              plan.event_clock != plan_.event_clock;
  const Direction direction_before = plan_.direction;
  apply_keys(plan);
  plan_ = std::move(plan);
  configured_ = !plan_.codecs.empty();
  if (!configured_) return update_ticking();
  // A name in place of an address cannot be: nothing here asks DNS. Nothing is sent then.
  if (address_changed) {
    source_.set_remote(NetAddress::of(plan_.remote).value_or(NetAddress{}));
    rtcp_from_ = NetAddress{};
  }
  if (codecs_changed) apply_codecs();
  configured_at_ = shared_.now();
  // On hold nobody is expected to speak; the wait for sound begins anew behind it.
  if (first || direction_before != plan_.direction) {
    silent_ = false;
    start_silence_timer();
  }
  if (first) start_rtcp_timer(true);
  update_ticking();
  if (joined_ != nullptr && joined_ != this) joined_->update_ticking();
}

void Stream::apply_keys(const StreamPlan& plan) {
  // The same key again must keep its counters and its replay window (RFC 3711 §3.3).
  const auto renew = [](std::unique_ptr<SrtpSide>& side, const std::optional<SrtpKey>& before,
                        const std::optional<SrtpKey>& after, SrtpSide::Direction direction) {
    if (!after) return side.reset();
    if (side && before == after) return;
    side.reset();
    auto made = SrtpSide::create(*after, direction);
    if (made) side = std::make_unique<SrtpSide>(std::move(made).value());
  };
  renew(protect_, plan_.send_key, plan.send_key, SrtpSide::Direction::send);
  renew(unprotect_, plan_.receive_key, plan.receive_key, SrtpSide::Direction::receive);
}

void Stream::apply_codecs() {
  const Codec send_before = send_codec_;
  kind_of_type_.fill(k_unknown);
  type_of_codec_.fill(-1);
  for (const AgreedCodec& agreed : plan_.codecs) {
    if (agreed.payload_type < 0 || agreed.payload_type > 127) continue;
    const auto codec = static_cast<std::size_t>(agreed.codec);
    kind_of_type_[static_cast<std::size_t>(agreed.payload_type)] =
        static_cast<std::int8_t>(agreed.codec);
    if (type_of_codec_[codec] < 0) {
      type_of_codec_[codec] = static_cast<std::int8_t>(agreed.payload_type);
    }
  }
  if (plan_.event_payload_type >= 0 && plan_.event_payload_type <= 127) {
    kind_of_type_[static_cast<std::size_t>(plan_.event_payload_type)] = k_event;
    detector_.reset();
  }
  events_ = EventReceiver(plan_.event_clock);
  send_codec_ = plan_.codecs.front().codec;
  if (send_codec_ != send_before) encoder_.reset();
  if (mix_ != nullptr) mix_->codecs_changed(mix_place_);
  gathered_.clear();
  frames_gathered_ = 0;
  playout_.reset();
  transcoding_ = false;
  if (joined_ != nullptr && joined_ != this) joined_->transcoding_ = false;
}

void Stream::play(std::uint64_t playback, std::vector<PlayItem> items, bool loop) {
  playback_ = std::make_unique<Playback>(playback, std::move(items), loop);
  update_ticking();
}

void Stream::stop_play() {
  playback_.reset();
  update_ticking();
}

void Stream::bridge(Stream& a, Stream& b) {
  if (&a == &b) return a.echo();
  // Joined already, one may still be hearing music.
  for (Stream* one : {&a, &b}) {
    if (a.joined_ != &b) one->leave_joined();
    one->playback_.reset();
  }
  a.joined_ = &b;
  b.joined_ = &a;
  a.update_ticking();
  b.update_ticking();
}

void Stream::unbridge() {
  Stream* other = joined_;
  leave_joined();
  update_ticking();
  if (other != nullptr) other->update_ticking();
}

void Stream::leave_joined() {
  if (joined_ == nullptr) return;
  Stream* other = joined_;
  for (Stream* one : {this, other}) {
    one->joined_ = nullptr;
    one->playout_.reset();
    one->encoder_.reset();
    one->transcoding_ = false;
    one->out_.pause();
  }
  if (other != this) other->update_ticking();
}

void Stream::echo() {
  leave_joined();
  playback_.reset();
  joined_ = this;
  update_ticking();
}

// ---- in a mix ----

void Stream::enter_mix(Mix& mix, std::size_t place) {
  if (mix_ != nullptr) mix_->forget(mix_place_);
  mix_ = &mix;
  mix_place_ = place;
}

void Stream::leave_mix() {
  take_mix(false);
  mix_ = nullptr;
}

// What the bridge had begun to transcode is not up to date when it comes back.
void Stream::take_mix(bool taken) {
  if (std::exchange(mix_taken_, taken) == taken) return;
  if (joined_ != nullptr && std::exchange(transcoding_, false)) joined_->playout_.reset();
  encoder_.reset();
  if (!busy_otherwise()) out_.pause();
  update_ticking();
}

bool Stream::may_send_mix() {
  if (busy_otherwise()) return false;
  if (sends()) return true;
  out_.pause();   // on hold: time passes, nothing is sent
  return false;
}

void Stream::mute(bool muted) {
  muted_ = muted;
  if (joined_ != nullptr) joined_->update_ticking();
}

void Stream::send_digits(std::string_view digits) {
  if (plan_.event_payload_type >= 0 || !configured_) {
    if (!keys_) keys_ = std::make_unique<EventSender>(plan_.event_clock);
    keys_->queue(digits);
  } else {
    if (!inband_keys_) inband_keys_ = std::make_unique<InbandKeys>();
    std::string& waiting = inband_keys_->digits;
    for (const char digit : digits) {
      if (event_of_key(digit) && waiting.size() < EventSender::k_digits_max) waiting += digit;
    }
  }
  update_ticking();
}

bool Stream::receives() const {
  return configured_ &&
         (plan_.direction == Direction::send_recv || plan_.direction == Direction::recv_only);
}

bool Stream::sends() const {
  return configured_ &&
         (plan_.direction == Direction::send_recv || plan_.direction == Direction::send_only) &&
         source_.address().is_destination() && !(plan_.send_key && !protect_);
}

bool Stream::filling() const {
  if (joined_ == nullptr || !joined_->configured_) return false;
  return joined_->muted_ || !joined_->receives();
}

void Stream::update_ticking() {
  const bool keys = (keys_ && keys_->active()) || (inband_keys_ && !inband_keys_->digits.empty());
  const bool wanted =
      configured_ &&
      (playback_ || (sends() && (keys || (!mix_taken_ && (transcoding_ || filling())))));
  if (wanted == ticking()) return;
  if (wanted) {
    shared_.phases.add(*this, shared_.now());
  } else {
    shared_.phases.remove(*this);
    out_.pause();
  }
}

void Stream::start_silence_timer() {
  if (plan_.direction != Direction::send_recv) return silence_timer_.stop();
  silence_timer_.start(shared_.silence_after, [this] { check_silence(); });
}

void Stream::check_silence() {
  if (plan_.direction != Direction::send_recv) return;
  // Packets do not touch the timer: it looks when the last one came, and sleeps on.
  const MonoTime since = std::max(heard_at_, configured_at_);
  const Duration left = shared_.silence_after - (shared_.now() - since);
  if (left > Duration::zero()) return silence_timer_.start(left, [this] { check_silence(); });
  silent_ = true;
  report(WentSilent{id_});
}

int Stream::sample_rate() const {
  int rate = 8000;
  for (const AgreedCodec& agreed : plan_.codecs) {
    if (agreed.codec == Codec::g722 || agreed.codec == Codec::opus) rate = 16000;
  }
  return rate;
}

StreamStatistics Stream::close() {
  if (packets_sent_ > 0) send_rtcp(true);
  StreamStatistics statistics;
  if (reception_.any()) statistics.codec = name_of(heard_codec_);
  statistics.packets_received = reception_.received();
  statistics.packets_sent = packets_sent_;
  statistics.packets_lost = reception_.lost();
  statistics.strangers = strangers_;
  if (reception_.expected() > 0) {
    statistics.loss_percent = 100.0 * static_cast<double>(reception_.lost()) /
                              static_cast<double>(reception_.expected());
  }
  statistics.jitter_ms = reception_.jitter() * 1000 / rtp_clock_of(heard_codec_);
  statistics.round_trip_ms = round_trip_ms_;
  if (remote_loss_count_ > 0) {
    statistics.remote_loss_percent = remote_loss_sum_ / remote_loss_count_;
  }
  statistics.mos = mos(statistics);
  leave_joined();
  if (mix_ != nullptr) mix_->forget(mix_place_);
  return statistics;
}

double Stream::mos(const StreamStatistics& statistics) const {
  if (!reception_.any()) return 0;
  // Where nobody decodes here, the far phone's jitter buffer is taken to hold twice the jitter.
  Duration buffer = playout_ ? playout_->statistics().delay : Duration::zero();
  if (buffer <= Duration::zero()) {
    buffer = std::max(Duration(40ms), Duration(static_cast<std::int64_t>(
                                          2e6 * std::min(statistics.jitter_ms, 100.0))));
  }
  const double one_way_ms = std::max(round_trip_ms_, 0.0) / 2;
  const Duration codec_delay = heard_codec_ == Codec::opus ? 27ms : 20ms;
  return mos_of({.codec = heard_codec_,
                 .loss_percent = statistics.loss_percent,
                 .burst_ratio = 1,
                 .one_way = Duration(static_cast<std::int64_t>(one_way_ms * 1e6)) + buffer +
                            codec_delay});
}

}  // namespace firstring::media

// What comes from a stream's peer: checks, keys, and the way on to whoever listens.
#include <algorithm>
#include <cstring>

#include "media/g711.h"
#include "media/mix.h"
#include "media/recording_tap.h"
#include "media/stream.h"

namespace firstring::media {
namespace {

// A phone sends 50 packets a second, 100 at the most usual limit. More than 250 in the long run is
// a flood or a loop through two servers that echo at each other.
constexpr Duration k_packet_spacing_min = 4ms;
constexpr Duration k_burst = 400ms;
constexpr std::size_t k_packet_bytes_max = 1500;

}  // namespace

void Stream::on_rtp(std::span<std::uint8_t> buffer, std::size_t size, const NetAddress& from) {
  if (!configured_) return;
  if (looks_like_rtcp(buffer.first(size))) {
    if (plan_.rtcp_mux) on_rtcp(buffer, size, from);
    return;
  }
  if (!source_.may_be_heard(from)) {
    strangers_ += 1;
    return;
  }
  const int type = payload_type_of(buffer.first(size));
  const std::int8_t kind = type < 0 ? k_unknown : kind_of_type_[static_cast<std::size_t>(type)];
  if (kind == k_unknown || size > k_packet_bytes_max) {
    rejected_ += 1;
    return;
  }
  if (plan_.receive_key) {
    if (!unprotect_ || unprotect_->unprotect_rtp(buffer, size) != SrtpSide::Verdict::ok) {
      rejected_ += 1;
      return;
    }
  }
  const auto packet = parse_rtp(buffer.first(size));
  if (!packet || over_rate()) {
    rejected_ += 1;
    return;
  }
  if (!admit(*packet, from) || !receives()) return;
  const auto codec = kind == k_event ? heard_codec_ : static_cast<Codec>(kind);
  heard(packet->header, kind == k_event ? plan_.event_clock : rtp_clock_of(codec));
  if (kind == k_event) return on_event(*packet);
  heard_codec_ = codec;
  on_sound(codec, *packet);
}

bool Stream::admit(const RtpPacket& packet, const NetAddress& from) {
  if (packet.header.ssrc == out_.ssrc()) return false;  // our own, come back (RFC 3550 §8.2)
  const auto verdict = source_.judge(from, packet.header.ssrc, packet.header.sequence,
                                     plan_.receive_key.has_value());
  if (verdict == SourceLock::Verdict::stranger) strangers_ += 1;
  return verdict == SourceLock::Verdict::accepted || verdict == SourceLock::Verdict::learned;
}

bool Stream::over_rate() {
  const MonoTime now = shared_.now();
  const MonoTime in_order = std::max(rate_at_, now);
  if (in_order - now > k_burst) return true;
  rate_at_ = in_order + k_packet_spacing_min;
  return false;
}

void Stream::heard(const RtpHeader& header, int clock) {
  heard_at_ = shared_.now();
  const std::int64_t arrival = heard_at_.ns / 1000 * clock / 1'000'000;
  reception_.on_packet(header, static_cast<std::uint32_t>(arrival));
  if (!heard_any_) {
    heard_any_ = true;
    report(FirstReceived{id_});
  }
  if (silent_) {
    silent_ = false;
    report(SoundReturned{id_});
    start_silence_timer();
  }
}

void Stream::on_event(const RtpPacket& packet) {
  const RtpHeader& header = packet.header;
  const auto key = events_.receive(header.ssrc, header.timestamp, header.marker, packet.payload);
  if (key) report(DigitHeard{id_, *key});
  if (joined_ == nullptr || joined_ == this || muted_) return;
  joined_->relay_event(*this, packet);
}

void Stream::on_sound(Codec codec, const RtpPacket& packet) {
  if (muted_ || packet.payload.empty()) return;
  if (mix_ != nullptr) mix_->put(mix_place_, packet.header, packet.payload);
  // Passing on changes the packet; whoever listens in gets what it was.
  std::array<std::uint8_t, k_packet_bytes_max> kept;
  Bytes payload = packet.payload;
  if (!taps_.empty()) {
    std::memcpy(kept.data(), payload.data(), payload.size());
    payload = Bytes(kept.data(), packet.payload.size());
  }
  if (joined_ != nullptr) {
    // The packet is ours, and its header lies before the payload.
    auto* bytes = const_cast<std::uint8_t*>(packet.payload.data());
    joined_->deliver(*this, {codec, packet.header, {bytes, packet.payload.size()}});
  } else if (plan_.event_payload_type < 0) {
    listen_for_keys(codec, payload);
  }
  for (RecordingTap* tap : taps_) tap->put(packet.header, codec, payload, shared_.now());
}

// Only while a machine listens: two people who talk press no keys for us, and it would cost as much
// again as the relay.
void Stream::listen_for_keys(Codec codec, Bytes payload) {
  if (codec != Codec::pcmu && codec != Codec::pcma) return;
  if (!detector_) {
    auto made = DtmfDetector::create();
    if (!made) return;
    detector_ = std::make_unique<DtmfDetector>(std::move(made).value());
  }
  std::array<std::int16_t, k_packet_bytes_max> pcm;
  const auto law = codec == Codec::pcmu ? G711Law::mu : G711Law::a;
  const std::size_t count = g711_decode(law, payload, pcm);
  std::array<char, 16> keys;
  const std::size_t found = detector_->feed({pcm.data(), count}, keys);
  for (std::size_t i = 0; i < found; ++i) report(DigitHeard{id_, keys[i]});
}

void Stream::deliver(Stream& from, Sound sound) {
  if (!sends()) return;
  if (busy_otherwise() || mix_taken_) {
    out_.swallow(sound.header);
    return;
  }
  if (!can_relay(sound)) return transcode(from, sound);
  if (transcoding_) {
    transcoding_ = false;
    update_ticking();
  }
  relay(sound);
}

// Also where the two differ by the law of G.711 alone: one look-up per byte.
bool Stream::can_relay(Sound& sound) const {
  if (type_of_codec_[static_cast<std::size_t>(sound.codec)] >= 0) return true;
  const bool mu = sound.codec == Codec::pcmu;
  if (!mu && sound.codec != Codec::pcma) return false;
  const Codec other = mu ? Codec::pcma : Codec::pcmu;
  if (type_of_codec_[static_cast<std::size_t>(other)] < 0) return false;
  g711_swap(mu ? G711Law::mu : G711Law::a, sound.payload);
  sound.codec = other;
  return true;
}

void Stream::relay(Sound sound) {
  const RtpOut::Kind kind{type_of_codec_[static_cast<std::size_t>(sound.codec)],
                          rtp_clock_of(sound.codec)};
  const RtpHeader header = out_.relayed(sound.header, kind, shared_.now());
  std::uint8_t* packet = sound.payload.data() - k_rtp_header_bytes;
  write_rtp(header, packet);
  transmit_in_place(packet, k_rtp_header_bytes + sound.payload.size());
  sent(sound.payload.size(), true);
}

void Stream::relay_event(Stream& from, const RtpPacket& packet) {
  if (!sends()) return;
  const bool wanted = plan_.event_payload_type >= 0 && !busy_otherwise() && !mix_taken_;
  auto event = parse_event(packet.payload);
  if (!wanted || !event) {
    out_.swallow(packet.header);
    return;
  }
  if (plan_.event_clock != from.plan_.event_clock) {
    event->duration = static_cast<std::uint16_t>(std::min<std::int64_t>(
        std::int64_t{event->duration} * plan_.event_clock / from.plan_.event_clock, 0xffff));
  }
  RtpHeader header;
  if (transcoding_) {
    // The key takes the place of sound: it begins where our own next frame would have.
    const MonoTime now = shared_.now();
    const bool first = now > passed_event_until_ || passed_event_ != packet.header.timestamp;
    if (first) {
      passed_event_ = packet.header.timestamp;
      passed_event_as_ = out_.upcoming(send_kind(), now);
    }
    passed_event_until_ = now + Duration(60ms);
    header = out_.event(plan_.event_payload_type, passed_event_as_, packet.header.marker);
  } else {
    header = out_.relayed(packet.header, {plan_.event_payload_type, rtp_clock_of(send_codec_)},
                          shared_.now());
    header.marker = packet.header.marker;
  }
  const auto payload = write_event(*event);
  transmit(header, payload);
}

void Stream::transcode(Stream& from, const Sound& sound) {
  if (!from.playout_) {
    const int rate = std::min(sample_rate_of(sound.codec), sample_rate_of(send_codec_));
    auto made = Playout::create(from.plan_.codecs, rate);
    if (!made) return;
    from.playout_ = std::make_unique<Playout>(std::move(made).value());
  }
  const RtpHeader& header = sound.header;
  from.playout_->put(header.ssrc, header.sequence, header.timestamp, header.payload_type,
                     sound.payload, shared_.now());
  if (transcoding_) return;
  transcoding_ = true;
  out_.pause();
  update_ticking();
}

}  // namespace firstring::media

#include "media/jitter_buffer.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::media {

namespace {

constexpr std::size_t k_payload_max = 1500;
constexpr int k_sequence_jump = 3000;            // RFC 3550 A.1, MAX_DROPOUT
constexpr Duration k_too_early = 500ms, k_too_late = 2s;
constexpr int k_stray_run = 2, k_late_run = 4;   // packets in a row that make a restart credible
constexpr int k_dry_concealed = 3;               // frames of 20 ms; then silence
constexpr int k_dry_long = 10;                   // nothing plays: a restart disturbs nobody
constexpr std::size_t k_transits_min = 10;       // before the jitter counts as known
constexpr int k_late_share = 50;                 // one packet in so many may come too late
constexpr Duration k_margin = 5ms;
constexpr Duration k_absent = 150ms;             // over delay_max: the reader was away
constexpr int k_deep_quiet_frames = 10, k_deep_frames = 100, k_stretch_pause_frames = 5;

}  // namespace

JitterBuffer::JitterBuffer(JitterOptions options)
    : options_(options), frame_ticks_(options.clock / 50), target_(options.delay_first) {
  ASSERT(options.clock >= 8000 && options.delay_min <= options.delay_max);
  order_.reserve(k_packets_max);
  free_.reserve(k_packets_max);
  for (std::size_t i = k_packets_max; i > 0; --i) free_.push_back(static_cast<std::uint8_t>(i - 1));
}

Duration JitterBuffer::to_time(std::int64_t ticks) const {
  const std::int64_t clock = options_.clock;  // whole seconds apart: no overflow in 290 years
  return Duration(ticks / clock * 1'000'000'000 + ticks % clock * 1'000'000'000 / clock);
}

std::int64_t JitterBuffer::unwrap(std::uint32_t timestamp) const {
  const auto step = static_cast<std::int32_t>(timestamp - static_cast<std::uint32_t>(newest_));
  return newest_ + step;
}

// ---- In ----

JitterBuffer::Put JitterBuffer::put(const JitterPacket& packet, MonoTime now) {
  if (packet.ticks <= 0 || packet.payload.size() > k_payload_max) {
    statistics_.strays += 1;
    return Put::stray;
  }
  if (!begun_) {
    restart(packet, now);
    return Put::kept;
  }
  const bool nothing_plays = dry_frames_ > k_dry_long;
  const auto timestamp = unwrap(packet.timestamp);
  if (is_stray(packet, timestamp, now)) {
    if (!believes(packet, nothing_plays ? 1 : k_stray_run)) {
      statistics_.strays += 1;
      return Put::stray;
    }
    restart(packet, now);
    return Put::restarted;
  }
  if (seen_before(packet.sequence)) {
    statistics_.duplicates += 1;
    return Put::duplicate;
  }
  measure(timestamp, now);
  if (!waiting_ && timestamp + packet.ticks <= cursor_) {
    statistics_.late += 1;
    if (!believes(packet, nothing_plays ? 1 : k_late_run)) return Put::late;
    restart(packet, now);  // the way has become longer for good, or the sender's clock stood still
    return Put::restarted;
  }
  odd_run_ = 0;
  return keep(packet, timestamp, now);
}

// Whether a packet does not belong to this timeline at all.
bool JitterBuffer::is_stray(const JitterPacket& packet, std::int64_t timestamp,
                            MonoTime now) const {
  if (packet.ssrc != ssrc_) return true;
  const auto step = static_cast<std::int16_t>(packet.sequence - newest_sequence_);
  if (step > k_sequence_jump || step < -k_sequence_jump) return true;
  const Duration transit = Duration(now.ns - transit_base_ns_) - to_time(timestamp);
  const Duration excess = transit - std::chrono::microseconds(transit_min_us_);
  return excess < -k_too_early || excess > k_too_late;
}

// Packets of another timeline are believed when enough of them follow each other.
bool JitterBuffer::believes(const JitterPacket& packet, int run_needed) {
  const bool follows = odd_run_ > 0 && packet.ssrc == odd_ssrc_ &&
                       packet.sequence == static_cast<std::uint16_t>(odd_sequence_ + 1);
  if (odd_run_ > 0 && packet.ssrc == odd_ssrc_ && packet.sequence == odd_sequence_) return false;
  odd_run_ = follows ? odd_run_ + 1 : 1;
  odd_ssrc_ = packet.ssrc;
  odd_sequence_ = packet.sequence;
  return odd_run_ >= run_needed;
}

bool JitterBuffer::seen_before(std::uint16_t sequence) {
  const auto step = static_cast<std::int16_t>(sequence - newest_sequence_);
  if (step > 0) {
    seen_ = step < 64 ? seen_ << step | 1 : 1;
    newest_sequence_ = sequence;
    return false;
  }
  if (step <= -64) return false;  // too long ago to know; by now it is late anyway
  const auto bit = std::uint64_t{1} << -step;
  const bool seen = (seen_ & bit) != 0;
  seen_ |= bit;
  return seen;
}

void JitterBuffer::restart(const JitterPacket& packet, MonoTime now) {
  if (begun_) statistics_.restarts += 1;
  reset();
  begun_ = true;
  waiting_ = true;
  ssrc_ = packet.ssrc;
  newest_ = cursor_ = packet.timestamp;
  newest_sequence_ = packet.sequence;
  played_sequence_ = static_cast<std::uint16_t>(packet.sequence - 1);
  seen_ = 1;
  transit_base_ns_ = now.ns - to_time(cursor_).count();
  measure(cursor_, now);
  keep(packet, cursor_, now);
}

void JitterBuffer::reset() {
  while (!order_.empty()) release_first();
  begun_ = waiting_ = false;
  dry_frames_ = odd_run_ = too_deep_frames_ = since_adapted_ = 0;
  transit_count_ = 0;
  transit_min_us_ = 0;
  target_ = std::max(target_, options_.delay_first);  // what was learned of the network holds on
}

JitterBuffer::Put JitterBuffer::keep(const JitterPacket& packet, std::int64_t timestamp,
                                     MonoTime now) {
  auto place = order_.end();
  while (place != order_.begin() && slots_[*(place - 1)].timestamp > timestamp) --place;
  if (place != order_.begin() && slots_[*(place - 1)].timestamp == timestamp) {
    statistics_.duplicates += 1;
    return Put::duplicate;
  }
  if (free_.empty()) {
    statistics_.overflowed += 1;
    // The new one may be the oldest of all; then it is the one that has no room.
    if (place == order_.begin()) return Put::late;
    const auto offset = place - order_.begin();
    release_first();
    place = order_.begin() + offset - 1;
    cursor_ = std::max(cursor_, first().timestamp);
  }
  const auto index = free_.back();
  free_.pop_back();
  auto& slot = slots_[index];
  slot.timestamp = timestamp;
  slot.sequence = packet.sequence;
  slot.payload_type = packet.payload_type;
  slot.ticks = packet.ticks;
  slot.arrived = now;
  slot.bytes.assign(packet.payload.begin(), packet.payload.end());
  order_.insert(place, index);
  newest_ = std::max(newest_, timestamp);
  if (waiting_) cursor_ = std::min(cursor_, timestamp);  // overtaken at the very start
  dry_frames_ = 0;
  return Put::kept;
}

// ---- Jitter ----

// How long packets are on their way, against each other. The quickest of the last 5 s is the
// measure for all; a clock that drifts moves it along.
void JitterBuffer::measure(std::int64_t timestamp, MonoTime now) {
  const auto transit = Duration(now.ns - transit_base_ns_) - to_time(timestamp);
  const auto us = std::clamp<std::int64_t>(transit.count() / 1000, INT32_MIN / 2, INT32_MAX / 2);
  transits_us_[transit_count_++ % transits_us_.size()] = static_cast<std::int32_t>(us);
  transit_min_us_ = std::min(transit_min_us_, static_cast<std::int32_t>(us));
  const bool beginning = transit_count_ <= 2 * k_transits_min;
  if (beginning || transit_count_ % 16 == 0) update_target();
}

void JitterBuffer::update_target() {
  const auto count = std::min(transit_count_, transits_us_.size());
  if (count < k_transits_min) return;
  auto sorted = transits_us_;
  const auto end = sorted.begin() + static_cast<std::ptrdiff_t>(count);
  transit_min_us_ = *std::min_element(sorted.begin(), end);
  const auto nth = end - 1 - static_cast<std::ptrdiff_t>(count / k_late_share);
  std::nth_element(sorted.begin(), nth, end);
  const Duration wish = std::chrono::microseconds(*nth - transit_min_us_) + k_margin;
  target_ = std::clamp(wish, options_.delay_min, options_.delay_max);
}

// How long the quickest packet would have waited, were it played now.
Duration JitterBuffer::delay_now(MonoTime now) const {
  const auto transit = Duration(now.ns - transit_base_ns_) - to_time(cursor_);
  return transit - std::chrono::microseconds(transit_min_us_);
}

// ---- Out ----

Playable JitterBuffer::next(MonoTime now, bool quiet) {
  const Playable silence{.kind = Playable::Kind::silence, .ticks = frame_ticks_, .payload = {}};
  if (!begun_) return silence;
  if (waiting_ && delay_now(now) + 10ms < target_) return silence;
  waiting_ = false;
  catch_up(now);
  if (adapt(now, quiet)) {
    statistics_.stretched += 1;
    return {.kind = Playable::Kind::stretch, .ticks = frame_ticks_, .payload = {}};
  }
  drop_overdue();
  if (order_.empty()) return play_dry();
  const auto gap = first().timestamp - cursor_;
  return gap <= frame_ticks_ / 2 ? play_first(now) : bridge_gap(gap);
}

// The reader was away (a relay needs no reader): what is too old is let go at once.
void JitterBuffer::catch_up(MonoTime now) {
  while (!order_.empty() && delay_now(now) > options_.delay_max + k_absent) {
    skip_first();
  }
  if (order_.empty() && delay_now(now) > options_.delay_max + k_absent) {
    const auto excess = delay_now(now) - target_;
    cursor_ += excess.count() / 20'000'000 * frame_ticks_;
  }
}

// Moves the delay towards the target by one step. True: by playing 20 ms that are not there.
bool JitterBuffer::adapt(MonoTime now, bool quiet) {
  if (now == adapted_at_) return false;  // short packets: the second piece of the same 20 ms
  adapted_at_ = now;
  since_adapted_ += 1;
  const auto delay = delay_now(now);
  if (delay + 10ms < target_) {
    too_deep_frames_ = 0;
    if (!quiet && since_adapted_ <= k_stretch_pause_frames) return false;
    since_adapted_ = 0;
    return true;
  }
  const auto step = order_.empty() ? 20ms : to_time(first().ticks);
  if (delay <= target_ + step + 10ms || order_.empty()) {
    too_deep_frames_ = 0;
    return false;
  }
  too_deep_frames_ += 1;
  const bool good_moment = quiet && too_deep_frames_ >= k_deep_quiet_frames;
  if (!good_moment && too_deep_frames_ < k_deep_frames) return false;
  too_deep_frames_ = since_adapted_ = 0;
  skip_first();
  return false;
}

void JitterBuffer::skip_first() {
  cursor_ = std::max(cursor_, first().timestamp + first().ticks);
  played_sequence_ = first().sequence;
  statistics_.skipped += 1;
  release_first();
}

// Packets that overlap what was played, by half or more.
void JitterBuffer::drop_overdue() {
  while (!order_.empty() && first().timestamp + first().ticks / 2 < cursor_) {
    statistics_.late += 1;
    release_first();
  }
}

Playable JitterBuffer::play_first(MonoTime now) {
  const auto& slot = first();
  cursor_ = slot.timestamp + slot.ticks;
  played_sequence_ = slot.sequence;
  dry_frames_ = 0;
  statistics_.played += 1;
  delay_sum_s_ += seconds(now - slot.arrived);
  const double mean = delay_sum_s_ / static_cast<double>(statistics_.played);
  statistics_.delay = Duration(static_cast<std::int64_t>(mean * 1e9));
  const Playable out{Playable::Kind::frame, slot.ticks, slot.payload_type, slot.bytes};
  release_first();  // its bytes stay until the slot is used again
  return out;
}

// Something is missing before the first packet: lost, or never sent (DTX)?
Playable JitterBuffer::bridge_gap(std::int64_t gap) {
  const auto step = frame_ticks_ / 2;  // decoders conceal in steps of 10 ms
  const auto ticks = static_cast<int>(std::min<std::int64_t>(gap / step * step, frame_ticks_));
  cursor_ += ticks;
  const auto& slot = first();
  if (slot.sequence == static_cast<std::uint16_t>(played_sequence_ + 1)) {
    return {.kind = Playable::Kind::silence, .ticks = ticks, .payload = {}};
  }
  statistics_.concealed += 1;
  Playable out{Playable::Kind::conceal, ticks, slot.payload_type, {}};
  if (slot.timestamp - cursor_ <= frame_ticks_ / 2) out.payload = slot.bytes;
  return out;
}

// Empty. The timeline goes on, so that a packet after a pause finds its right place.
Playable JitterBuffer::play_dry() {
  cursor_ += frame_ticks_;
  dry_frames_ += 1;
  if (dry_frames_ > k_dry_concealed) {
    return {.kind = Playable::Kind::silence, .ticks = frame_ticks_, .payload = {}};
  }
  statistics_.concealed += 1;
  return {.kind = Playable::Kind::conceal, .ticks = frame_ticks_, .payload = {}};
}

void JitterBuffer::release_first() {
  free_.push_back(order_.front());
  order_.erase(order_.begin());
}

}  // namespace firstring::media

#include "media/rtp_out.h"

#include <algorithm>

namespace firstring::media {
namespace {

constexpr int k_sequence_jump_max = 3000;   // as RFC 3550 A.1
constexpr int k_timestamp_jump_max_s = 60;

std::uint32_t frame_ticks(int clock) { return static_cast<std::uint32_t>(clock / 50); }

}  // namespace

void RtpOut::begin(Kind kind, MonoTime now) {
  if (begun_) {
    // One packet's worth lies behind the last packet; what passed beyond it was a pause.
    const Duration pause = now - sent_ - Duration(20ms);
    const std::int64_t frames = std::max<std::int64_t>(0, pause / Duration(20ms));
    next_timestamp_ += static_cast<std::uint32_t>(frames) * frame_ticks(kind.clock);
  }
  marker_ = true;
  clock_ = kind.clock;
}

RtpHeader RtpOut::own(Kind kind, std::uint32_t ticks, MonoTime now) {
  if (flow_ != Flow::own || clock_ != kind.clock) begin(kind, now);
  flow_ = Flow::own;
  begun_ = true;
  RtpHeader header{.marker = marker_,
                   .payload_type = static_cast<std::uint8_t>(kind.payload_type),
                   .sequence = ++sequence_,
                   .timestamp = next_timestamp_,
                   .ssrc = ssrc_};
  marker_ = false;
  next_timestamp_ += ticks;
  sent_ = now;
  return header;
}

std::uint32_t RtpOut::upcoming(Kind kind, MonoTime now) {
  if (flow_ != Flow::own || clock_ != kind.clock) begin(kind, now);
  flow_ = Flow::own;
  begun_ = true;
  sent_ = now;
  return next_timestamp_;
}

RtpHeader RtpOut::event(int payload_type, std::uint32_t timestamp, bool marker) {
  return {.marker = marker,
          .payload_type = static_cast<std::uint8_t>(payload_type),
          .sequence = ++sequence_,
          .timestamp = timestamp,
          .ssrc = ssrc_};
}

bool RtpOut::follows(const RtpHeader& in) const {
  if (in.ssrc != in_ssrc_) return false;
  const auto step = static_cast<std::int16_t>(in.sequence - in_sequence_);
  if (step > k_sequence_jump_max || step < -k_sequence_jump_max) return false;
  const auto ticks = static_cast<std::int32_t>(in.timestamp - in_timestamp_);
  const int ticks_max = k_timestamp_jump_max_s * clock_;
  return ticks < ticks_max && ticks > -ticks_max;
}

RtpHeader RtpOut::relayed(const RtpHeader& in, Kind kind, MonoTime now) {
  const bool anew = flow_ != Flow::relayed || clock_ != kind.clock || !follows(in);
  if (anew) {
    begin(kind, now);
    flow_ = Flow::relayed;
    begun_ = true;
    in_ssrc_ = in.ssrc;
    in_sequence_ = static_cast<std::uint16_t>(in.sequence - 1);
    add_sequence_ = static_cast<std::uint16_t>(sequence_ + 1 - in.sequence);
    add_timestamp_ = next_timestamp_ - in.timestamp;
  }
  RtpHeader out{.marker = in.marker || (anew && marker_),
                .payload_type = static_cast<std::uint8_t>(kind.payload_type),
                .sequence = static_cast<std::uint16_t>(in.sequence + add_sequence_),
                .timestamp = in.timestamp + add_timestamp_,
                .ssrc = ssrc_};
  marker_ = false;
  if (static_cast<std::int16_t>(in.sequence - in_sequence_) > 0) {
    in_sequence_ = in.sequence;
    in_timestamp_ = in.timestamp;
    sequence_ = out.sequence;
    next_timestamp_ = out.timestamp + frame_ticks(kind.clock);
    sent_ = now;
  }
  return out;
}

void RtpOut::swallow(const RtpHeader& in) {
  if (flow_ != Flow::relayed || in.ssrc != in_ssrc_) return;
  if (static_cast<std::int16_t>(in.sequence - in_sequence_) <= 0) return;
  in_sequence_ = in.sequence;
  add_sequence_ = static_cast<std::uint16_t>(add_sequence_ - 1);
}

std::uint32_t RtpOut::timestamp_at(MonoTime now, int clock) const {
  const std::int64_t elapsed_ns = (now - sent_).count();
  const std::int64_t ticks = elapsed_ns / 1000 * clock / 1'000'000;
  return next_timestamp_ - frame_ticks(clock) + static_cast<std::uint32_t>(ticks);
}

}  // namespace firstring::media

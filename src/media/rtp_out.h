// RtpOut: the one RTP stream that a peer receives from us, whatever it is made of.
//
// Playback, relayed packets of another leg, transcoded sound and keys follow each other in one
// SSRC, with one run of sequence numbers and timestamps that goes on where it was: no receiver sees
// a seam but the marker bit at the start of each spurt (RFC 3551 §4.1). Relayed packets keep their
// distances, so that loss and reordering before us stay visible behind us.
// Lives on: the media loop; pure.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "media/rtp.h"

namespace firstring::media {

class RtpOut {
 public:
  RtpOut(std::uint32_t ssrc, std::uint16_t sequence, std::uint32_t timestamp)
      : ssrc_(ssrc), sequence_(sequence), next_timestamp_(timestamp) {}

  struct Kind {
    int payload_type = 0;
    int clock = 8000;
  };

  // A packet of our own of so many ticks, right behind the one before.
  RtpHeader own(Kind kind, std::uint32_t ticks, MonoTime now);
  // In place of a sound packet: time passes, nothing is sent.
  void skip(std::uint32_t ticks) { next_timestamp_ += ticks; }
  // What own() would write now. Starts a spurt if none is on.
  std::uint32_t upcoming(Kind kind, MonoTime now);
  // A key (RFC 4733): in the run of sequence numbers, at a timestamp that may lie back.
  RtpHeader event(int payload_type, std::uint32_t timestamp, bool marker);

  RtpHeader relayed(const RtpHeader& in, Kind kind, MonoTime now);
  // A packet of the relayed stream that is not passed on leaves no gap.
  void swallow(const RtpHeader& in);

  // What follows begins a new spurt, as long after the last packet as time has passed.
  void pause() { flow_ = Flow::none; }

  std::uint32_t ssrc() const { return ssrc_; }
  // The timestamp that belongs to `now`, for a sender report.
  std::uint32_t timestamp_at(MonoTime now, int clock) const;

 private:
  enum class Flow : std::uint8_t { none, own, relayed };
  void begin(Kind kind, MonoTime now);
  bool follows(const RtpHeader& in) const;

  std::uint32_t ssrc_;
  std::uint16_t sequence_;            // of the newest packet sent
  std::uint32_t next_timestamp_;      // of a packet right behind it
  MonoTime sent_;                     // when that was
  bool begun_ = false;
  bool marker_ = true;                // the next packet starts a spurt
  Flow flow_ = Flow::none;
  int clock_ = 8000;
  // Relaying: what to add, and the newest packet that came in.
  std::uint32_t in_ssrc_ = 0;
  std::uint16_t in_sequence_ = 0;
  std::uint32_t in_timestamp_ = 0;
  std::uint16_t add_sequence_ = 0;
  std::uint32_t add_timestamp_ = 0;
};

}  // namespace firstring::media

// JitterBuffer: puts packets back in order and holds each as long as the network's jitter asks.
//
// Pure: the time is handed in. put() takes what arrived; next() says what to play now. The delay
// follows the measured jitter (98th percentile of the last 5 s) between 20 and 200 ms; it grows by
// stretching and shrinks by skipping 20 ms, in quiet moments if the reader tells of them. Packets
// are ordered by timestamp, so gaps of sequence numbers (events, a relay) do no harm, and a gap of
// the timestamps without one of the sequence is silence (DTX), not loss.
// A sender that restarts (SSRC, timestamp or sequence jump) is believed at its second packet in a
// row, so that one stray packet disturbs nothing.
// Lives on: the media loop. At most 60 packets; a slot's memory is kept and used again.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"

namespace firstring::media {

struct JitterOptions {
  int clock = 8000;              // ticks a second of the RTP timestamps
  Duration delay_first = 40ms;   // until the jitter is known
  Duration delay_min = 20ms, delay_max = 200ms;
};

struct JitterPacket {
  std::uint32_t ssrc = 0;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;
  std::uint8_t payload_type = 0;
  int ticks = 0;                 // duration_ticks() of the payload; above 0
  std::span<const std::uint8_t> payload;
};

struct JitterStatistics {
  std::uint64_t played = 0;      // packets that next() gave out
  std::uint64_t concealed = 0;   // gaps of at most 20 ms each
  std::uint64_t late = 0, duplicates = 0, strays = 0, overflowed = 0;
  std::uint64_t stretched = 0, skipped = 0;  // 20 ms steps of adaptation
  std::uint64_t restarts = 0;
  Duration delay{};              // mean time a packet was held, for the E-model
};

// What to play. Views stay valid until the next put() or next().
struct Playable {
  enum class Kind {
    frame,    // decode `payload`
    conceal,  // `ticks` are lost; `payload` is the packet behind the gap if it is here (FEC), or {}
    silence,  // `ticks` of nothing: not begun, DTX, or dried up; play comfort noise or nothing
    stretch,  // make up `ticks` more of what was last heard: the delay grows
  };
  Kind kind = Kind::silence;
  int ticks = 0;
  std::uint8_t payload_type = 0;
  std::span<const std::uint8_t> payload;
};

class JitterBuffer {
 public:
  enum class Put { kept, duplicate, late, stray, restarted };
  static constexpr std::size_t k_packets_max = 60;

  explicit JitterBuffer(JitterOptions options = {});

  Put put(const JitterPacket& packet, MonoTime now);
  // The next piece of the timeline; call it as often as 20 ms of sound need. `quiet`: what was
  // played last was near silence, a good moment to adapt.
  Playable next(MonoTime now, bool quiet = false);

  Duration target_delay() const { return target_; }
  std::size_t size() const { return order_.size(); }
  const JitterStatistics& statistics() const { return statistics_; }
  void reset();  // forgets the stream, keeps the statistics

 private:
  struct Slot {
    std::int64_t timestamp = 0;  // unwrapped
    std::uint16_t sequence = 0;
    std::uint8_t payload_type = 0;
    int ticks = 0;
    MonoTime arrived;
    std::vector<std::uint8_t> bytes;
  };

  Duration to_time(std::int64_t ticks) const;
  std::int64_t unwrap(std::uint32_t timestamp) const;
  bool seen_before(std::uint16_t sequence);
  bool is_stray(const JitterPacket& packet, std::int64_t timestamp, MonoTime now) const;
  bool believes(const JitterPacket& packet, int run_needed);
  void restart(const JitterPacket& packet, MonoTime now);
  Put keep(const JitterPacket& packet, std::int64_t timestamp, MonoTime now);
  void measure(std::int64_t timestamp, MonoTime now);
  void update_target();
  Duration delay_now(MonoTime now) const;
  bool adapt(MonoTime now, bool quiet);
  void skip_first();
  void catch_up(MonoTime now);
  void drop_overdue();
  Playable play_first(MonoTime now);
  Playable bridge_gap(std::int64_t gap);
  Playable play_dry();
  Slot& first() { return slots_[order_.front()]; }
  void release_first();

  // Given.
  JitterOptions options_;
  int frame_ticks_;              // 20 ms
  // The packets: slots in use, by timestamp, and the free ones, the last used first.
  std::array<Slot, k_packets_max> slots_;
  std::vector<std::uint8_t> order_, free_;
  // The timeline.
  bool begun_ = false;
  bool waiting_ = false;            // begun, but the first packet is not due yet
  std::uint32_t ssrc_ = 0;
  std::int64_t newest_ = 0;         // unwrapped timestamp, the reference for unwrapping
  std::int64_t cursor_ = 0;         // what is played next
  std::uint16_t played_sequence_ = 0;
  int dry_frames_ = 0;              // empty in a row
  // Duplicates: a window behind the newest sequence number.
  std::uint16_t newest_sequence_ = 0;
  std::uint64_t seen_ = 0;
  // A restart that is not believed yet.
  std::uint32_t odd_ssrc_ = 0;
  std::uint16_t odd_sequence_ = 0;
  int odd_run_ = 0;
  // Jitter.
  std::array<std::int32_t, 256> transits_us_{};
  std::size_t transit_count_ = 0;
  std::int64_t transit_base_ns_ = 0;
  std::int32_t transit_min_us_ = 0;
  Duration target_{};
  // Adaptation.
  int too_deep_frames_ = 0;
  int since_adapted_ = 0;
  MonoTime adapted_at_{-1};
  double delay_sum_s_ = 0;

  JitterStatistics statistics_;
};

}  // namespace firstring::media

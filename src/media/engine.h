// Engine: all audio of this process: RTP in and out, playback, bridging, recording, digits.
//
// One stream per leg. The control thread opens streams and gives orders; the media loop (a thread
// of its own, or stepped by hand in tests) carries them out and reports. Everything crosses by
// value; no order blocks. Orders for a stream that is gone are ignored.
//
// Promises: a stranger's packets are neither played nor answered (the remote address is that of the
// SDP, or learned once from the first 5 valid packets of the negotiated payload types, then locked
// until the next configure()); a relayed packet is forwarded at once where both legs share a codec
// and nothing listens in; playback keeps 20 ms pace; no lock, allocation or log line per packet.
// RFC 3550, 3551, 3711, 4733, 6716; ITU-T G.711, G.722, G.107 (MOS).
// Lives on: control thread, but for MediaLoop inside.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "media/negotiation.h"

namespace firstring::media {

struct StreamId {
  std::uint32_t value = 0;
  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const StreamId&, const StreamId&) = default;
};

// What to play, one item after another. Files are found and converted beforehand by PromptStore.
struct PlayItem {
  enum class Kind { prompt, tone, silence };
  Kind kind = Kind::silence;
  std::uint32_t prompt = 0;      // PromptStore's number
  double hz = 0;                 // tone
  Duration length{};             // tone and silence
};

// One who is sent a mix, and whom he hears in it.
struct MixMember {
  StreamId stream;
  std::vector<StreamId> hears;
};

// What was measured on a stream until it was closed.
struct StreamStatistics {
  std::string codec;             // of what was received; empty: nothing came
  std::uint64_t packets_received = 0, packets_sent = 0, packets_lost = 0, strangers = 0;
  double loss_percent = 0;       // of what was expected
  double jitter_ms = 0;          // RFC 3550 interarrival jitter, at the end
  double round_trip_ms = -1;     // from RTCP; -1: not known
  double remote_loss_percent = -1;  // as the peer reports what it receives
  double mos = 0;                // E-model from loss, jitter buffer delay and codec; 0: not known
};

// Reports, on the control thread. Keys: RFC 4733 events at all times; tones within the sound
// (G.711) only where no events were agreed and while the stream is not bridged.
struct DigitHeard { StreamId stream; char digit; };
struct PlayEnded { StreamId stream; std::uint64_t playback; };  // to its end; not when replaced
struct FirstSent { StreamId stream; };       // the first audio packet left
struct FirstReceived { StreamId stream; };
struct WentSilent { StreamId stream; };      // no valid packet for silence_after while send_recv
struct SoundReturned { StreamId stream; };
struct StreamClosed { StreamId stream; StreamStatistics statistics; };
struct RecordingEnded {
  std::uint64_t recording;
  bool failed = false;
  std::string reason;
  std::int64_t duration_ms = 0, bytes = 0;
  std::string sha256;            // hex, of the finished file
};
struct RecordingWentQuiet { std::uint64_t recording; };   // as its QuietRule wants to be told
using Report = std::variant<DigitHeard, PlayEnded, FirstSent, FirstReceived, WentSilent,
                            SoundReturned, StreamClosed, RecordingEnded, RecordingWentQuiet>;

// Of the left side of a recording.
struct QuietRule {
  Duration report_after{};       // of quiet; 0: it is not told of
  bool cut_end = false;          // quiet at the end, up to 20 s of it, is left out
};

struct EngineOptions {
  std::string bind_ip = "127.0.0.1";
  std::string advertised_ip;     // in SDP; empty: bind_ip
  std::uint16_t port_first = 20000, port_last = 29999;  // even ports for RTP, the next for RTCP
  Duration silence_after = 30s;
  std::size_t streams_max = 4000;
  int cpu = -1;                  // pin the media thread; -1: no
};

class Engine {
 public:
  // `wake`: called from the media thread when reports wait; call take_reports() then.
  static Result<std::unique_ptr<Engine>> create(EngineOptions options, class PromptStore& prompts,
                                                std::function<void()> wake);
  virtual ~Engine() = default;

  // Reserves a port pair. Errors: limit (no port, no descriptor: 503 to the caller).
  virtual Result<StreamId> open() = 0;
  virtual MediaAddress local_address(StreamId stream) const = 0;
  // Starts, or changes, what was negotiated (hold, codec, address). Unlocks the learned address.
  virtual void configure(StreamId stream, StreamPlan plan) = 0;

  // Heard in place of whom the stream is bridged to, until it ends; that one goes on hearing it.
  virtual void play(StreamId stream, std::uint64_t playback, std::vector<PlayItem> items,
                    bool loop) = 0;
  virtual void stop_play(StreamId stream) = 0;
  virtual void bridge(StreamId a, StreamId b) = 0;      // replaces what either did before
  virtual void unbridge(StreamId a, StreamId b) = 0;
  virtual void echo(StreamId stream) = 0;
  // Each member is sent the sum of those he hears, in place of whom he is bridged to. Declares the
  // mix whole: who is named no more leaves it; no members: it is over. A stream is in one mix.
  virtual void mix(std::uint64_t mix, std::vector<MixMember> members) = 0;
  virtual void mix_tone(std::uint64_t mix, double hz, Duration length) = 0;  // all members hear it
  virtual void mute(StreamId stream, bool muted) = 0;   // what it says is heard by nobody
  virtual void send_digits(StreamId stream, std::string digits) = 0;
  // Stereo, left and right aligned to 20 ms; `path` without suffix must not exist: .wav or .opus is
  // added. `right` 0: silence there.
  virtual void record(std::uint64_t recording, StreamId left, StreamId right, std::string path,
                      std::string format, QuietRule rule = {}) = 0;
  // Removes the files of a recording that has ended; `path` as for record().
  virtual void erase_recording(std::string path) = 0;
  virtual void stop_record(std::uint64_t recording) = 0;
  // StreamClosed follows within some tenths of a second; the ports rest before they are used again.
  virtual void close(StreamId stream) = 0;

  // All reports so far, in order, into `out`, which is emptied first.
  // Wakes the media thread for the orders given since the last flush, once for all of them. Call it
  // at the end of each iteration of the control loop; orders that were not flushed are carried out
  // within 200 ms.
  virtual void flush() = 0;
  virtual void take_reports(std::vector<Report>& out) = 0;
  virtual std::size_t open_count() const = 0;
};

}  // namespace firstring::media

// MediaLoop: one thread's share of the audio: its sockets, its streams, their 20 ms.
//
// Fed by a mailbox of orders; what happens comes out through `out`. run() is the thread; step()
// does the same by hand for tests, with the time handed in. At rest it sleeps until the next thing
// that is due. From some 10,000 packets a second on it no longer wakes for each: it sleeps a
// millisecond at a time and then empties all sockets, which saves a wake-up per packet (a quarter
// of a relay's cost) and delays none by more than that.
// Lives on: its own thread, but for orders(), stop() and the constructor.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "io/mailbox.h"
#include "media/loop_shared.h"
#include "media/mix.h"
#include "media/orders.h"
#include "media/recorder.h"
#include "media/recording_writer.h"
#include "media/stream.h"

namespace firstring::media {

class MediaLoop {
 public:
  using Out = std::function<void(LoopReport)>;

  MediaLoop(const EngineOptions& options, PromptStore& prompts, RecordingWriter& writer,
            Random random, Out out);
  ~MediaLoop();
  MediaLoop(const MediaLoop&) = delete;
  MediaLoop& operator=(const MediaLoop&) = delete;

  io::Mailbox<Order>& orders() { return orders_; }

  // All orders, all packets that wait, all that is due at `now`. False: packets may still wait.
  bool step(MonoTime now);

  void run(int cpu);   // until stop()
  void stop();         // any thread
  // Any thread: for orders that were put quietly.
  void wake();

 private:
  static constexpr int k_ready_max = 128;   // sockets at a time, then the clock is read again

  struct Slot {
    int rtp_fd = -1, rtcp_fd = -1;
    std::unique_ptr<Stream> stream;
  };

  int wait(Duration sleep);
  void turn(MonoTime now, int ready);
  void bury_broken();
  void bury(StreamId id, StreamStatistics statistics);
  void take_orders();
  void carry_out(OpenOrder& order);
  void carry_out(ConfigureOrder& order);
  void carry_out(PlayOrder& order);
  void carry_out(StopPlayOrder& order);
  void carry_out(BridgeOrder& order);
  void carry_out(UnbridgeOrder& order);
  void carry_out(EchoOrder& order);
  void carry_out(MixOrder& order);
  void carry_out(MixToneOrder& order);
  void carry_out(MuteOrder& order);
  void carry_out(DigitsOrder& order);
  void carry_out(RecordOrder& order);
  void carry_out(StopRecordOrder& order);
  void carry_out(CloseOrder& order);
  void carry_out(RetireOrder& order);
  Stream* find(StreamId id);

  void serve_ready(int count);
  void on_readable(std::uint32_t pair, bool rtcp);
  void watch(std::uint32_t pair, bool rtcp, int fd);
  void flush_reports(MonoTime now);
  void flush_later();
  Duration sleep_length(MonoTime now) const;
  void measure_load(MonoTime now);

  LoopShared shared_;
  const Out out_;
  io::Mailbox<Order> orders_;
  std::vector<Order> taken_;
  std::vector<LoopReport> later_;           // of streams that are over; nobody waits for them
  MonoTime later_since_;
  std::vector<Slot> slots_;                 // by port pair
  std::map<std::uint64_t, std::unique_ptr<Mix>> mixes_;   // theirs are the streams above
  Recorder recorder_;
  std::array<epoll_event, k_ready_max> ready_;
  int epoll_ = -1;
  int wake_fd_ = -1;
  std::atomic<bool> stopping_{false};
  // Busy: the loop looks at everything each millisecond, so that nobody need wake it.
  std::atomic<bool> busy_{false};
  MonoTime load_since_;
  std::uint64_t load_packets_ = 0;
  std::uint64_t load_orders_ = 0;
  std::vector<std::uint8_t> buffer_;        // of the packet at hand
};

}  // namespace firstring::media

// EngineOnLoop: the Engine, over one MediaLoop and one RecordingWriter.
//
// start_threads() gives each a thread; without it step() runs them by hand, with the time handed
// in: tests drive hours of audio through real sockets in no time.
// Lives on: control thread.
#pragma once

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "io/mailbox.h"
#include "media/engine.h"
#include "media/media_loop.h"
#include "media/orders.h"
#include "media/port_pool.h"
#include "media/recording_writer.h"

namespace firstring::media {

class EngineOnLoop final : public Engine {
 public:
  static Result<std::unique_ptr<EngineOnLoop>> create(EngineOptions options, PromptStore& prompts,
                                                      std::function<void()> wake);
  ~EngineOnLoop() override;

  void start_threads();
  void step(MonoTime now);   // where there are no threads

  Result<StreamId> open() override;
  MediaAddress local_address(StreamId stream) const override;
  void configure(StreamId stream, StreamPlan plan) override;
  void play(StreamId stream, std::uint64_t playback, std::vector<PlayItem> items,
            bool loop) override;
  void stop_play(StreamId stream) override;
  void bridge(StreamId a, StreamId b) override;
  void unbridge(StreamId a, StreamId b) override;
  void echo(StreamId stream) override;
  void mix(std::uint64_t mix, std::vector<MixMember> members) override;
  void mix_tone(std::uint64_t mix, double hz, Duration length) override;
  void mute(StreamId stream, bool muted) override;
  void send_digits(StreamId stream, std::string digits) override;
  void record(std::uint64_t recording, StreamId left, StreamId right, std::string path,
              std::string format, QuietRule rule = {}) override;
  void erase_recording(std::string path) override { writer_.erase(std::move(path)); }
  void stop_record(std::uint64_t recording) override;
  void close(StreamId stream) override;
  void flush() override;
  void take_reports(std::vector<Report>& out) override;
  std::size_t open_count() const override { return ports_.in_use(); }

  std::size_t ports_bound() const { return ports_.bound(); }

 private:
  struct Place {              // of one port pair
    std::uint16_t port = 0;
    std::uint16_t count = 0;  // streams that it has had
    bool open = false;
  };

  EngineOnLoop(EngineOptions options, PortPool ports, PromptStore& prompts, Random random,
               std::function<void()> wake);
  MonoTime now() const;
  const Place* find(StreamId stream) const;
  void post(Order order);
  bool must_wake_ = false;   // an order was given that cannot wait for the next packet
  void retire_ports();

  const EngineOptions options_;
  PortPool ports_;
  std::vector<Place> places_;
  io::Mailbox<LoopReport> reports_;
  std::vector<LoopReport> taken_;
  RecordingWriter writer_;
  MediaLoop loop_;
  std::thread thread_;
  MonoTime stepped_at_;
  MonoTime retired_at_;
};

}  // namespace firstring::media

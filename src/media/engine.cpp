#include <openssl/rand.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "io/clock.h"
#include "media/engine_on_loop.h"

namespace firstring::media {
namespace {

constexpr std::size_t k_reports_max = 4'000'000;
constexpr Duration k_retire_every = 10s;

// Two files each. The rest of what the process may open is for its log, its listeners, its readers.
std::size_t pairs_that_fit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return k_pairs_max;
  const rlim_t reserve = std::min<rlim_t>(limit.rlim_cur / 4, 4096);
  return std::min<rlim_t>(k_pairs_max, (limit.rlim_cur - reserve) / 2);
}

template <typename T>
T random_value() {
  std::array<unsigned char, sizeof(T)> bytes;
  ASSERT(RAND_bytes(bytes.data(), bytes.size()) == 1);
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace

Result<std::unique_ptr<Engine>> Engine::create(EngineOptions options, PromptStore& prompts,
                                               std::function<void()> wake) {
  auto engine = TRY(EngineOnLoop::create(std::move(options), prompts, std::move(wake)));
  engine->start_threads();
  return std::unique_ptr<Engine>(std::move(engine));
}

Result<std::unique_ptr<EngineOnLoop>> EngineOnLoop::create(EngineOptions options,
                                                           PromptStore& prompts,
                                                           std::function<void()> wake) {
  const auto bind = NetAddress::of(options.bind_ip, 0);
  if (!bind) {
    return Error{Code::invalid, "The media address \"" + options.bind_ip + "\" is no IP address."};
  }
  if (options.advertised_ip.empty()) options.advertised_ip = options.bind_ip;
  Random random(random_value<std::uint64_t>());
  PortPoolOptions pool{.bind_address = *bind,
                       .port_first = options.port_first,
                       .port_last = options.port_last,
                       .pairs_max = pairs_that_fit()};
  auto ports = TRY(PortPool::create(pool, random.stream("ports")));
  return std::unique_ptr<EngineOnLoop>(new EngineOnLoop(std::move(options), std::move(ports),
                                                        prompts, random.stream("loop"),
                                                        std::move(wake)));
}

EngineOnLoop::EngineOnLoop(EngineOptions options, PortPool ports, PromptStore& prompts,
                           Random random, std::function<void()> wake)
    : options_(std::move(options)),
      ports_(std::move(ports)),
      reports_(k_reports_max, std::move(wake)),
      writer_([this](RecordingEnded ended) {
        const bool kept = reports_.put(Report(std::move(ended)));
        ASSERT(kept);
      }),
      loop_(options_, prompts, writer_, std::move(random), [this](LoopReport report) {
        const bool kept = reports_.put(std::move(report));
        ASSERT(kept);
      }) {}

EngineOnLoop::~EngineOnLoop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

void EngineOnLoop::start_threads() {
  writer_.start_thread();
  thread_ = std::thread([this] { loop_.run(options_.cpu); });
}

void EngineOnLoop::step(MonoTime now) {
  ASSERT(!thread_.joinable());
  stepped_at_ = now;
  while (!loop_.step(now)) {
  }
  writer_.run_pending();
}

MonoTime EngineOnLoop::now() const {
  return thread_.joinable() ? io::read_mono() : stepped_at_;
}

Result<StreamId> EngineOnLoop::open() {
  if (ports_.in_use() >= options_.streams_max) {
    return Error{Code::limit, "All " + std::to_string(options_.streams_max) +
                                  " audio streams are in use."};
  }
  const PortPair pair = TRY(ports_.take(now()));
  if (pair.index >= places_.size()) places_.resize(pair.index + 1);
  Place& place = places_[pair.index];
  place.port = pair.port;
  place.count = static_cast<std::uint16_t>(place.count + 1);
  place.open = true;
  const StreamId stream = stream_id_of(pair.index, place.count);
  const auto random = random_value<std::array<std::uint32_t, 3>>();
  post(OpenOrder{.stream = stream,
                 .rtp_fd = pair.rtp_fd,
                 .rtcp_fd = pair.rtcp_fd,
                 .ssrc = random[0],
                 .timestamp = random[1],
                 .sequence = static_cast<std::uint16_t>(random[2])});
  return stream;
}

const EngineOnLoop::Place* EngineOnLoop::find(StreamId stream) const {
  const std::uint32_t pair = pair_of(stream);
  if (!stream || pair >= places_.size()) return nullptr;
  const Place& place = places_[pair];
  return place.open && stream_id_of(pair, place.count) == stream ? &place : nullptr;
}

MediaAddress EngineOnLoop::local_address(StreamId stream) const {
  const Place* place = find(stream);
  if (place == nullptr) return {};
  return {.ip = options_.advertised_ip, .port = place->port};
}

void EngineOnLoop::post(Order order) {
  // A million orders wait only if the media thread is dead, and then the process must not go on.
  // What only changes how packets are treated is seen before the next packet is: the loop takes its
  // orders first. Waking it for each would cost more than the order itself.
  must_wake_ = must_wake_ || !(std::holds_alternative<OpenOrder>(order) ||
                               std::holds_alternative<ConfigureOrder>(order) ||
                               std::holds_alternative<BridgeOrder>(order) ||
                               std::holds_alternative<UnbridgeOrder>(order) ||
                               std::holds_alternative<StopPlayOrder>(order) ||
                               std::holds_alternative<EchoOrder>(order) ||
                               std::holds_alternative<MuteOrder>(order) ||
                               std::holds_alternative<CloseOrder>(order));
  const bool kept = loop_.orders().put_quietly(std::move(order));
  ASSERT(kept);
}

void EngineOnLoop::flush() {
  if (std::exchange(must_wake_, false)) loop_.wake();
}

void EngineOnLoop::configure(StreamId stream, StreamPlan plan) {
  post(ConfigureOrder{stream, std::make_unique<StreamPlan>(std::move(plan))});
}

void EngineOnLoop::play(StreamId stream, std::uint64_t playback, std::vector<PlayItem> items,
                        bool loop) {
  post(PlayOrder{stream, playback, std::move(items), loop});
}

void EngineOnLoop::stop_play(StreamId stream) { post(StopPlayOrder{stream}); }

void EngineOnLoop::bridge(StreamId a, StreamId b) { post(BridgeOrder{a, b}); }

void EngineOnLoop::unbridge(StreamId a, StreamId b) { post(UnbridgeOrder{a, b}); }

void EngineOnLoop::echo(StreamId stream) { post(EchoOrder{stream}); }

void EngineOnLoop::mix(std::uint64_t mix, std::vector<MixMember> members) {
  post(MixOrder{mix, std::move(members)});
}

void EngineOnLoop::mix_tone(std::uint64_t mix, double hz, Duration length) {
  post(MixToneOrder{mix, hz, length});
}

void EngineOnLoop::mute(StreamId stream, bool muted) { post(MuteOrder{stream, muted}); }

void EngineOnLoop::send_digits(StreamId stream, std::string digits) {
  post(DigitsOrder{stream, std::move(digits)});
}

void EngineOnLoop::record(std::uint64_t recording, StreamId left, StreamId right, std::string path,
                          std::string format, QuietRule rule) {
  post(RecordOrder{recording, left, right, std::move(path), std::move(format), rule});
}

void EngineOnLoop::stop_record(std::uint64_t recording) { post(StopRecordOrder{recording}); }

void EngineOnLoop::close(StreamId stream) {
  if (find(stream) == nullptr) return;
  places_[pair_of(stream)].open = false;
  post(CloseOrder{stream});
}

void EngineOnLoop::take_reports(std::vector<Report>& out) {
  out.clear();
  reports_.take(taken_);
  for (LoopReport& report : taken_) {
    if (auto* public_report = std::get_if<Report>(&report)) {
      out.push_back(std::move(*public_report));
    } else if (const auto* returned = std::get_if<PortReturned>(&report)) {
      places_[returned->pair].open = false;   // also where the loop ended it by itself
      ports_.give_back(returned->pair, now());
    } else if (const auto* released = std::get_if<PortReleased>(&report)) {
      ports_.close_retired(released->pair);
    }
  }
  taken_.clear();
  retire_ports();
}

void EngineOnLoop::retire_ports() {
  if (now() - retired_at_ < k_retire_every) return;
  retired_at_ = now();
  for (const std::uint32_t pair : ports_.retire(retired_at_)) post(RetireOrder{pair});
}

}  // namespace firstring::media

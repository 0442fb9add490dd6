#include "media/media_loop.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/clock.h"

namespace firstring::media {
namespace {

constexpr std::size_t k_orders_max = 1'000'000;
constexpr std::uint64_t k_wake_key = ~std::uint64_t{0};
constexpr std::size_t k_packet_bytes_max = 2048;
constexpr Duration k_busy_step = 1ms;
constexpr Duration k_sleep_max = 200ms;  // orders may wait that nobody was woken for
constexpr Duration k_later_max = 100ms;  // for reports that nobody waits for
constexpr Duration k_load_window = 100ms;
constexpr std::uint64_t k_busy_from = 1000;   // packets and orders in a window
constexpr std::uint64_t k_busy_until = 600;

std::uint64_t key_of(std::uint32_t pair, bool rtcp) {
  return std::uint64_t{pair} << 1 | (rtcp ? 1 : 0);
}

}  // namespace

MediaLoop::MediaLoop(const EngineOptions& options, PromptStore& prompts, RecordingWriter& writer,
                     Random random, Out out)
    : shared_(prompts, options.silence_after, std::move(random)),
      out_(std::move(out)),
      orders_(k_orders_max, [this] { wake(); }),
      recorder_(shared_, writer),
      buffer_(k_packet_bytes_max + k_srtp_room) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  wake_fd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  ASSERT(epoll_ >= 0 && wake_fd_ >= 0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = k_wake_key;
  ASSERT(epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_fd_, &event) == 0);
}

MediaLoop::~MediaLoop() {
  for (Slot& slot : slots_) {
    if (slot.stream) recorder_.forget(*slot.stream);
    slot.stream.reset();
  }
  close(wake_fd_);
  close(epoll_);
}

void MediaLoop::wake() {
  if (busy_.load()) return;  // it looks by itself within a millisecond
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(wake_fd_, &one, sizeof one);
}

void MediaLoop::stop() {
  stopping_.store(true);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto n = write(wake_fd_, &one, sizeof one);
}

void MediaLoop::run(int cpu) {
  pthread_setname_np(pthread_self(), "media");
  // The kernel may fire a timer 50 us late to save wake-ups; pace is worth more than that here.
  prctl(PR_SET_TIMERSLACK, 1000);
  if (cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(static_cast<unsigned>(cpu), &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
  }
  shared_.shielded = true;
  load_since_ = io::read_mono();
  int ready = 0;
  while (!stopping_.load(std::memory_order_relaxed)) {
    const MonoTime now = io::read_mono();
    turn(now, ready);
    measure_load(now);
    // More may wait; they come before any sleep.
    if (ready == k_ready_max) {
      ready = wait(Duration::zero());
      continue;
    }
    const Duration sleep = sleep_length(io::read_mono());
    if (!busy_.load(std::memory_order_relaxed)) {
      ready = wait(sleep);
      continue;
    }
    const timespec step{.tv_sec = 0, .tv_nsec = std::min(sleep, k_busy_step).count()};
    ppoll(nullptr, 0, &step, nullptr);
    ready = wait(Duration::zero());
  }
}

int MediaLoop::wait(Duration sleep) {
  const timespec time{.tv_sec = sleep.count() / 1'000'000'000,
                      .tv_nsec = sleep.count() % 1'000'000'000};
  return epoll_pwait2(epoll_, ready_.data(), k_ready_max, &time, nullptr);
}

Duration MediaLoop::sleep_length(MonoTime now) const {
  Duration sleep = k_sleep_max;
  if (const auto due = shared_.timers.next_due()) sleep = std::min(sleep, *due - now);
  if (const auto due = shared_.phases.next_due()) sleep = std::min(sleep, *due - now);
  if (!later_.empty()) sleep = std::min(sleep, later_since_ + k_later_max - now);
  return std::max(sleep, Duration::zero());
}

void MediaLoop::measure_load(MonoTime now) {
  if (now - load_since_ < k_load_window) return;
  const auto windows =
      std::max<std::int64_t>(1, (now - load_since_).count() / k_load_window.count());
  const std::uint64_t load = (shared_.packets - load_packets_ + load_orders_) /
                             static_cast<std::uint64_t>(windows);
  if (load >= k_busy_from) busy_.store(true);
  if (load < k_busy_until && busy_.load()) {
    busy_.store(false);
    // Orders that came while this loop was busy were not announced.
    take_orders();
    flush_reports(now);
  }
  load_since_ = now;
  load_packets_ = shared_.packets;
  load_orders_ = 0;
}

bool MediaLoop::step(MonoTime now) {
  const int ready = wait(Duration::zero());
  turn(now, ready);
  flush_later();
  return ready <= 0;
}

void MediaLoop::turn(MonoTime now, int ready) {
  shared_.clock.advance_to(now);
  take_orders();
  shared_.phases.run(now);
  shared_.timers.advance();
  serve_ready(ready);
  if (!shared_.broken.empty()) bury_broken();
  flush_reports(now);
}

// A bug of ours met these streams: they end, the others do not notice.
void MediaLoop::bury_broken() {
  for (const StreamId id : std::exchange(shared_.broken, {})) {
    Stream* stream = find(id);
    if (stream == nullptr) continue;
    recorder_.forget(*stream);
    bury(id, StreamStatistics{});
  }
}

void MediaLoop::bury(StreamId id, StreamStatistics statistics) {
  if (later_.empty()) later_since_ = shared_.now();
  later_.emplace_back(StreamClosed{id, std::move(statistics)});
  later_.emplace_back(PortReturned{pair_of(id)});
  slots_[pair_of(id)].stream.reset();
  std::erase_if(mixes_, [](const auto& entry) { return entry.second->empty(); });
}

// What somebody waits for goes at once; the last figures of streams go along with it, or when they
// have waited for a while: each report that finds an empty box costs the control thread a wake-up.
void MediaLoop::flush_reports(MonoTime now) {
  const bool due = !later_.empty() && now - later_since_ >= k_later_max;
  if (shared_.reports.empty() && !due) return;
  for (Report& report : shared_.reports) out_(std::move(report));
  shared_.reports.clear();
  flush_later();
}

void MediaLoop::flush_later() {
  for (LoopReport& report : later_) out_(std::move(report));
  later_.clear();
}

void MediaLoop::serve_ready(int count) {
  for (int i = 0; i < count; ++i) {
    const std::uint64_t key = ready_[static_cast<std::size_t>(i)].data.u64;
    if (key == k_wake_key) {
      std::uint64_t wakes = 0;
      [[maybe_unused]] const auto n = read(wake_fd_, &wakes, sizeof wakes);
      continue;
    }
    on_readable(static_cast<std::uint32_t>(key >> 1), (key & 1) != 0);
  }
}

// One packet; the kernel tells again if more wait. Most often there is one, and asking for another
// would cost a call more each time.
void MediaLoop::on_readable(std::uint32_t pair, bool rtcp) {
  Slot& slot = slots_[pair];
  NetAddress from;
  socklen_t from_size = NetAddress::k_size_max;
  const ssize_t size = recvfrom(rtcp ? slot.rtcp_fd : slot.rtp_fd, buffer_.data(),
                                k_packet_bytes_max, MSG_DONTWAIT, from.raw(), &from_size);
  if (size <= 0) return;
  shared_.packets += 1;
  if (!slot.stream) return;  // a resting port: nobody is there
  Stream& stream = *slot.stream;
  shared_.guard(stream.id(), [&] {
    if (rtcp) {
      stream.on_rtcp(buffer_, static_cast<std::size_t>(size), from);
    } else {
      stream.on_rtp(buffer_, static_cast<std::size_t>(size), from);
    }
  });
}

void MediaLoop::watch(std::uint32_t pair, bool rtcp, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = key_of(pair, rtcp);
  ASSERT(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) == 0);
}

void MediaLoop::take_orders() {
  orders_.take(taken_);
  load_orders_ += taken_.size();
  for (Order& order : taken_) {
    std::visit([this](auto& one) { carry_out(one); }, order);
  }
  taken_.clear();
}

Stream* MediaLoop::find(StreamId id) {
  const std::uint32_t pair = pair_of(id);
  if (!id || pair >= slots_.size()) return nullptr;
  Stream* stream = slots_[pair].stream.get();
  return stream != nullptr && stream->id() == id ? stream : nullptr;
}

// A pair stays watched while it rests: what its last call's peer still sends is thrown away at
// once.
void MediaLoop::carry_out(OpenOrder& order) {
  const std::uint32_t pair = pair_of(order.stream);
  if (pair >= slots_.size()) slots_.resize(pair + 1);
  Slot& slot = slots_[pair];
  ASSERT(!slot.stream);
  if (slot.rtp_fd < 0) {
    slot.rtp_fd = order.rtp_fd;
    slot.rtcp_fd = order.rtcp_fd;
    watch(pair, false, slot.rtp_fd);
    watch(pair, true, slot.rtcp_fd);
  }
  slot.stream = std::make_unique<Stream>(shared_, order);
}

void MediaLoop::carry_out(ConfigureOrder& order) {
  if (Stream* stream = find(order.stream)) stream->configure(std::move(*order.plan));
}

void MediaLoop::carry_out(PlayOrder& order) {
  if (Stream* stream = find(order.stream)) {
    stream->play(order.playback, std::move(order.items), order.loop);
  }
}

void MediaLoop::carry_out(StopPlayOrder& order) {
  if (Stream* stream = find(order.stream)) stream->stop_play();
}

void MediaLoop::carry_out(BridgeOrder& order) {
  Stream* a = find(order.a);
  Stream* b = find(order.b);
  if (a != nullptr && b != nullptr) Stream::bridge(*a, *b);
}

void MediaLoop::carry_out(UnbridgeOrder& order) {
  Stream* a = find(order.a);
  Stream* b = find(order.b);
  if (a != nullptr && b != nullptr && a->joined_to(*b)) a->unbridge();
}

void MediaLoop::carry_out(EchoOrder& order) {
  if (Stream* stream = find(order.stream)) stream->echo();
}

void MediaLoop::carry_out(MixOrder& order) {
  std::vector<Mix::Member> members;
  for (const MixMember& one : order.members) {
    Stream* stream = find(one.stream);
    if (stream == nullptr) continue;
    Mix::Member& member = members.emplace_back();
    member.stream = stream;
    for (const StreamId id : one.hears) {
      if (Stream* heard = find(id)) member.hears.push_back(heard);
    }
  }
  if (members.empty()) {
    mixes_.erase(order.mix);
    return;
  }
  auto& mix = mixes_[order.mix];
  if (!mix) mix = std::make_unique<Mix>(shared_);
  mix->declare(members);
}

void MediaLoop::carry_out(MixToneOrder& order) {
  const auto at = mixes_.find(order.mix);
  if (at != mixes_.end()) at->second->sound_tone(order.hz, order.length);
}

void MediaLoop::carry_out(MuteOrder& order) {
  if (Stream* stream = find(order.stream)) stream->mute(order.muted);
}

void MediaLoop::carry_out(DigitsOrder& order) {
  if (Stream* stream = find(order.stream)) stream->send_digits(order.digits);
}

void MediaLoop::carry_out(RecordOrder& order) {
  recorder_.start(order.recording, {.left = find(order.left), .right = find(order.right)},
                  std::move(order.path), order.format, order.rule);
}

void MediaLoop::carry_out(StopRecordOrder& order) { recorder_.stop(order.recording); }

void MediaLoop::carry_out(CloseOrder& order) {
  Stream* stream = find(order.stream);
  if (stream == nullptr) return;
  recorder_.forget(*stream);
  bury(order.stream, stream->close());
}

void MediaLoop::carry_out(RetireOrder& order) {
  if (order.pair < slots_.size() && slots_[order.pair].rtp_fd >= 0) {
    Slot& slot = slots_[order.pair];
    ASSERT(!slot.stream);
    epoll_ctl(epoll_, EPOLL_CTL_DEL, slot.rtp_fd, nullptr);
    epoll_ctl(epoll_, EPOLL_CTL_DEL, slot.rtcp_fd, nullptr);
    slot = Slot{};
  }
  out_(PortReleased{order.pair});
}

}  // namespace firstring::media

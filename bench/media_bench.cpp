// media_bench: what one media thread costs: N playbacks or N bridged calls against UDP phones.
//
//   media_bench play 500 10      500 playbacks of the built-in music for 10 s
//   media_bench bridge 200 10    200 G.711 calls bridged, both ways
//   media_bench record 100 10    the same, each recorded
//   media_bench transcode 50 10  PCMU to Opus, both ways
//   media_bench mix3 100 10      100 rooms of three who all talk, PCMU
//   media_bench mix32 4 10       4 rooms of 32 who all talk
//   media_bench idle 4000 1      memory of streams that wait
//
// The engine runs on core 0 (CPU of the whole process is counted), the phones in a process of their
// own on core 1, all on 127.0.0.1.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "io/clock.h"
#include "media/codec.h"
#include "media/engine.h"
#include "media/net_address.h"
#include "media/prompt_store.h"
#include "media/rtp.h"
#include "media/tone.h"

using namespace firstring;
using namespace firstring::media;

namespace {

void pin(unsigned cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

// A phone: its socket and where it sends to.
struct Phone {
  int fd = -1;
  MediaAddress address;
  NetAddress server;
  Codec codec = Codec::pcmu;
};

Phone make_phone(Codec codec) {
  Phone phone{.codec = codec};
  phone.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  NetAddress any = NetAddress::of("127.0.0.1", 0).value();
  if (phone.fd < 0 || bind(phone.fd, any.raw(), any.size()) != 0) {
    std::perror("phone");
    std::exit(1);
  }
  socklen_t size = NetAddress::k_size_max;
  getsockname(phone.fd, any.raw(), &size);
  const int on = 1;   // when the kernel got each packet: the phone's own lateness does not count
  setsockopt(phone.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  phone.address = {any.ip(), any.port()};
  return phone;
}

// One packet and when it came, in ns of the wall clock; 0: none waits.
std::int64_t receive(int fd, std::span<std::uint8_t> packet, std::size_t& size) {
  iovec part{packet.data(), packet.size()};
  alignas(cmsghdr) char control[64];
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
  if (got < 0) return 0;
  size = static_cast<std::size_t>(got);
  timespec time{};
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header != nullptr) std::memcpy(&time, CMSG_DATA(header), sizeof time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

std::int64_t wall_ns() { return io::read_wall().ns; }

struct Heard {
  std::uint64_t packets = 0;
  std::vector<double> gaps_ms;     // between packets of one call
  std::vector<double> delays_ms;   // from one phone to the other; not through a codec

  void print(double length_s) {
    std::printf("phones heard %.0f packets/s\n", static_cast<double>(packets) / length_s);
    print("gap", gaps_ms);
    print("delay", delays_ms);
    std::fflush(stdout);
  }
  static void print(const char* what, std::vector<double>& values) {
    if (values.empty()) return;
    std::ranges::sort(values);
    const auto at = [&values](double share) {
      return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    };
    std::printf("%s ms: p50 %.3f, p99 %.3f, p99.9 %.3f, max %.3f\n", what, at(0.5), at(0.99),
                at(0.999), at(1));
  }
};

std::vector<std::uint8_t> tone_payload(Codec codec) {
  auto encoder = Encoder::create(codec).value();
  Tone tone(440, encoder.sample_rate());
  std::vector<std::int16_t> pcm(static_cast<std::size_t>(encoder.sample_rate() / 50));
  std::vector<std::uint8_t> payload(k_payload_bytes_max);
  std::size_t size = 0;
  for (int i = 0; i < 5; ++i) {
    tone.fill(pcm);
    size = encoder.encode(pcm, payload);
  }
  payload.resize(size);
  return payload;
}

void listen(const Phone& phone, bool timed, std::int64_t& last, Heard& heard) {
  std::uint8_t packet[2048];
  std::size_t size = 0;
  while (const std::int64_t at = receive(phone.fd, packet, size)) {
    if (looks_like_rtcp(Bytes(packet, size))) continue;
    heard.packets += 1;
    if (last != 0) heard.gaps_ms.push_back(static_cast<double>(at - last) / 1e6);
    last = at;
    if (!timed || size < k_rtp_header_bytes + 8) continue;
    std::int64_t sent = 0;   // by the other phone, in the first bytes of the sound
    std::memcpy(&sent, packet + k_rtp_header_bytes, sizeof sent);
    heard.delays_ms.push_back(static_cast<double>(at - sent) / 1e6);
  }
}

// Each phone talks every 20 ms, all spread over the 20 ms, and notes when it hears.
Heard run_phones(std::vector<Phone>& phones, double length_s, bool talk, bool timed) {
  const auto pcmu = tone_payload(Codec::pcmu);
  const auto opus = tone_payload(Codec::opus);
  std::vector<std::int64_t> last(phones.size());
  Heard heard;
  const MonoTime start = io::read_mono();
  std::uint8_t packet[1600];
  for (std::int64_t ms = 0; static_cast<double>(ms) < length_s * 1000; ++ms) {
    const MonoTime due = start + Duration(1ms) * ms;
    for (auto wait = due - io::read_mono(); wait > Duration::zero();
         wait = due - io::read_mono()) {
      const timespec sleep{.tv_sec = 0, .tv_nsec = static_cast<long>(wait.count())};
      nanosleep(&sleep, nullptr);
    }
    for (std::size_t i = static_cast<std::size_t>(ms % 20); i < phones.size(); i += 20) {
      const Phone& phone = phones[i];
      listen(phone, timed, last[i], heard);
      if (!talk) continue;
      const auto& payload = phone.codec == Codec::opus ? opus : pcmu;
      const auto round = static_cast<std::uint32_t>(ms / 20);
      write_rtp({.payload_type = static_cast<std::uint8_t>(phone.codec == Codec::opus ? 111 : 0),
                 .sequence = static_cast<std::uint16_t>(round),
                 .timestamp = round * static_cast<std::uint32_t>(rtp_clock_of(phone.codec) / 50),
                 .ssrc = static_cast<std::uint32_t>(i + 1)},
                packet);
      std::memcpy(packet + k_rtp_header_bytes, payload.data(), payload.size());
      if (timed) {
        const std::int64_t sent = wall_ns();
        std::memcpy(packet + k_rtp_header_bytes, &sent, sizeof sent);
      }
      sendto(phone.fd, packet, k_rtp_header_bytes + payload.size(), 0, phone.server.raw(),
             phone.server.size());
    }
  }
  return heard;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds_of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

long anonymous_kb() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("RssAnon:")) return std::atol(line.c_str() + 8);
  }
  return 0;
}

StreamPlan plan_for(const Phone& phone) {
  StreamPlan plan;
  plan.remote = phone.address;
  plan.rtcp_mux = true;
  plan.codecs = {{phone.codec, phone.codec == Codec::opus ? 111 : 0, ""}};
  plan.event_payload_type = 101;
  return plan;
}

struct Work {
  std::string_view kind;
  std::size_t calls;
  double length_s;
};

std::size_t legs_of(std::string_view kind) {
  if (kind == "play" || kind == "idle") return 1;
  if (kind == "mix3") return 3;
  return kind == "mix32" ? 32 : 2;
}

// Everyone hears everyone else.
void mix_all(Engine& engine, std::uint64_t mix, const std::vector<StreamId>& legs) {
  std::vector<MixMember> members;
  for (const StreamId leg : legs) {
    MixMember& member = members.emplace_back(MixMember{leg, legs});
    std::erase(member.hears, leg);
  }
  engine.mix(mix, std::move(members));
}

void start_work(Engine& engine, PromptStore& prompts, const Work& work,
                std::vector<Phone>& phones, const std::string& folder) {
  const std::uint32_t music = prompts.music("");
  prompts.wait_until_ready();
  for (std::size_t i = 0; i < work.calls; ++i) {
    std::vector<StreamId> legs;
    for (std::size_t leg = 0; leg < legs_of(work.kind); ++leg) {
      const bool opus = leg == 1 && work.kind == "transcode";
      Phone phone = make_phone(opus ? Codec::opus : Codec::pcmu);
      const auto stream = engine.open();
      if (!stream) {
        std::fprintf(stderr, "%s\n", stream.error().detail.c_str());
        std::exit(1);
      }
      legs.push_back(*stream);
      phone.server = NetAddress::of(engine.local_address(*stream)).value();
      engine.configure(*stream, plan_for(phone));
      phones.push_back(phone);
    }
    if (work.kind == "play") {
      engine.play(legs[0], i, {{.kind = PlayItem::Kind::prompt, .prompt = music}}, true);
    }
    if (legs.size() == 2) engine.bridge(legs[0], legs[1]);
    if (legs.size() > 2) mix_all(engine, i + 1, legs);
    if (work.kind == "record") {
      engine.record(i, legs[0], legs[1], folder + "/" + std::to_string(i), "wav");
    }
  }
}

int run(const Work& work) {
  char name[] = "/tmp/media_bench_XXXXXX";
  const std::string folder = mkdtemp(name);
  auto prompts =
      PromptStore::create({.prompt_folder = folder, .cache_folder = folder + "/cache"}).value();
  auto engine = Engine::create({.streams_max = 20'000}, *prompts, [] {}).value();
  prompts->music("");
  prompts->wait_until_ready();
  const long memory_before = anonymous_kb();
  std::vector<Phone> phones;
  start_work(*engine, *prompts, work, phones, folder);
  engine->flush();
  const pid_t child = fork();
  if (child == 0) {
    pin(1);
    const bool talk = legs_of(work.kind) > 1;
    run_phones(phones, work.length_s + 1, talk,
               legs_of(work.kind) == 2 && work.kind != "transcode")
        .print(work.length_s + 1);
    _exit(0);
  }
  sleep(1);
  const double before = cpu_seconds();
  const MonoTime start = io::read_mono();
  std::vector<Report> reports;
  while (io::read_mono() - start < Duration(static_cast<std::int64_t>(work.length_s * 1e9))) {
    usleep(200'000);
    engine->take_reports(reports);
  }
  const double cpu = cpu_seconds() - before;
  const double share = cpu / seconds(io::read_mono() - start);
  const long memory = anonymous_kb() - memory_before;
  waitpid(child, nullptr, 0);
  std::printf("%s %zu: %.1f %% of a core, %.2f %% per 100 calls, %.1f kB per call\n",
              std::string(work.kind).c_str(), work.calls, share * 100,
              share * 1e4 / static_cast<double>(work.calls),
              static_cast<double>(memory) / static_cast<double>(work.calls));
  engine.reset();
  prompts.reset();
  std::filesystem::remove_all(folder);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  constexpr std::string_view k_kinds[] = {"play", "bridge",    "record", "mix3",
                                            "mix32", "transcode", "idle"};
  if (argc != 4 || std::ranges::find(k_kinds, std::string_view(argv[1])) == std::end(k_kinds)) {
    std::fprintf(stderr,
                 "usage: media_bench play|bridge|record|transcode|mix3|mix32|idle CALLS SECONDS\n");
    return 2;
  }
  rlimit files{.rlim_cur = 65536, .rlim_max = 65536};
  setrlimit(RLIMIT_NOFILE, &files);
  pin(0);
  return run({.kind = argv[1],
              .calls = static_cast<std::size_t>(std::atol(argv[2])),
              .length_s = std::atof(argv[3])});
}

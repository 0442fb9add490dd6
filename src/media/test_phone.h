// For tests: phones on real loopback sockets, an engine that is stepped by hand, and a clock that
// both share: hours of audio in no time, and every packet looked at.
// Lives on: a test.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/clock.h"
#include "media/codec.h"
#include "media/engine_on_loop.h"
#include "media/prompt_store.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "media/srtp.h"
#include "media/telephone_event.h"
#include "media/tone.h"

namespace firstring::media::test {

struct Heard {
  MonoTime at;
  RtpHeader header;
  std::vector<std::uint8_t> payload;
  std::vector<std::uint8_t> raw;      // as it came
};

class Phone {
 public:
  explicit Phone(const char* ip = "127.0.0.1") {
    fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    NetAddress any = NetAddress::of(ip, 0).value();
    EXPECT_EQ(bind(fd_, any.raw(), any.size()), 0);
    socklen_t size = NetAddress::k_size_max;
    EXPECT_EQ(getsockname(fd_, any.raw(), &size), 0);
    address_ = {any.ip(), any.port()};
  }
  ~Phone() { ::close(fd_); }
  Phone(const Phone&) = delete;
  Phone& operator=(const Phone&) = delete;

  const MediaAddress& address() const { return address_; }
  void call(MediaAddress server) { server_ = std::move(server); }

  // Talks: a tone, 20 ms at a time, from the next tick() on.
  void talk(double hz, Codec codec, int payload_type) {
    encoder_.emplace(Encoder::create(codec).value());
    tone_.emplace(hz, encoder_->sample_rate());
    type_ = payload_type;
    ticks_ = static_cast<std::uint32_t>(rtp_clock_of(codec) / 50);
  }
  void hush() { tone_.reset(); }
  void protect(const SrtpKey& send, const SrtpKey& receive) {
    protect_.emplace(SrtpSide::create(send, SrtpSide::Direction::send).value());
    unprotect_.emplace(SrtpSide::create(receive, SrtpSide::Direction::receive).value());
  }

  void tick() {
    if (!tone_) return;
    std::vector<std::int16_t> pcm(static_cast<std::size_t>(encoder_->sample_rate() / 50));
    tone_->fill(pcm);
    std::array<std::uint8_t, k_payload_bytes_max> payload;
    const std::size_t size = encoder_->encode(pcm, payload);
    send_sound(Bytes(payload).first(size));
  }
  void send_sound(Bytes payload) {
    send({.payload_type = static_cast<std::uint8_t>(type_),
          .sequence = sequence++,
          .timestamp = timestamp,
          .ssrc = ssrc},
         payload);
    timestamp += ticks_;
    sent.emplace_back(payload.begin(), payload.end());
  }
  void send(const RtpHeader& header, Bytes payload) {
    std::vector<std::uint8_t> packet(k_rtp_header_bytes + payload.size() + k_srtp_room);
    write_rtp(header, packet.data());
    std::copy(payload.begin(), payload.end(), packet.begin() + k_rtp_header_bytes);
    std::size_t size = k_rtp_header_bytes + payload.size();
    if (protect_) {
      EXPECT_EQ(protect_->protect_rtp(packet, size), SrtpSide::Verdict::ok);
    }
    send_raw(Bytes(packet).first(size), server_);
  }
  void send_raw(Bytes packet, const MediaAddress& to) {
    const NetAddress address = NetAddress::of(to).value();
    sendto(fd_, packet.data(), packet.size(), 0, address.raw(), address.size());
  }

  void listen(MonoTime now) {
    std::array<std::uint8_t, 2048> buffer;
    while (true) {
      const ssize_t got = recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (got < 0) return;
      auto size = static_cast<std::size_t>(got);
      std::vector<std::uint8_t> raw(buffer.begin(), buffer.begin() + got);
      if (looks_like_rtcp(raw)) {
        rtcp.push_back(std::move(raw));
        continue;
      }
      if (unprotect_) {
        EXPECT_EQ(unprotect_->unprotect_rtp(buffer, size), SrtpSide::Verdict::ok);
      }
      const auto packet = parse_rtp(Bytes(buffer).first(size));
      ASSERT_TRUE(packet.has_value());
      heard.push_back({now, packet->header,
                       {packet->payload.begin(), packet->payload.end()}, std::move(raw)});
    }
  }

  // All sound packets heard so far, decoded in order.
  std::vector<std::int16_t> decode(Codec codec, int payload_type) const {
    auto decoder = Decoder::create(codec).value();
    std::vector<std::int16_t> all;
    std::vector<std::int16_t> pcm(k_decoded_samples_max);
    for (const Heard& packet : heard) {
      if (packet.header.payload_type != payload_type) continue;
      const std::size_t count = decoder.decode(packet.payload, pcm);
      all.insert(all.end(), pcm.begin(), pcm.begin() + static_cast<std::ptrdiff_t>(count));
    }
    return all;
  }

  std::vector<Heard> heard;
  std::vector<std::vector<std::uint8_t>> rtcp;
  std::vector<std::vector<std::uint8_t>> sent;   // payloads
  std::uint32_t ssrc = 0x11223344;
  std::uint16_t sequence = 65000;   // wraps within a test
  std::uint32_t timestamp = 0xfffff000;

 private:
  int fd_ = -1;
  MediaAddress address_, server_;
  std::optional<Encoder> encoder_;
  std::optional<Tone> tone_;
  std::optional<SrtpSide> protect_, unprotect_;
  int type_ = 0;
  std::uint32_t ticks_ = 160;
};

inline int type_of(Codec codec) {
  switch (codec) {
    case Codec::pcmu: return 0;
    case Codec::pcma: return 8;
    case Codec::g722: return 9;
    case Codec::opus: return 111;
  }
  return -1;
}

inline StreamPlan plan_for(const MediaAddress& remote, Codec codec = Codec::pcmu) {
  StreamPlan plan;
  plan.remote = remote;
  plan.rtcp_mux = true;
  plan.remote_rtcp = remote;
  plan.codecs = {{codec, type_of(codec), ""}};
  plan.event_payload_type = 101;
  return plan;
}

class EngineTest : public testing::Test {
 protected:
  EngineTest() {
    char name[] = "/tmp/media_test_XXXXXX";
    folder = mkdtemp(name);
    prompts = PromptStore::create({.prompt_folder = folder, .cache_folder = folder + "/cache"})
                  .value();
    engine = EngineOnLoop::create({.silence_after = 30s}, *prompts, [] {}).value();
    engine->step(now);
  }
  ~EngineTest() override {
    engine.reset();
    prompts.reset();
    std::filesystem::remove_all(folder);
  }

  // Opens a stream for this phone and makes them know each other.
  StreamId connect(Phone& phone, StreamPlan plan) {
    const StreamId stream = engine->open().value();
    phone.call(engine->local_address(stream));
    engine->configure(stream, std::move(plan));
    phones.push_back(&phone);
    return stream;
  }
  StreamId connect(Phone& phone, Codec codec = Codec::pcmu) {
    return connect(phone, plan_for(phone.address(), codec));
  }

  // Time passes: a millisecond at a time, every phone talks each 20 ms.
  void run(Duration length) {
    const MonoTime end = now + length;
    while (now < end) {
      now = now + Duration(1ms);
      if (now.ns % 20'000'000 == 0) {
        for (Phone* phone : phones) phone->tick();
      }
      if (each_ms) each_ms();
      engine->step(now);
      for (Phone* phone : phones) phone->listen(now);
      engine->take_reports(taken_);
      for (Report& report : taken_) reports.push_back(std::move(report));
    }
  }

  template <typename T>
  std::vector<T> reported() const {
    std::vector<T> found;
    for (const Report& report : reports) {
      if (const T* one = std::get_if<T>(&report)) found.push_back(*one);
    }
    return found;
  }
  std::string digits(StreamId stream) const {
    std::string all;
    for (const auto& heard : reported<DigitHeard>()) {
      if (heard.stream == stream) all += heard.digit;
    }
    return all;
  }
  StreamStatistics close(StreamId stream) {
    engine->close(stream);
    run(1ms);
    for (const auto& closed : reported<StreamClosed>()) {
      if (closed.stream == stream) return closed.statistics;
    }
    ADD_FAILURE() << "no StreamClosed";
    return {};
  }

  std::string folder;
  std::unique_ptr<PromptStore> prompts;
  std::unique_ptr<EngineOnLoop> engine;
  std::vector<Phone*> phones;
  std::vector<Report> reports;
  std::function<void()> each_ms;
  MonoTime now{1'000'000'000};

 private:
  std::vector<Report> taken_;
};

inline std::span<const std::int16_t> middle(const std::vector<std::int16_t>& pcm) {
  const std::size_t quarter = pcm.size() / 4;
  return std::span(pcm).subspan(quarter, quarter * 2);
}

}  // namespace firstring::media::test

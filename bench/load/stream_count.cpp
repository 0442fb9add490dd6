#include "bench/load/stream_count.h"

#include <algorithm>
#include <cstring>

namespace firstring::load {
namespace {

constexpr char k_mark_word[8] = {'f', 'i', 'r', 's', 't', 'm', 'r', 'k'};
constexpr std::size_t k_mark_bytes = sizeof k_mark_word + sizeof(std::int64_t);

// A step of more than this is a sender that started anew, not that many lost packets.
constexpr std::uint16_t k_step_max = 3000;  // one minute

std::uint32_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

}  // namespace

std::optional<RtpView> read_rtp(std::string_view packet) {
  if (packet.size() < k_rtp_header_bytes || byte_at(packet, 0) >> 6 != 2) return {};
  const std::uint32_t first = byte_at(packet, 0);
  std::size_t start = k_rtp_header_bytes + 4 * (first & 0x0f);  // CSRC list
  if ((first & 0x10) != 0) {                                    // extension
    if (packet.size() < start + 4) return {};
    start += 4 + 4 * (byte_at(packet, start + 2) << 8 | byte_at(packet, start + 3));
  }
  std::size_t end = packet.size();
  if ((first & 0x20) != 0) {                                    // padding
    const std::size_t padding = byte_at(packet, end - 1);
    if (padding == 0 || padding > end) return {};
    end -= padding;
  }
  if (start > end) return {};
  RtpView view;
  view.payload_type = static_cast<std::uint8_t>(byte_at(packet, 1) & 0x7f);
  view.sequence = static_cast<std::uint16_t>(byte_at(packet, 2) << 8 | byte_at(packet, 3));
  view.ssrc = byte_at(packet, 8) << 24 | byte_at(packet, 9) << 16 | byte_at(packet, 10) << 8 |
              byte_at(packet, 11);
  view.payload = packet.substr(start, end - start);
  return view;
}

void write_mark(char* payload, WallTime sent) {
  std::memcpy(payload, k_mark_word, sizeof k_mark_word);
  std::memcpy(payload + sizeof k_mark_word, &sent.ns, sizeof sent.ns);
}

std::optional<WallTime> read_mark(std::string_view payload) {
  if (payload.size() < k_mark_bytes) return {};
  if (std::memcmp(payload.data(), k_mark_word, sizeof k_mark_word) != 0) return {};
  WallTime sent;
  std::memcpy(&sent.ns, payload.data() + sizeof k_mark_word, sizeof sent.ns);
  return sent;
}

bool is_silence(std::string_view payload) {
  return payload.empty() ||
         std::memcmp(payload.data(), payload.data() + 1, payload.size() - 1) == 0;
}

std::optional<Duration> StreamCount::on_packet(const RtpView& packet, WallTime arrived) {
  const bool begins = received_ == 0 || packet.ssrc != ssrc_;
  const auto step = static_cast<std::uint16_t>(packet.sequence - next_);
  const auto behind = static_cast<std::uint16_t>(next_ - packet.sequence);
  received_ += 1;
  if (begins || (step > k_step_max && behind > k_step_max)) {
    ssrc_ = packet.ssrc;
    next_ = static_cast<std::uint16_t>(packet.sequence + 1);
    last_arrived_ = arrived;
    return {};
  }
  if (step <= k_step_max) {
    missing_ += step;
    next_ = static_cast<std::uint16_t>(packet.sequence + 1);
  }
  const Duration spacing = arrived - last_arrived_;
  last_arrived_ = arrived;
  return spacing;
}

}  // namespace firstring::load

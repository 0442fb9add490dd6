#include "media/rtp.h"

#include <algorithm>
#include <cstdlib>

namespace firstring::media {
namespace {

// RFC 3550 A.1: a gap up to this is loss, a step back up to that is reordering; more is a restart.
constexpr std::uint32_t k_dropout_max = 3000;
constexpr std::uint32_t k_misorder_max = 100;

}  // namespace

std::optional<RtpPacket> parse_rtp(Bytes packet) {
  if (packet.size() < k_rtp_header_bytes) return std::nullopt;
  const std::uint8_t* p = packet.data();
  if (p[0] >> 6 != 2) return std::nullopt;
  std::size_t begin = k_rtp_header_bytes + std::size_t{p[0] & 0x0fu} * 4;
  std::size_t end = packet.size();
  if (begin > end) return std::nullopt;
  if ((p[0] & 0x10) != 0) {  // extension: 16 bits of profile, 16 bits of length in words
    if (end - begin < 4) return std::nullopt;
    const std::size_t words = read_u16(p + begin + 2);
    begin += 4;
    if ((end - begin) / 4 < words) return std::nullopt;
    begin += words * 4;
  }
  if ((p[0] & 0x20) != 0) {  // padding: its last byte counts it, itself included
    if (end == begin) return std::nullopt;
    const std::size_t padding = p[end - 1];
    if (padding == 0 || padding > end - begin) return std::nullopt;
    end -= padding;
  }
  RtpPacket parsed;
  parsed.header.marker = (p[1] & 0x80) != 0;
  parsed.header.payload_type = p[1] & 0x7f;
  parsed.header.sequence = read_u16(p + 2);
  parsed.header.timestamp = read_u32(p + 4);
  parsed.header.ssrc = read_u32(p + 8);
  parsed.payload = packet.subspan(begin, end - begin);
  return parsed;
}

void write_rtp(const RtpHeader& header, std::uint8_t* out) {
  out[0] = 0x80;
  out[1] = static_cast<std::uint8_t>((header.marker ? 0x80 : 0) | (header.payload_type & 0x7f));
  write_u16(header.sequence, out + 2);
  write_u32(header.timestamp, out + 4);
  write_u32(header.ssrc, out + 8);
}

void RtpReception::start(const RtpHeader& header) {
  expected_before_ += expected_now();
  ssrc_ = header.ssrc;
  base_ = header.sequence;
  highest_ = header.sequence;
  received_ = 0;
  transit_ = 0;
  jumped_to_ = ~0u;
}

void RtpReception::on_packet(const RtpHeader& header, std::uint32_t arrival) {
  if (received_all_ == 0 || header.ssrc != ssrc_) start(header);
  const auto step = static_cast<std::uint16_t>(header.sequence - (highest_ & 0xffff));
  if (step < k_dropout_max) {
    highest_ += step;
    jumped_to_ = ~0u;
  } else if (step <= 65535 - k_misorder_max) {
    // A large jump: two in order there mean that the sender restarted.
    if (header.sequence != jumped_to_) {
      jumped_to_ = static_cast<std::uint16_t>(header.sequence + 1);
      return;
    }
    start(header);
  }
  received_ += 1;
  received_all_ += 1;
  const std::uint32_t transit = arrival - header.timestamp;
  // Several packets of one timestamp (events, RFC 4733) tell nothing about the network.
  if (received_ > 1 && header.timestamp != last_timestamp_) {
    const auto difference =
        std::abs(std::int64_t{static_cast<std::int32_t>(transit - transit_)});
    // A sender that restarts its timestamps is no network jitter either.
    if (difference < 480'000) {
      jitter_ += static_cast<std::uint32_t>(difference) - ((jitter_ + 8) >> 4);
    }
  }
  transit_ = transit;
  last_timestamp_ = header.timestamp;
}

std::uint64_t RtpReception::expected_now() const {
  if (received_all_ == 0) return 0;
  return std::uint64_t{highest_} - base_ + 1;
}

RtpReception::Report RtpReception::take_report() {
  Report report;
  report.ssrc = ssrc_;
  const std::uint64_t expected_all = expected();
  const std::uint64_t expected = expected_all - expected_prior_;
  const std::uint64_t received = received_all_ - received_prior_;
  expected_prior_ = expected_all;
  received_prior_ = received_all_;
  if (expected > received && expected > 0) {
    const std::uint64_t of_256 = (expected - received) * 256 / expected;
    report.fraction_lost = static_cast<std::uint8_t>(std::min<std::uint64_t>(of_256, 255));
  }
  const auto lost = static_cast<std::int64_t>(expected_all - received_all_);
  report.cumulative_lost =
      static_cast<std::int32_t>(std::clamp<std::int64_t>(lost, -0x800000, 0x7fffff));
  report.highest_sequence = highest_;
  report.jitter = jitter_ >> 4;
  return report;
}

}  // namespace firstring::media

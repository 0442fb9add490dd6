#include "media/rtcp.h"

#include <algorithm>

#include "base/assert.h"

namespace firstring::media {
namespace {

constexpr int k_sender_report = 200, k_receiver_report = 201, k_description = 202, k_bye = 203;
constexpr int k_cname = 1;
constexpr std::size_t k_blocks_max = 31;
constexpr std::size_t k_cname_bytes_max = 255;

RtcpBlock read_block(const std::uint8_t* p) {
  RtcpBlock block;
  block.ssrc = read_u32(p);
  block.fraction_lost = p[4];
  // 24 bits, signed.
  block.cumulative_lost = static_cast<std::int32_t>(read_u32(p + 4) << 8) >> 8;
  block.highest_sequence = read_u32(p + 8);
  block.jitter = read_u32(p + 12);
  block.last_sr = read_u32(p + 16);
  block.delay_since_last_sr = read_u32(p + 20);
  return block;
}

// `body` is what follows the 4-byte header.
bool read_report(RtcpReport& report, bool first, int type, std::size_t count, Bytes body) {
  const std::size_t sender_bytes = type == k_sender_report ? 20 : 0;
  if (body.size() < 4 + sender_bytes + count * 24) return false;
  if (first) report.ssrc = read_u32(body.data());
  if (first && type == k_sender_report) {
    const std::uint8_t* p = body.data() + 4;
    RtcpSenderPart sender;
    sender.ntp = std::uint64_t{read_u32(p)} << 32 | read_u32(p + 4);
    sender.rtp_timestamp = read_u32(p + 8);
    sender.packets = read_u32(p + 12);
    sender.bytes = read_u32(p + 16);
    report.sender = sender;
  }
  for (std::size_t i = 0; i < count && report.blocks.size() < k_blocks_max; ++i) {
    report.blocks.push_back(read_block(body.data() + 4 + sender_bytes + i * 24));
  }
  return true;
}

bool read_description(RtcpReport& report, std::size_t count, Bytes body) {
  for (std::size_t chunk = 0; chunk < count; ++chunk) {
    if (body.size() < 4) return false;
    std::size_t at = 4;
    // Items until a zero byte, then zeros to the next word.
    while (true) {
      if (at >= body.size()) return false;
      const int type = body[at];
      if (type == 0) break;
      if (body.size() - at < 2) return false;
      const std::size_t length = body[at + 1];
      if (body.size() - at - 2 < length) return false;
      if (type == k_cname && report.cname.empty()) {
        report.cname.assign(reinterpret_cast<const char*>(body.data()) + at + 2, length);
      }
      at += 2 + length;
    }
    at = (at / 4 + 1) * 4;
    if (at > body.size()) return false;
    body = body.subspan(at);
  }
  return true;
}

bool read_bye(RtcpReport& report, std::size_t count, Bytes body) {
  if (body.size() < count * 4) return false;
  if (body.size() > count * 4) {  // a reason, with its length before it
    if (body.size() - count * 4 < std::size_t{body[count * 4]} + 1) return false;
  }
  report.bye = true;
  return true;
}

void put_header(std::vector<std::uint8_t>& out, std::size_t count, int type, std::size_t bytes) {
  ASSERT(bytes % 4 == 0 && count <= k_blocks_max);
  const std::size_t at = out.size();
  out.resize(at + 4);
  out[at] = static_cast<std::uint8_t>(0x80 | count);
  out[at + 1] = static_cast<std::uint8_t>(type);
  write_u16(static_cast<std::uint16_t>(bytes / 4 - 1), &out[at + 2]);
}

void put_u32(std::vector<std::uint8_t>& out, std::uint32_t value) {
  out.resize(out.size() + 4);
  write_u32(value, &out[out.size() - 4]);
}

void put_report(std::vector<std::uint8_t>& out, const RtcpReport& report) {
  const std::size_t count = std::min(report.blocks.size(), k_blocks_max);
  const std::size_t bytes = 8 + (report.sender ? 20 : 0) + count * 24;
  put_header(out, count, report.sender ? k_sender_report : k_receiver_report, bytes);
  put_u32(out, report.ssrc);
  if (report.sender) {
    put_u32(out, static_cast<std::uint32_t>(report.sender->ntp >> 32));
    put_u32(out, static_cast<std::uint32_t>(report.sender->ntp));
    put_u32(out, report.sender->rtp_timestamp);
    put_u32(out, report.sender->packets);
    put_u32(out, report.sender->bytes);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const RtcpBlock& block = report.blocks[i];
    put_u32(out, block.ssrc);
    put_u32(out, std::uint32_t{block.fraction_lost} << 24 |
                     (static_cast<std::uint32_t>(block.cumulative_lost) & 0xffffff));
    put_u32(out, block.highest_sequence);
    put_u32(out, block.jitter);
    put_u32(out, block.last_sr);
    put_u32(out, block.delay_since_last_sr);
  }
}

void put_description(std::vector<std::uint8_t>& out, std::uint32_t ssrc, std::string_view cname) {
  cname = cname.substr(0, k_cname_bytes_max);
  const std::size_t chunk = (4 + 2 + cname.size()) / 4 * 4 + 4;  // at least one closing zero
  put_header(out, 1, k_description, 4 + chunk);
  const std::size_t end = out.size() + chunk;
  put_u32(out, ssrc);
  out.push_back(k_cname);
  out.push_back(static_cast<std::uint8_t>(cname.size()));
  out.insert(out.end(), cname.begin(), cname.end());
  out.resize(end);
}

}  // namespace

std::optional<RtcpReport> parse_rtcp(Bytes packet) {
  RtcpReport report;
  bool first = true;
  while (!packet.empty()) {
    if (packet.size() < 4 || packet[0] >> 6 != 2) return std::nullopt;
    const std::size_t length = (std::size_t{read_u16(&packet[2])} + 1) * 4;
    if (length > packet.size()) return std::nullopt;
    const int type = packet[1];
    const std::size_t count = packet[0] & 0x1f;
    if (first && type != k_sender_report && type != k_receiver_report) return std::nullopt;
    Bytes body = packet.subspan(4, length - 4);
    if ((packet[0] & 0x20) != 0) {
      if (length != packet.size() || body.empty()) return std::nullopt;
      const std::size_t padding = body.back();
      if (padding == 0 || padding % 4 != 0 || padding > body.size()) return std::nullopt;
      body = body.first(body.size() - padding);
    }
    bool sound = true;
    if (type == k_sender_report || type == k_receiver_report) {
      sound = read_report(report, first, type, count, body);
    } else if (type == k_description) {
      sound = read_description(report, count, body);
    } else if (type == k_bye) {
      sound = read_bye(report, count, body);
    }
    if (!sound) return std::nullopt;
    first = false;
    packet = packet.subspan(length);
  }
  if (first) return std::nullopt;
  return report;
}

std::vector<std::uint8_t> build_rtcp(const RtcpReport& report) {
  std::vector<std::uint8_t> out;
  out.reserve(128);
  put_report(out, report);
  put_description(out, report.ssrc, report.cname);
  if (report.bye) {
    put_header(out, 1, k_bye, 8);
    put_u32(out, report.ssrc);
  }
  return out;
}

std::uint64_t ntp_of(WallTime time) {
  constexpr std::uint64_t k_seconds_1900_to_1970 = 2'208'988'800;
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(time.ns, 0));
  const std::uint64_t whole = ns / 1'000'000'000 + k_seconds_1900_to_1970;
  const std::uint64_t part = ((ns % 1'000'000'000) << 32) / 1'000'000'000;
  return whole << 32 | part;
}

std::optional<Duration> round_trip(const RtcpBlock& block, std::uint32_t now_middle) {
  if (block.last_sr == 0) return std::nullopt;
  const std::uint32_t units = now_middle - block.last_sr - block.delay_since_last_sr;
  // The peer rounds its delay: a few units below zero are a round trip of none.
  if (static_cast<std::int32_t>(units) < 0 && static_cast<std::int32_t>(units) > -656) {
    return Duration::zero();
  }
  if (units > 60u * 65536u) return std::nullopt;
  return Duration(static_cast<std::int64_t>(units) * 1'000'000'000 / 65536);
}

}  // namespace firstring::media

#include "server/packed.h"

namespace firstring::server {
namespace {

void put(std::string& out, std::uint64_t number) {
  while (number >= 0x80) {
    out += static_cast<char>((number & 0x7F) | 0x80);
    number >>= 7;
  }
  out += static_cast<char>(number);
}

std::optional<std::uint64_t> take(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 10; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    number |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if (byte >= 0x80) continue;
    bytes.remove_prefix(i + 1);
    return number;
  }
  return std::nullopt;
}

}  // namespace

std::string pack(const Timeline& numbers) {
  std::string out;
  out.reserve(numbers.size() * 4);
  for (const std::uint64_t number : numbers) put(out, number);
  return out;
}

Timeline unpack(std::string_view bytes) {
  Timeline numbers;
  while (!bytes.empty()) {
    const auto number = take(bytes);
    if (!number) break;
    numbers.push_back(*number);
  }
  return numbers;
}

std::string pack_open(const std::vector<std::pair<CallId, Timeline>>& open) {
  std::string out;
  for (const auto& [call, timeline] : open) {
    put(out, call.value);
    put(out, timeline.size());
    out += pack(timeline);
  }
  return out;
}

std::optional<std::vector<std::pair<CallId, Timeline>>> unpack_open(std::string_view bytes) {
  std::vector<std::pair<CallId, Timeline>> open;
  while (!bytes.empty()) {
    const auto call = take(bytes);
    const auto size = call ? take(bytes) : std::nullopt;
    if (!size || *size > bytes.size()) return std::nullopt;
    auto& [id, timeline] = open.emplace_back();
    id.value = *call;
    for (std::uint64_t i = 0; i < *size; ++i) {
      const auto number = take(bytes);
      if (!number) return std::nullopt;
      timeline.push_back(*number);
    }
  }
  return open;
}

}  // namespace firstring::server

#include "media/g711.h"

#include <algorithm>
#include <bit>

namespace firstring::media {

namespace {

// Mu-law (G.711 table 2): 14 bits, biased by 33, so that every segment begins at a power of two.
constexpr int k_mu_bias = 33 << 2;  // on our 16-bit scale
constexpr int k_mu_clip = 32635;

constexpr std::int16_t decode_mu(std::uint8_t byte) {
  const int inverted = ~byte & 0xFF;
  const int segment = inverted >> 4 & 7;
  const int magnitude = (((inverted & 15) << 3) + k_mu_bias) << segment;
  const int value = magnitude - k_mu_bias;
  return static_cast<std::int16_t>(inverted & 0x80 ? -value : value);
}

// A-law (G.711 table 1): 13 bits; even bits inverted on the line (XOR 0x55).
constexpr std::int16_t decode_a(std::uint8_t byte) {
  const int even = byte ^ 0x55;
  const int segment = even >> 4 & 7;
  const int step = ((even & 15) << 4) + 8;
  const int value = segment == 0 ? step : (step + 0x100) << (segment - 1);
  return static_cast<std::int16_t>(even & 0x80 ? value : -value);
}

constexpr std::uint8_t encode_mu(int sample) {
  const int sign = sample < 0 ? 0x80 : 0;
  const int magnitude = std::min(sample < 0 ? -sample : sample, k_mu_clip) + k_mu_bias;
  const int segment = std::bit_width(static_cast<unsigned>(magnitude)) - 8;  // of 0x84 to 0x7FFF
  const int code = sign | segment << 4 | (magnitude >> (segment + 3) & 15);
  return static_cast<std::uint8_t>(~code);
}

constexpr std::uint8_t encode_a(int sample) {
  const int sign = sample < 0 ? 0 : 0x80;
  const int magnitude = (sample < 0 ? -sample - 1 : sample) >> 4;  // 11 bits
  const int segment = std::max(0, static_cast<int>(std::bit_width(
                                      static_cast<unsigned>(magnitude))) - 4);
  const int step = segment == 0 ? magnitude : magnitude >> (segment - 1) & 15;
  return static_cast<std::uint8_t>((sign | segment << 4 | step) ^ 0x55);
}

template <typename Value, typename Function>
constexpr std::array<Value, 256> table_of(Function function) {
  std::array<Value, 256> table{};
  for (int i = 0; i < 256; ++i) table[static_cast<std::size_t>(i)] =
      function(static_cast<std::uint8_t>(i));
  return table;
}

constexpr auto k_from_mu = table_of<std::int16_t>(decode_mu);
constexpr auto k_from_a = table_of<std::int16_t>(decode_a);
constexpr auto k_mu_to_a = table_of<std::uint8_t>(
    [](std::uint8_t byte) { return encode_a(decode_mu(byte)); });
constexpr auto k_a_to_mu = table_of<std::uint8_t>(
    [](std::uint8_t byte) { return encode_mu(decode_a(byte)); });

}  // namespace

std::uint8_t mu_law_of(std::int16_t sample) { return encode_mu(sample); }
std::uint8_t a_law_of(std::int16_t sample) { return encode_a(sample); }
std::int16_t from_mu_law(std::uint8_t byte) { return k_from_mu[byte]; }
std::int16_t from_a_law(std::uint8_t byte) { return k_from_a[byte]; }

std::size_t g711_encode(G711Law law, std::span<const std::int16_t> pcm,
                        std::span<std::uint8_t> out) {
  const auto part = pcm.first(std::min(pcm.size(), out.size()));
  if (law == G711Law::mu) {
    std::ranges::transform(part, out.begin(), encode_mu);
  } else {
    std::ranges::transform(part, out.begin(), encode_a);
  }
  return part.size();
}

std::size_t g711_decode(G711Law law, std::span<const std::uint8_t> bytes,
                        std::span<std::int16_t> out) {
  const auto part = bytes.first(std::min(bytes.size(), out.size()));
  const auto& table = law == G711Law::mu ? k_from_mu : k_from_a;
  std::ranges::transform(part, out.begin(), [&table](std::uint8_t byte) { return table[byte]; });
  return part.size();
}

void g711_swap(G711Law from, std::span<std::uint8_t> bytes) {
  const auto& table = from == G711Law::mu ? k_mu_to_a : k_a_to_mu;
  for (auto& byte : bytes) byte = table[byte];
}

}  // namespace firstring::media

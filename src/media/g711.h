// G.711: mu-law and A-law by tables (ITU-T G.711), and the direct way from one to the other.
// Lives on: any thread; pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace firstring::media {

enum class G711Law : std::uint8_t { mu, a };

inline constexpr std::uint8_t k_mu_law_silence = 0xFF;
inline constexpr std::uint8_t k_a_law_silence = 0xD5;

std::uint8_t mu_law_of(std::int16_t sample);
std::uint8_t a_law_of(std::int16_t sample);
std::int16_t from_mu_law(std::uint8_t byte);
std::int16_t from_a_law(std::uint8_t byte);

// Whole packets. Returns what was written: as many as both sides have room for.
std::size_t g711_encode(G711Law law, std::span<const std::int16_t> pcm,
                        std::span<std::uint8_t> out);
std::size_t g711_decode(G711Law law, std::span<const std::uint8_t> bytes,
                        std::span<std::int16_t> out);

// From one law to the other in place, by one table look-up per byte: a relay between a PCMU and a
// PCMA leg needs neither decoder nor jitter buffer.
void g711_swap(G711Law from, std::span<std::uint8_t> bytes);

}  // namespace firstring::media

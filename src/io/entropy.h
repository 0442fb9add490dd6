// Entropy: unpredictable bytes from the kernel (getrandom): seeds, nonces, secrets.
//
// Never fails: without the kernel's randomness nothing we promise would hold, so it asserts.
// Lives on: any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace firstring::io {

void fill_with_entropy(std::span<std::byte> out);

std::uint64_t entropy_seed();  // 64 bits: for Random

template <std::size_t Size>
std::array<std::byte, Size> entropy_bytes() {
  std::array<std::byte, Size> bytes;
  fill_with_entropy(bytes);
  return bytes;
}

}  // namespace firstring::io

// to_hex(): bytes as lower-case hexadecimal digits, as digests and nonces are written.
// Lives on: any thread; a pure function.
#pragma once

#include <span>
#include <string>

namespace firstring::sip {

inline std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr char k_digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    out.push_back(k_digits[byte >> 4]);
    out.push_back(k_digits[byte & 15]);
  }
  return out;
}

}  // namespace firstring::sip

#include "sip/nonces.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>
#include <utility>

#include "base/assert.h"
#include "sip/hex.h"

namespace firstring::sip {
namespace {

// 16 digits of time, 16 of number, 32 of the HMAC's first half.
constexpr std::size_t k_field_digits = 16;
constexpr std::size_t k_stamp_digits = 2 * k_field_digits;
constexpr std::size_t k_nonce_digits = k_stamp_digits + 32;

std::string digits_of(std::uint64_t value) {
  std::array<unsigned char, 8> bytes;
  for (int i = 7; i >= 0; --i, value >>= 8) bytes[static_cast<std::size_t>(i)] = value & 0xff;
  return to_hex(bytes);
}

std::optional<std::uint64_t> value_of(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

}  // namespace

Nonces::Nonces(const Clock& clock, std::string key, NonceOptions options)
    : clock_(clock), key_(std::move(key)), options_(options) {
  ASSERT(key_.size() >= 16);
  ASSERT(options_.tracked_max > 0);
}

std::string Nonces::sign(std::string_view stamp, std::string_view realm) const {
  std::string text(stamp);
  text += ':';
  text += realm;
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const auto* result = HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()), bytes,
                            text.size(), mac.data(), &size);
  ASSERT(result != nullptr && size == 32);
  return to_hex(std::span(mac).first(16));
}

std::string Nonces::make(std::string_view realm) {
  std::string nonce = digits_of(static_cast<std::uint64_t>(clock_.now().ns));
  nonce += digits_of(next_number_++);
  nonce += sign(nonce, realm);
  return nonce;
}

bool Nonces::use(std::string_view nonce, std::string_view realm, std::uint32_t count) {
  forget_old();
  if (nonce.size() != k_nonce_digits || count == 0) return false;
  const std::string_view stamp = nonce.substr(0, k_stamp_digits);
  const std::string_view mac = nonce.substr(k_stamp_digits);
  const std::string expected = sign(stamp, realm);
  if (CRYPTO_memcmp(expected.data(), mac.data(), mac.size()) != 0) return false;
  const auto time = value_of(stamp.substr(0, k_field_digits));
  const auto number = value_of(stamp.substr(k_field_digits));
  ASSERT(time && number);  // nobody else could have signed it
  const MonoTime made{static_cast<std::int64_t>(*time)};
  if (clock_.now() - made > options_.life || *number < first_valid_) return false;

  const auto [entry, is_new] = used_.try_emplace(*number);
  Used& used = entry->second;
  if (is_new) used.made = made;
  if (count > used.highest) {
    const std::uint32_t step = count - used.highest;
    used.below = step > 64 ? 0 : step == 64 ? 1ull << 63
                                            : used.below << step | 1ull << (step - 1);
    used.highest = count;
    forget_old();
    return true;
  }
  const std::uint32_t back = used.highest - count;
  if (back == 0 || back > 64 || (used.below >> (back - 1) & 1) != 0) return false;
  used.below |= 1ull << (back - 1);
  return true;
}

void Nonces::forget_old() {
  while (!used_.empty()) {
    const auto oldest = used_.begin();
    const bool expired = clock_.now() - oldest->second.made > options_.life;
    if (!expired && used_.size() <= options_.tracked_max) return;
    first_valid_ = oldest->first + 1;
    used_.erase(oldest);
  }
}

}  // namespace firstring::sip

#include "media/sdes.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "media/sdp.h"

namespace firstring::media {

namespace {

constexpr std::string_view k_suite_80 = "AES_CM_128_HMAC_SHA1_80";
constexpr std::string_view k_suite_32 = "AES_CM_128_HMAC_SHA1_32";
constexpr std::size_t k_key_letters = k_srtp_key_bytes / 3 * 4;  // in base64, no padding

std::optional<SrtpKey::Suite> suite_of(std::string_view word) {
  if (word == k_suite_80) return SrtpKey::Suite::aes_cm_128_sha1_80;
  if (word == k_suite_32) return SrtpKey::Suite::aes_cm_128_sha1_32;
  return std::nullopt;
}

bool is_base64(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           c == '+' || c == '/';
  });
}

// inline:<key||salt>[|<lifetime>][|<MKI>:<length>], RFC 4568 §6.1.
std::optional<std::vector<std::uint8_t>> read_key(std::string_view word) {
  constexpr std::string_view k_inline = "inline:";
  if (word.size() < k_inline.size() || !equal_fold(word.substr(0, k_inline.size()), k_inline)) {
    return std::nullopt;
  }
  word.remove_prefix(k_inline.size());
  const auto letters = word.substr(0, word.find_first_of("|;"));
  const auto rest = word.substr(letters.size());
  // With an MKI every packet would carry it; several keys are told apart only by one.
  if (rest.find_first_of(":;") != std::string_view::npos) return std::nullopt;
  if (letters.size() != k_key_letters || !is_base64(letters)) return std::nullopt;
  std::vector<std::uint8_t> key(k_srtp_key_bytes);
  const auto* bytes = reinterpret_cast<const unsigned char*>(letters.data());
  const int size = EVP_DecodeBlock(key.data(), bytes, static_cast<int>(letters.size()));
  if (size != static_cast<int>(k_srtp_key_bytes)) return std::nullopt;
  return key;
}

// "-NAME" may be ignored, "WSH=64" is a hint; all else changes the packets (RFC 4568 §6.3).
bool may_ignore(std::string_view parameter) {
  return parameter.starts_with('-') || parameter.starts_with("WSH=");
}

}  // namespace

std::optional<SrtpKey> parse_crypto(std::string_view value) {
  const auto tag = parse_number(next_word(value), 999'999'999);
  const auto suite = suite_of(next_word(value));
  if (!tag || !suite) return std::nullopt;
  auto key = read_key(next_word(value));
  if (!key) return std::nullopt;
  for (auto parameter = next_word(value); !parameter.empty(); parameter = next_word(value)) {
    if (!may_ignore(parameter)) return std::nullopt;
  }
  return SrtpKey{*suite, std::move(*key), static_cast<int>(*tag)};
}

std::string write_crypto(const SrtpKey& key) {
  ASSERT(key.key_and_salt.size() == k_srtp_key_bytes);
  std::array<unsigned char, k_key_letters + 1> letters{};
  EVP_EncodeBlock(letters.data(), key.key_and_salt.data(), static_cast<int>(k_srtp_key_bytes));
  const bool long_tag = key.suite == SrtpKey::Suite::aes_cm_128_sha1_80;
  std::string line = "a=crypto:" + std::to_string(key.tag) + ' ';
  line.append(long_tag ? k_suite_80 : k_suite_32).append(" inline:");
  line.append(reinterpret_cast<const char*>(letters.data()), k_key_letters);
  return line;
}

}  // namespace firstring::media

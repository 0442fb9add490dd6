// Scanner: steps over the bytes of one header value (RFC 3261 §25), and the character classes.
//
// Only the parsers of this module include it. Nothing here reads past the end of what it was given,
// allocates, or throws. White space is SP, HT, CR and LF: a folded line reads as one.
// Lives on: any thread; a value.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace firstring::sip {

enum CharClass : std::uint8_t {
  k_token_char = 1,   // RFC 3261 token
  k_space_char = 2,   // SP HT CR LF
  k_digit_char = 4,
  k_alpha_char = 8,
  k_host_char = 16,   // of a host name or IPv4 address; "_" is not allowed and yet in use
  k_hex_char = 32,
  k_uri_char = 64,    // may stand unescaped in some part of a URI, as we read it
};

constexpr std::array<std::uint8_t, 256> make_char_classes() {
  std::array<std::uint8_t, 256> classes{};
  for (int c = 0; c < 256; ++c) {
    const bool digit = c >= '0' && c <= '9';
    const bool alpha = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    std::uint8_t bits = 0;
    if (digit) bits |= k_digit_char;
    if (alpha) bits |= k_alpha_char;
    if (digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')) bits |= k_hex_char;
    if (digit || alpha || c == '-' || c == '.' || c == '_') bits |= k_host_char;
    if (c == ' ' || c == '\t' || c == '\r' || c == '\n') bits |= k_space_char;
    if (digit || alpha) bits |= k_token_char;
    for (const char punctuation : std::string_view("-.!%*_+`'~")) {
      if (c == punctuation) bits |= k_token_char;
    }
    if (c > 0x20 && c != 0x7f && c != '<' && c != '>' && c != '"') bits |= k_uri_char;
    classes[static_cast<std::size_t>(c)] = bits;
  }
  return classes;
}
inline constexpr std::array<std::uint8_t, 256> k_char_classes = make_char_classes();

constexpr bool is_class(char c, std::uint8_t bits) {
  return (k_char_classes[static_cast<unsigned char>(c)] & bits) != 0;
}
constexpr bool is_token(char c) { return is_class(c, k_token_char); }
constexpr bool is_space(char c) { return is_class(c, k_space_char); }
constexpr bool is_digit(char c) { return is_class(c, k_digit_char); }
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
constexpr bool all_of_class(std::string_view text, std::uint8_t bits) {
  for (const char c : text) {
    if (!is_class(c, bits)) return false;
  }
  return true;
}

constexpr std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

class Scanner {
 public:
  constexpr explicit Scanner(std::string_view text) : text_(text) {}

  constexpr bool at_end() const { return at_ == text_.size(); }
  constexpr char peek() const { return at_end() ? '\0' : text_[at_]; }
  constexpr std::size_t position() const { return at_; }
  constexpr std::string_view rest() const { return text_.substr(at_); }
  constexpr std::string_view since(std::size_t start) const {
    return text_.substr(start, at_ - start);
  }

  constexpr void step() {
    if (!at_end()) ++at_;
  }
  constexpr void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  constexpr bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  constexpr std::string_view take_class(std::uint8_t bits) {
    const std::size_t start = at_;
    while (at_ < text_.size() && is_class(text_[at_], bits)) ++at_;
    return since(start);
  }
  constexpr std::string_view take_token() { return take_class(k_token_char); }
  // At an opening quote: its content, still escaped, into `content`. False if it never closes.
  constexpr bool take_quoted(std::string_view& content) {
    if (!take('"')) return false;
    const std::size_t start = at_;
    while (at_ < text_.size() && text_[at_] != '"') {
      at_ += text_[at_] == '\\' && at_ + 1 < text_.size() ? 2 : 1;
    }
    content = since(start);
    return take('"');
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
};

// One ";name=value" of a header's or a URI's parameters.
struct Parameter {
  std::string_view name;
  std::string_view value;  // a quoted value without its quotes, still escaped; "" when valueless
};
// Takes ";" name [ "=" value ] with white space around; false if that is not what stands there.
bool take_parameter(Scanner& scanner, Parameter& parameter);
// ";a=b;c" and nothing else; empty is fine.
bool are_parameters(std::string_view text);

// The next element of a comma-separated list: commas in quotes and in <> do not count. Trimmed.
std::string_view take_list_element(Scanner& scanner);

}  // namespace firstring::sip

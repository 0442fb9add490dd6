#include "expression/lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace firstring::expression {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool in_name(char c) { return is_letter(c) || is_digit(c) || c == '_'; }

// A character beyond ASCII counts whole when it is shown as what was found.
std::size_t character_length(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
    length += 1;
  }
  return length;
}

}  // namespace

double unit_of(std::string_view unit) {
  if (unit == "ms") return 1e6;
  if (unit == "s") return 1e9;
  if (unit == "m" || unit == "min") return 60e9;
  if (unit == "h") return 3600e9;
  return 0;
}

Token Lexer::next() {
  while (peek(0) == ' ' || peek(0) == '\t' || peek(0) == '\n' || peek(0) == '\r') at_ += 1;
  if (at_ >= source_.size()) return take(Token::Kind::end, 0);
  const char c = peek(0);
  if (is_digit(c)) return number();
  if (is_letter(c)) return name();
  if (c == '"' || c == '\'') return quoted();
  constexpr std::array<std::string_view, 4> k_pairs = {"==", "!=", "<=", ">="};
  const std::string_view pair = source_.substr(at_, 2);
  if (std::ranges::find(k_pairs, pair) != k_pairs.end()) return take(Token::Kind::sign, 2);
  if (std::string_view("+-*/%<>()[],").find(c) != std::string_view::npos) {
    return take(Token::Kind::sign, 1);
  }
  if (c == '=') return wrong(1, "== to compare");
  if (pair == "&&") return wrong(2, "the word and");
  if (pair == "||") return wrong(2, "the word or");
  if (c == '!') return wrong(1, "the word not, or !=");
  return wrong(character_length(source_.substr(at_)), "a value, a name or a sign");
}

Token Lexer::number() {
  const std::string_view rest = source_.substr(at_);
  double value = 0;
  const auto [end, error] =
      std::from_chars(rest.data(), rest.data() + rest.size(), value, std::chars_format::fixed);
  const auto digits = static_cast<std::size_t>(end - rest.data());
  std::size_t length = digits;
  while (length < rest.size() && in_name(rest[length])) length += 1;
  if (error != std::errc{} || value > 1e15) return wrong(length, "a number up to 1e15");
  if (length == digits) {
    Token token = take(Token::Kind::number, length);
    token.number = value;
    return token;
  }
  const double unit = unit_of(rest.substr(digits, length - digits));
  if (unit == 0 || value * unit > 9e18) {
    return wrong(length, "a number, or a duration such as 20s, 500ms, 5m or 1h");
  }
  Token token = take(Token::Kind::duration, length);
  token.duration = Duration(static_cast<std::int64_t>(value * unit));
  return token;
}

Token Lexer::name() {
  std::size_t length = 1;
  for (;; ++length) {
    const char c = peek(length);
    const bool joined = (c == '.' || c == '-') && in_name(peek(length + 1));
    if (!in_name(c) && !joined) break;
  }
  constexpr std::array<std::string_view, 9> k_words = {"and",   "or",  "not", "in", "if",
                                                       "true", "false", "yes", "no"};
  const bool is_word = std::ranges::find(k_words, source_.substr(at_, length)) != k_words.end();
  return take(is_word ? Token::Kind::word : Token::Kind::name, length);
}

// A quote within is written twice: 'it''s'. No other escapes.
Token Lexer::quoted() {
  const char quote = peek(0);
  std::string value;
  for (std::size_t length = 1; at_ + length < source_.size(); ++length) {
    const char c = peek(length);
    if (c == quote && peek(length + 1) != quote) {
      Token token = take(Token::Kind::text, length + 1);
      token.value = std::move(value);
      return token;
    }
    if (c == quote) length += 1;
    value += c;
  }
  return wrong(source_.size() - at_, "a closing quote");
}

Token Lexer::wrong(std::size_t length, std::string expected) {
  Token token = take(Token::Kind::wrong, length);
  token.value = std::move(expected);
  return token;
}

Token Lexer::take(Token::Kind kind, std::size_t length) {
  Token token;
  token.kind = kind;
  token.text = source_.substr(at_, length);
  token.at = at_;
  at_ += length;
  return token;
}

}  // namespace firstring::expression

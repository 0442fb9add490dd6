// Lexer: an expression's text -> its tokens, one at a time.
//
// A hyphen belongs to a name only between letters or digits without blanks ("front-desk"), so a
// difference of names is written with blanks around the minus.
// Lives on: the thread that compiles.
#pragma once

#include <string>
#include <string_view>

#include "base/time.h"

namespace firstring::expression {

struct Token {
  enum class Kind { end, name, word, number, duration, text, sign, wrong };
  Kind kind = Kind::end;
  std::string_view text;   // as written; word: and or not in if true false yes no
  std::size_t at = 0;      // its first byte
  double number = 0;
  Duration duration{};
  std::string value;       // of a text, without its quotes; of `wrong`: what was expected
};

class Lexer {
 public:
  explicit Lexer(std::string_view source) : source_(source) {}
  Token next();

 private:
  Token number();
  Token name();
  Token quoted();
  Token wrong(std::size_t length, std::string expected);
  Token take(Token::Kind kind, std::size_t length);
  char peek(std::size_t ahead) const {
    return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\0';
  }

  std::string_view source_;
  std::size_t at_ = 0;
};

// "20s", "500ms", "5m", "5min", "1h": its unit, in nanoseconds; 0: none.
double unit_of(std::string_view unit);

}  // namespace firstring::expression

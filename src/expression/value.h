// Value: what an expression works with: a number, a text, yes or no, or a duration.
//
// A Value does not own its text: it lies in the program, in what was handed in, or in the Scratch
// of the evaluation. Kept owns it, for values that stay.
// Lives on: any thread; plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"

namespace firstring::expression {

enum class Type : std::uint8_t { number, boolean, duration, text };
std::string_view name_of(Type type);  // "a number": for messages

struct Value {
  Type type = Type::number;
  bool yes = false;
  double number = 0;
  Duration duration{};
  std::string_view text;

  static Value of(double number) { return {.type = Type::number, .number = number}; }
  static Value of(bool yes) { return {.type = Type::boolean, .yes = yes}; }
  static Value of(Duration duration) { return {.type = Type::duration, .duration = duration}; }
  static Value of(std::string_view text) { return {.type = Type::text, .text = text}; }
  static Value of(const std::string& text) { return of(std::string_view(text)); }
  static Value of(int number) { return of(static_cast<double>(number)); }
  static Value of(const char*) = delete;  // would be taken for yes or no

  // 0, no, 0s or an empty text.
  static Value empty(Type type) { return {.type = type}; }
};

// Of one type, and the same.
bool same(const Value& a, const Value& b);

// For people and facts: 2.5, yes, 90s, the text as it is.
std::string to_text(const Value& value);

// A value with its text.
class Kept {
 public:
  Kept() = default;
  explicit Kept(const Value& value);
  Value view() const;
  Type type() const { return view().type; }
  friend bool operator==(const Kept&, const Kept&) = default;

 private:
  std::variant<double, bool, Duration, std::string> value_;
};

}  // namespace firstring::expression

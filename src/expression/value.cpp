#include "expression/value.h"

#include <charconv>

#include "base/assert.h"

namespace firstring::expression {
namespace {

std::string number_text(double number) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, number).ptr;
  return {text, end};
}

}  // namespace

std::string_view name_of(Type type) {
  switch (type) {
    case Type::number: return "a number";
    case Type::boolean: return "yes or no";
    case Type::duration: return "a duration";
    case Type::text: return "a text";
  }
  assertion_failed("a known Type", __FILE__, __LINE__);
}

bool same(const Value& a, const Value& b) {
  if (a.type != b.type) return false;
  switch (a.type) {
    case Type::number: return a.number == b.number;
    case Type::boolean: return a.yes == b.yes;
    case Type::duration: return a.duration == b.duration;
    case Type::text: return a.text == b.text;
  }
  return false;
}

std::string to_text(const Value& value) {
  switch (value.type) {
    case Type::number: return number_text(value.number);
    case Type::boolean: return value.yes ? "yes" : "no";
    case Type::duration: return number_text(seconds(value.duration)) + "s";
    case Type::text: return std::string(value.text);
  }
  return {};
}

Kept::Kept(const Value& value) {
  switch (value.type) {
    case Type::number: value_ = value.number; break;
    case Type::boolean: value_ = value.yes; break;
    case Type::duration: value_ = value.duration; break;
    case Type::text: value_ = std::string(value.text); break;
  }
}

Value Kept::view() const {
  return std::visit([](const auto& kept) { return Value::of(kept); }, value_);
}

}  // namespace firstring::expression

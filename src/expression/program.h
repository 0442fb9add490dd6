// Program: an expression, parsed once and ready to be evaluated as often as one likes.
//
// compile() checks every type and resolves every name to its slot; what is wrong is told with its
// column, what was found, what was expected and a near name. A program has no loops: its length
// bounds its steps, its stack is worked out beforehand, and nothing is allocated for numbers, yes
// and no, and durations. The language is described in docs/configuration.md.
// Lives on: any thread; immutable once compiled.
#pragma once

#include <cstdint>
#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "expression/schema.h"
#include "expression/value.h"

namespace firstring::expression {

inline constexpr std::size_t k_source_bytes_max = 2'000;
inline constexpr std::size_t k_text_bytes_max = 1'000;  // of any text that is made
inline constexpr int k_nesting_max = 32;
inline constexpr std::size_t k_steps_max = 500;         // and so the length of a program
inline constexpr std::size_t k_stack_max = 64;

// What can go wrong with values that fit their types.
enum class Fault : std::uint8_t { none, division_by_zero, too_large, text_too_long };
std::string_view name_of(Fault fault);  // "a division by zero": for messages

struct Outcome {
  Value value;                // of the program's type, also after a fault: then an empty one
  Fault fault = Fault::none;
  bool ok() const { return fault == Fault::none; }
};

// Where texts that an evaluation makes live. Use one for as long as its outcome is looked at.
class Scratch {
 public:
  std::string& text() { return texts_.emplace_front(); }

 private:
  std::forward_list<std::string> texts_;
};

struct Problem {
  int column = 1;             // in characters, from 1
  std::string found, expected;  // expected: with "; did you mean …?" where a name is near
  friend bool operator==(const Problem&, const Problem&) = default;
};

class Program {
 public:
  // `slots`: one value for each name of the schema, of its type.
  Outcome evaluate(std::span<const Value> slots, Scratch& scratch) const;

  Type type() const { return type_; }
  const std::string& source() const { return source_; }
  const std::vector<std::uint16_t>& slots() const { return slots_; }  // those it uses, sorted
  // The text, when it is nothing but one: "en". Lets a checker look into what is fixed.
  std::optional<std::string_view> fixed_text() const;

  // The same source means the same: programs are compared within one configuration.
  friend bool operator==(const Program& a, const Program& b) { return a.source_ == b.source_; }

 private:
  friend class Compiler;
  enum class Op : std::uint8_t {
    constant, slot, negate, invert, add, subtract, multiply, divide, remainder, join,
    add_durations, subtract_durations, scale, scale_by, shorten, ratio, negate_duration,
    remainder_of_durations, equal, differs, less, less_equal, greater, greater_equal,
    skip_if_no, skip_if_yes, branch_if_no, skip, is_one_of,
    min, max, abs, round, starts_with, contains, lower, length
  };
  struct Step {
    Op op{};
    std::uint16_t operand = 0;  // a constant, a slot, how many values, or the step to go on with
  };
  struct Machine;

  std::string source_;
  Type type_ = Type::boolean;
  std::vector<Step> steps_;
  std::vector<Kept> constants_;
  std::vector<std::uint16_t> slots_;
};

// `wanted`: the type that the place asks for; any, when nothing.
std::variant<Program, Problem> compile(std::string_view source, const Schema& schema,
                                       std::optional<Type> wanted = std::nullopt);

}  // namespace firstring::expression

// Evaluation: a stack of values and one step after another.
#include "expression/program.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/assert.h"

namespace firstring::expression {
namespace {

constexpr double k_duration_max_ns = 9e18;

bool less_than(const Value& a, const Value& b) {
  return a.type == Type::duration ? a.duration < b.duration : a.number < b.number;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::int64_t clamped(double ns) {
  return static_cast<std::int64_t>(std::clamp(ns, -k_duration_max_ns, k_duration_max_ns));
}

}  // namespace

struct Program::Machine {
  const Program& program;
  std::span<const Value> slots;
  Scratch& scratch;
  std::array<Value, k_stack_max> stack;
  std::size_t height = 0;
  Fault fault = Fault::none;

  void push(const Value& value) {
    ASSERT(height < stack.size());
    stack[height++] = value;
  }
  Value pop() {
    ASSERT(height > 0);
    return stack[--height];
  }
  Value& top() {
    ASSERT(height > 0);
    return stack[height - 1];
  }

  void push_number(double number) {
    if (!std::isfinite(number)) fault = Fault::too_large;
    push(Value::of(number));
  }
  void push_duration(double ns) {
    if (!(std::abs(ns) <= k_duration_max_ns)) fault = Fault::too_large;
    push(Value::of(Duration(clamped(std::isnan(ns) ? 0 : ns))));
  }

  // Gives the step to go on with.
  std::size_t take(const Step& step, std::size_t at);
  void calculate(Op op);
  void calculate_durations(Op op);
  void compare(Op op);
  void call(const Step& step);
  void call_on_text(Op op);
  void join();
};

std::size_t Program::Machine::take(const Step& step, std::size_t at) {
  switch (step.op) {
    case Op::constant: push(program.constants_.at(step.operand).view()); break;
    case Op::slot: push(slots[step.operand]); break;
    case Op::skip: return step.operand;
    case Op::branch_if_no: return pop().yes ? at + 1 : step.operand;
    case Op::skip_if_no:
      if (!top().yes) return step.operand;
      height -= 1;
      break;
    case Op::skip_if_yes:
      if (top().yes) return step.operand;
      height -= 1;
      break;
    case Op::invert: top().yes = !top().yes; break;
    case Op::negate: top().number = -top().number; break;
    case Op::negate_duration: top().duration = Duration(-top().duration.count()); break;
    case Op::add: case Op::subtract: case Op::multiply: case Op::divide: case Op::remainder:
      calculate(step.op);
      break;
    case Op::add_durations: case Op::subtract_durations: case Op::scale: case Op::scale_by:
    case Op::shorten: case Op::ratio: case Op::remainder_of_durations:
      calculate_durations(step.op);
      break;
    case Op::join: join(); break;
    case Op::equal: case Op::differs: case Op::less: case Op::less_equal: case Op::greater:
    case Op::greater_equal:
      compare(step.op);
      break;
    case Op::is_one_of: case Op::min: case Op::max: case Op::abs: case Op::round:
      call(step);
      break;
    case Op::starts_with: case Op::contains: case Op::lower: case Op::length:
      call_on_text(step.op);
      break;
  }
  return at + 1;
}

void Program::Machine::calculate(Op op) {
  const double b = pop().number;
  const double a = pop().number;
  if ((op == Op::divide || op == Op::remainder) && b == 0) {
    fault = Fault::division_by_zero;
    return push_number(0);
  }
  switch (op) {
    case Op::add: return push_number(a + b);
    case Op::subtract: return push_number(a - b);
    case Op::multiply: return push_number(a * b);
    case Op::divide: return push_number(a / b);
    default: return push_number(std::fmod(a, b));
  }
}

void Program::Machine::calculate_durations(Op op) {
  const Value right = pop();
  const Value left = pop();
  const auto a = static_cast<double>(left.duration.count());
  const auto b = static_cast<double>(right.duration.count());
  const bool by_zero = (op == Op::shorten && right.number == 0) ||
                       ((op == Op::ratio || op == Op::remainder_of_durations) && b == 0);
  if (by_zero) {
    fault = Fault::division_by_zero;
    return op == Op::ratio ? push_number(0) : push_duration(0);
  }
  switch (op) {
    case Op::add_durations: return push_duration(a + b);
    case Op::subtract_durations: return push_duration(a - b);
    case Op::scale: return push_duration(a * right.number);
    case Op::scale_by: return push_duration(left.number * b);
    case Op::shorten: return push_duration(a / right.number);
    case Op::ratio: return push_number(a / b);
    default:
      return push(Value::of(Duration(left.duration.count() % right.duration.count())));
  }
}

void Program::Machine::compare(Op op) {
  const Value b = pop();
  const Value a = pop();
  bool yes = false;
  switch (op) {
    case Op::equal: yes = same(a, b); break;
    case Op::differs: yes = !same(a, b); break;
    case Op::less: yes = less_than(a, b); break;
    case Op::less_equal: yes = !less_than(b, a); break;
    case Op::greater: yes = less_than(b, a); break;
    default: yes = !less_than(a, b); break;
  }
  push(Value::of(yes));
}

void Program::Machine::call(const Step& step) {
  const std::size_t count = step.operand;
  if (step.op == Op::abs || step.op == Op::round) {
    Value& value = top();
    if (step.op == Op::round) {
      value.number = std::round(value.number);
    } else {
      value.number = std::abs(value.number);
      value.duration = std::chrono::abs(value.duration);
    }
    return;
  }
  ASSERT(count <= height);
  const std::span<const Value> given(stack.data() + (height - count), count);
  if (step.op == Op::is_one_of) {
    const Value& wanted = stack.at(height - count - 1);
    const bool found = std::ranges::any_of(given, [&](const Value& v) { return same(v, wanted); });
    height -= count + 1;
    return push(Value::of(found));
  }
  const Value chosen = step.op == Op::min ? *std::ranges::min_element(given, less_than)
                                          : *std::ranges::max_element(given, less_than);
  height -= count;
  push(chosen);
}

void Program::Machine::call_on_text(Op op) {
  const Value last = pop();
  switch (op) {
    case Op::length: return push(Value::of(static_cast<double>(characters(last.text))));
    case Op::starts_with: return push(Value::of(pop().text.starts_with(last.text)));
    case Op::contains: return push(Value::of(pop().text.find(last.text) != std::string_view::npos));
    default: break;
  }
  if (last.text.size() > k_text_bytes_max) {
    fault = Fault::text_too_long;
    return push(Value::empty(Type::text));
  }
  std::string& lowered = scratch.text();
  lowered = last.text;
  for (char& c : lowered) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  push(Value::of(lowered));
}

void Program::Machine::join() {
  const Value b = pop();
  const Value a = pop();
  if (a.text.size() + b.text.size() > k_text_bytes_max) {
    fault = Fault::text_too_long;
    return push(Value::empty(Type::text));
  }
  std::string& joined = scratch.text();
  joined.reserve(a.text.size() + b.text.size());
  joined.append(a.text).append(b.text);
  push(Value::of(joined));
}

Outcome Program::evaluate(std::span<const Value> slots, Scratch& scratch) const {
  ASSERT(!steps_.empty());
  ASSERT(slots_.empty() || slots_.back() < slots.size());
  Machine machine{.program = *this, .slots = slots, .scratch = scratch};
  // Every jump goes forward, so there are at most as many turns as steps.
  for (std::size_t at = 0; at < steps_.size();) {
    at = machine.take(steps_[at], at);
    if (machine.fault != Fault::none) return {Value::empty(type_), machine.fault};
  }
  ASSERT(machine.height == 1);
  return {machine.pop(), Fault::none};
}

std::optional<std::string_view> Program::fixed_text() const {
  if (steps_.size() != 1 || steps_[0].op != Op::constant || type_ != Type::text) return {};
  return constants_.front().view().text;
}

std::string_view name_of(Fault fault) {
  switch (fault) {
    case Fault::none: return "nothing wrong";
    case Fault::division_by_zero: return "a division by zero";
    case Fault::too_large: return "a number that is too large";
    case Fault::text_too_long: return "a text that is too long";
  }
  assertion_failed("a known Fault", __FILE__, __LINE__);
}

}  // namespace firstring::expression

#include "expression/compiler.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "base/suggestion.h"

namespace firstring::expression {
namespace {

// A shown token is shortened, so that a message stays readable.
std::string shown(std::string_view text) {
  constexpr std::size_t k_shown_bytes_max = 40;
  if (text.empty()) return "the end";
  if (text.size() <= k_shown_bytes_max) return "\"" + std::string(text) + "\"";
  std::size_t cut = k_shown_bytes_max;  // not within a character
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) cut -= 1;
  return "\"" + std::string(text.substr(0, cut)) + "...\"";
}

const std::vector<std::string>& function_names() {
  static const std::vector<std::string> k_names = {"if",    "min",   "max",         "abs",
                                                   "round", "lower", "starts_with", "contains",
                                                   "length"};
  return k_names;
}

}  // namespace

std::variant<Program, Problem> compile(std::string_view source, const Schema& schema,
                                       std::optional<Type> wanted) {
  if (source.size() > k_source_bytes_max) {
    return Problem{1, std::to_string(source.size()) + " bytes",
                   "at most " + std::to_string(k_source_bytes_max) + " bytes"};
  }
  return Compiler(source, schema).compile(wanted);
}

std::variant<Program, Problem> Compiler::compile(std::optional<Type> wanted) {
  const Part whole = either();
  if (!failed() && token_.kind != Token::Kind::end) {
    fail_here("the end, or a sign such as + or ==, or and, or");
  }
  if (!failed() && wanted) expect_type(whole, *wanted);
  if (failed()) return *std::move(problem_);
  ASSERT(height_ == 1);
  program_.type_ = whole.type;
  auto& slots = program_.slots_;
  std::sort(slots.begin(), slots.end());
  slots.erase(std::unique(slots.begin(), slots.end()), slots.end());
  return std::move(program_);
}

// ---- what stands between values ----

Compiler::Part Compiler::either() { return logic("or", Op::skip_if_yes, &Compiler::both); }
Compiler::Part Compiler::both() { return logic("and", Op::skip_if_no, &Compiler::negation); }

Compiler::Part Compiler::logic(std::string_view word, Op skip, Part (Compiler::*next)()) {
  const Part left = (this->*next)();
  std::vector<std::size_t> skips;
  while (!failed() && at_word(word)) {
    expect_type(left, Type::boolean);
    advance();
    skips.push_back(emit(skip));
    grow(-1);
    expect_type((this->*next)(), Type::boolean);
  }
  for (const std::size_t step : skips) land(step);
  return left;
}

Compiler::Part Compiler::negation() {
  if (!at_word("not")) return relation();
  const std::size_t at = token_.at;
  advance();
  if (++nesting_ > k_nesting_max) fail_here("at most 32 levels of nesting");
  if (failed()) return {};
  expect_type(negation(), Type::boolean);
  nesting_ -= 1;
  emit(Op::invert);
  return {Type::boolean, at};
}

Compiler::Part Compiler::relation() {
  const Part left = sum();
  if (failed()) return left;
  if (at_word("in") || at_word("not")) {
    const bool inverted = at_word("not");
    if (inverted) advance();
    if (!at_word("in")) {
      fail_here("in [...] after not");
      return left;
    }
    const Part found = one_of(left);
    if (inverted) emit(Op::invert);
    return found;
  }
  constexpr std::pair<std::string_view, Op> k_signs[] = {
      {"==", Op::equal},      {"!=", Op::differs}, {"<=", Op::less_equal},
      {">=", Op::greater_equal}, {"<", Op::less},  {">", Op::greater}};
  for (const auto& [sign, op] : k_signs) {
    if (!at_sign(sign)) continue;
    const Token token = token_;
    advance();
    const Part right = sum();
    if (failed()) return left;
    expect_type(right, left.type);
    const bool orders = op != Op::equal && op != Op::differs;
    if (!failed() && orders && (left.type == Type::text || left.type == Type::boolean)) {
      fail(token.at, shown(sign), "== or !=: " + std::string(name_of(left.type)) +
                                      " is neither more nor less than another");
    }
    emit(op);
    grow(-1);
    return {Type::boolean, left.at};
  }
  return left;
}

Compiler::Part Compiler::one_of(const Part& left) {
  advance();
  if (!expect_sign("[", "a list after in")) return left;
  std::size_t count = 0;
  do {
    expect_type(either(), left.type);
    count += 1;
  } while (!failed() && accept_sign(","));
  if (!failed()) expect_sign("]", "a comma or the end of the list");
  emit(Op::is_one_of, count);
  if (!failed()) grow(-static_cast<std::ptrdiff_t>(count));
  return {Type::boolean, left.at};
}

Compiler::Part Compiler::sum() {
  Part left = product();
  while (!failed() && (at_sign("+") || at_sign("-"))) {
    const Token sign = token_;
    advance();
    left = combine(left, sign, product());
  }
  return left;
}

Compiler::Part Compiler::product() {
  Part left = with_sign();
  while (!failed() && (at_sign("*") || at_sign("/") || at_sign("%"))) {
    const Token sign = token_;
    advance();
    left = combine(left, sign, with_sign());
  }
  return left;
}

// The table of what may be added to, taken from, multiplied with what.
Compiler::Part Compiler::combine(const Part& left, const Token& sign, const Part& right) {
  if (failed()) return left;
  using enum Type;
  struct Row {
    Type left;
    char sign;
    Type right, result;
    Op op;
  };
  static constexpr Row k_rows[] = {
      {number, '+', number, number, Op::add},
      {number, '-', number, number, Op::subtract},
      {number, '*', number, number, Op::multiply},
      {number, '/', number, number, Op::divide},
      {number, '%', number, number, Op::remainder},
      {text, '+', text, text, Op::join},
      {duration, '+', duration, duration, Op::add_durations},
      {duration, '-', duration, duration, Op::subtract_durations},
      {duration, '*', number, duration, Op::scale},
      {number, '*', duration, duration, Op::scale_by},
      {duration, '/', number, duration, Op::shorten},
      {duration, '/', duration, number, Op::ratio},
      {duration, '%', duration, duration, Op::remainder_of_durations},
  };
  for (const Row& row : k_rows) {
    if (row.left != left.type || row.right != right.type || row.sign != sign.text[0]) continue;
    emit(row.op);
    grow(-1);
    return {row.result, left.at};
  }
  fail(sign.at,
       std::string(name_of(left.type)) + " " + std::string(sign.text) + " " +
           std::string(name_of(right.type)),
       "two numbers, two durations, two texts (with +), or a duration times or by a number");
  return left;
}

Compiler::Part Compiler::with_sign() {
  if (!at_sign("-")) return primary();
  const std::size_t at = token_.at;
  advance();
  if (++nesting_ > k_nesting_max) fail_here("at most 32 levels of nesting");
  if (failed()) return {};
  const Part part = with_sign();
  nesting_ -= 1;
  if (!failed() && part.type != Type::number && part.type != Type::duration) {
    fail(part.at, std::string(name_of(part.type)), "a number or a duration after the minus");
  }
  emit(part.type == Type::duration ? Op::negate_duration : Op::negate);
  return {part.type, at};
}

// ---- values ----

Compiler::Part Compiler::primary() {
  const Token token = token_;
  switch (token.kind) {
    case Token::Kind::number:
      advance();
      return constant(Value::of(token.number), token.at);
    case Token::Kind::duration:
      advance();
      return constant(Value::of(token.duration), token.at);
    case Token::Kind::text:
      advance();
      if (token.value.size() > k_text_bytes_max) {
        fail(token.at, "a long text", "at most 1,000 bytes");
      }
      return constant(Value::of(token.value), token.at);
    case Token::Kind::name:
      advance();
      return at_sign("(") ? function(token) : name(token);
    case Token::Kind::word:
      if (token.text == "if") {
        advance();
        return choice(token);
      }
      if (token.text == "and" || token.text == "or" || token.text == "not" || token.text == "in") {
        break;
      }
      advance();
      return constant(Value::of(token.text == "yes" || token.text == "true"), token.at);
    case Token::Kind::sign:
      if (!accept_sign("(")) break;
      {
        if (++nesting_ > k_nesting_max) fail_here("at most 32 levels of nesting");
        if (failed()) return {};
        const Part part = either();
        nesting_ -= 1;
        if (!failed()) expect_sign(")", "a closing bracket");
        return {part.type, token.at};
      }
    case Token::Kind::end:
    case Token::Kind::wrong: break;
  }
  fail_here("a value, a name or (");
  return {};
}

Compiler::Part Compiler::name(const Token& token) {
  const auto found = schema_.find(token.text);
  if (!found) {
    fail(token.at, "the unknown name " + shown(token.text),
         "a name that is known here" + suggestion(token.text, schema_.names()));
    return {};
  }
  program_.slots_.push_back(found->slot);
  emit(Op::slot, found->slot);
  grow(1);
  return {found->type, token.at};
}

Compiler::Part Compiler::function(const Token& token) {
  using enum Type;
  const auto one_type = [this](const std::vector<Part>& parts) {
    for (const Part& part : parts) expect_type(part, parts.front().type);
    if (!failed() && parts.front().type != number && parts.front().type != duration) {
      fail(parts.front().at, std::string(name_of(parts.front().type)), "a number or a duration");
    }
    return failed() ? number : parts.front().type;
  };
  if (token.text == "min" || token.text == "max") {
    const std::vector<Part> parts = arguments(2, 16);
    const Type type = one_type(parts);
    emit(token.text == "min" ? Op::min : Op::max, parts.size());
    if (!failed()) grow(1 - static_cast<std::ptrdiff_t>(parts.size()));
    return {type, token.at};
  }
  if (token.text == "abs") {
    const Type type = one_type(arguments(1, 1));
    emit(Op::abs, 1);
    return {type, token.at};
  }
  struct Row {
    std::string_view name;
    Type argument;
    std::size_t count;
    Type result;
    Op op;
  };
  static constexpr Row k_rows[] = {{"round", number, 1, number, Op::round},
                                   {"lower", text, 1, text, Op::lower},
                                   {"length", text, 1, number, Op::length},
                                   {"starts_with", text, 2, boolean, Op::starts_with},
                                   {"contains", text, 2, boolean, Op::contains}};
  for (const Row& row : k_rows) {
    if (row.name != token.text) continue;
    for (const Part& part : arguments(row.count, row.count)) expect_type(part, row.argument);
    emit(row.op, row.count);
    if (!failed()) grow(1 - static_cast<std::ptrdiff_t>(row.count));
    return {row.result, token.at};
  }
  fail(token.at, "the unknown function " + shown(token.text),
       "if, min, max, abs, round, starts_with, contains, lower or length" +
           suggestion(token.text, function_names()));
  return {};
}

// if(condition, then, else): only the branch that is taken is evaluated.
Compiler::Part Compiler::choice(const Token& token) {
  if (++nesting_ > k_nesting_max) fail_here("at most 32 levels of nesting");
  if (failed() || !expect_sign("(", "if(condition, then, else)")) return {};
  expect_type(either(), Type::boolean);
  const std::size_t branch = emit(Op::branch_if_no);
  grow(-1);
  if (failed() || !expect_sign(",", "a comma and what holds then")) return {};
  const Part then = either();
  const std::size_t end = emit(Op::skip);
  grow(-1);
  land(branch);
  if (failed() || !expect_sign(",", "a comma and what holds else")) return {};
  expect_type(either(), then.type);
  land(end);
  if (!failed()) expect_sign(")", "a closing bracket");
  nesting_ -= 1;
  return {then.type, token.at};
}

std::vector<Compiler::Part> Compiler::arguments(std::size_t least, std::size_t most) {
  std::vector<Part> parts;
  if (++nesting_ > k_nesting_max) fail_here("at most 32 levels of nesting");
  if (failed() || !expect_sign("(", "the arguments")) return {{}};
  do {
    parts.push_back(either());
  } while (!failed() && parts.size() < most && accept_sign(","));
  nesting_ -= 1;
  if (failed()) return parts;
  if (parts.size() < least) {
    fail_here("a comma: " + std::to_string(least) + " arguments");
  } else {
    expect_sign(")", most > 1 && parts.size() < most ? "a comma or a closing bracket"
                                                     : "a closing bracket");
  }
  return parts;
}

// ---- small things ----

bool Compiler::at_sign(std::string_view sign) const {
  return token_.kind == Token::Kind::sign && token_.text == sign;
}

bool Compiler::at_word(std::string_view word) const {
  return token_.kind == Token::Kind::word && token_.text == word;
}

bool Compiler::accept_sign(std::string_view sign) {
  if (failed() || !at_sign(sign)) return false;
  advance();
  return true;
}

bool Compiler::expect_sign(std::string_view sign, std::string_view where) {
  if (accept_sign(sign)) return true;
  fail_here("\"" + std::string(sign) + "\": " + std::string(where));
  return false;
}

void Compiler::expect_type(const Part& part, Type type) {
  if (failed() || part.type == type) return;
  fail(part.at, std::string(name_of(part.type)), std::string(name_of(type)) + " here");
}

Compiler::Part Compiler::constant(const Value& value, std::size_t at) {
  if (failed()) return {};
  program_.constants_.emplace_back(value);
  emit(Op::constant, program_.constants_.size() - 1);
  grow(1);
  return {value.type, at};
}

std::size_t Compiler::emit(Op op, std::size_t operand) {
  if (program_.steps_.size() >= k_steps_max) {
    fail_here("a shorter expression: at most " + std::to_string(k_steps_max) + " steps");
    return 0;
  }
  program_.steps_.push_back({op, static_cast<std::uint16_t>(operand)});
  return program_.steps_.size() - 1;
}

void Compiler::land(std::size_t step) {
  if (failed()) return;
  program_.steps_.at(step).operand = static_cast<std::uint16_t>(program_.steps_.size());
}

void Compiler::grow(std::ptrdiff_t by) {
  if (failed()) return;
  ASSERT(by >= 0 || height_ >= static_cast<std::size_t>(-by));
  height_ = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(height_) + by);
  if (height_ > k_stack_max) fail_here("fewer values at once: at most 64");
}

void Compiler::fail(std::size_t at, std::string found, std::string expected) {
  if (failed()) return;
  problem_ = Problem{column_of(at), std::move(found), std::move(expected)};
}

// Complains about the token at which we are; of one that is none, what the lexer says.
void Compiler::fail_here(std::string expected) {
  const bool wrong = token_.kind == Token::Kind::wrong;
  fail(token_.at, shown(token_.text), wrong ? token_.value : std::move(expected));
}

int Compiler::column_of(std::size_t at) const {
  const std::string_view before = std::string_view(program_.source_).substr(0, at);
  return 1 + static_cast<int>(std::ranges::count_if(
                 before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

}  // namespace firstring::expression

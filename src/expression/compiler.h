// Compiler: a recursive descent over the tokens that checks types and writes steps as it goes.
//
//   either    = both {"or" both}            both  = negation {"and" negation}
//   negation  = "not" negation | relation   relation = sum [compared sum | ["not"] "in" list]
//   sum       = product {(+|-) product}     product  = signed {(*|/|%) signed}
//   signed    = "-" signed | primary        primary  = value | name | call | "(" either ")"
//
// The first problem stops it; so every function asks failed() before it looks at what it got.
// Lives on: the thread that compiles; within one compile().
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/lexer.h"
#include "expression/program.h"

namespace firstring::expression {

class Compiler {
 public:
  Compiler(std::string_view source, const Schema& schema) : schema_(schema), lexer_(source) {
    program_.source_ = source;
    advance();
  }
  std::variant<Program, Problem> compile(std::optional<Type> wanted);

 private:
  using Op = Program::Op;
  // A value that was compiled: its type and where it began, for complaints.
  struct Part {
    Type type = Type::number;
    std::size_t at = 0;
  };

  Part either();
  Part both();
  Part logic(std::string_view word, Op skip, Part (Compiler::*next)());
  Part negation();
  Part relation();
  Part one_of(const Part& left);
  Part sum();
  Part product();
  Part combine(const Part& left, const Token& sign, const Part& right);
  Part with_sign();
  Part primary();
  Part name(const Token& token);
  Part function(const Token& token);
  Part choice(const Token& token);
  std::vector<Part> arguments(std::size_t least, std::size_t most);

  void advance() { token_ = lexer_.next(); }
  bool at_sign(std::string_view sign) const;
  bool at_word(std::string_view word) const;
  bool accept_sign(std::string_view sign);
  bool expect_sign(std::string_view sign, std::string_view where);
  void expect_type(const Part& part, Type type);
  Part constant(const Value& value, std::size_t at);
  std::size_t emit(Op op, std::size_t operand = 0);
  void land(std::size_t step);       // the jump at `step` comes down here
  void grow(std::ptrdiff_t by);      // what the stack does at the last step

  bool failed() const { return problem_.has_value(); }
  void fail(std::size_t at, std::string found, std::string expected);
  void fail_here(std::string expected);
  int column_of(std::size_t at) const;

  const Schema& schema_;
  Lexer lexer_;
  Token token_;
  Program program_;
  std::optional<Problem> problem_;
  int nesting_ = 0;
  std::size_t height_ = 0;
};

}  // namespace firstring::expression

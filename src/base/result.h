// Result<T>: a value, or an Error that says what went wrong and what to do about it.
//
// For what is expected to fail: peers, networks, users, disks. Named after std::expected so that it
// can become it. TRY passes an error on; it is the whole right side of a statement, never inside
// braces or a call's arguments (an early return there leaks members on GCC 12).
// Lives on: any thread; a plain value.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace firstring {

enum class Code {
  invalid,       // the request itself is wrong
  unauthorized,  // who are you?
  denied,        // known, and not allowed
  not_found,
  conflict,      // not in this state
  outdated,      // changed by someone else meanwhile
  limit,         // a bound was reached
  unavailable,   // try again later
  timeout,
  io,            // disk, socket, library
  internal,
};

struct Error {
  Code code = Code::internal;
  std::string detail;  // a sentence for the person who meets it

  friend bool operator==(const Error&, const Error&) = default;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}     // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    ASSERT(has_value());
    return std::get<0>(state_);
  }
  const T& value() const& {
    ASSERT(has_value());
    return std::get<0>(state_);
  }
  T&& value() && {
    ASSERT(has_value());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T fallback) const& { return has_value() ? std::get<0>(state_) : std::move(fallback); }

  const Error& error() const& {
    ASSERT(!has_value());
    return std::get<1>(state_);
  }
  Error&& error() && {
    ASSERT(!has_value());
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}  // NOLINT: implicit

  bool has_value() const { return !failed_; }
  explicit operator bool() const { return !failed_; }
  void value() const { ASSERT(!failed_); }
  const Error& error() const& {
    ASSERT(failed_);
    return error_;
  }
  Error&& error() && {
    ASSERT(failed_);
    return std::move(error_);
  }

 private:
  Error error_;
  bool failed_ = false;
};

}  // namespace firstring

#define TRY(expression)                                                  \
  __extension__({                                                        \
    auto try_result_ = (expression);                                     \
    if (!try_result_.has_value()) return std::move(try_result_).error(); \
    std::move(try_result_).value();                                      \
  })

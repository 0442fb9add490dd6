// ASSERT: what must hold, checked always, in production too.
//
// A failed ASSERT is a bug of ours, never of a peer. It throws AssertionFailed, the only thing this
// program throws; server/call_shield.cpp catches it at the edge of one event and ends that call.
// In tests and in the simulator nothing catches it.
// Lives on: any thread.
#pragma once

#include <stdexcept>
#include <string>

namespace firstring {

class AssertionFailed : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

[[noreturn]] void assertion_failed(const char* expression, const char* file, int line);

}  // namespace firstring

#define ASSERT(expression)                                                       \
  do {                                                                           \
    if (!(expression)) [[unlikely]]                                              \
      ::firstring::assertion_failed(#expression, __FILE__, __LINE__);            \
  } while (false)

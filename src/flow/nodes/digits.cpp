// Digits: read a fixed count of digits, compare them with what is expected.
#include "flow/nodes/nodes.h"

namespace firstring::flow {

Step enter(const DigitsNode& node, Visit&, const Scene&) { return {.wait = node.timeout}; }

Step on_digit(const DigitsNode& node, Visit& visit, const Scene&, char digit) {
  visit.digits += digit;
  if (visit.digits.size() < static_cast<std::size_t>(node.count)) return {.digit_taken = true};
  const bool match = visit.digits == node.expect;
  return {.leave = match ? node.match : node.mismatch, .digit_taken = true};
}

Step on_timeout(const DigitsNode& node, Visit&, const Scene&) { return {.leave = node.mismatch}; }

}  // namespace firstring::flow

#include "sip/message.h"
#include "sip/scan.h"

namespace firstring::sip {
namespace {

// Those that may not stand in one URI only (RFC 3261 §19.1.4).
constexpr std::string_view k_decisive[] = {"user", "ttl", "method", "maddr", "transport"};

// More than these make no URI that anybody needs, and comparing is quadratic.
constexpr int k_parameters_max = 32;

// Of a parameter that is repeated, which it may not be, the first counts.
bool agree_on_parameters(const Uri& a, const Uri& b) {
  Scanner scanner(a.parameters);
  Parameter parameter;
  int count = 0;
  while (take_parameter(scanner, parameter)) {
    if (++count > k_parameters_max) return a.parameters == b.parameters;
    const auto mine = a.parameter(parameter.name);
    const auto other = b.parameter(parameter.name);
    if (mine && other && !equals_ignoring_case(unescape(*mine), unescape(*other))) return false;
  }
  for (const std::string_view name : k_decisive) {
    if (a.parameter(name).has_value() != b.parameter(name).has_value()) return false;
  }
  return true;
}

}  // namespace

bool is_same_uri(const Uri& a, const Uri& b) {
  if (!equals_ignoring_case(a.scheme, b.scheme)) return false;
  if (a.host.empty() && a.user.empty()) return a.text == b.text;  // of a scheme we do not read
  return unescape(a.user) == unescape(b.user) && unescape(a.password) == unescape(b.password) &&
         equals_ignoring_case(a.host, b.host) && a.port == b.port &&
         a.headers == b.headers && agree_on_parameters(a, b);
}

}  // namespace firstring::sip

// Tokens: who may use the API: bearer tokens, known by their SHA-256 only.
//
// Whoever guesses is slowed per address: after ten failures one more try every six seconds, else
// 429.
// A right token is served all the same, so that a guesser does not shut out his neighbours.
// Lives on: HTTP thread.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "http/server.h"

namespace firstring::api {

class Tokens {
 public:
  // `now`: of the HTTP thread.
  Tokens(const std::vector<std::string>& tokens, std::function<MonoTime()> now);

  // Of "Authorization: Bearer …".
  Result<void> check(const http::Request& request);
  // Of a token that came in another way (first message of a stream).
  Result<void> check_token(std::string_view token, const std::string& address);

 private:
  using Hash = std::array<unsigned char, 32>;
  struct Failures {
    double left = k_failures_at_once;
    MonoTime since;
  };
  static constexpr double k_failures_at_once = 10;
  static constexpr double k_seconds_each = 6;
  static constexpr std::size_t k_addresses_max = 4096;

  Error failed(const std::string& address);

  const std::function<MonoTime()> now_;
  std::vector<Hash> known_;
  std::map<std::string, Failures> failures_;
  std::deque<std::string> oldest_;  // addresses in failures_, in order of arrival
};

// "Bearer abc" -> "abc"; nothing if it is no bearer token.
std::optional<std::string_view> bearer_of(std::string_view authorization);

}  // namespace firstring::api

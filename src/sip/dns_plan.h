// What RFC 3263 asks the DNS for a target, and what it makes of the answers: pure functions.
//
// plan() is called again whenever another answer is there: it says which questions are still open,
// or what the candidates are. Also the reading of SRV answers, whose TTL c-ares does not give.
// Lives on: control loop; plain values.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "sip/resolver.h"

namespace firstring::sip {

struct Question {
  enum class Type { srv, address };    // address: A and AAAA, as wanted
  Type type = Type::address;
  std::string name;                    // lower case, without a dot at the end
  friend auto operator<=>(const Question&, const Question&) = default;
};

struct SrvRecord {
  std::uint16_t priority = 0, weight = 0, port = 0;
  std::string target;                  // lower case; "" where it is "." (decidedly no service)
  friend bool operator==(const SrvRecord&, const SrvRecord&) = default;
};

struct Answer {
  bool failed = false;                 // nobody answered, or not usefully
  std::vector<SrvRecord> services;
  std::vector<Address> addresses;      // port 0
  Duration lifetime{};                 // the smallest TTL
};

struct Plan {
  std::vector<Question> open;          // not empty: to be asked, and then plan() again
  Result<Resolver::Candidates> candidates = Resolver::Candidates{};  // if nothing is open
};

// The answer to a question, or null while there is none.
using FindAnswer = std::function<const Answer*(const Question&)>;
Plan plan(const Target& target, const FindAnswer& find, Random& random);

// By priority; among equals by weighted chance (RFC 2782).
void order_by_chance(std::vector<SrvRecord>& records, Random& random);

// From a whole DNS message. Records with names that no host can have are left out; at most 16 kept.
Result<Answer> parse_srv_answer(std::span<const unsigned char> message);

// Lower case, no dot at the end; "" unless letters, digits, '-', '_', '.' in at most 253.
std::string clean_host_name(std::string_view name);

}  // namespace firstring::sip

// Digest authentication (RFC 3261 §22, RFC 7616, RFC 8760), both sides of it.
//
// Digest asks for a login and checks it; DigestLogin answers such a challenge with our own
// credentials. SHA-256 comes first; MD5 is offered beside it only where a device needs it.
// Lives on: control loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sip/message.h"
#include "sip/nonces.h"

namespace firstring::sip {

struct Credentials;  // sip/user_agent.h

enum class DigestAlgorithm { sha256, md5 };

// What is stored instead of a password: hash of "user:realm:password", lower-case hex.
struct Ha1 {
  std::string sha256;
  std::string md5;
  friend bool operator==(const Ha1&, const Ha1&) = default;
};
Ha1 make_ha1(std::string_view user, std::string_view realm, std::string_view password);

// The named parts of one "Digest …" value, of a challenge or of its answer. Quoted values are
// without their quotes, still escaped; a part that is absent is empty.
struct DigestFields {
  std::string_view realm, nonce, opaque, algorithm, qop, stale;     // both, or of a challenge
  std::string_view username, uri, response, cnonce, nc;             // of an answer
};
// Nothing if it is another scheme, malformed, or says one thing twice.
std::optional<DigestFields> parse_digest(std::string_view value);

// ---- our side asks ----

// Which algorithms a challenge names.
enum class DigestOffer { sha256_and_md5, sha256_only, md5_only };

// What to offer to whoever sends this: the user agents known to give up when SHA-256 is so much as
// mentioned (baresip before 3.11, SIPp) are offered MD5 alone. Whoever claims to be one weakens
// nothing but their own login, and known and unknown users are still answered alike.
DigestOffer offer_for(const Message& request);

struct Login {
  enum class Outcome {
    absent,   // no credentials for this realm: challenge
    stale,    // right, but the nonce is spent: challenge anew with stale
    refused,  // wrong: challenge as if absent, and count a failure
    granted,
  };
  Outcome outcome = Outcome::absent;
  std::string user;  // granted or stale; what was claimed when refused
};

struct DigestOptions {
  std::string realm;
  bool accept_md5 = true;
  // 401 with WWW-Authenticate, or 407 with Proxy-Authenticate.
  bool as_proxy = false;
  NonceOptions nonces;
};

class Digest {
 public:
  using FindHa1 = std::function<std::optional<Ha1>(std::string_view user)>;

  // `key`: 32 bytes from io/entropy.h, new at each start.
  Digest(const Clock& clock, std::string key, DigestOptions options);

  // Does the same work and says the same for an unknown user as for a wrong password. That `user`
  // may act for the From, To or URI of the request is for the caller to see to.
  Login check(const Message& request, const FindHa1& find_ha1);

  // Whole header lines with CRLF, SHA-256 first. Where MD5 is not accepted it is never offered.
  std::string challenge(bool stale, DigestOffer offer = DigestOffer::sha256_and_md5);
  int challenge_status() const { return options_.as_proxy ? 407 : 401; }
  const std::string& realm() const { return options_.realm; }

 private:
  bool is_well_formed(const Message& request, const DigestFields& fields) const;

  const DigestOptions options_;
  const Ha1 nobody_;  // what an unknown user's answer is compared with
  Nonces nonces_;
};

// ---- the other side asks ----

// Our credentials towards one peer, for one request or a series of them (REGISTER and its repeats).
class DigestLogin {
 public:
  explicit DigestLogin(const Credentials& credentials);

  // To a 401 or 407: the header line to send the request again with. Nothing if we have no
  // credentials for its realm, cannot compute what it asks, were refused, or have answered twice.
  // `cnonce`: fresh random characters, hex or the like.
  std::optional<std::string> answer(const Message& response, std::string_view method,
                                    std::string_view uri, std::string_view cnonce);
  // For the next request of the series: with the nonce of the last challenge, counted up. Nothing
  // before the first challenge.
  std::optional<std::string> repeat(std::string_view method, std::string_view uri,
                                    std::string_view cnonce);
  // The request went through: the next one may be challenged twice again.
  void accepted() { answered_ = 0; }

 private:
  bool adopt(const Message& response);
  std::string make_line(std::string_view method, std::string_view uri, std::string_view cnonce);

  const std::string only_realm_, user_, password_;
  // The challenge being answered.
  std::string realm_, nonce_, opaque_;
  DigestAlgorithm algorithm_ = DigestAlgorithm::md5;
  std::string algorithm_text_;  // as it was written; "": was not
  bool has_qop_ = false, is_stale_ = false, is_proxy_ = false;
  std::uint32_t count_ = 0;
  int answered_ = 0;
};

}  // namespace firstring::sip

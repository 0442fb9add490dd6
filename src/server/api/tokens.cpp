#include "server/api/tokens.h"

#include <sodium.h>

#include <algorithm>

namespace firstring::api {

Tokens::Tokens(const std::vector<std::string>& tokens, std::function<MonoTime()> now)
    : now_(std::move(now)) {
  for (const auto& token : tokens) {
    auto& hash = known_.emplace_back();
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(token.data()),
                       token.size());
  }
}

std::optional<std::string_view> bearer_of(std::string_view authorization) {
  constexpr std::string_view k_scheme = "bearer ";
  if (authorization.size() <= k_scheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < k_scheme.size(); ++i) {
    const char c = authorization[i];
    if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != k_scheme[i]) return std::nullopt;
  }
  authorization.remove_prefix(k_scheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  if (authorization.empty()) return std::nullopt;
  return authorization;
}

Result<void> Tokens::check(const http::Request& request) {
  const auto* header = request.header("authorization");
  const auto token = header ? bearer_of(*header) : std::nullopt;
  if (!token) {
    return Error{Code::unauthorized,
                 "This needs a token, as the header \"Authorization: Bearer <token>\"."};
  }
  return check_token(*token, request.remote);
}

Result<void> Tokens::check_token(std::string_view token, const std::string& address) {
  Hash hash;
  crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(token.data()),
                     token.size());
  bool found = false;
  for (const auto& known : known_) {  // all of them, in constant time
    found |= sodium_memcmp(hash.data(), known.data(), hash.size()) == 0;
  }
  if (found) return {};
  return failed(address);
}

Error Tokens::failed(const std::string& address) {
  const auto now = now_();
  if (!failures_.contains(address)) {
    if (oldest_.size() == k_addresses_max) {
      failures_.erase(oldest_.front());
      oldest_.pop_front();
    }
    oldest_.push_back(address);
    failures_[address].since = now;
  }
  auto& one = failures_[address];
  one.left = std::min(k_failures_at_once,
                      one.left + seconds(now - one.since) / k_seconds_each);
  one.since = now;
  if (one.left < 1) return {Code::limit, "Too many wrong tokens from this address."};
  one.left -= 1;
  return {Code::unauthorized, "This token is not known here."};
}

}  // namespace firstring::api

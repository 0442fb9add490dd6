// Webhooks: carries out what flows ask of programs of the business, on a thread of its own.
//
// A request is POSTed as JSON over HTTP or HTTPS and signed, tried again with a growing pause as
// long as there is time, and answered exactly once. Redirects are not followed, proxies of the
// environment not used; the address that is really connected to must be of the public internet
// unless the configuration allows that host by name; an answer has at most 64 kB. Neither secrets
// nor what is sent or answered is ever logged.
//
//   Firstring-Request: call_…-1
//   Firstring-Signature: t=1795343400,v1=<hex of HMAC-SHA256 by the secret over "t.body">
//
// Lives on: control loop, but for the thread inside.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "call/words.h"

namespace firstring::server {

class Webhooks {
 public:
  struct Target {
    std::string name, url;
    std::string secret;          // empty: what is sent is not signed
  };

  // `answered` is called on the thread inside.
  static std::unique_ptr<Webhooks> create(std::vector<std::string> private_hosts,
                                          std::function<void(call::WebhookAnswered)> answered);
  virtual ~Webhooks() = default;  // what is under way is not answered any more

  virtual void configure(std::vector<Target> targets) = 0;
  virtual void ask(const call::CallWebhook& request, WallTime now) = 0;
};

// "t=…,v1=…" for the body, as in the header.
std::string signature_of(const std::string& secret, const std::string& body, WallTime now);

}  // namespace firstring::server

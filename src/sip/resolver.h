// Resolver: where requests for a SIP URI go (RFC 3263): candidates to be tried in their order.
//
// An IP address is known at once; a name with a port needs its addresses; a bare name its SRV
// records first. Lookup is the asking: a member of who asks, and forgotten with it.
// Lives on: control loop.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sip/address.h"
#include "sip/message.h"

namespace firstring::sip {

struct Target {
  std::string host;                    // name or IP address
  std::uint16_t port = 0;              // 0: none given
  std::optional<Transport> transport;  // as the URI's parameter, or as configured
  bool is_sips = false;                // TLS only

  friend bool operator==(const Target&, const Target&) = default;
};
// Code::invalid for a scheme other than sip and sips and for a transport nobody can connect by.
Result<Target> target_of(const Uri& uri);

class Resolver {
 public:
  // Never empty. Peers have connection 0: the transport opens one or has one.
  using Candidates = std::vector<Peer>;
  using Done = std::function<void(Result<Candidates>)>;

  virtual ~Resolver() = default;

 protected:
  friend class Lookup;
  // What needs no waiting: an address, a fresh answer, or a target that can never be resolved.
  virtual std::optional<Result<Candidates>> known(const Target& target) = 0;
  // `done` is called later, once, unless cancelled. The number is never 0.
  virtual std::uint64_t begin(const Target& target, Done done) = 0;
  virtual void cancel(std::uint64_t number) = 0;
};

// One asking at a time. Destroying it cancels it, so its callback may capture its owner.
class Lookup {
 public:
  explicit Lookup(Resolver& resolver) : resolver_(resolver) {}
  ~Lookup() { stop(); }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  // `done` may be called before start() returns. It may destroy the Lookup or start it anew.
  void start(const Target& target, Resolver::Done done);
  void stop();
  bool is_running() const { return number_ != 0; }

 private:
  Resolver& resolver_;
  std::uint64_t number_ = 0;
};

}  // namespace firstring::sip

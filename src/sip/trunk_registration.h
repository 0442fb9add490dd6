// TrunkRegistrations: our registrations with carriers (RFC 3261 §10.2), each kept alive for as long
// as it is wanted: refreshed in time, moved to the carrier's next server when one fails, tried
// again with growing pauses, taken back at the end.
//
// The user agent holds callbacks into this: it must be given no message and no time after this is
// destroyed.
// Lives on: control loop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/timers.h"
#include "sip/resolver.h"
#include "sip/user_agent.h"

namespace firstring::sip {

struct TrunkRegistrationOptions {
  std::string name;
  std::string registrar;            // "sip:carrier.example", "sip:192.0.2.1:5080;transport=tcp"
  Credentials credentials;          // whose user is the one we register as, too
  Duration expires = 300s;

  friend bool operator==(const TrunkRegistrationOptions& a, const TrunkRegistrationOptions& b);
};

// None of these may call TrunkRegistrations::set or unregister_all.
class TrunkEvents {
 public:
  virtual ~TrunkEvents() = default;
  // Once when it begins to be registered, not at each refresh.
  virtual void on_trunk_registered(std::string_view trunk, Duration expires) = 0;
  // At each failure. `status` 0: there was no response. What was registered may still be so.
  virtual void on_trunk_failed(std::string_view trunk, int status, std::string_view reason) = 0;
  // The carrier's servers are these: for TLS names, and to know calls from them.
  virtual void on_trunk_resolved(std::string_view trunk, std::string_view host,
                                 const Resolver::Candidates& candidates) = 0;
};

class TrunkRegistrations {
 public:
  struct Given {
    const Clock& clock;
    Timers& timers;
    Random random;                  // pauses, Call-IDs, contacts
    UserAgent& agent;
    const Sender& sender;           // for what to write into Contact
    Resolver& resolver;
    TrunkEvents& events;
  };
  struct Status {
    std::string trunk;
    bool registered = false;
    MonoTime registered_until;
    Peer peer;                      // where we are, or were last tried
    int last_status = 0;            // of the last attempt; 0: no response yet, or none came
    std::string last_reason;
  };

  explicit TrunkRegistrations(Given given);
  ~TrunkRegistrations();

  // From now on these, by name: new ones begin, those that are gone are taken back, those that
  // have changed are taken back and begin anew. Code::invalid: nothing is changed.
  Result<void> set(const std::vector<TrunkRegistrationOptions>& wanted);
  // Takes all back; is_idle() when that is done (or the carriers do not answer: 32 s).
  void unregister_all();
  bool is_idle() const { return registrations_.empty(); }

  // From TransportEvents: a binding by a stream is gone with it, so we register anew.
  void connection_lost(const Peer& peer);

  std::vector<Status> statuses() const;
  std::optional<Status> status_of(std::string_view trunk) const;
  // The trunk whose servers have this IP address, if there is one: a call from there is its.
  std::optional<std::string> trunk_at(const Address& address) const;
  // The trunk whose carrier was told to call us as this user: a request URI with it comes from
  // that carrier, or from someone it has told.
  std::optional<std::string> trunk_of_contact(std::string_view user) const;

 private:
  class Registration;
  friend class Registration;
  void forget(std::uint64_t number);  // the last thing that a Registration says
  Registration* find(std::uint64_t number) const;

  Given given_;
  std::map<std::uint64_t, std::unique_ptr<Registration>> registrations_;
  std::uint64_t last_number_ = 0;
  std::unique_ptr<Registration> ended_;  // until it has returned to its caller
};

}  // namespace firstring::sip

// Access: who may speak SIP with us: phones by digest, trunks by address, nobody else; and the bans
// of those who try.
//
// A known and an unknown user are answered alike, after the same work. Registrations are kept in
// the registrar and restored from the facts of a former run. Lives on: control loop.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/timers.h"
#include "call/reporter.h"
#include "config/settings.h"
#include "flow/configuration.h"
#include "server/adapters/exchange.h"
#include "server/recovery.h"
#include "sip/ban_list.h"
#include "sip/digest.h"
#include "sip/registrar.h"
#include "sip/user_agent.h"

namespace firstring::server {

// A phone or trunk with its password found.
struct Phone {
  std::string extension, name, agent;   // agent: slug, "" for other phones
  sip::Ha1 ha1;
};
struct Network {                        // "198.51.100.0/24"
  sip::Address address;
  int bits = 128;                       // of the IPv6 form
  bool holds(const sip::Address& other) const;
};
std::optional<Network> parse_network(std::string_view text);

struct Trunk {
  config::TrunkSpec spec;
  std::vector<Network> networks;
};

class Access final : private sip::RegistrarEvents, private sip::BanEvents {
 public:
  struct Given {
    const Clock& clock;
    Timers& timers;
    call::Reporter& reporter;
  };
  struct Options {
    std::string realm;
    std::string key;               // 32 random bytes: of the nonces
    std::vector<Network> never_banned;
    // A phone became reachable (its first contact) or is no more (its last one ended).
    std::function<void(std::string_view extension, bool reachable)> on_reachable;
    // The trunk that we registered with and whose servers have this address.
    std::function<std::optional<std::string>(const sip::Address&)> trunk_at;
    // Its phone may keep a stream connection open for so long without a word.
    std::function<void(const sip::Peer&, Duration)> keep;
    // Runs it once all facts told until now are on disk.
    std::function<void(std::function<void()>)> after_commit;
  };

  Access(Given given, Options options);

  // Replaces phones and trunks; registrations of phones that remain are kept.
  void configure(std::vector<Phone> phones, std::vector<Trunk> trunks);

  // For CallEvents. `origin` is filled when an INVITE is let in.
  sip::Admission admit(const sip::Message& request, const sip::Peer& source, CallerOrigin& origin);
  // Decides a REGISTER, and answers it when the registration is on disk.
  void on_register(sip::UserAgent& user_agent, const sip::Message& request,
                   const sip::Peer& source);
  void connection_lost(const sip::Peer& peer) { registrar_.connection_lost(peer); }

  // Where the phones of an extension ring now, the preferred first.
  std::vector<DialTarget> contacts_of(std::string_view extension) const;
  int registered_count() const { return static_cast<int>(registrar_.binding_count()); }
  const std::vector<Trunk>& trunks() const { return trunks_; }
  // Phones that registered before a restart and are still within their time.
  void restore(const std::vector<Registration>& registrations);

 private:
  // Nothing when the request is logged in as `user`; else what is answered.
  std::optional<sip::Admission> demand_login(const sip::Message& request, const sip::Peer& source,
                                             std::string& user);
  sip::Admission challenge(const sip::Message& request, bool stale);
  const Trunk* trunk_of(const sip::Address& address) const;
  std::string agent_of(const std::string& extension) const;

  void on_registered(const sip::RegistrarBinding& binding) override;
  void on_unregistered(const sip::RegistrarBinding& binding, bool expired) override;
  void on_banned(const sip::Ban& ban) override;
  void on_released(const sip::Ban& ban) override;

  // Given.
  const Clock& clock_;
  call::Reporter& reporter_;
  const Options options_;
  // Owned.
  sip::Digest digest_;
  sip::BanList bans_;
  sip::Registrar registrar_;
  // State.
  std::map<std::string, Phone, std::less<>> phones_;
  std::vector<Trunk> trunks_;
  std::map<std::string, int, std::less<>> contacts_;  // how many each extension has
  std::size_t answers_waiting_ = 0;                   // registrations that are not on disk yet
};

}  // namespace firstring::server

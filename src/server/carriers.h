// Carriers: the trunks that we register with, and what becomes of those registrations: facts,
// alarms, and knowing a carrier's calls by where they come from. Lives on: control loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "call/reporter.h"
#include "server/access.h"
#include "server/ledger.h"
#include "sip/transports.h"
#include "sip/trunk_registration.h"

namespace firstring::server {

class Carriers final : private sip::TrunkEvents {
 public:
  struct Given {
    const Clock& clock;
    Timers& timers;
    Random random;
    sip::UserAgent& user_agent;
    sip::Transports& transports;
    sip::Resolver& resolver;
    call::Reporter& reporter;
    Ledger& ledger;
  };
  explicit Carriers(Given given);

  // Trunks with a registrar are registered with; `password_of` finds each one's.
  Result<void> configure(const std::vector<Trunk>& trunks,
                         const std::map<std::string, std::string>& passwords);
  void unregister_all() { registrations_.unregister_all(); }
  bool is_idle() const { return registrations_.is_idle(); }
  void connection_lost(const sip::Peer& peer) { registrations_.connection_lost(peer); }
  // The trunk whose servers have this address.
  std::optional<std::string> trunk_at(const sip::Address& address) const {
    return registrations_.trunk_at(address);
  }

 private:
  void on_trunk_registered(std::string_view trunk, Duration expires) override;
  void on_trunk_failed(std::string_view trunk, int status, std::string_view reason) override;
  void on_trunk_resolved(std::string_view trunk, std::string_view host,
                         const sip::Resolver::Candidates& candidates) override;

  sip::Transports& transports_;
  call::Reporter& reporter_;
  Ledger& ledger_;
  sip::TrunkRegistrations registrations_;
};

}  // namespace firstring::server

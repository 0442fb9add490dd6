#include "server/carriers.h"

namespace firstring::server {
namespace {

std::string alarm_of(std::string_view trunk) { return "trunk_down_" + std::string(trunk); }

}  // namespace

Carriers::Carriers(Given given)
    : transports_(given.transports),
      reporter_(given.reporter),
      ledger_(given.ledger),
      registrations_({.clock = given.clock,
                      .timers = given.timers,
                      .random = given.random,
                      .agent = given.user_agent,
                      .sender = given.transports,
                      .resolver = given.resolver,
                      .events = *this}) {}

Result<void> Carriers::configure(const std::vector<Trunk>& trunks,
                                 const std::map<std::string, std::string>& passwords) {
  std::vector<sip::TrunkRegistrationOptions> wanted;
  for (const Trunk& trunk : trunks) {
    if (trunk.spec.registrar.empty()) continue;
    sip::TrunkRegistrationOptions options;
    options.name = trunk.spec.name;
    options.registrar = trunk.spec.registrar;
    options.credentials.user = trunk.spec.user;
    options.credentials.password = passwords.at(trunk.spec.name);
    options.expires = trunk.spec.register_every;
    wanted.push_back(std::move(options));
  }
  return registrations_.set(wanted);
}

void Carriers::on_trunk_registered(std::string_view trunk, Duration expires) {
  reporter_.report(call::FactType::trunk_registered, {}, call::text("trunk", trunk),
                   call::integer("expires_s", expires.count() / 1'000'000'000));
  ledger_.clear_alarm(alarm_of(trunk));
}

void Carriers::on_trunk_failed(std::string_view trunk, int status, std::string_view reason) {
  reporter_.report(call::FactType::trunk_failed, {}, call::text("trunk", trunk),
                   call::integer("status", status), call::text("reason", reason));
  ledger_.raise_alarm(alarm_of(trunk),
                      "The carrier " + std::string(trunk) + " does not accept our registration (" +
                          (status == 0 ? "no answer" : std::to_string(status)) + " " +
                          std::string(reason) +
                          "). Its calls may not reach us; check registrar, user and password.");
}

void Carriers::on_trunk_resolved(std::string_view, std::string_view host,
                                 const sip::Resolver::Candidates& candidates) {
  for (const sip::Peer& candidate : candidates) {
    transports_.expect_tls_name(candidate.address, std::string(host));
  }
}

}  // namespace firstring::server

#include "server/access.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/assert.h"

namespace firstring::server {
namespace {

constexpr std::size_t k_answers_waiting_max = 10'000;  // to REGISTERs, for the disk

sip::Admission let_in() {
  return {.kind = sip::Admission::Kind::accept, .reason = {}, .extra_headers = {}};
}
sip::Admission silence() {
  return {.kind = sip::Admission::Kind::drop, .reason = {}, .extra_headers = {}};
}

bool is_within(const std::vector<Network>& networks, const sip::Address& address) {
  return std::any_of(networks.begin(), networks.end(),
                     [&](const Network& network) { return network.holds(address); });
}

// Where a request to a binding goes. Behind NAT the Contact names an address of the inner network:
// then the way the REGISTER came is the way back. Where the phone's own address was seen, its
// Contact may name another port of it.
sip::Peer peer_of(const sip::RegistrarBinding& binding) {
  sip::Peer peer = binding.source;
  if (sip::is_reliable(peer.transport)) return peer;
  const auto uri = sip::parse_uri(binding.contact);
  if (!uri) return peer;
  const auto named = sip::Address::parse(uri->host, uri->port == 0 ? 5060 : uri->port);
  if (named && named->ip == peer.address.ip) peer.address.port = named->port;
  return peer;
}

}  // namespace

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = sip::Address::parse(text.substr(0, slash), 0);
  if (!address) return std::nullopt;
  const int whole = address->is_v4() ? 32 : 128;
  int bits = whole;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits < 0 || bits > whole) {
      return std::nullopt;
    }
  }
  return Network{.address = *address, .bits = bits + (128 - whole)};
}

bool Network::holds(const sip::Address& other) const {
  for (int bit = 0; bit < bits; bit += 8) {
    const auto at = static_cast<std::size_t>(bit / 8);
    const int used = std::min(8, bits - bit);
    const auto mask = static_cast<std::uint8_t>(0xFF << (8 - used));
    if ((address.ip[at] & mask) != (other.ip[at] & mask)) return false;
  }
  return true;
}

Access::Access(Given given, Options options)
    : clock_(given.clock),
      reporter_(given.reporter),
      options_(std::move(options)),
      digest_(given.clock, options_.key, {.realm = options_.realm, .nonces = {}}),
      bans_(given.timers, *this, {},
            [this](const sip::Address& address) {
              return is_within(options_.never_banned, address) || trunk_of(address) != nullptr;
            }),
      registrar_(given.timers, *this) {}

void Access::configure(std::vector<Phone> phones, std::vector<Trunk> trunks) {
  std::map<std::string, Phone, std::less<>> next;
  for (Phone& phone : phones) {
    const std::string extension = phone.extension;
    next[extension] = std::move(phone);
  }
  std::vector<std::string> gone;
  for (const auto& [extension, phone] : phones_) {
    if (!next.contains(extension)) gone.push_back(extension);
  }
  phones_ = std::move(next);
  trunks_ = std::move(trunks);
  for (const std::string& extension : gone) registrar_.remove(extension);
}

const Trunk* Access::trunk_of(const sip::Address& address) const {
  for (const Trunk& trunk : trunks_) {
    if (is_within(trunk.networks, address)) return &trunk;
  }
  const auto registered = options_.trunk_at(address);
  for (const Trunk& trunk : trunks_) {
    if (registered && trunk.spec.name == *registered) return &trunk;
  }
  return nullptr;
}

std::string Access::agent_of(const std::string& extension) const {
  const auto phone = phones_.find(extension);
  return phone == phones_.end() ? std::string{} : phone->second.agent;
}

sip::Admission Access::challenge(const sip::Message& request, bool stale) {
  return {.kind = sip::Admission::Kind::respond,
          .status = digest_.challenge_status(),
          .reason = {},
          .extra_headers = digest_.challenge(stale, sip::offer_for(request))};
}

std::optional<sip::Admission> Access::demand_login(const sip::Message& request,
                                                   const sip::Peer& source, std::string& user) {
  const sip::BanList::Standing standing = bans_.standing(source.address);
  if (standing.banned) return silence();
  sip::Login login = digest_.check(request, [this](std::string_view name) {
    const auto phone = phones_.find(name);
    return phone == phones_.end() ? std::nullopt : std::optional(phone->second.ha1);
  });
  user = login.user;
  switch (login.outcome) {
    case sip::Login::Outcome::granted:
      bans_.succeeded(source.address);
      return std::nullopt;
    case sip::Login::Outcome::stale: return challenge(request, true);
    case sip::Login::Outcome::absent: return challenge(request, false);
    case sip::Login::Outcome::refused: break;
  }
  bans_.failed(source.address);
  reporter_.report(call::FactType::auth_failed, {}, call::text("source", to_text(source)),
                   call::text("user", login.user), call::text("method", request.method_text()));
  // Slowed down: not answering has the request sent again later, which is the delay we want.
  if (standing.delay > Duration::zero()) return silence();
  return challenge(request, false);
}

sip::Admission Access::admit(const sip::Message& request, const sip::Peer& source,
                             CallerOrigin& origin) {
  if (request.method() == sip::Method::options) {
    return bans_.standing(source.address).banned ? silence() : let_in();
  }
  const std::string from = sip::unescape(request.from().uri.user);
  const bool from_phone = phones_.contains(from) || request.has(sip::HeaderName::authorization);
  const Trunk* trunk = trunk_of(source.address);
  if (request.method() == sip::Method::invite && trunk != nullptr && !from_phone) {
    origin.trunk = trunk->spec.name;
    origin.trusted = trunk->spec.trusted;
    origin.number = trunk->spec.number;
    return let_in();
  }
  std::string user;
  if (auto refusal = demand_login(request, source, user)) return *refusal;
  if (user != from) {  // logged in, but as somebody else
    return {.kind = sip::Admission::Kind::respond, .status = 403, .reason = "Forbidden",
            .extra_headers = {}};
  }
  origin.extension = user;
  return let_in();
}

void Access::on_register(sip::UserAgent& user_agent, const sip::Message& request,
                         const sip::Peer& source) {
  std::string user;
  if (const auto refusal = demand_login(request, source, user)) {
    if (refusal->kind == sip::Admission::Kind::drop) return;
    return user_agent.respond(request, source, refusal->status, "Unauthorized",
                              refusal->extra_headers);
  }
  if (sip::unescape(request.to().uri.user) != user) {
    return user_agent.respond(request, source, 403, "Forbidden");
  }
  if (answers_waiting_ >= k_answers_waiting_max) {  // the disk hangs
    return user_agent.respond(request, source, 503, "Service Unavailable", "Retry-After: 30\r\n");
  }
  // A phone that was told 200 must still be known after a kill.
  answers_waiting_ += 1;
  options_.after_commit([this, &user_agent, bytes = std::string(request.raw()), source,
                         answer = registrar_.process(user, request, source)] {
    answers_waiting_ -= 1;
    sip::Message again;
    const auto refused = again.parse(bytes);
    ASSERT(!refused);
    user_agent.respond(again, source, answer.status, answer.reason, answer.extra_headers);
  });
}

std::vector<DialTarget> Access::contacts_of(std::string_view extension) const {
  std::vector<DialTarget> targets;
  for (const sip::RegistrarBinding& binding : registrar_.contacts(extension)) {
    targets.push_back({.uri = binding.contact, .peer = peer_of(binding), .trusted = true});
  }
  return targets;
}

void Access::on_registered(const sip::RegistrarBinding& binding) {
  const auto expires_s = (binding.expires - clock_.wall_now()).count() / 1'000'000'000;
  reporter_.report(call::FactType::phone_registered, {.agent = agent_of(binding.aor)},
                   call::text("user", binding.aor), call::text("contact", binding.contact),
                   call::text("source", to_text(binding.source)),
                   call::integer("expires_s", expires_s));
  options_.keep(binding.source, binding.expires - clock_.wall_now());
  if (binding.refreshed) return;
  if (++contacts_[binding.aor] == 1) options_.on_reachable(binding.aor, true);
}

void Access::on_unregistered(const sip::RegistrarBinding& binding, bool expired) {
  reporter_.report(call::FactType::phone_unregistered, {.agent = agent_of(binding.aor)},
                   call::text("user", binding.aor), call::text("contact", binding.contact),
                   call::text("reason", expired ? "expired" : "asked"));
  if (--contacts_[binding.aor] > 0) return;
  contacts_.erase(binding.aor);
  options_.on_reachable(binding.aor, false);
}

void Access::on_banned(const sip::Ban& ban) {
  const auto for_s = (ban.until - clock_.wall_now()).count() / 1'000'000'000;
  reporter_.report(call::FactType::source_banned, {}, call::text("source", ban.source.ip_text()),
                   call::integer("for_s", for_s));
}

void Access::on_released(const sip::Ban&) {}  // the ban's fact says how long it was to last

void Access::restore(const std::vector<Registration>& registrations) {
  std::vector<sip::RegistrarBinding> bindings;
  for (const Registration& registration : registrations) {
    const auto source = sip::parse_peer(registration.source);
    if (!source || !phones_.contains(registration.user)) continue;
    // A stream's connection ended with the former process; only datagrams find their way back.
    if (sip::is_reliable(source->transport)) continue;
    sip::RegistrarBinding binding;
    binding.aor = registration.user;
    binding.contact = registration.contact;
    binding.source = *source;
    binding.expires = registration.expires;
    bindings.push_back(std::move(binding));
  }
  registrar_.restore(bindings);
  for (const auto& [extension, phone] : phones_) {
    const auto known = registrar_.contacts(extension).size();
    if (known == 0) continue;
    contacts_[extension] = static_cast<int>(known);
    options_.on_reachable(extension, true);
  }
}

}  // namespace firstring::server

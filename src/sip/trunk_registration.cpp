#include "sip/trunk_registration.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/assert.h"
#include "base/ids.h"
#include "sip/digest.h"
#include "sip/message.h"

namespace firstring::sip {
namespace {

constexpr Duration k_expires_min = 10s, k_expires_max = 24h;
constexpr Duration k_pause_first = 5s, k_pause_max = 300s;  // RFC 5626 §4.5, somewhat faster
constexpr Duration k_pause_refused = 60s;  // a wrong password does not mend itself in seconds
constexpr Duration k_retry_after_max = 1h;
constexpr Duration k_answer_reserve = 40s; // a transaction may take 32 s to fail
constexpr int k_min_expires_max = 2;       // times that we let ourselves be told a longer time

// RFC 3261 §25.1: user. What is not plainly allowed is escaped.
std::string escape_user(std::string_view user) {
  std::string text;
  for (const char c : user) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-_.!~*'()&=+$,;?/").find(c) != std::string_view::npos;
    constexpr std::string_view k_digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    if (plain) text += c;
    else text.append({'%', k_digits[byte >> 4], k_digits[byte & 15]});
  }
  return text;
}

std::int64_t whole_seconds(Duration duration) {
  return std::chrono::duration_cast<std::chrono::seconds>(duration).count();
}

std::optional<Duration> seconds_in(std::string_view digits) {
  // "120 (I'm in a meeting);duration=60": RFC 3261 §20.33.
  const auto number = parse_number(digits.substr(0, digits.find_first_not_of("0123456789")));
  if (!number) return std::nullopt;
  return std::min<Duration>(std::chrono::seconds(*number), k_expires_max);
}

bool is_tried_elsewhere(int status) { return status == 0 || status == 408 || status >= 500; }

}  // namespace

bool operator==(const TrunkRegistrationOptions& a, const TrunkRegistrationOptions& b) {
  return a.name == b.name && a.registrar == b.registrar && a.expires == b.expires &&
         a.credentials.realm == b.credentials.realm && a.credentials.user == b.credentials.user &&
         a.credentials.password == b.credentials.password;
}

// One registration with one carrier.
class TrunkRegistrations::Registration {
 public:
  Registration(TrunkRegistrations& all, std::uint64_t number, TrunkRegistrationOptions options,
               Target target);

  void begin() { resolve(); }
  void unregister();
  void connection_lost(const Peer& peer);

  const TrunkRegistrationOptions& options() const { return options_; }
  bool is_ending() const { return ending_; }
  Status status() const;
  bool serves(const Address& address) const;
  const std::string& contact_user() const { return contact_user_; }

 private:
  enum class Login { first, answering };

  void resolve();
  void on_resolved(Result<Resolver::Candidates> candidates);
  void send(Login login, std::string authorization);
  void on_response(const Message* response);
  void on_success(const Message& response);
  void on_challenge(const Message& response);
  bool obey_min_expires(const Message& response);
  void fail(int status, std::string reason, std::optional<Duration> retry_after);
  std::optional<Duration> granted(const Message& response) const;
  std::string contact(std::int64_t expires_s) const;
  bool is_registered() const { return registered_until_ > all_.given_.clock.now(); }

  // Given.
  TrunkRegistrations& all_;
  const std::uint64_t number_;
  const TrunkRegistrationOptions options_;
  const Target target_;
  // Owned.
  Lookup lookup_;
  Timer timer_;  // to the refresh, or the next try
  std::optional<DigestLogin> login_;
  // State.
  const std::string call_id_, contact_user_, from_;
  std::uint32_t cseq_ = 0;
  Duration expires_;
  Resolver::Candidates candidates_;
  std::size_t current_ = 0;        // of candidates_
  std::size_t tried_ = 0;          // candidates that have failed in this round
  int min_expires_obeyed_ = 0;
  int failures_ = 0;               // rounds, one after the other
  bool asking_ = false;            // a REGISTER is on its way
  bool announced_ = false;         // on_trunk_registered, not lost since
  bool ending_ = false, taking_back_ = false;
  MonoTime registered_until_{0};
  int last_status_ = 0;
  std::string last_reason_;
};

TrunkRegistrations::Registration::Registration(TrunkRegistrations& all, std::uint64_t number,
                                               TrunkRegistrationOptions options, Target target)
    : all_(all),
      number_(number),
      options_(std::move(options)),
      target_(std::move(target)),
      lookup_(all.given_.resolver),
      timer_(all.given_.timers),
      call_id_(encode_base32(all.given_.random.next()) + encode_base32(all.given_.random.next())),
      // Not the account's name: who calls it here has learnt it from the carrier.
      contact_user_(encode_base32(all.given_.random.next())),
      from_("<" + std::string(target_.is_sips ? "sips:" : "sip:") +
            escape_user(options_.credentials.user) + "@" +
            (target_.host.find(':') == std::string::npos ? target_.host
                                                         : "[" + target_.host + "]") +
            ">"),
      expires_(std::clamp<Duration>(options_.expires, k_expires_min, k_expires_max)) {}

void TrunkRegistrations::Registration::resolve() {
  tried_ = 0;
  min_expires_obeyed_ = 0;
  login_.emplace(options_.credentials);
  lookup_.start(target_, [this](Result<Resolver::Candidates> found) {
    on_resolved(std::move(found));
  });
}

void TrunkRegistrations::Registration::on_resolved(Result<Resolver::Candidates> found) {
  if (!found) return fail(0, found.error().detail, std::nullopt);
  // Where we are registered already, if that is still one of them; else the first.
  const Peer before = candidates_.empty() ? Peer{} : candidates_[current_];
  candidates_ = std::move(found).value();
  ASSERT(!candidates_.empty());
  const auto same = std::find(candidates_.begin(), candidates_.end(), before);
  current_ = same == candidates_.end() ? 0 : static_cast<std::size_t>(same - candidates_.begin());
  all_.given_.events.on_trunk_resolved(options_.name, target_.host, candidates_);
  send(Login::first, {});
}

std::string TrunkRegistrations::Registration::contact(std::int64_t expires_s) const {
  const Peer& peer = candidates_[current_];
  std::string uri = std::string(target_.is_sips ? "<sips:" : "<sip:") + contact_user_ + "@" +
                    all_.given_.sender.local_host_port(peer);
  if (peer.transport == Transport::tcp) uri += ";transport=tcp";
  if (peer.transport == Transport::tls && !target_.is_sips) uri += ";transport=tls";
  return uri + ">;expires=" + std::to_string(expires_s);
}

void TrunkRegistrations::Registration::send(Login login, std::string authorization) {
  const Peer& peer = candidates_[current_];
  taking_back_ = ending_;
  const std::int64_t expires_s = ending_ ? 0 : whole_seconds(expires_);
  const std::string request_uri = options_.registrar;
  if (login == Login::first) {
    // With the nonce that we have, if any, which saves a round trip (RFC 7616 §3.6).
    authorization = login_->repeat("REGISTER", request_uri,
                                   encode_base32(all_.given_.random.next()))
                        .value_or(std::string{});
  }
  cseq_ += 1;
  asking_ = true;
  timer_.stop();
  const std::string extra = "Contact: " + contact(expires_s) +
                            "\r\nExpires: " + std::to_string(expires_s) + "\r\n" + authorization;
  // The answer may come when this registration is gone: it is looked up by its number.
  all_.given_.agent.request(peer, Method::register_, request_uri, from_, from_, extra, call_id_,
                            cseq_, [&all = all_, number = number_](const Message* response) {
                              if (Registration* found = all.find(number)) {
                                found->on_response(response);
                              }
                            });
}

void TrunkRegistrations::Registration::on_response(const Message* response) {
  asking_ = false;
  last_status_ = response ? response->status() : 0;
  last_reason_ = response ? std::string(response->reason()) : "no response";
  if (taking_back_ && (last_status_ != 401 && last_status_ != 407)) return all_.forget(number_);
  if (ending_ && !taking_back_) return send(Login::first, {});  // unregister() came meanwhile
  if (last_status_ >= 200 && last_status_ < 300) return on_success(*response);
  if (last_status_ == 401 || last_status_ == 407) return on_challenge(*response);
  if (last_status_ == 423 && obey_min_expires(*response)) return send(Login::first, {});
  std::optional<Duration> retry_after;
  if (response) retry_after = seconds_in(response->first(HeaderName::retry_after));
  if (is_tried_elsewhere(last_status_)) {  // RFC 3263 §4.3
    tried_ += 1;
    if (tried_ < candidates_.size()) {
      current_ = (current_ + 1) % candidates_.size();
      login_.emplace(options_.credentials);
      return send(Login::first, {});
    }
  }
  fail(last_status_, last_reason_, retry_after);
}

void TrunkRegistrations::Registration::on_challenge(const Message& response) {
  auto line = login_->answer(response, "REGISTER", options_.registrar,
                             encode_base32(all_.given_.random.next()));
  if (line) return send(Login::answering, std::move(*line));
  if (ending_) return all_.forget(number_);
  fail(last_status_, last_reason_, std::nullopt);
}

// 423 with Min-Expires (§10.2.8): ask for so long. Not for ever longer, and not for days.
bool TrunkRegistrations::Registration::obey_min_expires(const Message& response) {
  const auto least = seconds_in(response.first(HeaderName::min_expires));
  if (!least || *least <= expires_ || min_expires_obeyed_ == k_min_expires_max) return false;
  min_expires_obeyed_ += 1;
  expires_ = *least;
  return true;
}

// How long the carrier keeps our contact: its own parameter, else Expires, else what we asked for.
// Nothing if it does not list our contact although it lists some.
std::optional<Duration> TrunkRegistrations::Registration::granted(const Message& response) const {
  const Duration otherwise =
      seconds_in(response.first(HeaderName::expires)).value_or(expires_);
  const auto contacts = response.values(HeaderName::contact);
  if (contacts.empty()) return otherwise;
  for (const std::string_view value : contacts) {
    const auto contact = parse_name_addr(value);
    if (!contact || contact->uri.user != contact_user_) continue;
    return seconds_in(contact->parameter("expires").value_or(std::string_view{}))
        .value_or(otherwise);
  }
  return std::nullopt;
}

void TrunkRegistrations::Registration::on_success(const Message& response) {
  const auto expires = granted(response);
  if (!expires || *expires < 1s) {
    return fail(last_status_, "the carrier did not keep our contact", std::nullopt);
  }
  login_->accepted();
  failures_ = 0;
  tried_ = 0;
  registered_until_ = all_.given_.clock.now() + *expires;
  // Early enough for a whole transaction to fail and another to succeed, but not more often than
  // at half; and not at the same moment as all our other trunks.
  const Duration latest = std::max(*expires / 2, *expires - k_answer_reserve);
  const auto jitter = static_cast<std::int64_t>(all_.given_.random.uniform() * 0.1 *
                                                static_cast<double>(latest.count()));
  timer_.start(latest - Duration(jitter), [this] { send(Login::first, {}); });
  if (std::exchange(announced_, true)) return;
  all_.given_.events.on_trunk_registered(options_.name, *expires);
}

void TrunkRegistrations::Registration::fail(int status, std::string reason,
                                            std::optional<Duration> retry_after) {
  if (ending_) return all_.forget(number_);
  last_status_ = status;
  last_reason_ = std::move(reason);
  announced_ = false;
  // Doubled each time, up to the longest, and then by chance between half of it and all, so that
  // a carrier that comes back is not met by everybody at once (RFC 5626 §4.5).
  const bool refused = status >= 400 && status < 500 && status != 408;
  Duration pause = refused ? k_pause_refused : k_pause_first;
  for (int i = 0; i < failures_ && pause < k_pause_max; ++i) pause *= 2;
  pause = std::min(pause, k_pause_max);
  failures_ += 1;
  pause = Duration(static_cast<std::int64_t>(static_cast<double>(pause.count()) *
                                             (0.5 + 0.5 * all_.given_.random.uniform())));
  if (retry_after) pause = std::max(pause, std::min(*retry_after, k_retry_after_max));
  timer_.start(pause, [this] { resolve(); });
  const std::string told = last_reason_;
  all_.given_.events.on_trunk_failed(options_.name, status, told);
}

void TrunkRegistrations::Registration::unregister() {
  if (ending_) return;
  ending_ = true;
  timer_.stop();
  if (asking_) return;  // its answer decides: by then we may be registered
  if (lookup_.is_running() || !is_registered()) return all_.forget(number_);
  send(Login::first, {});
}

void TrunkRegistrations::Registration::connection_lost(const Peer& peer) {
  if (candidates_.empty() || ending_ || peer.transport == Transport::udp) return;
  const Peer& current = candidates_[current_];
  if (peer.transport != current.transport || peer.address != current.address) return;
  // While a REGISTER is on its way the user agent ends it for the same reason.
  if (asking_ || !announced_) return;
  registered_until_ = {};
  announced_ = false;
  const auto soon = static_cast<std::int64_t>(all_.given_.random.below(1'000'000'000));
  timer_.start(Duration(soon), [this] { resolve(); });
  all_.given_.events.on_trunk_failed(options_.name, 0, "connection lost");
}

TrunkRegistrations::Status TrunkRegistrations::Registration::status() const {
  return {.trunk = options_.name,
          .registered = is_registered(),
          .registered_until = registered_until_,
          .peer = candidates_.empty() ? Peer{} : candidates_[current_],
          .last_status = last_status_,
          .last_reason = last_reason_};
}

bool TrunkRegistrations::Registration::serves(const Address& address) const {
  return std::any_of(candidates_.begin(), candidates_.end(),
                     [&](const Peer& peer) { return peer.address.ip == address.ip; });
}

TrunkRegistrations::TrunkRegistrations(Given given) : given_(std::move(given)) {}

TrunkRegistrations::~TrunkRegistrations() = default;

Result<void> TrunkRegistrations::set(const std::vector<TrunkRegistrationOptions>& wanted) {
  std::vector<Target> targets;
  for (const auto& options : wanted) {
    const auto uri = parse_uri(options.registrar);
    if (!uri) {
      return Error{Code::invalid, "trunk '" + options.name + "': registrar '" + options.registrar +
                                      "' is not a SIP URI"};
    }
    targets.push_back(TRY(target_of(*uri)));
    if (!uri->user.empty() || options.credentials.user.empty()) {
      return Error{Code::invalid, "trunk '" + options.name +
                                      "': needs a user, and a registrar without one"};
    }
  }
  std::vector<bool> runs(wanted.size(), false);
  std::vector<Registration*> gone;
  for (const auto& [number, registration] : registrations_) {
    if (registration->is_ending()) continue;
    const auto same = std::find(wanted.begin(), wanted.end(), registration->options());
    if (same == wanted.end()) gone.push_back(registration.get());
    else runs[static_cast<std::size_t>(same - wanted.begin())] = true;
  }
  for (Registration* registration : gone) registration->unregister();
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (runs[i]) continue;
    last_number_ += 1;
    auto begun = std::make_unique<Registration>(*this, last_number_, wanted[i], targets[i]);
    Registration& registration = *begun;
    registrations_[last_number_] = std::move(begun);
    registration.begin();
  }
  return {};
}

void TrunkRegistrations::unregister_all() {
  std::vector<Registration*> all;
  for (const auto& [number, registration] : registrations_) all.push_back(registration.get());
  for (Registration* registration : all) registration->unregister();
}

void TrunkRegistrations::connection_lost(const Peer& peer) {
  for (const auto& [number, registration] : registrations_) registration->connection_lost(peer);
}

std::vector<TrunkRegistrations::Status> TrunkRegistrations::statuses() const {
  std::vector<Status> all;
  for (const auto& [number, registration] : registrations_) {
    if (!registration->is_ending()) all.push_back(registration->status());
  }
  return all;
}

std::optional<TrunkRegistrations::Status> TrunkRegistrations::status_of(
    std::string_view trunk) const {
  for (Status& status : statuses()) {
    if (status.trunk == trunk) return std::move(status);
  }
  return std::nullopt;
}

std::optional<std::string> TrunkRegistrations::trunk_at(const Address& address) const {
  for (const auto& [number, registration] : registrations_) {
    if (registration->serves(address)) return registration->options().name;
  }
  return std::nullopt;
}

std::optional<std::string> TrunkRegistrations::trunk_of_contact(std::string_view user) const {
  for (const auto& [number, registration] : registrations_) {
    if (registration->contact_user() == user) return registration->options().name;
  }
  return std::nullopt;
}

TrunkRegistrations::Registration* TrunkRegistrations::find(std::uint64_t number) const {
  const auto found = registrations_.find(number);
  return found == registrations_.end() ? nullptr : found->second.get();
}

// Kept for a moment: one of its own functions is still running.
void TrunkRegistrations::forget(std::uint64_t number) {
  auto node = registrations_.extract(number);
  ASSERT(!node.empty());
  ended_ = std::move(node.mapped());
}

}  // namespace firstring::sip

// Registrar: which phones are reachable, and where (RFC 3261 §10.3).
//
// Each address-of-record has up to five contacts, each with the peer its REGISTER came from:
// requests to it go there, so that a phone behind NAT is reached. A binding ends when it is taken
// back, when it expires, or when its connection is lost. Who may register is decided before
// (sip/digest.h).
// Lives on: control loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/timers.h"
#include "sip/address.h"
#include "sip/message.h"

namespace firstring::sip {

// One contact of one address-of-record.
struct RegistrarBinding {
  std::string aor;            // as handed to process(): "1001"
  std::string contact;        // URI: the target of requests to it
  Peer source;                // where they are sent
  int q = 1000;               // preference in thousandths; a higher one rings first
  std::string instance;       // of +sip.instance, "" if none: the device, whatever its address
  std::string user_agent;
  std::string call_id;        // of the REGISTER that made it, with its CSeq number
  std::uint32_t cseq = 0;
  WallTime expires;
  bool refreshed = false;     // it was known before, at this contact
  friend bool operator==(const RegistrarBinding&, const RegistrarBinding&) = default;
};

class RegistrarEvents {
 public:
  virtual ~RegistrarEvents() = default;
  // A new binding or, with `refreshed`, a later expiry of one.
  virtual void on_registered(const RegistrarBinding& binding) = 0;
  // `expired`: nobody asked for it: time ran out, its connection was lost, or a sixth contact came.
  virtual void on_unregistered(const RegistrarBinding& binding, bool expired) = 0;
};

struct RegistrarOptions {
  std::uint32_t expires_min_s = 60;       // asked for less: 423
  std::uint32_t expires_max_s = 3600;     // granted at most, and if nothing is asked for
  std::size_t contacts_max = 5;           // per address-of-record
  std::size_t bindings_max = 50'000;      // in all; more: 503
};

class Registrar {
 public:
  struct Answer {
    int status = 200;
    std::string reason = "OK";
    std::string extra_headers;            // Contact lines of all bindings, Min-Expires …
  };

  Registrar(Timers& timers, RegistrarEvents& events, RegistrarOptions options = {});
  ~Registrar();

  // Does what an authenticated REGISTER for `aor` asks, wholly or (on a refusal) not at all.
  Answer process(std::string_view aor, const Message& request, const Peer& source);

  // Highest q first, then the most recently registered.
  std::vector<RegistrarBinding> contacts(std::string_view aor) const;
  bool is_registered(std::string_view aor) const { return table_.find(aor) != table_.end(); }
  std::size_t aor_count() const { return table_.size(); }
  std::size_t binding_count() const { return count_; }

  // The stream connection is gone, and with it the way to its phones.
  void connection_lost(const Peer& peer);
  // Ends all bindings of an account that is no more.
  void remove(std::string_view aor);

  // For a restart: all bindings, and those back that have not expired. Tells nobody.
  std::vector<RegistrarBinding> all() const;
  void restore(const std::vector<RegistrarBinding>& bindings);

 private:
  struct Entry;
  using Entries = std::vector<std::unique_ptr<Entry>>;
  struct Wish;  // what a request asks for one contact

  Answer refuse(int status, std::string reason, std::string extra_headers = {}) const;
  Answer remove_all(std::string_view aor, const Message& request);
  Answer list(std::string_view aor) const;
  std::optional<Answer> read_wishes(const Message& request, std::vector<Wish>& wishes) const;
  std::optional<Answer> check_wishes(std::string_view aor, const Message& request,
                                     std::vector<Wish>& wishes);
  void apply(std::string_view aor, const Message& request, const Peer& source, const Wish& wish);
  Entry* find(std::string_view aor, const Wish& wish);
  void arm(Entry& entry, Duration after);
  void end(std::string_view aor, const Entry* entry, bool expired);
  void make_room(std::string_view aor);

  Timers& timers_;
  RegistrarEvents& events_;
  const RegistrarOptions options_;
  std::map<std::string, Entries, std::less<>> table_;
  std::size_t count_ = 0;
  std::uint64_t next_order_ = 1;
};

// "udp:198.51.100.7:5060", as to_text(Peer) writes it: for restoring. Without connection.
std::optional<Peer> parse_peer(std::string_view text);

}  // namespace firstring::sip

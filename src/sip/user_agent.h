// UserAgent: SIP calls (INVITE dialogs) from both sides, above the transactions.
//
// RFC 3261 with 6026, 3262 (100rel), 3311 (UPDATE), 3264 (offers, as opaque text), 4028 (session
// timers), 3326 (Reason), 3515 (REFER to us, within a call), 3891 (Replaces in REFER and INVITE).
// It has never heard of agents or queues: CallEvents is implemented by server/adapters. SDP is text
// that passes through.
// Lives on: control loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/timers.h"
#include "sip/address.h"
#include "sip/message.h"

namespace firstring::sip {

// One INVITE dialog (or what is to become one), for as long as the user agent knows it.
struct DialogId {
  std::uint64_t value = 0;
  explicit operator bool() const { return value != 0; }
  friend auto operator<=>(const DialogId&, const DialogId&) = default;
};

// What is done with a request that is not yet part of a dialog. Made by server/adapters from
// digest, trunks and limits.
struct Admission {
  enum class Kind { accept, respond, drop };
  Kind kind = Kind::respond;
  int status = 403;                // respond
  std::string reason;              // respond; "" = the standard phrase
  std::string extra_headers;       // respond: whole lines with CRLF (WWW-Authenticate, Retry-After)
};

struct IncomingCall {
  DialogId dialog;
  const Message& invite;           // valid during the call of on_incoming only
  Peer source;
  std::string_view offer;          // SDP; empty: late offer, answer() must carry our offer
  DialogId replaces;               // the answered dialog whose place it asks for; 0: none
};

// What a peer asks of us with REFER.
struct Refer {
  std::string user;                // of the address that it names
  DialogId replaces;               // attended: another answered dialog of ours; 0: none
};

struct Ended {
  enum class By { peer, us, failure };
  By by = By::peer;
  int status = 0;                  // final status of an INVITE that failed; 0 after a BYE
  std::string reason;              // phrase, or Reason header text
  bool timer = false;              // session timer or transaction timeout
  bool cancelled = false;          // the caller's CANCEL
};

class CallEvents {
 public:
  virtual ~CallEvents() = default;
  // A new request outside dialogs (INVITE, OPTIONS, MESSAGE …; REGISTER goes to `on_register`). A
  // refusal with 401 or 407 keeps no state: the same request is shown again when it is repeated.
  virtual Admission admit(const Message& request, const Peer& source) = 0;
  // Answered by respond().
  virtual void on_register(const Message& request, const Peer& source) = 0;
  virtual void on_incoming(const IncomingCall& call) = 0;
  // To our INVITE: 180, 183 (sdp empty or early answer).
  virtual void on_provisional(DialogId dialog, int status, std::string_view sdp) = 0;
  // 2xx to our INVITE, with the answer (empty if it came with a reliable provisional already).
  virtual void on_answered(DialogId dialog, std::string_view sdp) = 0;
  // Our 2xx was acknowledged. `sdp`: the answer to our late offer, or empty.
  virtual void on_confirmed(DialogId dialog, std::string_view sdp) = 0;
  // The peer offers anew (re-INVITE, UPDATE, PRACK). The answer, or nothing to refuse with 488.
  virtual std::optional<std::string> on_offer(DialogId dialog, std::string_view sdp) = 0;
  // The peer asks us to offer (re-INVITE without SDP). Its answer comes as on_reoffer_done.
  virtual std::string make_offer(DialogId dialog) = 0;
  // What became of our reoffer(): the answer, or the status that refused it (the dialog lives on).
  virtual void on_reoffer_done(DialogId dialog, int status, std::string_view sdp) = 0;
  virtual void on_info(DialogId dialog, std::string_view content_type, std::string_view body) = 0;
  // The last word about this dialog. Exactly once for each on_incoming and each invite(). When we
  // hang up or refuse it comes from within that call; what the network still needs goes on unseen.
  virtual void on_ended(DialogId dialog, const Ended& ended) = 0;
  // Whether this peer may hand its call on by REFER, and whether the INVITE just admitted may take
  // the place of this dialog. Not unless it is said.
  virtual bool takes_refer(DialogId dialog) {
    static_cast<void>(dialog);
    return false;
  }
  virtual bool takes_replaces(DialogId dialog) {
    static_cast<void>(dialog);
    return false;
  }
  // It was accepted (202): what becomes of it is told by tell_referrer(), once.
  virtual void on_refer(DialogId dialog, const Refer& refer) {
    static_cast<void>(dialog);
    static_cast<void>(refer);
  }
  // Every message in or out of a dialog, for the ladder in the call's timeline; repetitions by
  // the transactions left out. `summary`: "INVITE", "200 INVITE". Must not call the user agent.
  virtual void on_trace(DialogId dialog, bool incoming, const Peer& peer,
                        std::string_view summary) = 0;
};

struct Credentials {
  std::string realm;               // only this realm's challenge is answered; "": any of this peer
  std::string user, password;
};

struct InviteOptions {
  std::string target;              // request URI
  Peer peer;                       // where it goes (resolved by the caller; see sip/resolver.h)
  std::string from_uri, from_name; // From and P-Asserted-Identity's name
  std::string to_uri;              // default: target
  std::string sdp;                 // offer; empty: late offer
  std::string extra_headers;       // whole lines with CRLF
  std::vector<std::string> route;  // Route header values, first first
  std::optional<Credentials> credentials;
  bool assert_identity = false;    // add P-Asserted-Identity (trusted peers only)
};

struct UserAgentOptions {
  std::string product = "Firstring";        // Server and User-Agent, without a version
  Duration session_expires = 1800s;         // RFC 4028; we refresh at half
  Duration session_min = 90s;               // Min-SE
  Duration t1 = 500ms, t2 = 4s, t4 = 5s;    // RFC 3261 §17
  std::size_t dialogs_max = 20'000;         // more: 503 with Retry-After
  std::size_t transactions_max = 4'000'000; // more: refusals are sent without keeping state
};

class UserAgent {
 public:
  struct Given {
    const Clock& clock;
    Timers& timers;
    Random& random;                // tags, branches, Call-IDs; seeded from entropy in production
    Sender& sender;
    CallEvents& events;
  };
  UserAgent(Given given, UserAgentOptions options);
  ~UserAgent();

  // One whole message from a transport. Never throws for what a stranger sent.
  void receive(std::string_view bytes, const Peer& source);
  // A stream connection is gone: transactions on it fail over or end.
  void connection_lost(const Peer& peer);

  // ---- calls to us ----
  void ring(DialogId dialog);                                  // 180
  void progress(DialogId dialog, std::string sdp);             // 183, reliable if asked for
  void answer(DialogId dialog, std::string sdp);               // 200
  void reject(DialogId dialog, int status, std::string_view reason = {},
              std::string_view extra_headers = {});

  // ---- calls from us ----
  DialogId invite(InviteOptions options);

  // ---- both ----
  // CANCEL, BYE or a refusal, as its state demands; on_ended follows (perhaps at once).
  // `reason_header`: RFC 3326 value such as `SIP;cause=200;text="Call completed elsewhere"`.
  void hang_up(DialogId dialog, std::string_view reason_header = {});
  // re-INVITE with this offer (queued behind glare per RFC 3261 §14.1).
  void reoffer(DialogId dialog, std::string sdp);
  void send_info(DialogId dialog, std::string_view content_type, std::string_view body);
  // What became of the REFER that on_refer told: a final status, for the NOTIFY that ends it.
  void tell_referrer(DialogId dialog, int status);

  // ---- outside dialogs ----
  // Answers a request that `events` was shown (REGISTER).
  void respond(const Message& request, const Peer& source, int status, std::string_view reason,
               std::string_view extra_headers = {}, std::string_view body = {});
  // A request of our own outside a dialog (REGISTER to a carrier, OPTIONS probe). `done` gets the
  // final response, or null after a timeout.
  void request(const Peer& peer, Method method, std::string_view request_uri, std::string_view from,
               std::string_view to, std::string_view extra_headers, std::string_view call_id,
               std::uint32_t cseq, std::function<void(const Message*)> done);

  // New calls get 503 with Retry-After while refusing; running ones go on.
  void refuse_new_calls(std::optional<int> retry_after_s);

  std::size_t dialog_count() const;
  std::size_t transaction_count() const;
  Peer peer_of(DialogId dialog) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firstring::sip

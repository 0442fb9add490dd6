// CallLeg: one INVITE dialog of ours from its first message to its last, as caller or as called.
//
// Where to read what: call_leg.cpp (both sides: requests within the dialog, BYE, session timer),
// call_leg_called.cpp (ringing, answering, PRACK, ACK), call_leg_calling.cpp (our INVITE, forks,
// CANCEL), call_leg_reoffer.cpp (re-INVITE and UPDATE in both directions, glare),
// call_leg_refer.cpp (REFER).
// on_ended is told at once when the user hangs up; the leg itself then lives on, silently, until
// the peer knows it too. Internal to the user agent.
// Lives on: control loop. Owned by Core.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sip/core.h"
#include "sip/digest.h"
#include "sip/dialog.h"
#include "sip/offer_answer.h"
#include "sip/reliable_provisional.h"
#include "sip/session_timer.h"

namespace firstring::sip {

class CallLeg {
 public:
  CallLeg(Core& core, DialogId id, const Peer& peer);

  // ---- called ----
  void start_called(const Message& invite, const Peer& source, std::uint64_t transaction,
                    bool has_offer);
  void send_trying();
  void ring() { provisional(180, {}); }
  void progress(std::string sdp) { provisional(183, std::move(sdp)); }
  void answer(std::string sdp);
  void reject(int status, std::string_view reason, std::string_view extra_headers);
  void on_cancel(const Message& cancel);
  void on_ack(const Message& ack);

  // ---- calling ----
  void start_calling(InviteOptions options);
  void on_invite_response(InviteClientTransaction& transaction, const Message& response);
  void on_invite_timeout(const RequestOwner& owner);

  // ---- both ----
  void hang_up(std::string_view reason_header);
  void reoffer(std::string sdp);
  void send_info(std::string_view content_type, std::string_view body);
  void tell_referrer(int status);
  bool is_replaced_by(const Replaces& replaces) const;
  void on_request(const Message& request, const Peer& source);
  void on_final_response(const RequestOwner& owner, const Message& response);
  void on_request_timeout(const RequestOwner& owner);
  void on_connection_lost(const Peer& peer);

  DialogId id() const { return id_; }
  const Peer& peer() const { return peer_; }

 private:
  enum class State : std::uint8_t {
    incoming,   // the peer calls; no final response yet
    calling,    // we call; no final response yet
    confirmed,  // a 2xx was sent or received
    ending,     // the user has been told; CANCEL, BYE or ACK are still on their way
    over,
  };

  // While we are called and have not answered.
  struct Called {
    explicit Called(Timers& wheel) : repeat_timer(wheel) {}
    std::uint64_t transaction = 0;
    std::string head;           // Via … CSeq: what each response repeats
    std::string record_routes;
    std::uint32_t cseq = 0;
    SessionWish session;
    bool reliable_supported = false, reliable_required = false;
    bool sdp_sent_reliably = false;
    std::string late_answer;    // to our offer in a reliable 183; came with PRACK
    std::unique_ptr<ReliableProvisionals> reliable;
    std::optional<std::pair<int, std::string>> deferred_provisional;
    std::optional<std::string> deferred_answer;
    Timer repeat_timer;         // proxies give up after 3 minutes of silence (§13.3.1.1)
    std::pair<int, std::string> last_provisional;
  };

  // While we call and have no final response.
  struct Fork {
    Dialog dialog;
    std::uint32_t last_rseq = 0;
  };
  struct Calling {
    InviteOptions options;
    std::string call_id;
    std::uint64_t transaction = 0;
    std::uint32_t cseq = 1;
    std::vector<Fork> forks;
    std::uint32_t min_se_s = 0;   // from a 422
    bool answered_reliably = false;
    bool cancel_wanted = false, cancel_sent = false;
    std::string cancel_reason;
  };

  // A 2xx of ours that has not been acknowledged.
  struct Unacknowledged {
    explicit Unacknowledged(Timers& wheel) : timer(wheel) {}
    Timer timer;
    std::string response;
    Peer peer;
    Duration delay{};
    MonoTime give_up_at;
    std::uint32_t cseq = 0;
    bool is_first = false;   // of the dialog
    bool has_offer = false;  // the answer comes with the ACK
  };

  // A re-INVITE or UPDATE of ours, wanted or on its way.
  struct Reoffer {
    explicit Reoffer(Timers& wheel) : retry_timer(wheel) {}
    Timer retry_timer;
    std::string sdp;
    bool is_refresh = false;  // for the session timer: nobody is told
    bool in_flight = false;
    bool is_update = false;   // what is in flight is not a re-INVITE
    int attempts = 0;
  };

  // A REFER of the peer whose outcome is not known yet.
  struct Referring {
    std::uint32_t cseq = 0;
    bool first = true;       // of this dialog
  };

  // ---- both ----
  // Final responses to requests within the dialog.
  void reply_plain(const Message& request, const Peer& source, int status);
  void reply(const Message& request, const Peer& source, int status, std::string_view reason,
             std::string_view lines, std::string_view sdp = {});
  void end(Ended ended);
  void become_over();
  void send_bye(std::string_view reason_header);
  void end_with_bye(Ended ended, std::string_view reason_header);
  void on_bye(const Message& bye, const Peer& source);
  void on_info(const Message& info, const Peer& source);
  Dialog* dialog_of(const Message& request);
  void follow_peer(const Message& request, const Peer& source);
  bool is_honest(const Message& request, const Peer& source) const;
  // Begins a request in core_.buffer. Returns its transaction's key.
  std::uint64_t begin_request(MessageBuilder& builder, Dialog& dialog, std::string_view method,
                              std::uint32_t cseq, bool with_contact);
  void send_request(std::uint64_t key, std::string_view bytes, std::string_view method,
                    RequestOwner owner);
  void start_session(SessionTerms terms);
  void on_session_timer();
  // To a 401 or 407: true if the request is worth sending again, with authorization_.
  bool answer_challenge(const Message& response, std::string_view method, std::string_view uri);
  void add_authorization(MessageBuilder& builder, std::string_view method, std::string_view uri);

  // ---- called ----
  InviteServerTransaction* server_transaction();
  std::string_view begin_response(MessageBuilder& builder, int status, std::string_view reason);
  void provisional(int status, std::string sdp);
  void send_provisional(int status, std::string sdp);
  void send_reliable_provisional(int status, std::string sdp);
  void transmit_provisional(std::string_view response);
  void on_prack(const Message& prack, const Peer& source);
  void on_prack_missing();
  void await_ack(std::string_view response, const Peer& peer, std::uint32_t cseq, bool is_first,
                 bool has_offer);
  void repeat_answer();

  // ---- calling ----
  void send_invite();
  void send_cancel();
  void on_provisional(const Message& response);
  void send_prack(Fork& fork, std::uint32_t rseq, std::uint32_t cseq, std::string_view sdp);
  void on_accepted(InviteClientTransaction& transaction, const Message& response);
  void on_refused(const Message& response);
  void acknowledge(std::uint32_t cseq, std::string_view sdp);
  Fork& fork_of(const Message& response);

  // ---- REFER ----
  void on_refer(const Message& request, const Peer& source);
  void notify_refer(int status, std::string_view subscription);

  // ---- re-INVITE, UPDATE ----
  void on_reinvite(const Message& invite, const Peer& source);
  void on_update(const Message& update, const Peer& source);
  void accept_reinvite(const Message& invite, const Peer& source, const SessionWish& wish,
                       std::string_view sdp);
  std::string retry_after();
  std::string min_se_line() const;
  std::string session_request_lines() const;
  std::optional<std::string> answer_to(std::string_view offer);
  void try_reoffer();
  void send_reinvite();
  void send_refreshing_update();
  void on_reinvite_response(const Message& response);
  void on_reinvite_accepted(const Message& response);
  void on_reoffer_refused(const Message& response);
  void reoffer_done(int status, std::string_view sdp);
  void end_after_lost_dialog(int status, std::string_view reason, bool timer);
  Duration glare_pause();

  // Given.
  Core& core_;
  const DialogId id_;
  Peer peer_;
  // State.
  State state_ = State::incoming;
  bool we_called_ = false;        // and so own the Call-ID: §14.1
  bool told_ = false;             // on_ended
  bool bye_wanted_ = false;       // as soon as our 2xx is acknowledged (§15)
  bool peer_allows_update_ = false;
  Dialog dialog_;
  OfferAnswer offers_;
  std::string local_sdp_;         // the last that we sent, for refreshes
  std::string bye_reason_;
  std::string ack_sdp_;           // our answer in the last ACK, for its repetition
  std::uint32_t acked_cseq_ = 0;
  std::unique_ptr<Called> called_;
  std::unique_ptr<Calling> calling_;
  std::unique_ptr<Unacknowledged> unacknowledged_;
  std::unique_ptr<Reoffer> reoffer_;
  std::optional<Referring> refer_;
  bool referred_ = false;               // at least once
  std::optional<std::string> next_offer_;  // asked for while another was on its way
  std::unique_ptr<DigestLogin> login_;  // if we have credentials
  std::string authorization_;           // for the next request: whole line
  SessionTerms session_;
  Timer session_timer_;
  MonoTime session_ends_;
};

}  // namespace firstring::sip

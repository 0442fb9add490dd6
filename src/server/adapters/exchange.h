// Exchange: where the decisions of the switchboard meet SIP and audio.
//
// What SIP and the media engine report becomes an event in the domain's words; what the switchboard
// commands is carried out here. One event is decided, then its commands are done, then the next:
// what a command causes at once (a BYE that ends a dialog) waits in line as a further event.
// Facts stay in the outbox; the server takes them to the ledger once per loop iteration.
// Lives on: control loop.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "flow/switchboard.h"
#include "media/engine.h"
#include "media/prompt_store.h"
#include "server/adapters/legs.h"
#include "server/adapters/phone_book.h"
#include "server/adapters/sip_trace.h"
#include "sip/user_agent.h"

namespace firstring::server {

// Who an INVITE came from, as admission found out.
struct CallerOrigin {
  std::string trunk;             // "" when from a phone
  std::string extension;         // of the phone, "" when from a trunk
  bool trusted = false;          // its identity headers are believed
  std::string number;            // replaces the number dialled, when the trunk is of one number
};

class Exchange {
 public:
  struct Given {
    const Clock& clock;
    IdSource& ids;
    flow::Switchboard& switchboard;
    flow::Outbox& outbox;
    media::Engine& engine;
    media::PromptStore& prompts;
    PhoneBook& phone_book;
    SipTrace& trace;
  };
  struct Options {
    std::vector<media::Codec> codecs;
    bool srtp = true;
    std::string domain;              // host part of our From
    std::string recording_folder;
    bool silence_ends_call = true;
    std::function<void(std::vector<std::uint8_t>&)> random_bytes;  // fills: SRTP keys
    std::function<void(const std::string& what)> on_broken;        // a failed ASSERT of a call
    std::function<void(const call::CallWebhook&)> call_webhook;    // its answer: webhook_answered()
  };

  Exchange(Given given, Options options);

  // The user agent is made after the exchange (it reports to us): set once, before the first event.
  void connect(sip::UserAgent& user_agent) { user_agent_ = &user_agent; }

  // Runs what waits: events, then their commands, until both are done. Call after timers, after
  // requests of people to the switchboard, and after each report from below.
  void pump();

  // ---- from SIP (server/adapters/signalling.cpp calls these) ----
  void on_incoming(const sip::IncomingCall& call, const CallerOrigin& origin);
  void on_provisional(sip::DialogId dialog, int status, std::string_view sdp);
  void on_answered(sip::DialogId dialog, std::string_view sdp);
  void on_confirmed(sip::DialogId dialog, std::string_view sdp);
  std::optional<std::string> on_offer(sip::DialogId dialog, std::string_view sdp);
  std::string make_offer(sip::DialogId dialog);
  void on_reoffer_done(sip::DialogId dialog, int status, std::string_view sdp);
  void on_digit(sip::DialogId dialog, char digit);
  bool takes_refer(sip::DialogId dialog);   // only phones of ours may hand calls on
  void on_refer(sip::DialogId dialog, const sip::Refer& refer);
  void on_ended(sip::DialogId dialog, const sip::Ended& ended);

  // ---- from the media engine ----
  void on_report(const media::Report& report);

  void webhook_answered(const call::WebhookAnswered& answer);
  void phone_reachable(std::string_view extension, bool reachable);
  // Asks every leg to hang up: the end of draining.
  void hang_up_all();

  CallId call_of(sip::DialogId dialog);
  LegId leg_of(sip::DialogId dialog);
  std::size_t leg_count() const { return legs_.size(); }
  bool idle() const { return legs_.size() == 0 && measured_.empty(); }  // nothing more will come

 private:
  void post(call::Event event) { events_.push_back(std::move(event)); }
  void decide(const call::Event& event);
  void end_broken_call(const call::Event& event);
  void hang_up_broken(LegId id);

  // commands.cpp
  void carry_out(const call::Command& command);
  void carry_out(const call::Ring& command);
  void carry_out(const call::Progress& command);
  void carry_out(const call::Answer& command);
  void carry_out(const call::Reject& command);
  void carry_out(const call::Dial& command);
  void carry_out(const call::HangUp& command);
  void carry_out(const call::Play& command);
  void carry_out(const call::StopPlay& command);
  void carry_out(const call::Bridge& command);
  void carry_out(const call::Unbridge& command);
  void carry_out(const call::HoldLeg& command);
  void carry_out(const call::MuteLeg& command);
  void carry_out(const call::Echo& command);
  void carry_out(const call::StartRecording& command);
  void carry_out(const call::StopRecording& command);
  void carry_out(const call::CallWebhook& command) { options_.call_webhook(command); }
  void carry_out(const call::Mix& command);
  void carry_out(const call::MixTone& command);
  void carry_out(const call::TellReferrer& command);
  void carry_out(const call::MoveLeg& command);
  void dial_targets(LegId id, const call::Dial& command,
                    const std::vector<DialTarget>& targets);
  std::vector<media::PlayItem> items_of(const std::vector<call::Prompt>& prompts);

  // negotiate.cpp
  bool open_stream(Leg& leg);                    // false: no port is free
  // Our answer to leg.offer (or our offer to a late one); "" when nothing is common.
  std::string answer_sdp(Leg& leg);
  std::string offer_sdp(Leg& leg);
  bool accept_answer(Leg& leg, std::string_view sdp);
  void apply(Leg& leg, const media::StreamPlan& plan);
  std::vector<media::Codec> codecs_for(const Leg& leg);

  void fail_leg(Leg& leg, call::EndReason reason, int status);
  void leg_over(Leg& leg, call::LegEnded end);   // the leg is gone afterwards
  void on_closed(const media::StreamClosed& closed);
  void cancel_others(Leg& leg, sip::DialogId winner);
  // Answers and early media of a branch are answers to what that branch was offered.
  void take_offer_of(Leg& leg, sip::DialogId dialog);
  bool ask_again_with_srtp(Leg& leg, sip::DialogId dialog, int status);  // true: it has

  // Given.
  const Clock& clock_;
  IdSource& ids_;
  flow::Switchboard& switchboard_;
  flow::Outbox& outbox_;
  media::Engine& engine_;
  media::PromptStore& prompts_;
  PhoneBook& phone_book_;
  SipTrace& trace_;
  const Options options_;
  sip::UserAgent* user_agent_ = nullptr;
  // Owned.
  Legs legs_;
  // Of legs that are over: what is to be told of them once their stream is closed.
  std::unordered_map<std::uint32_t, call::LegMeasured> measured_;
  // State.
  std::deque<call::Event> events_;
  std::vector<call::Command> commands_;
  bool pumping_ = false;
};

// SIP status of a refused call for a reason, and the other way round: the one table.
int status_of(call::EndReason reason);
call::EndReason reason_of(int status);

}  // namespace firstring::server

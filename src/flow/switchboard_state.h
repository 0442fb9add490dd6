// Switchboard::State: the live state of one tenant and every decision on it, in files by concept:
//
//   switchboard.cpp  the door: events and requests come in, free agents get their calls
//   editions.cpp     configurations come and go, calls stay on theirs
//   arrivals.cpp     a call begins, its legs end, it closes
//   walk.cpp         the way through a flow, node by node
//   changes.cpp      what nodes change in the memory of a call
//   subflows.cpp     flows that call flows
//   waiting.cpp      in the queue: coming, keys, leaving
//   announcing.cpp   in the queue: what he hears
//   choosing.cpp     in the queue: would he rather be called back?
//   turns.cpp        places in line that wait for a dropped caller to return
//   callbacks.cpp    places in line of those who are called back
//   originating.cpp  calls that we begin
//   staging.cpp      what a waiting call asks for changes with time; another queue takes it over
//   offering.cpp     callers and agents are matched, phones ring
//   why.cpp          why this agent, why still waiting
//   dialling.cpp     ringing a party that was dialled
//   messages.cpp     a caller leaves a message
//   webhooks.cpp     a flow asks a program of the business
//   talking.cpp      two parties: bridge, hold, mute, recording, the end
//   views.cpp, promises.cpp
//
// Rule of re-entrance: nothing here calls back into the door. An agent who becomes free and a
// caller who needs one are noted, and matched by settle() when the event has been decided whole.
// Lives on: control loop.
#pragma once

#include <list>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "acd/choice.h"
#include "acd/floor.h"
#include "acd/last_agents.h"
#include "acd/queue.h"
#include "call/reporter.h"
#include "flow/limits.h"
#include "flow/live_call.h"
#include "flow/switchboard.h"
#include "flow/turns.h"

namespace firstring::flow {

struct Switchboard::State {
  explicit State(Given given);

  // While it lives an event is being decided; put back also when an ASSERT ends it.
  class Deciding {
   public:
    explicit Deciding(bool& deciding) : deciding_(deciding), before_(deciding) { deciding = true; }
    ~Deciding() { deciding_ = before_; }
    Deciding(const Deciding&) = delete;
    Deciding& operator=(const Deciding&) = delete;

   private:
    bool& deciding_;
    bool before_;
  };

  // Decides one event, request or timer whole, then matches. The only way in.
  template <typename Decision>
  auto decide(Decision&& decision) {
    const Deciding guard(deciding);
    if constexpr (std::is_void_v<decltype(decision())>) {
      decision();
      settle();
    } else {
      auto result = decision();
      settle();
      return result;
    }
  }
  void settle();
  // Starts a timer whose end is a decision.
  template <typename Decision>
  void start(Timer& timer, Duration after, Decision decision) {
    timer.start(after, [this, decision] { decide(decision); });
  }

  // ---- editions.cpp ----
  void configure(std::unique_ptr<const Configuration> configuration);
  void staff_queues();
  acd::Queue& queue_of(const acd::QueueSpec& spec);
  void drop_unused();

  // ---- arrivals.cpp ----
  void on(const call::LegArrived& event);
  void on(const call::LegRinging& event);
  void on(const call::LegAnswered& event);
  void on(const call::LegEnded& event);
  void on(const call::LegMeasured& event);
  void on(const call::MediaFirst& event);
  void refuse(const call::LegArrived& event, int status, std::string_view reason);
  LiveCall& admit(const call::LegArrived& event);
  LiveCall& new_call(CallId id);
  std::uint64_t new_id();
  LegId new_leg(LiveCall& call, call::Party party);
  static bool goes_on_after_talk(const LiveCall& call, const call::LegEnded& event);
  void tell_leg_ended(const LiveCall& call, const call::Leg& leg, const call::LegEnded& event);
  void hang_up_leg(LiveCall& call, call::Leg& leg, call::EndReason reason);
  struct End {
    call::Party by = call::Party::system;
    call::EndReason reason = call::EndReason::normal;
    int status = 0;
  };
  void end_call(LiveCall& call, const End& end);
  void close_if_over(LiveCall& call);
  void close_by_force(LiveCall& call);
  void finish(LiveCall& call);
  void answer_caller(LiveCall& call, std::string_view by);
  void ring_caller(LiveCall& call);
  void progress_caller(LiveCall& call);
  void move_to_place(LiveCall& call, Place place);

  // ---- walk.cpp ----
  void enter_flow(LiveCall& call, const Flow& flow);
  void leave_flow(LiveCall& call, std::string_view to);
  void take(LiveCall& call, Step step);
  bool go_to(LiveCall& call, const std::string& name);
  void be_at(LiveCall& call, const Node& node);
  void meet_caller(LiveCall& call, const Step& step);
  void wait_and_play(LiveCall& call, Step& step);
  void act(LiveCall& call, const Step& step);
  void on(const call::DigitPressed& event);
  void tell_digit(const LiveCall& call, char digit);
  void on(const call::PlaybackEnded& event);
  void play(LiveCall& call, LegId leg, std::vector<Prompt> prompts, bool loop);
  void stop_playing(LiveCall& call);
  Scene scene_of(const LiveCall& call) const;

  // ---- changes.cpp ----
  void apply(LiveCall& call, const std::vector<Change>& changes);
  void apply(LiveCall& call, const SetVariable& change);
  void apply(LiveCall& call, const SetWorth& change);
  void apply(LiveCall& call, const SetLanguage& change);
  void apply(LiveCall& call, const SetRecording& change);
  void apply(LiveCall& call, const SetSecure& change);
  void apply(LiveCall& call, const TryPin& change);
  void apply(LiveCall& call, const Verify& change);
  void apply(LiveCall& call, const TakeBranch& change);
  void apply(LiveCall& call, const FailNode& change);
  void apply(LiveCall& call, const AnswerSurvey& change);
  void apply(LiveCall& call, const QueueMessage& change);
  static bool is_secure(const LiveCall& call);

  // ---- subflows.cpp ----
  Step call_flow(LiveCall& call, std::vector<Kept> inputs);
  const FlowNode& return_from_flow(LiveCall& call);
  static bool zero_leads_somewhere(const LiveCall& call);
  Step go_to_person(LiveCall& call);

  // ---- waiting.cpp ----
  void enter_queue(LiveCall& call, const QueueNode& node);
  void join_line(LiveCall& call, const acd::QueueSpec& spec, acd::Ticket ticket);
  void pass_by(LiveCall& call, acd::Queue& queue, const acd::Ticket& ticket);
  void tell_queue_entered(const LiveCall& call, const acd::Queue& queue,
                          const acd::Ticket& ticket, std::int64_t position);
  void begin_stay(LiveCall& call, acd::Queue& queue, const acd::QueueSpec& spec,
                  const acd::Ticket& ticket);
  enum class Left { answered, abandoned, exit_key, overflow, system, callback };
  void end_stay(LiveCall& call, Left how);
  void tell_queue_left(const LiveCall& call, acd::Queue& queue, Left how, Duration waited);
  void wait_is_over(LiveCall& call);
  void leave_by_overflow(LiveCall& call, const acd::QueueSpec& spec);
  void press_in_queue(LiveCall& call, char digit);
  void go_to_front(LiveCall& call);
  void say_goodbye(LiveCall& call, Prompt prompt);

  // ---- announcing.cpp ----
  void begin_announcements(LiveCall& call);
  void say(LiveCall& call, std::vector<Prompt> prompts);
  void speak_on(LiveCall& call);
  void announce(LiveCall& call);
  std::vector<Prompt> announcement(const LiveCall& call);
  void comfort(LiveCall& call);

  // ---- choosing.cpp ----
  static bool may_choose_callback(const LiveCall& call);
  void plan_callback_offer(LiveCall& call);
  void offer_callback(LiveCall& call, std::string_view how);
  void begin_dialog(LiveCall& call);
  bool keys_in_dialog(LiveCall& call, char digit);
  void go_on_with(LiveCall& call, CallbackAnswer answer);
  void end_dialog(LiveCall& call);
  void promise_at_node(LiveCall& call, const CallbackNode& node);

  // ---- predicting.cpp ----
  std::optional<acd::WaitForecast> predict(const acd::Queue& queue, MonoTime rank,
                                           int position) const;
  std::optional<acd::WaitForecast> predict(const Stay& stay) const;
  std::optional<acd::WaitForecast> predict_newcomer(const acd::Queue& queue) const;
  void tell_prediction(LiveCall& call);
  void judge_prediction(const Stay& stay, Left how, Duration waited);

  // ---- turns.cpp ----
  std::int64_t wall_us(MonoTime time) const;
  static std::string key_of_turn(std::string_view queue, std::string_view number);
  void hold_turn(const LiveCall& call);
  void keep(const KeptTurn& kept);
  void let_go(const std::string& key);
  bool take_turn_back(LiveCall& call, const std::string& queue, acd::Ticket& ticket);

  // ---- callbacks.cpp ----
  Callback* callback_of(const LiveCall& call);
  Callback* find_callback(TurnId id);
  bool promise_callback(const LiveCall& call, const acd::QueueSpec& spec,
                        const acd::Ticket& ticket, const std::string& number,
                        std::string_view by);
  Callback& add_callback(TurnId id, const std::string& queue, const std::string& number);
  void line_up(Callback& callback);
  void stand_in_line(Callback& callback, const acd::QueueSpec& spec);
  void rest(Callback& callback, Duration length);
  // `of_call`: whose end it is, when it stands for the promise no more.
  void end_callback(Callback& callback, std::string_view how, CallId of_call = {});
  void leave_line_unheard(LiveCall& call);
  void line_up_anew();
  void callback_is_over(LiveCall& call);
  void close_callback(LiveCall& call, const End& end);
  Duration until_window(const acd::CallbackSpec& spec) const;
  Duration window_left(const acd::CallbackSpec& spec) const;
  static bool may_be_offered(const LiveCall& call);
  void call_ahead();
  Result<void> cancel_callback(TurnId id);
  Result<void> call_back_now(TurnId id);
  void stop_placing();
  void restore_turn(const KeptTurn& kept);

  // ---- originating.cpp ----
  void tell_placed(LiveCall& call);
  void agent_joins(LiveCall& call, LegId leg);
  void agent_leaves(LiveCall& call);
  LegId dial_first(LiveCall& call, LegId on_behalf_of);
  void dial_person(LiveCall& call);
  void first_leg_answers(LiveCall& call);
  void person_answers(LiveCall& call);
  void person_is_here(LiveCall& call);
  void person_fails(LiveCall& call, std::string_view reason, int status);
  void press_in_callback(LiveCall& call, char digit);
  Result<CallId> place_call(std::string_view agent, std::string_view number);

  // ---- staging.cpp ----
  const acd::Demand& demand_of(const LiveCall& call, const acd::QueueSpec& spec) const;
  void prefer_agent(LiveCall& call);
  void set_stage(LiveCall& call);
  static void leave_pool(Stay& stay);
  const acd::QueueSpec* overflow_of(const LiveCall& call, const acd::QueueSpec& spec) const;
  void overflow_by_time(LiveCall& call);

  // ---- offering.cpp ----
  void give_call_to(acd::Agent& agent);
  void release_kept(const acd::Agent& agent);
  void find_agent_for(LiveCall& call);
  void offer_to(LiveCall& call, const acd::Choice& choice, std::string_view by);
  void make_offer(LiveCall& call, const acd::Choice& choice, std::size_t which,
                  std::string_view by);
  void stop_ringing(LiveCall& call);
  void withdraw_offers(LiveCall& call, std::string_view reason);
  void fail_offer(LiveCall& call, LegId leg, call::EndReason reason, int status);
  void accept_offer(LiveCall& call, LegId leg);
  void connect_agent(LiveCall& call, const Offer& offer);

  // ---- why.cpp ----
  void tell_offer(const LiveCall& call, const acd::Choice& choice, std::size_t which,
                  std::string_view by);
  std::string target_of(const acd::AgentSpec& agent) const;

  // ---- dialling.cpp ----
  void dial_node(LiveCall& call, const DialNode& node);
  void dial_extension(LiveCall& call, const std::string& extension);
  void dial(LiveCall& call, const std::string& target, Duration ring_timeout, const DialNode* node);
  void party_rings(LiveCall& call, bool early_media);
  void party_answers(LiveCall& call);
  void party_fails(LiveCall& call, call::EndReason reason, int status);

  // ---- talking.cpp ----
  void begin_talk(LiveCall& call, const Talk& talk);
  void end_talk(LiveCall& call);
  void on(const call::LegHeld& event);
  void on(const call::LegResumed& event);
  void peer_holds(LegId leg, bool held);
  void connect(LiveCall& call, std::string_view by);
  void set_music(LiveCall& call, LegId leg, bool& plays, bool wanted);
  void on(const call::RecordingStopped& event);
  RecordingId new_recording(LiveCall& call);
  void begin_recording(LiveCall& call, std::string_view format);
  void end_recording(LiveCall& call, std::string_view reason);
  Result<LiveCall*> talking_call(CallId id);
  Result<void> hold(CallId id, bool held);
  Result<void> mute(CallId id, call::Mute mute);
  Result<void> start_recording(CallId id);
  Result<void> stop_recording(CallId id);
  Result<void> hang_up(CallId id);

  void on(const call::PhoneReachable& event);

  // ---- messages.cpp ----
  void record_message(LiveCall& call, const VoicemailNode& node);
  void end_message(LiveCall& call, std::string_view reason);
  void message_recorded(LiveCall& call, const call::RecordingStopped& event);
  void on(const call::RecordingQuiet& event);

  // ---- webhooks.cpp ----
  void call_webhook(LiveCall& call, const WebhookNode& node, const std::vector<Kept>& inputs);
  void on(const call::WebhookAnswered& event);
  void webhook_is_over(LiveCall& call, const call::WebhookAnswered& event);

  // ---- promises.cpp ----
  void check_call(const LiveCall& call, std::vector<std::string>& broken) const;
  std::size_t check_pool(const acd::Pool& pool, std::vector<std::string>& broken) const;
  void check_queue(const acd::Queue& queue, std::vector<std::string>& broken) const;
  void check_agents(std::vector<std::string>& broken) const;
  void check_callbacks(std::vector<std::string>& broken) const;

  LiveCall* find(CallId id);
  LiveCall* call_of(LegId leg);
  template <typename Command>
  void command(Command&& command) {
    given.outbox.commands.emplace_back(std::forward<Command>(command));
  }

  // Given.
  Given given;
  call::Reporter reporter;
  acd::Floor floor;
  // Owned. Calls are looked up, never walked through, but for views and promises.
  std::list<Edition> editions;                            // the last is the current one
  std::map<std::string, acd::Queue, std::less<>> queues;
  std::unordered_map<CallId, std::unique_ptr<LiveCall>> calls;
  std::unordered_map<LegId, LiveCall*> legs;
  std::unordered_map<RecordingId, CallId> recordings;
  acd::LastAgents last_agents;
  std::map<TurnId, std::unique_ptr<Callback>> callbacks;
  std::unordered_map<std::string, TurnId> callback_turns;  // by queue and number
  std::unordered_map<std::string, std::unique_ptr<HeldTurn>> held_turns;  // likewise
  std::size_t unheard = 0;                                // calls of callbacks that only wait
  std::size_t to_call = 0;                                // of these, people called before agents
  bool placing = true;                                    // people may be called
  IdSource own_ids;
  std::uint64_t last_playback = 0;
  std::uint64_t last_webhook = 0;
  // Noted while deciding, done by settle().
  bool deciding = false;
  std::vector<acd::Agent*> free_agents;
  std::vector<CallId> seeking;                            // callers who need an agent
  std::vector<CallId> finished;
};

}  // namespace firstring::flow

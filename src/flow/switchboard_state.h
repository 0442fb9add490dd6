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
//   supervising.cpp  a supervisor in their talk, and who hears whom then
//   conferencing.cpp who is in a room, and who hears whom there
//   transfers.cpp    an agent hands his caller on, and what becomes of it
//   consulting.cpp   an agent asks a second party first
//   referring.cpp    the same by a phone's own keys; calls are joined
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
  void apply(LiveCall& call, const RefuseRoom& change);
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
  void limit_ringing(LiveCall& call, Duration ring_timeout);
  void party_rings(LiveCall& call, bool early_media);
  void party_answers(LiveCall& call);
  void party_fails(LiveCall& call, call::EndReason reason, int status);

  // ---- talking.cpp ----
  void begin_talk(LiveCall& call, const Talk& talk);
  enum class WrapUp { due, none };
  void end_talk(LiveCall& call, WrapUp wrap_up);
  void on(const call::LegHeld& event);
  void on(const call::LegResumed& event);
  void peer_holds(LegId leg, bool held);
  void connect(LiveCall& call, std::string_view by);
  struct Ear {
    LegId leg;
    Sound* hears = nullptr;
  };
  enum class Bridging { apart, together };
  void set_bridge(LiveCall& call, const Ear& a, const Ear& b, bool& bridged, bool wanted,
                  Bridging step);
  void set_sound(LiveCall& call, const Ear& ear, Sound wanted);
  void on(const call::RecordingStopped& event);
  RecordingId new_recording(LiveCall& call);
  void want_recording(LiveCall& call, std::string_view format);
  void begin_recording(LiveCall& call, std::string_view format);
  void end_recording(LiveCall& call, std::string_view reason);
  Result<LiveCall*> talking_call(CallId id);
  Result<void> hold(CallId id, bool held);
  Result<void> mute(CallId id, call::Mute mute);
  Result<void> start_recording(CallId id);
  Result<void> stop_recording(CallId id);
  Result<void> hang_up(CallId id);
  Result<void> clear_agent(std::string_view agent, std::string_view by);

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
  // ---- supervising.cpp ----
  Result<void> supervise(CallId id, const SuperviseRequest& request);
  Result<void> may_supervise(const LiveCall& call, const acd::Agent& supervisor) const;
  void ring_supervisor(LiveCall& call, acd::Agent& supervisor, const SuperviseRequest& request);
  Result<void> change_supervision(LiveCall& call, const acd::Agent& supervisor,
                                  const SuperviseRequest& request);
  Result<void> stop_supervision(CallId id);
  void tell_supervision(const LiveCall& call, call::FactType type, std::string_view why);
  void supervisor_answers(LiveCall& call);
  void supervisor_gone(LiveCall& call, const call::LegEnded& event);
  void end_supervision(LiveCall& call, std::string_view reason);
  std::vector<call::MixMember> members_of_mix(const LiveCall& call) const;
  void remix(LiveCall& call);

  // ---- conferencing.cpp ----
  void join_room(LiveCall& call, const ConferenceNode& node);
  std::vector<call::MixMember> members_of_room(const LiveRoom& room) const;
  void arrange_room(LiveRoom& room);
  void announce(const LiveRoom& room, const RoomSpec& spec, double hz);
  void room_member_holds(const LiveCall& call);
  void leave_room(LiveCall& call, std::string_view reason);
  void leave_room_for_next(LiveCall& call, std::string_view reason);
  void end_rooms();
  void drop_room_if_empty(const std::string& slug);
  Result<LiveCall*> member_of_room(std::string_view room, CallId id);
  Result<void> mute_member(std::string_view slug, CallId id, call::Mute mute);
  Result<void> remove_member(std::string_view slug, CallId id);
  Result<void> lock_room(std::string_view slug, bool locked);
  std::vector<RoomView> view_rooms() const;
  void check_rooms(std::vector<std::string>& broken) const;
  // ---- transfers.cpp ----
  // Where a destination leads: into a queue, into a flow, or to a party whose phone is to ring.
  struct Way {
    const acd::QueueSpec* queue = nullptr;
    const Flow* flow = nullptr;
    std::string target;                   // as in call::Dial
    acd::Agent* agent = nullptr;          // whose phone it is; null: nobody's
  };
  Result<Way> way_to(const LiveCall& call, const Destination& to);
  Result<Way> way_to_agent(const LiveCall& call, acd::Agent* agent);
  Result<Way> way_to_number(const LiveCall& call, const std::string& number);
  Result<LiveCall*> handed_call(CallId id);
  Result<void> transfer(CallId id, const HandOn& asked);
  void note_handoff(LiveCall& call, const HandOn& asked);
  Talk leave_talk(LiveCall& call);
  void hand_on(LiveCall& call, const Way& way, Transfer transfer);
  void tell_transferred(LiveCall& call, std::string_view agent, std::string_view to,
                        std::string_view how);
  void hand_to_queue(LiveCall& call, const acd::QueueSpec& spec, const std::string& agent);
  struct Ringing {
    const Way& way;
    std::string_view queue;               // of which the agent is told to work
    std::string from, from_name;          // shown on the phone
  };
  Attempt ring_party(LiveCall& call, const Ringing& ringing);
  void transfer_answered(LiveCall& call, const Attempt& attempt);
  void transfer_fails(LiveCall& call, const Attempt& attempt, call::EndReason reason, int status);
  bool return_to_agent(LiveCall& call);
  void release_party(const std::string& agent, bool at_work);
  void drop_attempt(LiveCall& call);

  // ---- consulting.cpp ----
  Result<void> consult(CallId id, const HandOn& asked);
  void begin_consult(LiveCall& call, const Way& way, const std::string& to, bool blind);
  Result<void> ask_of_consult(CallId id, ConsultEvent event);
  bool consult_takes(LiveCall& call, ConsultEvent event);
  void consult_answered(LiveCall& call);
  void consulted_party_gone(LiveCall& call, call::EndReason reason, int status);
  void drop_consult(LiveCall& call, std::string_view how);
  void end_consult(LiveCall& call, std::string_view how);
  void join_party(LiveCall& call);
  void leave_to_ringing_party(LiveCall& call);

  // ---- referring.cpp ----
  void on(const call::TransferAsked& event);
  int refer(LiveCall& call, const call::TransferAsked& event);
  int refer_attended(LiveCall& call, const call::TransferAsked& event);
  void join_calls(LiveCall& stays, LegId leaving, LiveCall& goes, LegId leaving_there);
  Talk part(LiveCall& call, WrapUp wrap_up);
  void turn_round(LiveCall& call);
  void make_caller(LiveCall& call, LegId leg);
  void adopt(LiveCall& call, LiveCall& from, LegId leg);
  struct Next {
    LegId far;
    acd::Agent* agent = nullptr;          // null: an outside party
    const acd::QueueSpec* spec = nullptr;
    std::string_view how;
  };
  void talk_on(LiveCall& call, const Next& next);
  void take_place(const call::LegArrived& event);

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
  std::uint64_t last_mix = 0;
  std::map<std::string, CallId, std::less<>> supervising;   // by the supervisor's slug
  std::map<std::string, LiveRoom, std::less<>> rooms;       // in which somebody is, by slug
  // Noted while deciding, done by settle().
  bool deciding = false;
  std::vector<acd::Agent*> free_agents;
  std::vector<CallId> seeking;                            // callers who need an agent
  std::vector<CallId> finished;
  std::vector<std::string> rooms_to_end;                  // their last moderator has left
};

// What a caller who was answered hears while a phone rings for him: 2 s of tone, 4 s of silence, as
// in North America.
std::vector<Prompt> ring_back();
// What a stranger dialled becomes part of an address: only what a number or a name is made of.
bool is_plain(std::string_view dialled);

}  // namespace firstring::flow

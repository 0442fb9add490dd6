// Switchboard: every decision about calls, queues and agents of one tenant.
//
// state + event -> new state + commands + facts. No I/O, no clock and no chance but what is handed
// in, so the same code runs a day of calls in virtual time. Adapters carry the commands out and
// report what came of them as events; facts go to the log before anyone is told.
// Lives on: control loop. Owns all calls and agents; reached from elsewhere by id.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/random.h"
#include "base/result.h"
#include "base/timers.h"
#include "call/facts.h"
#include "call/words.h"
#include "flow/configuration.h"
#include "flow/kept_turn.h"
#include "flow/supervising.h"
#include "flow/transfer.h"

namespace firstring::flow {

// What the outside is to do and what happened, in order. The owner empties it after each event and
// after each timers.advance().
struct Outbox {
  std::vector<call::Command> commands;
  std::vector<call::Fact> facts;
};

// For screens and API: a picture of now, made from the live state.
struct CallView {
  CallId id;
  std::string from, from_name, number;
  std::string stage;    // ringing | menu | waiting | offered | talking | held | dialling |
                        // calling | consulting | conference
  std::string queue, agent;
  int position = 0;     // in the queue, 1 = next
  MonoTime since;       // of the call
  MonoTime stage_since;
  bool recording = false, muted = false;
  std::string supervisor, supervision;  // agent; ringing | listen | whisper | barge
  std::string room;                     // of the conference
  std::string verified;  // verified | failed; empty: nobody asked
  std::string language, intent;
  double priority = 0, value = 0;
  std::string consulted;             // the second party of a consultation, as asked for
  std::optional<Handoff> handoff;    // what came with the caller when he was last handed on
};
struct AgentView {
  std::string slug, name, extension;
  std::string state;    // signed_out | unreachable | ready | offered | talking | wrap_up | away
  std::string reason;   // of away
  MonoTime since;
  CallId call;          // while offered, talking, wrap_up
  MonoTime wrap_up_ends;
  std::optional<Handoff> handoff;  // of the call: what he sees before he answers
};
struct QueueView {
  std::string slug, name;
  int waiting = 0;
  MonoTime oldest;      // of those waiting
  int agents_ready = 0, agents_busy = 0, agents_signed_in = 0;
  int callbacks = 0;    // of those waiting: they are to be called back
  // Of who would come now; nothing when nobody is at work.
  std::optional<Duration> predicted_p50, predicted_p90;
  // What became of predictions: of those answered, so many; their wait was within them.
  std::int64_t predictions = 0, within_p50 = 0, within_p90 = 0;
  double mean_error_s = 0;  // of the median
};

struct CallbackView {
  TurnId turn;
  std::string queue, number, name;
  std::string state;    // waiting | resting | calling
  int position = 0;     // in the queue; 0: rests
  MonoTime since;       // of the whole wait
  MonoTime promised, expires, again;  // again: while it rests
  int attempts = 0;
  CallId call;          // while it is made
};

struct RoomView {
  struct Member {
    CallId call;
    std::string from, from_name;
    bool moderator = false, muted = false, held = false;
    MonoTime since;
  };
  std::string slug, name;
  int members_max = 0;
  bool locked = false;
  bool open = false;    // its members hear each other; else nobody is there, or no moderator
  std::vector<Member> members;          // as they came
};

// Why a call waits, at this moment.
struct WaitView {
  // An agent of the queue. Those who may take the call first; then by slug.
  struct Agent {
    std::string slug, state, reason;  // as in AgentView
    bool able = false;                // by rule and ring
    std::string why;                  // in a few words: why he has not got it
  };
  std::string queue;
  Duration waited{};                  // the whole wait
  int position = 0;
  std::string requires_rule;          // at this stage; empty: nothing
  std::string preferred;              // agent who is waited for
  std::optional<Duration> changes_in; // until a rule relaxes, a ring opens, a preference ends
  int members = 0, able = 0;
  std::vector<Agent> agents;          // at most 20
  std::vector<std::string> sentences; // all of it in plain words
};

struct SuperviseRequest {
  std::string agent;                  // the supervisor
  SupervisionMode mode = SupervisionMode::listen;
  std::string why;
};

class Switchboard {
 public:
  struct Given {
    const Clock& clock;
    Timers& timers;
    Outbox& outbox;
    IdSource* ids = nullptr;  // whoever names callers' legs: one source, so no id is given twice.
                              // null: one of its own, whose ids differ from those of any other
    std::uint64_t seed = 0;   // of what is left to chance (random nodes)
  };

  explicit Switchboard(Given given);
  ~Switchboard();

  // New calls run on `configuration` from now on. Agents keep their state where they still exist.
  void configure(std::unique_ptr<const Configuration> configuration);
  const Configuration& configuration() const;

  // One event from the world. Unknown or finished ids are ignored (a late packet is no error).
  void handle(const call::Event& event);

  // Requests of people (API, desk, command line). An error says why not, and nothing changed.
  Result<void> set_ready(std::string_view agent);
  Result<void> set_away(std::string_view agent, std::string_view reason);
  Result<void> sign_out(std::string_view agent);
  Result<void> hold(CallId call);
  Result<void> resume(CallId call);
  Result<void> mute(CallId call, call::Mute mute);
  Result<void> start_recording(CallId call);
  Result<void> stop_recording(CallId call);
  Result<void> hang_up(CallId call);
  // Rings the supervisor, or changes how he takes part.
  Result<void> supervise(CallId call, const SuperviseRequest& request);
  Result<void> stop_supervision(CallId call);
  Result<void> mute_member(std::string_view room, CallId call, call::Mute mute);
  Result<void> remove_member(std::string_view room, CallId call);  // it goes on in its flow
  Result<void> lock_room(std::string_view room, bool locked);
  // The agent hands his caller on and leaves. Nobody answers: the caller comes back to him.
  Result<void> transfer(CallId call, const HandOn& asked);
  // He asks an agent or a number while the caller hears music; then one of the other three.
  Result<void> consult(CallId call, const HandOn& asked);
  Result<void> swap_consult(CallId call);
  Result<void> complete_consult(CallId call);
  Result<void> cancel_consult(CallId call);
  Result<void> set_disposition(CallId call, std::string_view agent, std::string_view outcome,
                               std::string_view notes);
  Result<void> end_wrap_up(std::string_view agent);
  // The agent's phone rings; when he answers the number is dialled: an extension, or a number that
  // `outbound` allows.
  Result<CallId> place_call(std::string_view agent, std::string_view number);
  Result<void> cancel_callback(TurnId turn);
  // Its turn is now, before all others; it need not rest any longer.
  Result<void> call_back_now(TurnId turn);
  // The server is to stop: nobody is called any more.
  void stop_placing();
  Result<void> extend_wrap_up(std::string_view agent);
  // A supervisor frees one who is stuck: his wrap-up and being set aside end, and so does a call in
  // which he talks. A phone that rings stops by itself.
  Result<void> clear_agent(std::string_view agent, std::string_view by);

  // After a restart: agents as the log left them. Call before the first event; best before the
  // first configure(), else an agent with a fixed phone is told to sign in twice.
  void restore_agent(std::string_view agent, std::string_view state, std::string_view reason);

  // How long calls of this queue took of late, oldest first: the talk and the wrap-up.
  void remember_handle_times(std::string_view queue, const std::vector<Duration>& handled);
  // A place in line that the log kept. After the first configure(), in order of their wait.
  void restore_turn(const KeptTurn& kept);

  std::vector<CallbackView> callbacks() const;  // in order of their wait
  std::vector<CallView> calls() const;
  std::vector<AgentView> agents() const;
  std::vector<QueueView> queues() const;
  std::vector<RoomView> rooms() const;
  std::size_t call_count() const;
  // Nothing, when it waits in no queue. Cost: proportional to the agents of its queue.
  std::optional<WaitView> why_waiting(CallId call) const;

  // Every promise that must hold between events (a call is in one place; an agent has one call;
  // nobody waits without a timer; the books balance). Empty, or what is broken, in a sentence each.
  // Cost: proportional to calls and agents; the server calls it once a second, the simulator
  // always.
  std::vector<std::string> broken_promises() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firstring::flow

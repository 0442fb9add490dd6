// LiveCall: everything the switchboard remembers of one call while it lasts.
//
// A call is in exactly one place, and what belongs to a place exists only while the call is there:
// a Stay in the queue, an Attempt while dialling, a Talk while two parties are connected, a Seat in
// a conference.
// Lives on: control loop. Owned by the switchboard, reached from elsewhere by id.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "acd/queue.h"
#include "base/timers.h"
#include "call/leg.h"
#include "flow/callback_dialog.h"
#include "flow/configuration.h"
#include "flow/consult.h"
#include "flow/step.h"
#include "flow/supervising.h"
#include "flow/transfer.h"

namespace firstring::flow {

// One version of the configuration, kept as long as a call runs on it.
struct Edition {
  std::unique_ptr<const Configuration> configuration;
  int calls = 0;
};

// An agent's phone rings for this caller.
struct Offer {
  int number = 0;             // of this call: 1, 2, 3, …
  acd::Agent* agent = nullptr;
  LegId leg;
  bool ringing = false;
  MonoTime since;
};

// One stay in one queue.
struct Stay {
  explicit Stay(Timers& timers)
      : ring_timer(timers),
        announce_timer(timers),
        limit_timer(timers),
        stage_timer(timers),
        overflow_timer(timers),
        choice_timer(timers),
        comfort_timer(timers) {}

  const Offer* offer_to(const acd::Agent& agent) const;
  Offer* offer_on(LegId leg);             // null: none rings on this leg

  acd::Queue* queue = nullptr;
  const acd::QueueSpec* spec = nullptr;   // of the call's edition
  const acd::Demand* demand = nullptr;    // the call's own, or the queue's; of the edition too
  acd::Ticket ticket;
  acd::Pool* pool = nullptr;              // where he is at this stage of his waiting
  std::string preferred;                  // agent who is waited for; empty: anyone will do
  MonoTime preferred_until;
  MonoTime entered;
  std::vector<Offer> offers;              // phones that ring for him, all since the same moment
  bool overflow_due = false;              // goes over to another queue once nobody rings
  bool announcement_due = false;          // came up while something was being said
  bool music = false;                     // what plays is the music, not something said
  std::optional<CallbackDialog> dialog;   // he is asked where to call him back
  bool callback_offered = false;          // in words
  std::size_t comforts = 0;               // played
  std::optional<acd::WaitForecast> predicted;  // when he came

  Timer ring_timer;
  Timer announce_timer;
  Timer limit_timer;                      // wait_max
  Timer stage_timer;                      // a rule relaxes, a ring opens, a preference ends
  Timer overflow_timer;
  Timer choice_timer;                     // a callback is offered, or the answer to that is awaited
  Timer comfort_timer;
};

// Ringing a party that was dialled, not queued for.
struct Attempt {
  LegId leg;
  call::Party party = call::Party::outside;
  std::string agent;                      // slug, when it is one's extension
  bool at_work = false;                   // then the agent is offered this call
  const DialNode* node = nullptr;         // null: dialled straight from a phone, or a transfer
  bool ringing = false;
  bool bridged = false;                   // its early media is heard
};

// A second party whom the agent asks, or for whom a caller waits whom a phone hands on.
struct Consult {
  LegId leg;
  call::Party party = call::Party::outside;
  std::string agent;                      // slug, when it is one's phone
  bool at_work = false;                   // then the agent is at work with this call
  std::string to;                         // as asked for
  Consulting state = Consulting::ringing;
  bool blind = false;                     // REFER: joined as soon as it answers
  bool bridged = false;                   // with the agent
  Sound hears = Sound::none;
};

// Who handed the caller on, while nobody has taken him yet.
struct Transfer {
  std::string agent;                      // slug
  std::string to;
  std::string how;                        // blind | consult | phone
  const acd::QueueSpec* spec = nullptr;   // of whose queue the call was; null: of none
  bool returning = false;                 // the agent's own phone rings again
};

// Two parties who hear each other.
struct Talk {
  LegId far;
  call::Party party = call::Party::agent;
  std::string agent;                      // slug; empty: an outside party
  bool at_work = false;                   // then the agent is at work with this call
  acd::QueueSpec const* spec = nullptr;   // of whose queue he works; null: of none
  MonoTime since;
  bool held_by_desk = false;
  bool hold_told = false;                 // hold_started was, hold_ended was not
  bool bridged = false;
  Sound caller_hears = Sound::none, far_hears = Sound::none;
  bool muted = false;
  std::optional<Consult> consult;

  std::string_view queue() const {        // for facts
    return at_work && spec != nullptr ? std::string_view(spec->slug) : std::string_view();
  }
};

// A call that we begin.
struct Origin {
  enum class Kind { callback, click };
  // Callback: in line; the person's phone rings; he is asked whether he is there; he is.
  enum class Phase { waiting, dialling, asking, here };

  Kind kind = Kind::callback;
  Phase phase = Phase::waiting;
  std::string number;                     // who is called
  std::string address;                    // where
  std::string shown;                      // our number, as he sees it
  int attempt = 0;
  bool told = false;                      // call_placed was: before, nobody has heard of the call
};

// Where a flow called another one.
struct Frame {
  const Flow* flow = nullptr;
  const Node* node = nullptr;             // a FlowNode of it
  std::vector<Kept> inputs;               // of the calling flow
};

struct Recording {
  RecordingId id;
  bool stopping = false;
  std::string reason;                     // why it was stopped
};

// The caller leaves a message; LiveCall::recording records it.
struct Message {
  RecordingId recording;
  std::string agent, queue;               // whose box it is
  Duration shortest{};
};

enum class Place { flow, queue, calling, dialling, talking, conference, closing };

struct LiveCall {
  explicit LiveCall(Timers& timers) : step_timer(timers) {}

  call::Leg* find_leg(LegId id);
  call::Leg& caller() { return legs.front(); }
  bool caller_is_here() const { return !legs.empty() && legs.front().id == caller_leg; }

  // Given.
  CallId id;
  LegId caller_leg;
  Edition* edition = nullptr;
  std::string number, from, from_name;
  std::string extension;                  // of the phone that called; empty: from outside
  MonoTime since;

  // Where it is.
  Place place = Place::flow;
  MonoTime place_since;
  const Flow* flow = nullptr;             // null: dialled straight to an extension
  const Node* node = nullptr;
  Visit visit;
  CallMemory memory;
  std::vector<Frame> frames;              // the flows that called `flow`, outermost first
  bool in_flow = false;                   // flow_entered was told, flow_left not yet
  int nodes_entered = 0;
  std::optional<Stay> stay;
  std::optional<Attempt> attempt;
  std::optional<Talk> talk;
  std::optional<Origin> origin;           // we begin it; its caller is whom we call
  TurnId turn;                            // his place in line, once he has one
  bool came_back = false;                 // to a place that was kept for him; not yet said
  std::optional<Seat> seat;               // in a conference
  std::optional<Supervision> supervision; // of the talk
  call::MixId mix;                        // of its legs; 0: there was none yet
  std::vector<call::MixMember> mixed;     // as last declared
  Timer step_timer;                       // of the node, the dialling, a consultation, the closing

  // The caller's leg.
  std::vector<call::Leg> legs;            // the caller's first, as long as it lives
  std::vector<LegId> legs_measuring;      // ended; their last figures are awaited
  bool answered = false;                  // got its 200
  bool rung = false;                      // was sent 180
  bool early = false;                     // was sent 183
  bool heard = false;                     // was sent audio
  PlaybackId playback;                    // what plays to the caller

  std::optional<Transfer> transfer;       // while dialling
  std::optional<Handoff> handoff;         // the last one
  std::optional<acd::Ticket> place_kept;  // that he had in line, for when he is sent into one again
  std::string passed_on_by;               // agent who sent him into the queue where he waits

  std::optional<Recording> recording;
  std::optional<Message> message;
  std::uint64_t webhook = 0;              // the request whose answer is awaited; 0: none
  MonoTime webhook_since;
  std::string recording_due;              // format: begins when the one that is stopping is closed
  int offers = 0;
  int queue_moves = 0;                    // by the exit key
  std::vector<std::string> overflowed;    // queues that he left for another by their overflow

  // How it ended; set when it enters `closing`.
  call::Party ended_by = call::Party::system;
  call::EndReason end_reason = call::EndReason::normal;
  int end_status = 0;
};

}  // namespace firstring::flow

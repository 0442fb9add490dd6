// Office: all that the API may ask of the server, in the API's own words; server/office.cpp is it.
//
// Two halves, and each function says which it belongs to. What changes by the moment (calls,
// agents, KPIs) is asked on the control thread: handlers get there through post() and take copies
// away, so that JSON is made elsewhere. What has been written (history, facts) is read on the HTTP
// thread. Lives on: see each part. Outlives the Api; must not run posted work after the Api is
// gone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "call/facts.h"
#include "config/difference.h"
#include "config/loader.h"
#include "flow/switchboard.h"
#include "insight/call_record.h"
#include "insight/kpi.h"
#include "insight/reckoning.h"
#include "work/desk.h"

namespace firstring::api {

// Both clocks at one instant: turns a MonoTime of a view into what a person's clock showed.
struct Now {
  MonoTime mono;
  WallTime wall;
  WallTime wall_of(MonoTime time) const { return wall - (mono - time); }
};

// Everyone at work, at one instant.
struct Floor {
  Now now;
  std::uint64_t sequence = 0;    // the last committed fact, at this instant
  std::vector<flow::CallView> calls;
  std::vector<flow::AgentView> agents;
  std::vector<flow::QueueView> queues;
  std::vector<flow::CallbackView> callbacks;  // promised, in order of their wait
};

// Today's figures, at one instant. Every configured queue and agent is there, in order of slug.
struct Figures {
  Now now;
  WallTime day_began;            // midnight of the business, or the start of the server if later
  insight::CallKpi calls;
  std::vector<std::pair<std::string, insight::QueueKpi>> queues;   // by slug
  std::vector<std::pair<std::string, insight::QueueRules>> rules;  // by slug of the queue
  std::vector<std::pair<std::string, insight::AgentKpi>> agents;   // by slug
};

// What questions about figures need to know of the business as it is now.
struct FigureRules {
  std::string zone;
  std::map<std::string, insight::QueueRules> queues;  // by slug
  std::map<std::string, std::string> teams;           // slug of the agent -> his team
};

struct Alarm {
  std::string name;              // "disk_full"
  std::string detail;            // a sentence: what is wrong and what to do
  WallTime since;
};

// One thing that must be well for calls to be taken. All good: ready.
struct Check {
  std::string name;              // "event_log", "sip_udp", "media", "draining" …
  bool good = false;
  std::string detail;            // "listening on 127.0.0.1:5060"
};

struct Sample {
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};
struct Metric {
  std::string name;              // "firstring_calls_active"; counters end in _total
  std::string help;
  std::string type = "gauge";    // gauge | counter
  std::vector<Sample> samples;
};

// What is being run, in short. Nothing secret.
struct Summary {
  std::string tenant, name, version;     // of the configuration: slug, "Harbor Dental", hash
  std::string source;                    // file name
  WallTime applied;                      // when it began to be in force
  std::string server_version;            // "0.1.0"
  WallTime started;
  std::vector<std::pair<std::string, std::string>> numbers;  // number -> flow
  std::vector<std::string> flows, dispositions;
  std::vector<std::string> listeners;    // "udp:127.0.0.1:5060"
  int phones_registered = 0;
};

// A SIP message of a call, for the ladder.
struct TraceLine {
  WallTime at;
  LegId leg;
  bool incoming = false;         // to us
  std::string peer;              // "udp:198.51.100.7:5060"
  std::string summary;           // "INVITE", "200 INVITE"
};

struct RecordingRow {
  RecordingId id;
  CallId call;
  std::string tenant, queue, agent;
  std::string state;             // recording | complete | failed | deleted
  std::string format;            // wav | opus
  WallTime started;
  std::int64_t duration_ms = 0, bytes = 0;
  std::string sha256;            // hex, when complete
  std::string path;              // of the file; never shown to anyone; empty: there is none
};

// Every filter that is not empty must match. Newest call first.
struct CallQuery {
  std::optional<WallTime> received_from, received_before;  // [from, before)
  std::string number, from, queue, agent, outcome;
  CallId before;                 // only calls older than this one (the cursor); 0: from the newest
  int limit = 50;
};
struct RecordingQuery {
  CallId call;                   // 0: of all calls
  std::string queue, agent;
  RecordingId before;            // the cursor
  int limit = 50;
};

// One configuration that was, or is, in force.
struct ConfigurationVersion {
  int number = 0;                // 1, 2, 3, …; the highest is in force
  std::string hash;              // of its text: Summary::version
  WallTime at;                   // when it came into force
  std::string author, message;
  friend bool operator==(const ConfigurationVersion&, const ConfigurationVersion&) = default;
};

// What a text would do if it were put in force.
struct ConfigurationPlan {
  std::string base;              // hash of what is in force, which it was compared with
  std::vector<config::Change> changes;
  // With problems, or with a business that can be applied. Shared, as it travels through
  // std::function, and nobody else's: it is loaded here so that the control thread need not.
  std::shared_ptr<config::Loaded> loaded;
};
struct ConfigurationDraft {
  std::shared_ptr<config::Loaded> loaded;
  std::string author, message;
  std::string base;              // only if this is in force; empty: whatever is
};

class Office {
 public:
  virtual ~Office() = default;

  // ---- any thread ----

  // Runs `work` on the control thread, in order. False: too much waits there; nothing was queued.
  [[nodiscard]] virtual bool post(std::function<void()> work) = 0;
  // The slug of the tenant whose office this is. Records of others do not exist for the API.
  virtual const std::string& tenant() const = 0;

  // ---- control thread (inside posted work) ----

  virtual Now now() const = 0;
  virtual Floor floor() const = 0;
  virtual Figures figures() const = 0;
  virtual FigureRules figure_rules() const = 0;
  virtual std::vector<Alarm> alarms() const = 0;
  virtual std::vector<Check> readiness() const = 0;
  virtual std::vector<Metric> metrics() const = 0;
  virtual Summary summary() const = 0;
  // Records of calls that history() may not have yet (in progress, or just ended), any order.
  virtual std::vector<insight::CallRecord> open_records() const = 0;
  virtual std::optional<insight::CallRecord> open_record(CallId call) const = 0;
  // Kept in memory for calls in progress and the last ones ended; empty when no longer known.
  virtual std::vector<TraceLine> sip_trace(CallId call) const = 0;
  // Why this call waits; nothing, when it does not.
  virtual std::optional<flow::WaitView> why_waiting(CallId call) const = 0;
  // The work that calls left behind, and what people do with it.
  virtual const work::Board& board() const = 0;
  virtual Result<void> act(const work::Deed& deed) = 0;
  // A missed caller with whom nobody spoke for so long is lost.
  virtual Duration lost_after() const = 0;

  // What people ask for; as in flow::Switchboard. An error says why not, and nothing changed.
  virtual Result<void> set_ready(std::string_view agent) = 0;
  virtual Result<void> set_away(std::string_view agent, std::string_view reason) = 0;
  virtual Result<void> sign_out(std::string_view agent) = 0;
  virtual Result<void> end_wrap_up(std::string_view agent) = 0;
  virtual Result<void> extend_wrap_up(std::string_view agent) = 0;
  virtual Result<void> clear_agent(std::string_view agent, std::string_view by) = 0;
  virtual Result<void> hold(CallId call) = 0;
  virtual Result<void> resume(CallId call) = 0;
  virtual Result<void> mute(CallId call, call::Mute mute) = 0;
  virtual Result<void> start_recording(CallId call) = 0;
  virtual Result<void> stop_recording(CallId call) = 0;
  virtual Result<void> hang_up(CallId call) = 0;
  virtual Result<void> supervise(CallId call, const flow::SuperviseRequest& request) = 0;
  virtual Result<void> stop_supervision(CallId call) = 0;
  virtual std::vector<flow::RoomView> rooms() const = 0;
  virtual Result<void> mute_member(std::string_view room, CallId call, call::Mute mute) = 0;
  virtual Result<void> remove_member(std::string_view room, CallId call) = 0;
  virtual Result<void> lock_room(std::string_view room, bool locked) = 0;
  virtual Result<void> transfer(CallId call, const flow::HandOn& asked) = 0;
  virtual Result<void> consult(CallId call, const flow::HandOn& asked) = 0;
  virtual Result<void> swap_consult(CallId call) = 0;
  virtual Result<void> complete_consult(CallId call) = 0;
  virtual Result<void> cancel_consult(CallId call) = 0;
  virtual Result<void> set_disposition(CallId call, std::string_view agent,
                                       std::string_view outcome, std::string_view notes) = 0;
  // Puts it in force, live: calls go on with the one with which they began. Gives the version that
  // is in force then: the one before, when the text is the same.
  virtual Result<ConfigurationVersion> apply_configuration(ConfigurationDraft draft) = 0;
  virtual Result<CallId> place_call(std::string_view agent, std::string_view number) = 0;
  virtual Result<void> cancel_callback(TurnId turn) = 0;
  virtual Result<void> call_back_now(TurnId turn) = 0;
  // Calls `then` (control thread) once every fact until now is on disk; at once if it is. An action
  // is answered only after this, so that what was acknowledged survives a kill. A disk that hangs
  // may mean never: the API stops waiting by itself.
  virtual void after_commit(std::function<void()> then) = 0;
  // True: somebody follows the live stream, so what happens is to be on disk, and told, promptly.
  virtual void set_watched(bool watched) = 0;

  // ---- HTTP thread (may read the disk) ----

  virtual Result<ConfigurationPlan> plan_configuration(std::string_view yaml) const = 0;
  // Newest first; `before`: the cursor, 0 from the newest.
  virtual Result<std::vector<ConfigurationVersion>> configuration_versions(int before,
                                                                           int limit) const = 0;
  virtual Result<ConfigurationVersion> configuration_version(int number) const = 0;  // 0: newest
  virtual Result<std::string> configuration_text(int number) const = 0;

  // Closed calls. Together with open_records(), taken before, every call is there at least once.
  virtual Result<std::vector<insight::CallRecord>> history(const CallQuery& query) const = 0;
  virtual Result<std::optional<insight::CallRecord>> closed_record(CallId call) const = 0;
  // Committed facts of one call, in order; at most `limit`. `first_sequence` is of its record.
  virtual Result<std::vector<call::Fact>> facts_of(CallId call, std::uint64_t first_sequence,
                                                   std::uint64_t last_sequence,
                                                   std::size_t limit) const = 0;
  // Committed facts of the tenant from `first` on, in order, until `visit` returns false.
  virtual Result<void> read_facts(std::uint64_t first,
                                  const std::function<bool(const call::Fact&)>& visit) const = 0;
  // Figures of any time, from what has been written; some seconds behind.
  virtual Result<insight::Answer> reckon(const insight::Question& question) const = 0;
  virtual Result<std::vector<RecordingRow>> recordings(const RecordingQuery& query) const = 0;
  virtual Result<std::optional<RecordingRow>> recording(RecordingId id) const = 0;
  // The file of a voicemail, also before its recording is in the history; empty: there is none.
  virtual std::string voicemail_path(RecordingId id) const = 0;
};

}  // namespace firstring::api

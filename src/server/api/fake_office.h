// FakeOffice: an Office with a small business in it, for tests and for looking at the page.
//
// It has a control thread of its own, as the real one has. What tests change, they change there:
// office.on_control([&] { office.floor_.calls.clear(); }).
// Lives on: as api::Office says.
#pragma once

#include <algorithm>
#include <future>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "io/loop.h"
#include "io/mailbox.h"
#include "io/thread.h"
#include "server/api/office.h"

namespace firstring::api {

class FakeOffice : public Office {
 public:
  FakeOffice() {
    fill();
    loop_.on_wake([this] {
      posted_.take(taken_);
      for (auto& work : taken_) work();
      taken_.clear();
    });
    thread_.start({.name = "fake control"}, [this] { loop_.run(); });
  }
  ~FakeOffice() override { stop(); }

  // No posted work runs after this; destroy the Api then.
  void stop() {
    loop_.stop();
    thread_.join();
  }
  // Runs `work` on the control thread and waits for it.
  void on_control(std::function<void()> work) {
    std::promise<void> done;
    ASSERT(post([&] {
      work();
      done.set_value();
    }));
    done.get_future().wait();
  }

  bool post(std::function<void()> work) override {
    return takes_work && posted_.put(std::move(work));
  }
  const std::string& tenant() const override { return tenant_; }

  Now now() const override { return floor_now; }
  Floor floor() const override { return floor_; }
  Figures figures() const override { return figures_; }
  std::vector<Alarm> alarms() const override { return alarms_; }
  std::vector<Check> readiness() const override { return checks_; }
  std::vector<Metric> metrics() const override { return metrics_; }
  Summary summary() const override { return summary_; }
  std::vector<insight::CallRecord> open_records() const override { return open_; }
  std::optional<insight::CallRecord> open_record(CallId call) const override {
    return find(open_, call);
  }
  std::vector<TraceLine> sip_trace(CallId call) const override {
    return call == CallId{1'000} ? trace_ : std::vector<TraceLine>{};
  }
  std::optional<flow::WaitView> why_waiting(CallId call) const override {
    return call == CallId{1'000} ? waiting_ : std::nullopt;
  }
  const work::Board& board() const override { return desk_.board(); }
  Result<void> act(const work::Deed& deed) override { return desk_.act(deed); }
  Duration lost_after() const override { return 72h; }

  Result<void> set_ready(std::string_view agent) override { return change(agent, "ready", ""); }
  Result<void> set_away(std::string_view agent, std::string_view reason) override {
    return change(agent, "away", reason);
  }
  Result<void> sign_out(std::string_view agent) override {
    return change(agent, "signed_out", "");
  }
  Result<void> end_wrap_up(std::string_view agent) override {
    for (auto& one : floor_.agents) {
      if (one.slug == agent && one.state == "wrap_up") return change(agent, "ready", "");
    }
    return Error{Code::conflict, "This agent is not in wrap-up."};
  }
  Result<void> extend_wrap_up(std::string_view agent) override {
    for (auto& one : floor_.agents) {
      if (one.slug == agent && one.state == "wrap_up") return {};
    }
    return Error{Code::conflict, "This agent is not in wrap-up."};
  }
  Result<void> clear_agent(std::string_view agent, std::string_view by) override {
    cleared_by = by;
    return change(agent, "ready", "");
  }
  std::string cleared_by;
  Result<void> hold(CallId call) override { return act(call, "hold"); }
  Result<void> resume(CallId call) override { return act(call, "resume"); }
  Result<void> mute(CallId call, call::Mute mute) override {
    return act(call, mute == call::Mute::on ? "mute" : "unmute");
  }
  Result<void> start_recording(CallId call) override { return act(call, "record"); }
  Result<void> stop_recording(CallId call) override { return act(call, "stop recording"); }
  Result<void> hang_up(CallId call) override { return act(call, "hang up"); }
  Result<void> supervise(CallId call, const flow::SuperviseRequest& request) override {
    if (request.agent == "ben") return Error{Code::denied, "Ben may not supervise this call."};
    return act(call, std::string(name_of(request.mode)) + " by " + request.agent +
                         (request.why.empty() ? "" : ": " + request.why));
  }
  Result<void> stop_supervision(CallId call) override { return act(call, "stop supervision"); }
  std::vector<flow::RoomView> rooms() const override {
    return {{.slug = "standup",
             .name = "Stand-up",
             .members_max = 32,
             .open = true,
             .members = {{.call = {1'003}, .from = "+12125550199", .moderator = true,
                          .since = ago(60s)}}},
            {.slug = "tea", .name = "Tea", .members_max = 5}};
  }
  Result<void> mute_member(std::string_view room, CallId call, call::Mute mute) override {
    if (room != "standup") return Error{Code::not_found, "There is no such conference."};
    return act(call, mute == call::Mute::on ? "mute member" : "unmute member");
  }
  Result<void> remove_member(std::string_view room, CallId call) override {
    if (room != "standup") return Error{Code::not_found, "There is no such conference."};
    return act(call, "remove member");
  }
  Result<void> lock_room(std::string_view room, bool locked) override {
    if (room != "standup") return Error{Code::conflict, "Nobody is in this conference."};
    acts.push_back(locked ? "lock" : "unlock");
    return {};
  }
  Result<void> transfer(CallId call, const flow::HandOn& asked) override {
    return act(call, "transfer " + text_of(asked));
  }
  Result<void> consult(CallId call, const flow::HandOn& asked) override {
    return act(call, "consult " + text_of(asked));
  }
  Result<void> swap_consult(CallId call) override { return act(call, "swap"); }
  Result<void> complete_consult(CallId call) override { return act(call, "complete"); }
  Result<void> cancel_consult(CallId call) override { return act(call, "cancel"); }
  Result<void> set_disposition(CallId call, std::string_view agent, std::string_view outcome,
                               std::string_view notes) override {
    return act(call, "disposition " + std::string(agent) + ' ' + std::string(outcome) + ' ' +
                         std::string(notes));
  }
  Result<CallId> place_call(std::string_view agent, std::string_view number) override {
    if (agent != "anna") return Error{Code::not_found, "There is no agent of this name."};
    acts.push_back("call " + std::string(number));
    return CallId{1'000};
  }
  Result<void> cancel_callback(TurnId turn) override { return act(turn, "cancel"); }
  Result<void> call_back_now(TurnId turn) override { return act(turn, "now"); }
  void set_watched(bool now_watched) override { watched = now_watched; }
  Result<ConfigurationVersion> apply_configuration(ConfigurationDraft draft) override {
    const auto& hash = draft.loaded->business->version;
    if (!draft.base.empty() && draft.base != versions_.back().hash) {
      return Error{Code::outdated, "Another configuration is in force by now."};
    }
    if (hash == versions_.back().hash) return versions_.back();
    versions_.push_back({.number = static_cast<int>(versions_.size()) + 1, .hash = hash,
                         .at = floor_now.wall, .author = draft.author,
                         .message = draft.message});
    texts_.push_back(draft.loaded->source);
    return versions_.back();
  }
  void after_commit(std::function<void()> then) override {
    commits_asked += 1;
    if (disk_works) then();
  }

  Result<ConfigurationPlan> plan_configuration(std::string_view yaml) const override {
    ConfigurationPlan plan{.base = versions_.back().hash, .changes = {}, .loaded = nullptr};
    plan.loaded = std::make_shared<config::Loaded>(config::load_text(yaml, "demo.yaml"));
    if (plan.loaded->business) plan.changes = config::differences(texts_.back(), yaml);
    return plan;
  }
  Result<std::vector<ConfigurationVersion>> configuration_versions(int before,
                                                                   int limit) const override {
    std::vector<ConfigurationVersion> found;
    for (auto one = versions_.rbegin(); one != versions_.rend(); ++one) {
      if ((before == 0 || one->number < before) && static_cast<int>(found.size()) < limit) {
        found.push_back(*one);
      }
    }
    return found;
  }
  Result<ConfigurationVersion> configuration_version(int number) const override {
    if (number == 0) return versions_.back();
    for (const auto& one : versions_) {
      if (one.number == number) return one;
    }
    return Error{Code::not_found, "There is no such version of the configuration."};
  }
  Result<std::string> configuration_text(int number) const override {
    const auto version = TRY(configuration_version(number));
    return texts_.at(static_cast<std::size_t>(version.number) - 1);
  }
  Result<std::vector<insight::CallRecord>> history(const CallQuery& query) const override {
    std::vector<insight::CallRecord> found;
    for (const auto& one : closed_) {
      const bool fits = one.tenant == tenant_ &&
                        (query.queue.empty() || one.queue == query.queue) &&
                        (query.agent.empty() || one.agent == query.agent) &&
                        (query.outcome.empty() || one.outcome == query.outcome) &&
                        (!query.before || one.id < query.before) &&
                        (!query.received_from || one.received >= *query.received_from) &&
                        (!query.received_before || one.received < *query.received_before);
      if (fits && found.size() < static_cast<std::size_t>(query.limit)) found.push_back(one);
    }
    return found;
  }
  Result<std::optional<insight::CallRecord>> closed_record(CallId call) const override {
    return find(closed_, call);
  }
  Result<std::vector<call::Fact>> facts_of(CallId call, std::uint64_t first, std::uint64_t last,
                                           std::size_t limit) const override {
    std::vector<call::Fact> found;
    for (const auto& fact : facts_) {
      if (fact.call == call && fact.sequence >= first && fact.sequence <= last &&
          found.size() < limit) {
        found.push_back(fact);
      }
    }
    return found;
  }
  Result<void> read_facts(std::uint64_t first,
                          const std::function<bool(const call::Fact&)>& visit) const override {
    if (!log_works) return Error{Code::io, "The log cannot be read."};
    for (const auto& fact : facts_) {
      if (fact.sequence >= first && !visit(fact)) break;
    }
    return {};
  }
  FigureRules figure_rules() const override {
    return {.zone = "America/New_York",
            .queues = {{"reception", {.service_level_within = 10s}}},
            .teams = {{"anna", "core"}}};
  }
  Result<insight::Answer> reckon(const insight::Question& question) const override {
    insight::Reckoning reckoning(question, names_);
    reckoning.add(measures_);
    insight::Answer answer{.groups = reckoning.finish(question.until_ms)};
    answer.too_many = reckoning.too_many();
    answer.calls = reckoning.take_calls();
    answer.as_of = {question.until_ms * 1'000'000};
    return answer;
  }
  Result<std::vector<RecordingRow>> recordings(const RecordingQuery& query) const override {
    std::vector<RecordingRow> found;
    for (const auto& row : recordings_) {
      if ((!query.call || row.call == query.call) && (!query.before || row.id < query.before) &&
          found.size() < static_cast<std::size_t>(query.limit)) {
        found.push_back(row);
      }
    }
    return found;
  }
  Result<std::optional<RecordingRow>> recording(RecordingId id) const override {
    for (const auto& row : recordings_) {
      if (row.id == id) return std::optional(row);
    }
    return std::optional<RecordingRow>();
  }

  std::string voicemail_path(RecordingId id) const override {
    for (const auto& row : recordings_) {
      if (row.id == id) return row.path;
    }
    return {};
  }

  // Control thread (on_control), but for what only the HTTP thread's functions read: set that
  // before the Api is started.
  Now floor_now;
  Floor floor_;
  Figures figures_;
  std::vector<Alarm> alarms_;
  std::vector<ConfigurationVersion> versions_;
  std::vector<std::string> texts_;  // of the versions
  std::vector<Check> checks_;
  std::vector<Metric> metrics_;
  Summary summary_;
  std::vector<insight::CallRecord> open_, closed_;  // newest first
  std::vector<TraceLine> trace_;
  std::optional<flow::WaitView> waiting_;
  std::vector<call::Fact> facts_;
  std::vector<RecordingRow> recordings_;
  insight::Measures measures_;
  insight::Names names_;
  std::vector<std::string> acts;                    // what people asked for
  ManualClock work_clock_;
  Timers work_timers_{work_clock_};
  std::vector<call::Fact> work_facts_;              // that deeds made
  work::Desk desk_{{work_clock_, work_timers_, work_facts_,
                    [](std::string_view agent) { return agent == "anna" || agent == "ben"; }},
                   "harbor"};
  int commits_asked = 0;
  bool watched = false;
  bool disk_works = true, log_works = true;
  std::atomic<bool> takes_work = true;


 private:
  MonoTime ago(Duration d) const { return floor_now.mono - d; }
  WallTime wall_ago(Duration d) const { return floor_now.wall - d; }
  void fill();
  void fill_floor();
  void fill_figures();
  void fill_service();
  void fill_records();
  void fill_recordings();
  void fill_work();

  static std::optional<insight::CallRecord> find(const std::vector<insight::CallRecord>& records,
                                                 CallId call) {
    for (const auto& one : records) {
      if (one.id == call) return one;
    }
    return std::nullopt;
  }
  Result<void> change(std::string_view agent, std::string_view state, std::string_view reason) {
    for (auto& one : floor_.agents) {
      if (one.slug != agent) continue;
      one.state = state;
      one.reason = reason;
      one.since = floor_now.mono;
      acts.push_back(std::string(agent) + ' ' + std::string(state));
      return {};
    }
    return Error{Code::not_found, "There is no agent of this name."};
  }
  Result<void> act(TurnId turn, std::string what) {
    for (const auto& one : floor_.callbacks) {
      if (one.turn != turn) continue;
      acts.push_back(std::move(what));
      return {};
    }
    return Error{Code::not_found, "There is no such callback waiting."};
  }
  static std::string text_of(const flow::HandOn& asked) {
    const flow::Handoff& said = asked.packet;
    return std::string(flow::name_of(asked.to.kind)) + ' ' + asked.to.name + ' ' + said.intent +
           '|' + said.tried + '|' + said.promised + '|' + said.notes;
  }
  Result<void> act(CallId call, std::string what) {
    for (const auto& one : floor_.calls) {
      if (one.id != call) continue;
      if (one.stage != "talking") return Error{Code::conflict, "Nobody talks in this call yet."};
      acts.push_back(std::move(what));
      return {};
    }
    return Error{Code::not_found, "There is no call of this id in progress."};
  }

  const std::string tenant_ = "harbor";
  io::Loop loop_;
  io::Mailbox<std::function<void()>> posted_{10'000, [this] { loop_.wake(); }};
  std::vector<std::function<void()>> taken_;
  io::Thread thread_;
};

// Harbor Dental on a Monday at half past ten: two talk, one waits, one is in the menu; call 1000
// (which talks) has everything, call 990 is somebody else's.
inline void FakeOffice::fill() {
  floor_now = {.mono = {10'000'000'000'000}, .wall = {1'795'343'400'000'000'000}};
  fill_floor();
  fill_figures();
  fill_service();
  fill_records();
  fill_recordings();
  fill_work();
}

// A message of a minute ago for the reception, one for Anna, a missed caller, a text to be sent.
inline void FakeOffice::fill_work() {
  work::Board board;
  work::Voicemail voicemail{.id = {76}, .call = {999}, .queue = "reception",
                            .from = "+12125550147", .from_name = "Pat Lee",
                            .left = wall_ago(60s), .due = wall_ago(-3540s),
                            .state = work::Voicemail::State::waiting, .duration_ms = 1'000,
                            .bytes = 10, .sha256 = std::string(64, 'a')};
  board.restore(voicemail);
  voicemail.id = {74};
  voicemail.queue = "";
  voicemail.agent = voicemail.assignee = "anna";
  voicemail.due.reset();
  board.restore(voicemail);
  board.restore(work::MissedCaller{.from = "+12125550163", .number = "+12125550100",
                                   .queue = "reception", .why = "abandoned", .call = {998},
                                   .since = wall_ago(7'200s), .last = wall_ago(3'600s),
                                   .waited_ms = 41'000, .calls = 2});
  board.restore(work::MissedCaller{.from = "+12125550199", .number = "+12125550100",
                                   .why = "refused", .since = wall_ago(90h), .last = wall_ago(80h),
                                   .calls = 1});
  board.restore(work::QueuedMessage{.id = "msg_0000000000016", .call = {998},
                                    .to = "+12125550163", .text = "We call you back.",
                                    .queued = wall_ago(3'600s)});
  desk_.begin_with(board);
}

inline void FakeOffice::fill_floor() {
  using View = flow::CallView;
  floor_.now = floor_now;
  floor_.sequence = 6;
  floor_.calls = {
      View{.id = {1'000}, .from = "+12125550147", .from_name = "Pat Lee", .number = "+12125550100",
           .stage = "talking", .queue = "reception", .agent = "anna", .since = ago(192s),
           .stage_since = ago(131s), .recording = true},
      View{.id = {1'001}, .from = "+12125550163", .from_name = "<script>alert(1)</script>",
           .number = "+12125550100", .stage = "waiting", .queue = "reception", .position = 1,
           .since = ago(64s), .stage_since = ago(41s)},
      View{.id = {1'002}, .from = "+12125550188", .number = "+12125550100", .stage = "menu",
           .since = ago(9s), .stage_since = ago(8s)},
      View{.id = {1'003}, .from_name = "Dr. Okonkwo-Featherstonehaugh, Department of Orthodontics",
           .number = "+12125550100", .stage = "held", .queue = "billing", .agent = "cem",
           .since = ago(3'725s), .stage_since = ago(22s), .muted = true}};
  using Agent = flow::AgentView;
  floor_.agents = {
      Agent{.slug = "anna", .name = "Anna Berg", .extension = "1001", .state = "talking",
            .since = ago(131s), .call = {1'000}},
      Agent{.slug = "ben", .name = "Ben Ortiz", .extension = "1002", .state = "away",
            .reason = "lunch", .since = ago(744s)},
      Agent{.slug = "cem", .name = "Cem Aydın", .extension = "1003", .state = "wrap_up",
            .since = ago(12s), .call = {1'003}, .wrap_up_ends = ago(-18s)},
      Agent{.slug = "dana", .name = "Dana Whitfield", .extension = "1004", .state = "ready",
            .since = ago(37s)},
      Agent{.slug = "eli", .name = "Eli Park", .extension = "1005", .state = "signed_out",
            .since = ago(50'000s)}};
  floor_.queues = {
      {.slug = "billing", .name = "Billing", .agents_ready = 0, .agents_busy = 1,
       .agents_signed_in = 2},
      {.slug = "reception", .name = "Reception", .waiting = 1, .oldest = ago(41s),
       .agents_ready = 1, .agents_busy = 1, .agents_signed_in = 3}};
  using Callback = flow::CallbackView;
  floor_.callbacks = {
      Callback{.turn = {2'000}, .queue = "reception", .number = "+12125550121", .name = "Sam Roe",
               .state = "waiting", .position = 2, .since = ago(500s), .promised = ago(400s),
               .expires = ago(-86'000s)},
      Callback{.turn = {2'001}, .queue = "billing", .number = "+12125550122", .state = "resting",
               .since = ago(900s), .promised = ago(800s), .expires = ago(-85'000s),
               .again = ago(-300s), .attempts = 1}};
}

inline void FakeOffice::fill_figures() {
  figures_.now = floor_now;
  figures_.day_began = wall_ago(37'800s);
  figures_.calls = {.received = 61, .refused = 1, .ended = 57, .in_progress = 4,
                    .answer_any_s = 1.62, .rings_to_answer = 0.27, .share_within_3_rings = 1.0,
                    .share_within_3_s = 0.967, .share_agent_within_3_rings = 0.5,
                    .share_agent_within_3_s = 0.021};
  insight::QueueKpi reception{.offered = 48, .answered = 44, .handled = 43, .abandoned = 3,
                              .short_abandoned = 1, .flow_out = 0, .waiting = 1,
                              .offers_missed = 2, .answered_within = 39, .abandoned_after = 2,
                              .service_level = 39.0 / 46, .abandonment_rate = 2.0 / 47,
                              .asa_s = 11.8, .median_answer_s = 7.2, .p90_answer_s = 31.0,
                              .longest_wait_s = 71.3, .aht_s = 214.0, .talk_s = 180.2,
                              .hold_s = 12.1, .wrap_up_s = 21.7};
  figures_.queues = {{"billing", {}}, {"reception", reception}};
  figures_.rules = {{"billing", {}}, {"reception", {}}};
  figures_.agents = {{"anna", {.offers = 24, .answered = 23, .handled = 22, .missed = 1,
                               .signed_in_s = 9000, .ready_s = 2380, .offered_s = 120,
                               .talk_s = 5600, .hold_s = 200, .wrap_up_s = 600, .away_s = 100,
                               .occupancy = 0.729, .aht_s = 221.5}},
                     {"ben", {.offers = 11, .answered = 10, .handled = 10, .missed = 1,
                              .occupancy = 0.61}},
                     {"cem", {.offers = 9, .answered = 9, .handled = 8, .occupancy = 0.55}},
                     {"dana", {.offers = 3, .answered = 3, .handled = 3, .occupancy = 0.34}},
                     {"eli", {}}};
}

inline void FakeOffice::fill_service() {
  checks_ = {{.name = "event_log", .good = true, .detail = "facts are kept"},
             {.name = "sip_udp", .good = true, .detail = "listening on 127.0.0.1:5060"}};
  metrics_ = {{.name = "firstring_calls_active", .help = "Calls in progress",
               .samples = {{.labels = {}, .value = 4}}},
              {.name = "firstring_queue_waiting", .help = "Callers waiting",
               .samples = {{.labels = {{"queue", "reception \"a\"\\b"}}, .value = 1}}}};
  summary_ = {.tenant = "harbor", .name = "Harbor Dental", .version = "0f3a",
              .source = "demo.yaml", .applied = wall_ago(9'000s), .server_version = "0.1.0",
              .started = wall_ago(9'000s), .numbers = {{"+12125550100", "main"}},
              .flows = {"main"}, .dispositions = {"booked", "no_show"},
              .listeners = {"udp:127.0.0.1:5060"}, .phones_registered = 4};
  texts_ = {"business: {slug: harbor, numbers: {\"100\": main}, "
            "flows: {main: {start: bye, nodes: {bye: {hang_up: Good bye}}}}}\n"};
  versions_ = {{.number = 1, .hash = config::load_text(texts_[0], "demo.yaml").business->version,
                .at = wall_ago(9'000s), .author = "file", .message = "as found in the file"}};
}

inline void FakeOffice::fill_records() {
  insight::CallRecord open{.id = {1'000}, .tenant = "harbor", .number = "+12125550100",
                           .from = "+12125550147", .from_name = "Pat Lee", .flow = "main",
                           .queue = "reception", .agent = "anna", .intent = "booking",
                           .first_sequence = 1, .last_sequence = 6, .received = wall_ago(192s),
                           .ring_first_ms = 2, .media_first_ms = 31, .flow_in_ms = 0,
                           .queue_in_ms = 21'000, .offer_ms = 21'001, .answer_ms = 61'000,
                           .queue_wait_ms = 40'000, .offers = 1, .transfers = 1, .handoffs = 1,
                           .outcome = "in_progress"};
  open.recordings = {to_text(RecordingId{77})};
  open_ = {open};
  for (int i = 0; i < 30; ++i) {
    insight::CallRecord one = open;
    one.id = CallId{static_cast<std::uint64_t>(999 - i)};
    one.received = wall_ago(260s * (i + 1));
    one.from = "+1212555" + std::to_string(1200 + i * 37);
    one.from_name = i % 3 == 0 ? "Robin Castellanos" : "";
    one.outcome = i % 7 == 3 ? "abandoned" : i % 5 == 4 ? "flow_ended" : "answered";
    one.agent = one.outcome == "answered" ? (i % 2 == 0 ? "anna" : "ben") : "";
    one.queue = one.outcome == "flow_ended" ? "" : "reception";
    one.queue_wait_ms = 4'000 + i * 1'300;
    one.talk_ms = one.outcome == "answered" ? 90'000 + i * 7'700 : 0;
    one.hang_up_ms = 200'000;
    one.ended_by = "caller";
    one.end_reason = "normal";
    one.closed = true;
    one.recordings.clear();
    one.legs = {{.leg = {5}, .party = "caller", .codec = "PCMU/8000", .loss_percent = 0.2,
                 .jitter_ms = 1.5, .round_trip_ms = -1, .mos = 4.37, .packets_received = 900,
                 .packets_sent = 905}};
    if (one.id == CallId{990}) one.tenant = "somebody else";
    closed_.push_back(std::move(one));
  }
}

inline void FakeOffice::fill_recordings() {
  waiting_ = flow::WaitView{
      .queue = "reception", .waited = 12s, .position = 2, .requires_rule = "skill.booking >= 5",
      .changes_in = 18s, .members = 2, .able = 1,
      .agents = {{.slug = "anna", .state = "away", .reason = "lunch", .able = true,
                  .why = "is away (lunch)"}},
      .sentences = {"anna is away (lunch)."}};
  trace_ = {{.at = wall_ago(192s), .leg = {5}, .incoming = true, .peer = "udp:127.0.0.1:5070",
             .summary = "INVITE"},
            {.at = wall_ago(192s), .leg = {5}, .incoming = false, .peer = "udp:127.0.0.1:5070",
             .summary = "180 INVITE"}};
  for (std::uint64_t i = 1; i <= 6; ++i) {
    using call::FactType;
    facts_.push_back({.type = i == 1 ? FactType::call_received : FactType::digit_pressed,
                      .sequence = i, .mono = ago(192s), .wall = wall_ago(192s), .tenant = "harbor",
                      .call = {1'000}, .leg = {5}, .agent = "", .queue = "",
                      .fields = {{"number", std::string("+12125550100")}}});
  }
  call::Fact& handoff = facts_[5];
  handoff.type = call::FactType::handoff;
  handoff.agent = "ben";
  handoff.fields = {{"to", std::string("anna")}, {"notes", std::string("was cut off twice")}};
  call::Fact& offer = facts_[4];
  offer.type = call::FactType::offer_made;
  offer.agent = "anna";
  offer.queue = "reception";
  offer.fields = {{"offer", std::int64_t{1}},      {"by", std::string("call")},
                  {"strategy", std::string("skill_best")}, {"score", 8.0},
                  {"waited_ms", std::int64_t{40'000}},     {"members", std::int64_t{3}},
                  {"able", std::int64_t{3}},       {"ready", std::int64_t{2}},
                  {"alternatives", std::string("ben 3")},
                  {"others", std::string("cem away (lunch)")}};
  recordings_ = {{.id = {77}, .call = {1'000}, .tenant = "harbor", .queue = "reception",
                  .agent = "anna", .state = "recording", .format = "wav",
                  .started = wall_ago(131s)},
                 {.id = {76}, .call = {999}, .tenant = "harbor", .queue = "reception",
                  .agent = "anna", .state = "complete", .format = "wav",
                  .started = wall_ago(260s), .duration_ms = 1'000, .bytes = 10,
                  .sha256 = std::string(64, 'a')},
                 {.id = {75}, .call = {998}, .tenant = "somebody else", .state = "complete",
                  .format = "opus", .started = wall_ago(520s)}};
}

}  // namespace firstring::api

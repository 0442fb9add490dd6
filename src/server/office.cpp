#include "server/office.h"

#include <filesystem>
#include <utility>

#include "server/calendar.h"
#include "server/demo.h"

namespace firstring::server {
namespace {

api::Metric gauge(std::string name, std::string help, double value) {
  return {.name = std::move(name), .help = std::move(help), .type = "gauge",
          .samples = {{.labels = {}, .value = value}}};
}

api::Metric counter(std::string name, std::string help, double value) {
  return {.name = std::move(name), .help = std::move(help), .type = "counter",
          .samples = {{.labels = {}, .value = value}}};
}

}  // namespace

api::Now ServerOffice::now() const {
  return {.mono = core_.loop.clock().now(), .wall = core_.loop.clock().wall_now()};
}

api::Floor ServerOffice::floor() const {
  return {.now = now(),
          .sequence = core_.ledger->committed(),
          .calls = core_.switchboard->calls(),
          .agents = core_.switchboard->agents(),
          .queues = core_.switchboard->queues(),
          .callbacks = core_.switchboard->callbacks()};
}

api::Figures ServerOffice::figures() const {
  api::Figures figures;
  figures.now = now();
  figures.day_began = core_.ledger->day_began();
  const insight::Tally& tally = core_.ledger->tally();
  figures.calls = tally.calls();
  const flow::Configuration& business = core_.switchboard->configuration();
  for (const auto& [slug, queue] : business.queues) {
    figures.queues.emplace_back(slug, tally.queue(slug, figures.now.mono));
    figures.rules.emplace_back(
        slug, insight::QueueRules{.service_level_within = queue.service_level_within,
                                  .short_abandon = queue.short_abandon});
  }
  for (const auto& [slug, agent] : business.agents) {
    figures.agents.emplace_back(slug, tally.agent(slug, figures.now.mono));
  }
  return figures;
}

api::FigureRules ServerOffice::figure_rules() const {
  const flow::Configuration& business = core_.switchboard->configuration();
  api::FigureRules rules{.zone = zone_of(business), .queues = {}, .teams = {}};
  for (const auto& [slug, queue] : business.queues) {
    rules.queues[slug] = {.service_level_within = queue.service_level_within,
                          .short_abandon = queue.short_abandon};
  }
  for (const auto& [slug, agent] : business.agents) {
    if (!agent.team.empty()) rules.teams[slug] = agent.team;
  }
  return rules;
}

Result<insight::Answer> ServerOffice::reckon(const insight::Question& question) const {
  return core_.figures->answer(question);
}

std::vector<api::Alarm> ServerOffice::alarms() const {
  std::vector<api::Alarm> alarms;
  for (const LedgerAlarm& alarm : core_.ledger->alarms()) {
    alarms.push_back({.name = alarm.name, .detail = alarm.detail, .since = alarm.since});
  }
  return alarms;
}

std::vector<api::Check> ServerOffice::readiness() const {
  std::vector<api::Check> checks;
  checks.push_back({.name = "draining",
                    .good = !core_.draining,
                    .detail = core_.draining ? "stopping: no new calls are taken" : "no"});
  checks.push_back({.name = "event_log",
                    .good = core_.ledger->accepting(),
                    .detail = core_.ledger->accepting() ? "facts are kept"
                                                        : "facts cannot be kept: see the alarms"});
  for (const auto& listener : core_.transports->listeners()) {
    checks.push_back({.name = "sip_" + std::string(sip::name_of(listener.spec.transport)),
                      .good = listener.port != 0,
                      .detail = "listening on " + listener.spec.ip + ":" +
                                std::to_string(listener.port)});
  }
  checks.push_back({.name = "media",
                    .good = true,
                    .detail = std::to_string(core_.engine->open_count()) + " streams open"});
  return checks;
}

std::vector<api::Metric> ServerOffice::metrics() const {
  std::vector<api::Metric> metrics;
  metrics.push_back(gauge("firstring_calls_active", "Calls in progress",
                          static_cast<double>(core_.switchboard->call_count())));
  metrics.push_back(gauge("firstring_legs_active", "Legs in progress",
                          static_cast<double>(core_.exchange->leg_count())));
  metrics.push_back(gauge("firstring_sip_dialogs", "SIP dialogs",
                          static_cast<double>(core_.user_agent->dialog_count())));
  metrics.push_back(gauge("firstring_sip_transactions", "SIP transactions, lingering ones too",
                          static_cast<double>(core_.user_agent->transaction_count())));
  metrics.push_back(gauge("firstring_media_streams", "Audio streams open",
                          static_cast<double>(core_.engine->open_count())));
  metrics.push_back(gauge("firstring_timers_armed", "Timers of the control loop",
                          static_cast<double>(core_.loop.timers().armed_count())));
  metrics.push_back(gauge("firstring_phones_registered", "Contacts registered",
                          core_.access->registered_count()));
  metrics.push_back(counter("firstring_facts_total", "Facts in the event log",
                            static_cast<double>(core_.ledger->committed())));
  metrics.push_back(counter("firstring_slow_iterations_total",
                            "Iterations of the control loop that took over 20 ms",
                            static_cast<double>(core_.slow_iterations)));
  metrics.push_back(counter("firstring_sip_lost_total", "SIP messages that no socket took",
                            static_cast<double>(core_.transports->lost_count())));
  const insight::CallKpi calls = core_.ledger->tally().calls();
  metrics.push_back(counter("firstring_calls_received_today", "Calls received since midnight",
                            static_cast<double>(calls.received)));
  api::Metric waiting = gauge("firstring_queue_waiting", "Callers waiting", 0);
  waiting.samples.clear();
  for (const flow::QueueView& queue : core_.switchboard->queues()) {
    waiting.samples.push_back({.labels = {{"queue", queue.slug}},
                               .value = static_cast<double>(queue.waiting)});
  }
  metrics.push_back(std::move(waiting));
  return metrics;
}

api::Summary ServerOffice::summary() const {
  api::Summary summary;
  summary.tenant = core_.tenant;
  summary.name = core_.name;
  summary.version = core_.version;
  summary.source = std::filesystem::path(core_.config_file).filename().string();
  summary.applied = core_.configured;
  summary.server_version = k_version;
  summary.started = core_.started;
  const flow::Configuration& business = core_.switchboard->configuration();
  for (const auto& [number, spec] : business.numbers) {
    summary.numbers.emplace_back(number, spec.flow);
  }
  for (const auto& [name, flow] : business.flows) summary.flows.push_back(name);
  summary.dispositions = business.dispositions;
  for (const auto& listener : core_.transports->listeners()) {
    std::string transport(sip::name_of(listener.spec.transport));
    for (char& c : transport) c = static_cast<char>(c | 0x20);
    summary.listeners.push_back(transport + ":" + listener.spec.ip + ":" +
                                std::to_string(listener.port));
  }
  summary.phones_registered = core_.access->registered_count();
  return summary;
}

std::vector<insight::CallRecord> ServerOffice::open_records() const {
  return core_.ledger->open_records();
}

std::optional<insight::CallRecord> ServerOffice::open_record(CallId call) const {
  const insight::CallRecord* record = core_.ledger->open_record(call);
  return record == nullptr ? std::nullopt : std::optional(*record);
}

std::optional<flow::WaitView> ServerOffice::why_waiting(CallId call) const {
  return core_.switchboard->why_waiting(call);
}

std::vector<api::TraceLine> ServerOffice::sip_trace(CallId call) const {
  std::vector<api::TraceLine> lines;
  for (const SipTrace::Line& line : core_.trace.lines(call)) {
    lines.push_back({.at = line.at, .leg = line.leg, .incoming = line.incoming, .peer = line.peer,
                     .summary = line.summary});
  }
  return lines;
}

Result<void> ServerOffice::set_ready(std::string_view agent) {
  return settled(core_.switchboard->set_ready(agent));
}
Result<void> ServerOffice::set_away(std::string_view agent, std::string_view reason) {
  return settled(core_.switchboard->set_away(agent, reason));
}
Result<void> ServerOffice::sign_out(std::string_view agent) {
  return settled(core_.switchboard->sign_out(agent));
}
Result<void> ServerOffice::end_wrap_up(std::string_view agent) {
  return settled(core_.switchboard->end_wrap_up(agent));
}
Result<void> ServerOffice::extend_wrap_up(std::string_view agent) {
  return settled(core_.switchboard->extend_wrap_up(agent));
}
Result<void> ServerOffice::clear_agent(std::string_view agent, std::string_view by) {
  return settled(core_.switchboard->clear_agent(agent, by));
}
Result<void> ServerOffice::hold(CallId call) { return settled(core_.switchboard->hold(call)); }
Result<void> ServerOffice::resume(CallId call) { return settled(core_.switchboard->resume(call)); }
Result<void> ServerOffice::mute(CallId call, call::Mute mute) {
  return settled(core_.switchboard->mute(call, mute));
}
Result<void> ServerOffice::start_recording(CallId call) {
  return settled(core_.switchboard->start_recording(call));
}
Result<void> ServerOffice::stop_recording(CallId call) {
  return settled(core_.switchboard->stop_recording(call));
}
Result<void> ServerOffice::hang_up(CallId call) {
  return settled(core_.switchboard->hang_up(call));
}
Result<void> ServerOffice::supervise(CallId call, const flow::SuperviseRequest& request) {
  return settled(core_.switchboard->supervise(call, request));
}
Result<void> ServerOffice::stop_supervision(CallId call) {
  return settled(core_.switchboard->stop_supervision(call));
}
std::vector<flow::RoomView> ServerOffice::rooms() const { return core_.switchboard->rooms(); }
Result<void> ServerOffice::mute_member(std::string_view room, CallId call, call::Mute mute) {
  return settled(core_.switchboard->mute_member(room, call, mute));
}
Result<void> ServerOffice::remove_member(std::string_view room, CallId call) {
  return settled(core_.switchboard->remove_member(room, call));
}
Result<void> ServerOffice::lock_room(std::string_view room, bool locked) {
  return settled(core_.switchboard->lock_room(room, locked));
}
Result<void> ServerOffice::transfer(CallId call, const flow::HandOn& asked) {
  return settled(core_.switchboard->transfer(call, asked));
}
Result<void> ServerOffice::consult(CallId call, const flow::HandOn& asked) {
  return settled(core_.switchboard->consult(call, asked));
}
Result<void> ServerOffice::swap_consult(CallId call) {
  return settled(core_.switchboard->swap_consult(call));
}
Result<void> ServerOffice::complete_consult(CallId call) {
  return settled(core_.switchboard->complete_consult(call));
}
Result<void> ServerOffice::cancel_consult(CallId call) {
  return settled(core_.switchboard->cancel_consult(call));
}
Result<void> ServerOffice::set_disposition(CallId call, std::string_view agent,
                                           std::string_view outcome, std::string_view notes) {
  return settled(core_.switchboard->set_disposition(call, agent, outcome, notes));
}

Result<void> ServerOffice::act(const work::Deed& deed) { return settled(core_.desk->act(deed)); }
Result<CallId> ServerOffice::place_call(std::string_view agent, std::string_view number) {
  if (core_.draining) return Error{Code::unavailable, "The server is stopping."};
  return settled(core_.switchboard->place_call(agent, number));
}
Result<void> ServerOffice::cancel_callback(TurnId turn) {
  return settled(core_.switchboard->cancel_callback(turn));
}
Result<void> ServerOffice::call_back_now(TurnId turn) {
  if (core_.draining) return Error{Code::unavailable, "The server is stopping."};
  return settled(core_.switchboard->call_back_now(turn));
}

void ServerOffice::after_commit(std::function<void()> then) {
  core_.ledger->after_commit(std::move(then));
}

void ServerOffice::set_watched(bool watched) { core_.ledger->set_watched(watched); }

Result<std::vector<insight::CallRecord>> ServerOffice::history(const api::CallQuery& query) const {
  return core_.history->calls(query);
}
Result<std::optional<insight::CallRecord>> ServerOffice::closed_record(CallId call) const {
  return core_.history->call(call);
}
Result<std::vector<call::Fact>> ServerOffice::facts_of(CallId call, std::uint64_t first_sequence,
                                                       std::uint64_t last_sequence,
                                                       std::size_t limit) const {
  return core_.history->facts_of(call, first_sequence, last_sequence, limit);
}
Result<void> ServerOffice::read_facts(
    std::uint64_t first, const std::function<bool(const call::Fact&)>& visit) const {
  return core_.history->read_facts(first, visit);
}

void ServerOffice::fill_path(api::RecordingRow& row) const {
  // The name is the id and the format, both ours: nothing of a stranger's is in the path.
  const std::string path = core_.data_folder + "/recordings/" + to_text(row.id) +
                           (row.format == "opus" ? ".opus" : ".wav");
  std::error_code failed;
  if (std::filesystem::is_regular_file(path, failed)) row.path = path;
}

Result<std::vector<api::RecordingRow>> ServerOffice::recordings(
    const api::RecordingQuery& query) const {
  auto rows = TRY(core_.history->recordings(query));
  for (api::RecordingRow& row : rows) fill_path(row);
  return rows;
}

Result<std::optional<api::RecordingRow>> ServerOffice::recording(RecordingId id) const {
  auto row = TRY(core_.history->recording(id));
  if (row) fill_path(*row);
  return row;
}

std::string ServerOffice::voicemail_path(RecordingId id) const {
  api::RecordingRow row{.id = id, .format = "wav"};
  fill_path(row);
  return row.path;
}

}  // namespace firstring::server

#include "server/api/views.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "server/api/kpi_definitions.h"

namespace firstring::api {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json text(const std::string& value) { return value.empty() ? Json() : Json(value); }

template <typename IdType>
Json id(IdType value) {
  return value ? Json(to_text(value)) : Json();
}

// Rounded: nobody needs more than a millisecond, and it keeps the stream quiet.
Json number(double value) { return std::round(value * 1000) / 1000; }
Json number(const std::optional<double>& value) { return value ? number(*value) : Json(); }
Json number(const std::optional<std::int64_t>& value) { return value ? Json(*value) : Json(); }

Json time(WallTime value) { return value.ns == 0 ? Json() : Json(to_rfc3339(value)); }
Json time(MonoTime value, const Now& now) {
  return value.ns == 0 ? Json() : Json(to_rfc3339(now.wall_of(value)));
}

Json handoff_of(const flow::Handoff& packet) {
  return {{"from", text(packet.from)},         {"to", text(packet.to)},
          {"caller", text(packet.caller)},     {"verified", text(packet.verified)},
          {"intent", text(packet.intent)},     {"tried", text(packet.tried)},
          {"promised", text(packet.promised)}, {"notes", text(packet.notes)}};
}

Json handoff_of(const std::optional<flow::Handoff>& packet) {
  return packet ? handoff_of(*packet) : Json();
}

Json call_of(const flow::CallView& call, const Now& now) {
  return {{"id", id(call.id)},
          {"from", text(call.from)},
          {"from_name", text(call.from_name)},
          {"number", text(call.number)},
          {"stage", call.stage},
          {"queue", text(call.queue)},
          {"agent", text(call.agent)},
          {"position", call.position > 0 ? Json(call.position) : Json()},
          {"since", to_rfc3339(now.wall_of(call.since))},
          {"stage_since", to_rfc3339(now.wall_of(call.stage_since))},
          {"recording", call.recording},
          {"muted", call.muted},
          {"room", text(call.room)},
          {"supervisor", text(call.supervisor)},
          {"supervision", text(call.supervision)},
          {"verified", text(call.verified)},
          {"language", text(call.language)},
          {"intent", text(call.intent)},
          {"priority", call.priority},
          {"value", call.value},
          {"consulted", text(call.consulted)},
          {"handoff", handoff_of(call.handoff)}};
}

Json agent_of(const flow::AgentView& agent, const Now& now) {
  return {{"slug", agent.slug},
          {"name", agent.name},
          {"extension", text(agent.extension)},
          {"state", agent.state},
          {"reason", text(agent.reason)},
          {"since", to_rfc3339(now.wall_of(agent.since))},
          {"call", id(agent.call)},
          {"wrap_up_ends", time(agent.wrap_up_ends, now)},
          {"handoff", handoff_of(agent.handoff)}};
}

// Whole seconds: else the stream would never be quiet.
Json predicted_of(const flow::QueueView& queue) {
  const auto whole = [](const std::optional<Duration>& wait) {
    return wait ? Json(*wait / 1s) : Json();
  };
  const auto share = [&queue](std::int64_t within) {
    if (queue.predictions == 0) return Json();
    return number(static_cast<double>(within) / static_cast<double>(queue.predictions));
  };
  return {{"p50_s", whole(queue.predicted_p50)},
          {"p90_s", whole(queue.predicted_p90)},
          {"judged", queue.predictions},
          {"within_p50", share(queue.within_p50)},
          {"within_p90", share(queue.within_p90)},
          {"mean_error_s", queue.predictions > 0 ? number(queue.mean_error_s) : Json()}};
}

Json queue_of(const flow::QueueView& queue, const Now& now) {
  return {{"slug", queue.slug},
          {"name", queue.name},
          {"waiting", queue.waiting},
          {"oldest_since", queue.waiting > 0 ? time(queue.oldest, now) : Json()},
          {"callbacks", queue.callbacks},
          {"predicted_wait", predicted_of(queue)},
          {"agents_ready", queue.agents_ready},
          {"agents_busy", queue.agents_busy},
          {"agents_signed_in", queue.agents_signed_in}};
}

Json callback_of(const flow::CallbackView& callback, const Now& now) {
  return {{"id", id(callback.turn)},
          {"queue", callback.queue},
          {"number", callback.number},
          {"name", text(callback.name)},
          {"state", callback.state},
          {"position", callback.position > 0 ? Json(callback.position) : Json()},
          {"since", to_rfc3339(now.wall_of(callback.since))},
          {"promised_at", to_rfc3339(now.wall_of(callback.promised))},
          {"expires_at", to_rfc3339(now.wall_of(callback.expires))},
          {"again_at", callback.state == "resting" ? time(callback.again, now) : Json()},
          {"attempts", callback.attempts},
          {"call", id(callback.call)}};
}

template <typename Views, typename Make>
Json array(const Views& views, Make make) {
  Json out = Json::array();
  for (const auto& one : views) out.push_back(make(one));
  return out;
}

Json leg_of(const insight::LegRecord& leg) {
  const bool heard = leg.packets_received > 0;
  return {{"id", id(leg.leg)},
          {"party", text(leg.party)},
          {"agent", text(leg.agent)},
          {"codec", text(leg.codec)},
          {"packets_received", leg.packets_received},
          {"packets_sent", leg.packets_sent},
          {"loss_percent", heard ? number(leg.loss_percent) : Json()},
          {"jitter_ms", heard ? number(leg.jitter_ms) : Json()},
          {"round_trip_ms", leg.round_trip_ms >= 0 ? number(leg.round_trip_ms) : Json()},
          {"mos", leg.mos > 0 ? number(leg.mos) : Json()}};
}

Json record_of(const insight::CallRecord& record) {
  Json json = {{"id", id(record.id)},
               {"number", text(record.number)},
               {"from", text(record.from)},
               {"from_name", text(record.from_name)},
               {"trunk", text(record.trunk)},
               {"flow", text(record.flow)},
               {"queue", text(record.queue)},
               {"agent", text(record.agent)},
               {"intent", text(record.intent)},
               {"received_at", to_rfc3339(record.received)},
               {"outcome", text(record.outcome)},
               {"ended_by", text(record.ended_by)},
               {"end_reason", text(record.end_reason)},
               {"disposition", text(record.disposition)},
               {"notes", text(record.notes)},
               {"direction", record.direction},
               {"callback", text(record.callback)},
               {"turn", text(record.turn)},
               {"queue_wait_ms", record.queue_wait_ms},
               {"talk_ms", record.talk_ms},
               {"hold_ms", record.hold_ms},
               {"wrap_up_ms", record.wrap_up_ms},
               {"offers", record.offers},
               {"offers_missed", record.offers_missed},
               {"transfers", record.transfers},
               {"closed", record.closed}};
  json["stages_ms"] = {{"ring_first", number(record.ring_first_ms)},
                       {"media_first", number(record.media_first_ms)},
                       {"flow_in", number(record.flow_in_ms)},
                       {"intent", number(record.intent_ms)},
                       {"flow_out", number(record.flow_out_ms)},
                       {"queue_in", number(record.queue_in_ms)},
                       {"offer", number(record.offer_ms)},
                       {"answer", number(record.answer_ms)},
                       {"hang_up", number(record.hang_up_ms)},
                       {"wrap_up_in", number(record.wrap_up_in_ms)},
                       {"wrap_up_out", number(record.wrap_up_out_ms)},
                       {"disposition", number(record.disposition_ms)}};
  json["recordings"] = record.recordings;
  json["legs"] = array(record.legs, leg_of);
  json["survey"] = array(record.survey, [](const insight::SurveyAnswer& answer) -> Json {
    return {{"question", answer.question}, {"kind", answer.kind}, {"answer", answer.answer}};
  });
  return json;
}

Json call_kpi_of(const insight::CallKpi& kpi) {
  return {{"received", kpi.received},
          {"refused", kpi.refused},
          {"ended", kpi.ended},
          {"in_progress", kpi.in_progress},
          {"answer_any_s", number(kpi.answer_any_s)},
          {"rings_to_answer", number(kpi.rings_to_answer)},
          {"share_within_3_rings", number(kpi.share_within_3_rings)},
          {"share_within_3_s", number(kpi.share_within_3_s)},
          {"share_agent_within_3_rings", number(kpi.share_agent_within_3_rings)},
          {"share_agent_within_3_s", number(kpi.share_agent_within_3_s)}};
}

Json queue_kpi_of(const std::string& slug, const insight::QueueKpi& kpi, const Figures& figures) {
  insight::QueueRules rules;
  for (const auto& [queue, its] : figures.rules) {
    if (queue == slug) rules = its;
  }
  return {{"queue", slug},
          {"service_level_within_s", seconds(rules.service_level_within)},
          {"short_abandon_s", seconds(rules.short_abandon)},
          {"offered", kpi.offered},
          {"answered", kpi.answered},
          {"handled", kpi.handled},
          {"abandoned", kpi.abandoned},
          {"short_abandoned", kpi.short_abandoned},
          {"flow_out", kpi.flow_out},
          {"waiting", kpi.waiting},
          {"offers_missed", kpi.offers_missed},
          {"answered_within", kpi.answered_within},
          {"abandoned_after", kpi.abandoned_after},
          {"service_level", number(kpi.service_level)},
          {"abandonment_rate", number(kpi.abandonment_rate)},
          {"asa_s", number(kpi.asa_s)},
          {"median_answer_s", number(kpi.median_answer_s)},
          {"p90_answer_s", number(kpi.p90_answer_s)},
          {"longest_wait_s", number(kpi.longest_wait_s)},
          {"aht_s", number(kpi.aht_s)},
          {"talk_s", number(kpi.talk_s)},
          {"hold_s", number(kpi.hold_s)},
          {"wrap_up_s", number(kpi.wrap_up_s)}};
}

Json agent_kpi_of(const std::string& slug, const insight::AgentKpi& kpi) {
  return {{"agent", slug},
          {"offers", kpi.offers},
          {"answered", kpi.answered},
          {"handled", kpi.handled},
          {"missed", kpi.missed},
          {"signed_in_s", number(kpi.signed_in_s)},
          {"ready_s", number(kpi.ready_s)},
          {"offered_s", number(kpi.offered_s)},
          {"talk_s", number(kpi.talk_s)},
          {"hold_s", number(kpi.hold_s)},
          {"wrap_up_s", number(kpi.wrap_up_s)},
          {"away_s", number(kpi.away_s)},
          {"occupancy", number(kpi.occupancy)},
          {"aht_s", number(kpi.aht_s)}};
}

Json figures_of(const Figures& figures) {
  Json json = {{"day_began", to_rfc3339(figures.day_began)},
               {"calls", call_kpi_of(figures.calls)}};
  json["queues"] = array(figures.queues, [&](const auto& one) {
    return queue_kpi_of(one.first, one.second, figures);
  });
  json["agents"] = array(figures.agents,
                         [](const auto& one) { return agent_kpi_of(one.first, one.second); });
  return json;
}

const Json& definitions() {
  static const Json json = [] {
    Json out = {{"call", Json::object()}, {"queue", Json::object()}, {"agent", Json::object()}};
    for (const auto& one : kpi_definitions()) {
      out[std::string(one.scope)][std::string(one.name)] = {{"title", one.title},
                                                            {"definition", one.definition}};
    }
    return out;
  }();
  return json;
}

Json alarm_of(const Alarm& alarm) {
  return {{"name", alarm.name}, {"detail", alarm.detail}, {"since", to_rfc3339(alarm.since)}};
}

Json with_definitions(const Figures& figures) {
  auto json = figures_of(figures);
  json["now"] = to_rfc3339(figures.now.wall);
  json["definitions"] = definitions();
  return json;
}

}  // namespace

Live take_live(const Office& office) {
  const auto summary = office.summary();
  return {summary.tenant, summary.name, office.floor(), office.figures(), office.alarms()};
}

std::string json_text(std::string_view value) { return dump(Json(value)); }
std::string to_json(const flow::CallView& call, const Now& now) { return dump(call_of(call, now)); }
std::string to_json(const flow::AgentView& one, const Now& now) { return dump(agent_of(one, now)); }
std::string to_json(const flow::QueueView& one, const Now& now) { return dump(queue_of(one, now)); }
std::string to_json(const flow::CallbackView& one, const Now& now) {
  return dump(callback_of(one, now));
}
std::string to_json(const insight::CallRecord& record) { return dump(record_of(record)); }
std::string to_json(const Alarm& alarm) { return dump(alarm_of(alarm)); }
std::string to_json(const Figures& figures) { return dump(with_definitions(figures)); }
std::string figures_json(const Figures& figures) { return dump(figures_of(figures)); }

std::string to_json(const CallEntry& entry) {
  auto json = record_of(entry.record);
  json["live"] = entry.live ? call_of(*entry.live, entry.now) : Json();
  if (!entry.handoffs) return dump(json);
  json["handoffs"] = array(*entry.handoffs, [](const CallEntry::Handed& handed) {
    Json one = handoff_of(handed.packet);
    one["at"] = to_rfc3339(handed.at);
    return one;
  });
  return dump(json);
}

std::string to_json(const RecordingRow& recording) {
  const bool there = recording.state != "recording" && !recording.path.empty();
  return dump({{"id", id(recording.id)},
               {"call", id(recording.call)},
               {"queue", text(recording.queue)},
               {"agent", text(recording.agent)},
               {"state", recording.state},
               {"format", recording.format},
               {"started_at", to_rfc3339(recording.started)},
               {"duration_ms", recording.duration_ms},
               {"bytes", recording.bytes},
               {"sha256", text(recording.sha256)},
               {"audio_url", there ? Json("/api/v1/recordings/" + to_text(recording.id) + "/audio")
                                   : Json()}});
}

std::string to_json(const TraceLine& line) {
  return dump({{"at", to_rfc3339(line.at)},
               {"leg", id(line.leg)},
               {"direction", line.incoming ? "in" : "out"},
               {"peer", line.peer},
               {"summary", line.summary}});
}

std::string to_json(const Summary& summary) {
  Json json = {{"tenant", summary.tenant},
               {"name", summary.name},
               {"version", summary.version},
               {"source", text(summary.source)},
               {"applied_at", time(summary.applied)},
               {"server_version", summary.server_version},
               {"started_at", time(summary.started)}};
  json["numbers"] = array(summary.numbers, [](const auto& one) {
    return Json{{"number", one.first}, {"flow", one.second}};
  });
  json["flows"] = summary.flows;
  json["dispositions"] = summary.dispositions;
  json["listeners"] = summary.listeners;
  json["phones_registered"] = summary.phones_registered;
  return dump(json);
}

std::string calls_json(const Floor& floor) {
  return dump(array(floor.calls, [&](const auto& one) { return call_of(one, floor.now); }));
}
std::string agents_json(const Floor& floor) {
  return dump(array(floor.agents, [&](const auto& one) { return agent_of(one, floor.now); }));
}
std::string queues_json(const Floor& floor) {
  return dump(array(floor.queues, [&](const auto& one) { return queue_of(one, floor.now); }));
}
std::string alarms_json(const std::vector<Alarm>& alarms) { return dump(array(alarms, alarm_of)); }

std::string readiness_json(const std::vector<Check>& checks) {
  return dump(array(checks, [](const Check& check) {
    return Json{{"name", check.name}, {"good", check.good}, {"detail", text(check.detail)}};
  }));
}

std::string to_json(const Live& live) {
  return R"({"business":{"tenant":)" + json_text(live.tenant) + R"(,"name":)" +
         json_text(live.name) + R"(},"now":)" + json_text(to_rfc3339(live.floor.now.wall)) +
         R"(,"sequence":)" + std::to_string(live.floor.sequence) + R"(,"calls":)" +
         calls_json(live.floor) + R"(,"agents":)" + agents_json(live.floor) + R"(,"queues":)" +
         queues_json(live.floor) + R"(,"kpis":)" + to_json(live.figures) + R"(,"alarms":)" +
         alarms_json(live.alarms) + "}";
}

}  // namespace firstring::api

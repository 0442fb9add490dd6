// Figures of any time, by any dimension, under any definition, and the calls behind each.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "flow/local_time.h"
#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"
#include "server/api/views.h"
#include "server/calendar.h"

namespace firstring::api {
namespace {

using insight::Dimension;
using insight::KpiRow;
using insight::Question;
using Json = nlohmann::ordered_json;

constexpr Duration k_days_max = 800 * 24h, k_half_hours_max = 62 * 24h;
constexpr int k_calls_max = 1000;

// What was asked, as far as it needs no knowledge of the business.
struct Asked {
  Question question;
  std::string day;
  std::optional<WallTime> from, until;
  std::optional<int> within_s, short_s;
  bool all = false;
  int limit = 100;
  std::uint64_t after = 0;
};

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    if (end > at) words.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

void read_dimensions(Query& query, Asked& asked) {
  for (const std::string& word : words_of(query.text("by"))) {
    const auto dimension = insight::dimension_of(word);
    if (!dimension) {
      query.complain("by", "not_a_choice",
                     "Known are queue, team, agent, number, intent, half_hour and day.");
      return;
    }
    if (std::ranges::find(asked.question.by, *dimension) == asked.question.by.end()) {
      asked.question.by.push_back(*dimension);
    }
  }
  if (asked.question.by.size() > Question::k_dimensions_max) {
    query.complain("by", "out_of_range", "At most three.");
    asked.question.by.clear();
  }
}

void read_kpis(Query& query, Asked& asked) {
  const std::string list = query.text("kpis");
  asked.all = list == "all";
  for (const std::string& id : asked.all ? std::vector<std::string>() : words_of(list)) {
    const KpiRow* kpi = insight::find_kpi(id);
    if (kpi == nullptr) {
      query.complain("kpis", "not_a_choice",
                     "There is no figure of this name; /api/v1/figures/definitions has them all.");
      return;
    }
    asked.question.kpis.push_back(kpi);
  }
  if (!asked.question.kpis.empty()) return;
  for (const KpiRow& kpi : insight::kpi_rows()) {
    if (asked.all || kpi.main) asked.question.kpis.push_back(&kpi);
  }
}

void read_calls_of(Query& query, Asked& asked) {
  asked.limit = query.integer("limit", 1, k_calls_max, 100);
  asked.after = query.cursor();
  const std::string part = query.text("calls");
  if (part.empty()) return;
  const bool numerator = part == "numerator";
  if (!numerator && part != "denominator") {
    query.complain("calls", "not_a_choice", "This must be numerator or denominator.");
    return;
  }
  const auto& kpis = asked.question.kpis;
  if (kpis.size() != 1 || kpis.front()->source == insight::Source::time) {
    query.complain(
        "calls", "not_a_choice",
        "The calls behind a number: of one figure in kpis, and of none of agents' time.");
    return;
  }
  asked.question.calls_of =
      numerator ? Question::Part::numerator : Question::Part::denominator;
}

std::optional<int> seconds_of(Query& query, std::string_view name, int high) {
  const int value = query.integer(name, 0, high, -1);
  return value < 0 ? std::nullopt : std::optional(value);
}

Asked read(Query& query) {
  Asked asked;
  asked.day = query.text("day");
  asked.from = query.time("from");
  asked.until = query.time("until");
  if (!asked.day.empty() && (asked.from || asked.until)) {
    query.complain("day", "not_a_choice", "Either a day, or from and until.");
  }
  read_dimensions(query, asked);
  read_kpis(query, asked);
  read_calls_of(query, asked);
  for (const auto& [name, filter] :
       {std::pair{"queue", &asked.question.queue}, {"team", &asked.question.team},
        {"agent", &asked.question.agent}, {"number", &asked.question.number},
        {"intent", &asked.question.intent}}) {
    if (std::string value = query.text(name); !value.empty()) *filter = std::move(value);
  }
  asked.within_s = seconds_of(query, "within_s", 3600);
  asked.short_s = seconds_of(query, "short_s", 3600);
  asked.question.again_within_ms = query.integer("again_days", 1, 90, 7) * 24LL * 3'600'000;
  return asked;
}

insight::Thresholds thresholds_of(const insight::QueueRules& rules, const Asked& asked) {
  insight::Thresholds thresholds;
  thresholds.within_ms = asked.within_s
                             ? *asked.within_s * 1000
                             : static_cast<int>(milliseconds(rules.service_level_within));
  thresholds.short_ms = asked.short_s ? *asked.short_s * 1000
                                      : static_cast<int>(milliseconds(rules.short_abandon));
  return thresholds;
}

// The rest of the question, from the business as it is; an error says what is wrong with it.
Result<void> complete(Asked& asked, const FigureRules& rules, WallTime now) {
  Question& question = asked.question;
  WallTime from = asked.from.value_or(flow::start_of_day(rules.zone, now));
  WallTime until = asked.until.value_or(std::max(now, from) + 1ms);
  if (!asked.day.empty()) {
    const auto midnight = flow::instant_of(rules.zone, asked.day + " 00:00");
    if (!midnight) return Error{Code::invalid, "day must be a date such as 2026-11-22."};
    from = *midnight;
    until = flow::start_of_day(rules.zone, from + 26h);
  }
  const bool by_half_hour =
      std::ranges::find(question.by, Dimension::half_hour) != question.by.end();
  if (until <= from) return Error{Code::invalid, "until must be later than from."};
  if (until - from > (by_half_hour ? k_half_hours_max : k_days_max)) {
    return Error{Code::invalid, by_half_hour ? "At most 62 days by half hours."
                                             : "At most 800 days at once."};
  }
  question.from_ms = from.ns / 1'000'000;
  question.until_ms = until.ns / 1'000'000;
  if (by_half_hour) question.half_hours = server::half_hours_between(rules.zone, from, until);
  question.days = server::days_between(rules.zone, from, until);
  question.thresholds = thresholds_of({}, asked);
  for (const auto& [slug, rule] : rules.queues) question.rules[slug] = thresholds_of(rule, asked);
  question.teams = rules.teams;
  return {};
}

Json figure_of(const KpiRow& kpi, const insight::KpiValue& value) {
  Json json{{"value", value.value ? Json(*value.value) : Json()}};
  const bool time = kpi.source == insight::Source::time;
  const auto sum = [&](std::int64_t count, bool of_time) {
    return of_time ? Json(static_cast<double>(count) / (time ? 1e6 : 1e3)) : Json(count);
  };
  const bool seconds = kpi.unit == insight::Unit::seconds;
  if (kpi.values == insight::Values::none)
    json["numerator"] = sum(value.numerator, seconds || time);
  if (!kpi.denominator.empty()) json["denominator"] = sum(value.denominator, time);
  return json;
}

std::string to_json(const Asked& asked, const FigureRules& rules, const insight::Answer& answer) {
  const Question& question = asked.question;
  const auto at = [](std::int64_t ms) { return to_rfc3339(WallTime{ms * 1'000'000}); };
  Json json{{"from", at(question.from_ms)},
            {"until", at(question.until_ms)},
            {"zone", rules.zone},
            {"as_of", answer.as_of.ns == 0 ? Json() : Json(to_rfc3339(answer.as_of))},
            {"sequence", answer.sequence},
            {"again_days", question.again_within_ms / (24LL * 3'600'000)}};
  Json groups = Json::array();
  for (const insight::Group& group : answer.groups) {
    Json keys = Json::object(), figures = Json::object();
    for (std::size_t i = 0; i < question.by.size(); ++i) {
      keys[std::string(name_of(question.by[i]))] =
          group.keys[i].empty() ? Json() : Json(group.keys[i]);
    }
    for (std::size_t i = 0; i < question.kpis.size(); ++i) {
      figures[std::string(question.kpis[i]->id)] = figure_of(*question.kpis[i], group.values[i]);
    }
    groups.push_back({{"keys", std::move(keys)}, {"figures", std::move(figures)}});
  }
  json["groups"] = std::move(groups);
  if (question.calls_of != Question::Part::none) {
    Json calls = Json::array();
    auto first = std::ranges::upper_bound(answer.calls, asked.after);
    for (; first != answer.calls.end() && calls.size() < static_cast<std::size_t>(asked.limit);
         ++first) {
      calls.push_back(to_text(CallId{*first}));
    }
    json["call_count"] = answer.calls.size();
    json["calls"] = std::move(calls);
    json["next_cursor"] =
        first == answer.calls.end() ? Json() : Json(cursor_of(*std::prev(first)));
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

// GET /figures
Reply get_figures(const Ask& ask) {
  Query query(ask.request);
  Asked asked = read(query);
  if (auto problem = query.problem()) return *problem;
  struct Known {
    FigureRules rules;
    WallTime now;
  };
  return from_control(
      [](Office& office) { return Known{office.figure_rules(), office.now().wall}; },
      [asked = std::move(asked), office = &ask.office](const Known& known) mutable -> Reply {
        TRY(complete(asked, known.rules, known.now));
        const auto answer = office->reckon(asked.question);
        if (!answer) return answer.error();
        if (answer->too_many) {
          return Error{Code::limit, "That is more than 20,000 groups; ask for a shorter time or "
                                    "by less."};
        }
        return ok(to_json(asked, known.rules, *answer));
      });
}

// GET /figures/definitions
Reply list_figure_definitions(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  std::vector<std::string> items;
  for (const KpiRow& kpi : insight::kpi_rows()) {
    const Json json{{"id", kpi.id},
                    {"title", kpi.title},
                    {"numerator", kpi.numerator},
                    {"denominator", kpi.denominator.empty() ? Json() : Json(kpi.denominator)},
                    {"unit", name_of(kpi.unit)},
                    {"form", name_of(kpi.form)},
                    {"counts", name_of(kpi.source)},
                    {"facts", kpi.facts},
                    {"main", kpi.main}};
    items.push_back(json.dump());
  }
  return list(ask.request, items, std::nullopt);
}

}  // namespace firstring::api

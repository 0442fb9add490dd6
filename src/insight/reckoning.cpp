#include "insight/reckoning.h"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>

#include "base/assert.h"
#include "insight/survival.h"
#include "insight/topics.h"

namespace firstring::insight {
namespace {

constexpr std::uint32_t k_no_group = std::numeric_limits<std::uint32_t>::max();
constexpr int k_key_bits = 21;  // of one dimension within a group's key

constexpr std::array<std::string_view, 7> k_dimensions = {"queue",  "team",      "agent", "number",
                                                          "intent", "half_hour", "day"};

// What all measures have that can be asked by.
struct Traits {
  std::int64_t at_ms = 0;
  std::uint32_t queue = 0, agent = 0, number = 0, intent = 0;
};
Traits traits_of(const StayMeasure& m) {
  return {m.entered_ms, m.queue, m.agent, m.number, m.intent};
}
Traits traits_of(const OfferMeasure& m) {
  return {m.made_ms, m.queue, m.agent, m.number, m.intent};
}
Traits traits_of(const CallMeasure& m) {
  return {m.received_ms, m.queue, m.agent, m.number, m.intent};
}
Traits traits_of(const TimeMeasure& m) { return {m.quarter_ms, 0, m.agent, 0, 0}; }

// Finds the bucket of an instant: all begin on a quarter of an hour.
class Buckets {
 public:
  explicit Buckets(const std::vector<Bucket>& buckets) {
    if (buckets.empty()) return;
    first_ = buckets.front().begins_ms / k_quarter_ms;
    for (std::uint32_t i = 0; i < buckets.size(); ++i) {
      const bool last = i + 1 == buckets.size();
      const std::int64_t end =
          last ? buckets[i].begins_ms / k_quarter_ms + k_last_quarters
               : buckets[i + 1].begins_ms / k_quarter_ms;
      while (first_ + static_cast<std::int64_t>(index_.size()) < end) index_.push_back(i);
    }
  }
  std::uint32_t of(std::int64_t at_ms) const {
    const auto at =
        static_cast<std::size_t>(std::max<std::int64_t>(at_ms / k_quarter_ms - first_, 0));
    return index_.empty() ? 0 : index_[std::min(at, index_.size() - 1)];
  }

 private:
  static constexpr std::int64_t k_last_quarters = 100;  // a day of 25 hours
  std::int64_t first_ = 0;
  std::vector<std::uint32_t> index_;
};

// The single values of a group that a percentile needs.
struct Singles {
  std::array<std::vector<std::int32_t>, 9> by_kind;  // by Values; every_wait: left otherwise
  std::int64_t oldest_waiting_ms = std::numeric_limits<std::int64_t>::max();  // entered
  std::vector<std::int32_t>& operator[](Values values) {
    return by_kind[static_cast<std::size_t>(values)];
  }
};

}  // namespace

std::string_view name_of(Dimension dimension) {
  return k_dimensions[static_cast<std::size_t>(dimension)];
}

std::optional<Dimension> dimension_of(std::string_view name) {
  const auto at = std::ranges::find(k_dimensions, name);
  if (at == k_dimensions.end()) return std::nullopt;
  return static_cast<Dimension>(at - k_dimensions.begin());
}

bool Question::looks_on() const {
  return std::ranges::any_of(kpis,
                             [](const KpiRow* kpi) { return kpi->source == Source::sequels; });
}

struct Reckoning::State {
  State(const Question& the_question, const Names& the_names);

  const Question& question;
  const Names& names;
  Buckets half_hours, days;
  // Texts of teams have numbers of their own: 0 is none.
  Names team_names;
  std::vector<std::uint32_t> team_of;  // by number of the agent
  // Filters as numbers; k_no_group: there is no such name, so nothing matches.
  std::optional<std::uint32_t> queue, team, agent, number, intent;
  std::vector<Thresholds> thresholds;  // by number of the queue
  std::array<bool, 5> counts_source{};
  std::array<bool, 9> keeps{};
  bool keeps_any = false, without_time = false;

  std::unordered_map<std::uint64_t, std::uint32_t> group_of;
  std::uint64_t last_key = std::numeric_limits<std::uint64_t>::max();
  std::uint32_t last_group = 0;
  std::vector<std::uint64_t> keys;
  std::vector<Counts> counts;
  std::vector<Singles> singles;
  bool too_many = false;
  std::vector<Seen> seen;
  std::vector<std::uint64_t> calls;

  const Thresholds& thresholds_of(std::uint32_t at) const {
    return at < thresholds.size() ? thresholds[at] : question.thresholds;
  }
  bool fits(const Traits& traits) const;
  std::uint32_t part_of(Dimension dimension, const Traits& traits) const;
  std::uint32_t group(const Traits& traits);
  template <typename Measure, typename Count>
  void each(std::span<const Measure> measures, Source source, Count count_one);
  void keep(const StayMeasure& stay, Singles& single);
  void look(std::span<const CallMeasure> all);
  void count_sequels(std::int64_t as_of_ms);
  bool is_behind(const Counts& one) const;
  std::vector<std::string> texts_of(std::uint64_t key) const;
  KpiValue value_of(const KpiRow& kpi, std::uint32_t index, std::int64_t as_of_ms);
  std::optional<double> single_value(const KpiRow& kpi, Singles& single, std::int64_t as_of_ms);
};

// ---- the question ----

Reckoning::State::State(const Question& the_question, const Names& the_names)
    : question(the_question),
      names(the_names),
      half_hours(the_question.half_hours),
      days(the_question.days) {
  ASSERT(question.by.size() <= Question::k_dimensions_max);
  const auto number_in = [](const Names& where, const std::optional<std::string>& text) {
    std::optional<std::uint32_t> found;
    if (!text) return found;
    const std::uint32_t* known = where.find(*text);
    return found = known != nullptr ? *known : k_no_group;
  };
  team_of.resize(names.size());
  thresholds.resize(names.size(), question.thresholds);
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    const auto at = question.teams.find(names.text(i));
    if (at != question.teams.end()) team_of[i] = team_names.number_of(at->second);
    const auto rule = question.rules.find(names.text(i));
    if (rule != question.rules.end()) thresholds[i] = rule->second;
  }
  queue = number_in(names, question.queue);
  agent = number_in(names, question.agent);
  number = number_in(names, question.number);
  intent = number_in(names, question.intent);
  team = number_in(team_names, question.team);
  for (const KpiRow* kpi : question.kpis) {
    counts_source[static_cast<std::size_t>(kpi->source)] = true;
    if (kpi->values == Values::none) continue;
    keeps_any = true;
    keeps[static_cast<std::size_t>(kpi->values)] = true;
    if (kpi->values != Values::every_wait) continue;
    keeps[static_cast<std::size_t>(Values::answer_wait)] = true;
    keeps[static_cast<std::size_t>(Values::abandon_wait)] = true;
  }
  // An agent's time belongs to no queue.
  const auto of_a_call = [](Dimension one) {
    return one == Dimension::queue || one == Dimension::number || one == Dimension::intent;
  };
  without_time = queue || number || intent || std::ranges::any_of(question.by, of_a_call);
}

bool Reckoning::State::fits(const Traits& traits) const {
  if (traits.at_ms < question.from_ms || traits.at_ms >= question.until_ms) return false;
  if (queue && *queue != traits.queue) return false;
  if (agent && *agent != traits.agent) return false;
  if (number && *number != traits.number) return false;
  if (intent && *intent != traits.intent) return false;
  return !team || *team == team_of[std::min<std::size_t>(traits.agent, team_of.size() - 1)];
}

std::uint32_t Reckoning::State::part_of(Dimension dimension, const Traits& traits) const {
  switch (dimension) {
    case Dimension::queue: return traits.queue;
    case Dimension::team:
      return team_of[std::min<std::size_t>(traits.agent, team_of.size() - 1)];
    case Dimension::agent: return traits.agent;
    case Dimension::number: return traits.number;
    case Dimension::intent: return traits.intent;
    case Dimension::half_hour: return half_hours.of(traits.at_ms);
    case Dimension::day: return days.of(traits.at_ms);
  }
  return 0;
}

std::uint32_t Reckoning::State::group(const Traits& traits) {
  std::uint64_t key = 0;
  for (const Dimension dimension : question.by) {
    key = (key << k_key_bits) | part_of(dimension, traits);
  }
  if (key == last_key) return last_group;
  const auto [at, is_new] = group_of.try_emplace(key, static_cast<std::uint32_t>(keys.size()));
  if (is_new) {
    if (keys.size() >= Question::k_groups_max) {
      group_of.erase(at);
      too_many = true;
      return k_no_group;
    }
    keys.push_back(key);
    counts.emplace_back();
    if (keeps_any) singles.emplace_back();
  }
  last_key = key;
  return last_group = at->second;
}

// ---- the measures ----

bool Reckoning::State::is_behind(const Counts& one) const {
  const KpiRow& kpi = *question.kpis.front();
  const bool numerator =
      question.calls_of == Question::Part::numerator && kpi.values == Values::none;
  const Terms& terms = numerator || kpi.form == Form::total ? kpi.above : kpi.below;
  return terms.of(one) != 0;
}

template <typename Measure, typename Count>
void Reckoning::State::each(std::span<const Measure> measures, Source source, Count count_one) {
  if (!counts_source[static_cast<std::size_t>(source)]) return;
  for (const Measure& measure : measures) {
    const Traits traits = traits_of(measure);
    if (!fits(traits)) continue;
    const std::uint32_t index = group(traits);
    if (index == k_no_group) return;
    count_one(measure, index);
    if constexpr (requires { measure.call; }) {
      if (question.calls_of == Question::Part::none) continue;
      Counts one;
      if constexpr (std::is_same_v<Measure, StayMeasure>) {
        count(measure, thresholds_of(measure.queue), one);
      } else {
        count(measure, one);
      }
      if (is_behind(one)) calls.push_back(measure.call);
    }
  }
}

void Reckoning::State::keep(const StayMeasure& stay, Singles& single) {
  const auto put = [&](Values values, std::int32_t ms) {
    if (keeps[static_cast<std::size_t>(values)]) single[values].push_back(ms);
  };
  switch (stay.left) {
    case StayMeasure::Left::waiting:
      single.oldest_waiting_ms = std::min(single.oldest_waiting_ms, stay.entered_ms);
      return;
    case StayMeasure::Left::answered: put(Values::answer_wait, stay.wait_ms); break;
    case StayMeasure::Left::abandoned: put(Values::abandon_wait, stay.wait_ms); break;
    default: put(Values::every_wait, stay.wait_ms); break;
  }
  if (is_handled(stay)) put(Values::handle, stay.talk_ms + stay.hold_ms + stay.wrap_up_ms);
  if (stay.log_lag_ms != k_never && stay.left == StayMeasure::Left::answered) {
    put(Values::log_lag, stay.log_lag_ms);
  }
}

// Every call with a known caller counts as a later one; only those that fit are judged.
void Reckoning::State::look(std::span<const CallMeasure> all) {
  for (const CallMeasure& call : all) {
    if (call.caller == 0 || call.received_ms < question.from_ms) continue;
    if (call.received_ms > question.until_ms + question.again_within_ms) continue;
    const Traits traits = traits_of(call);
    const std::uint32_t index = fits(traits) ? group(traits) : k_no_group;
    if (too_many) return;
    seen.push_back({.topic = call.caller ^ (call.intent * 0x9e3779b97f4a7c15ULL),
                    .received_ms = call.received_ms,
                    .call = call.call,
                    .group = index,
                    .flags = call.flags,
                    .talks = call.talks,
                    .agents = call.agents});
  }
}

void Reckoning::State::count_sequels(std::int64_t as_of_ms) {
  sort_by_topic(seen);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const Seen& one = seen[i];
    if (one.group == k_no_group) continue;
    const bool follows = i + 1 < seen.size() && seen[i + 1].topic == one.topic;
    const Sequel sequel{
        .again = follows &&
                 seen[i + 1].received_ms - one.received_ms <= question.again_within_ms,
        .mature = one.received_ms + question.again_within_ms <= as_of_ms};
    const CallMeasure call{.caller = 1, .talks = one.talks, .agents = one.agents,
                           .flags = one.flags};
    count(call, sequel, counts[one.group]);
    if (question.calls_of == Question::Part::none) continue;
    Counts alone;
    count(call, sequel, alone);
    if (is_behind(alone)) calls.push_back(one.call);
  }
  seen.clear();
}

// ---- the answer ----

std::vector<std::string> Reckoning::State::texts_of(std::uint64_t key) const {
  std::vector<std::string> texts(question.by.size());
  for (std::size_t i = question.by.size(); i-- > 0;) {
    const auto part = static_cast<std::uint32_t>(key & ((1U << k_key_bits) - 1));
    key >>= k_key_bits;
    switch (question.by[i]) {
      case Dimension::team: texts[i] = team_names.text(part); break;
      case Dimension::half_hour: texts[i] = question.half_hours[part].label; break;
      case Dimension::day: texts[i] = question.days[part].label; break;
      default: texts[i] = names.text(part); break;
    }
  }
  return texts;
}

std::optional<double> Reckoning::State::single_value(const KpiRow& kpi, Singles& single,
                                                     std::int64_t as_of_ms) {
  std::vector<std::int32_t>& answered = single[Values::answer_wait];
  std::vector<std::int32_t>& abandoned = single[Values::abandon_wait];
  std::vector<std::int32_t>& others = single[Values::every_wait];
  const auto in_seconds = [](std::optional<std::int64_t> ms) -> std::optional<double> {
    if (!ms) return std::nullopt;
    return static_cast<double>(*ms) / 1000;
  };
  if (kpi.form == Form::quantile) {
    sort_waits(single[kpi.values]);
    return in_seconds(nearest_rank(single[kpi.values], kpi.quantile));
  }
  if (kpi.form == Form::longest) {
    std::int64_t longest = k_never;
    for (const auto* waits : {&answered, &abandoned, &others}) {
      for (const std::int32_t wait : *waits) longest = std::max<std::int64_t>(longest, wait);
    }
    if (single.oldest_waiting_ms <= as_of_ms) {
      longest = std::max(longest, as_of_ms - single.oldest_waiting_ms);
    }
    return longest < 0 ? std::nullopt : in_seconds(longest);
  }
  const bool until_answer = kpi.form == Form::wait;
  Survival survival{.ended_ms = until_answer ? answered : abandoned,
                    .censored_ms = until_answer ? abandoned : answered};
  survival.censored_ms.insert(survival.censored_ms.end(), others.begin(), others.end());
  if (kpi.form != Form::patience_mean) return in_seconds(survival.quantile_ms(kpi.quantile));
  const auto mean = survival.mean_ms();
  return mean ? std::optional(*mean / 1000) : std::nullopt;
}

KpiValue Reckoning::State::value_of(const KpiRow& kpi, std::uint32_t index,
                                    std::int64_t as_of_ms) {
  const Counts& sums = counts[index];
  KpiValue value{.numerator = kpi.above.of(sums), .denominator = kpi.below.of(sums)};
  double scale = 1;
  if (kpi.unit == Unit::seconds) scale = kpi.source == Source::time ? 1e-6 : 1e-3;
  switch (kpi.form) {
    case Form::total: value.value = static_cast<double>(value.numerator) * scale; break;
    case Form::ratio:
      if (value.denominator <= 0) break;
      value.value =
          static_cast<double>(value.numerator) / static_cast<double>(value.denominator) * scale;
      break;
    case Form::quantile:
    case Form::longest:
    case Form::patience:
    case Form::patience_mean:
    case Form::wait: value.value = single_value(kpi, singles[index], as_of_ms); break;
  }
  return value;
}

Reckoning::Reckoning(const Question& question, const Names& names)
    : state_(std::make_unique<State>(question, names)) {}
Reckoning::~Reckoning() = default;

void Reckoning::add(std::span<const StayMeasure> stays) {
  State& state = *state_;
  state.each(stays, Source::stays, [&state](const StayMeasure& stay, std::uint32_t index) {
    count(stay, state.thresholds_of(stay.queue), state.counts[index]);
    if (state.keeps_any) state.keep(stay, state.singles[index]);
  });
}

void Reckoning::add(std::span<const OfferMeasure> offers) {
  State& state = *state_;
  state.each(offers, Source::offers, [&state](const OfferMeasure& offer, std::uint32_t index) {
    count(offer, state.counts[index]);
    if (state.keeps[static_cast<std::size_t>(Values::ring)] &&
        offer.end == OfferMeasure::End::answered) {
      state.singles[index][Values::ring].push_back(offer.lasted_ms);
    }
  });
}

void Reckoning::add(std::span<const CallMeasure> calls) {
  State& state = *state_;
  state.each(calls, Source::calls, [&state](const CallMeasure& call, std::uint32_t index) {
    count(call, state.counts[index]);
    if (state.keeps[static_cast<std::size_t>(Values::answer_any)] &&
        call.answer_any_ms != k_never) {
      state.singles[index][Values::answer_any].push_back(call.answer_any_ms);
    }
  });
  if (state.question.looks_on()) state.look(calls);
}

void Reckoning::add(std::span<const TimeMeasure> time) {
  State& state = *state_;
  if (state.without_time) return;
  state.each(time, Source::time, [&state](const TimeMeasure& one, std::uint32_t index) {
    count(one, state.counts[index]);
  });
}

void Reckoning::add(const Measures& measures) {
  add(std::span(measures.calls));
  add(std::span(measures.stays));
  add(std::span(measures.offers));
  add(std::span(measures.time));
}

bool Reckoning::too_many() const { return state_->too_many; }

std::vector<Group> Reckoning::finish(std::int64_t as_of_ms) {
  State& state = *state_;
  state.count_sequels(as_of_ms);
  // The whole is there even if nobody was: with nothing in it.
  if (state.question.by.empty()) (void)state.group({});
  std::vector<Group> groups;
  for (std::uint32_t i = 0; i < state.keys.size(); ++i) {
    Group& group = groups.emplace_back();
    group.keys = state.texts_of(state.keys[i]);
    for (const KpiRow* kpi : state.question.kpis) {
      group.values.push_back(state.value_of(*kpi, i, as_of_ms));
    }
  }
  // Labels of times sort as the times do, but for the hour that comes twice: by key then.
  std::vector<std::uint32_t> order(groups.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, [&](std::uint32_t a, std::uint32_t b) {
    for (std::size_t i = 0; i < state.question.by.size(); ++i) {
      const Dimension dimension = state.question.by[i];
      const int shift = k_key_bits * static_cast<int>(state.question.by.size() - 1 - i);
      const auto left = (state.keys[a] >> shift) & ((1U << k_key_bits) - 1);
      const auto right = (state.keys[b] >> shift) & ((1U << k_key_bits) - 1);
      if (left == right) continue;
      if (dimension == Dimension::half_hour || dimension == Dimension::day) return left < right;
      return groups[a].keys[i] < groups[b].keys[i];
    }
    return false;
  });
  std::vector<Group> sorted;
  for (const std::uint32_t index : order) sorted.push_back(std::move(groups[index]));
  return sorted;
}

std::vector<std::uint64_t> Reckoning::take_calls() {
  std::ranges::sort(state_->calls);
  auto& calls = state_->calls;
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  return std::move(state_->calls);
}

}  // namespace firstring::insight

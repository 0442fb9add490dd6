// Reckoning: answers a question about figures from measures.
//
// Give it the measures in any portions and any order; finish() gives a row for each group that
// occurred, in order of its keys. It holds sums, and the single values only for the percentiles
// that were asked for: these are exact, to the millisecond.
// Lives on: any thread; for one question.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "insight/definitions.h"
#include "insight/measure.h"
#include "insight/names.h"

namespace firstring::insight {

enum class Dimension { queue, team, agent, number, intent, half_hour, day };
std::string_view name_of(Dimension dimension);
std::optional<Dimension> dimension_of(std::string_view name);

// A stretch of time that figures are asked for by; they follow one another without gaps.
struct Bucket {
  std::int64_t begins_ms = 0;
  std::string label;  // "2026-11-01", "2026-11-01T01:30-04:00"
};

struct Question {
  static constexpr std::size_t k_dimensions_max = 3;
  static constexpr std::size_t k_groups_max = 20'000;

  std::int64_t from_ms = 0, until_ms = 0;  // [from, until): of entering, receiving, offering
  std::vector<Dimension> by;
  std::vector<Bucket> half_hours, days;    // that cover it, when asked by them
  std::optional<std::string> queue, team, agent, number, intent;  // every one must match
  std::vector<const KpiRow*> kpis;

  // Definitions.
  Thresholds thresholds;                           // for queues that are not in `rules`
  std::map<std::string, Thresholds> rules;         // by slug of the queue
  std::int64_t again_within_ms = 7LL * 24 * 3600 * 1000;  // W
  std::map<std::string, std::string> teams;        // slug of the agent -> his team

  // The calls behind a number: of `kpis`, which has then only one.
  enum class Part { none, numerator, denominator };
  Part calls_of = Part::none;

  bool looks_on() const;  // needs the calls of W after `until_ms` too
};

struct KpiValue {
  std::optional<double> value;  // absent: of nothing
  std::int64_t numerator = 0, denominator = 0;
  friend bool operator==(const KpiValue&, const KpiValue&) = default;
};

struct Group {
  std::vector<std::string> keys;   // one for each of Question::by
  std::vector<KpiValue> values;    // one for each of Question::kpis
  friend bool operator==(const Group&, const Group&) = default;
};

struct Answer {
  std::vector<Group> groups;
  std::vector<std::uint64_t> calls;  // behind the number, when asked for
  bool too_many = false;             // groups: ask for less
  WallTime as_of;                    // of the last fact counted
  std::uint64_t sequence = 0;        // its number
};

class Reckoning {
 public:
  // Both outlive this.
  Reckoning(const Question& question, const Names& names);
  ~Reckoning();

  void add(std::span<const StayMeasure> stays);
  void add(std::span<const OfferMeasure> offers);
  void add(std::span<const CallMeasure> calls);  // Question::looks_on(): of later ones too
  void add(std::span<const TimeMeasure> time);
  void add(const Measures& measures);

  bool too_many() const;  // groups: ask for less
  // `as_of_ms`: up to when facts were known.
  std::vector<Group> finish(std::int64_t as_of_ms);
  // For Question::calls_of, after finish(): their ids, rising, each once.
  std::vector<std::uint64_t> take_calls();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace firstring::insight

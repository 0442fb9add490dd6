#include "acd/strategy.h"

#include <algorithm>
#include <array>

#include "base/assert.h"

namespace firstring::acd {
namespace {

struct Row {
  Strategy strategy;
  std::string_view name;
  Scoring scoring;
};
constexpr std::array k_table = {
    Row{Strategy::longest_idle, "longest_idle", longest_idle},
    Row{Strategy::fewest_calls, "fewest_calls", fewest_calls},
    Row{Strategy::least_talk, "least_talk", least_talk},
    Row{Strategy::round_robin, "round_robin", round_robin},
    Row{Strategy::ordered, "ordered", ordered},
    Row{Strategy::skill_best, "skill_best", skill_best},
    Row{Strategy::value_weighted, "value_weighted", value_weighted},
    Row{Strategy::ring_all, "ring_all", ring_all},
    Row{Strategy::score, "score", nullptr},
};

const Row& row_of(Strategy strategy) {
  const auto* at = std::ranges::find(k_table, strategy, &Row::strategy);
  ASSERT(at != k_table.end());
  return *at;
}

}  // namespace

std::string_view name_of(Strategy strategy) { return row_of(strategy).name; }
Scoring scoring_of(Strategy strategy) { return row_of(strategy).scoring; }

std::optional<Strategy> strategy_of(std::string_view name) {
  const auto* at = std::ranges::find(k_table, name, &Row::name);
  if (at == k_table.end()) return std::nullopt;
  return at->strategy;
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const Row& row : k_table) names.emplace_back(row.name);
  return names;
}

}  // namespace firstring::acd

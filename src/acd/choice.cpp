#include "acd/choice.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace firstring::acd {
namespace {

// Their order is that in which they became ready: the first are the best.
bool is_by_idleness(Strategy strategy) {
  return strategy == Strategy::longest_idle || strategy == Strategy::ring_all;
}

// Where the round stands: the place of him who was rung last, or the one before it.
int turn_of(const Ready& ready, const Queue& queue) {
  const auto& members = queue.members;
  const auto next = std::ranges::upper_bound(
      members, queue.rung_last, {}, [](const Agent* agent) -> const std::string& {
        return agent->spec.slug;
      });
  const auto first = static_cast<int>(next - members.begin());
  const auto count = static_cast<int>(members.size());
  return count == 0 ? 0 : (ready.index - first + count) % count;
}

class Judge {
 public:
  Judge(const Pool& pool, const QueueSpec& spec, const Ticket& ticket, MonoTime now)
      : pool_(pool), spec_(spec), scoring_(scoring_of(spec.strategy)), now_(now) {
    matter_ = {.priority = ticket.priority,
               .value = ticket.value,
               .skills = static_cast<int>(pool.criteria.skills.size()),
               .waited = now - ticket.since};
  }
  double score(const Ready& ready) const {
    const Agent& agent = *ready.agent;
    Candidate candidate{.idle = now_ - ready.since,
                        .talked = agent.talked,
                        .calls_taken = agent.calls_taken,
                        .order = ready.order,
                        .level = ready.level};
    if (spec_.strategy == Strategy::round_robin) candidate.turn = turn_of(ready, *pool_.queue);
    if (scoring_ == nullptr) return spec_.score.score(agent.spec, candidate, matter_);
    return scoring_(candidate, matter_);
  }

 private:
  const Pool& pool_;
  const QueueSpec& spec_;
  Scoring scoring_;
  MonoTime now_;
  Matter matter_;
};

}  // namespace

Choice choose(const Pool& pool, const QueueSpec& spec, const Ticket& ticket, MonoTime now,
              std::size_t wanted) {
  Choice choice;
  choice.ready = pool.ready.size();
  const Judge judge(pool, spec, ticket, now);
  const bool by_idleness = is_by_idleness(spec.strategy);
  const std::size_t scored_max = by_idleness                        ? wanted
                                 : spec.strategy == Strategy::score ? k_scored_max
                                                                    : pool.ready.size();
  for (const Ready& ready : pool.ready) {
    if (choice.scored == scored_max) break;
    if (is_kept_for_another(*ready.agent, *pool.queue)) {
      choice.kept += 1;
      continue;
    }
    choice.scored += 1;
    choice.ranked.push_back({ready.agent, judge.score(ready)});
  }
  if (by_idleness) return choice;
  // Equals stay as they came: the longest idle first.
  const auto better = [](const Ranked& a, const Ranked& b) { return a.score > b.score; };
  std::ranges::stable_sort(choice.ranked, better);
  if (choice.ranked.size() > wanted) choice.ranked.resize(wanted);
  return choice;
}

bool anyone_for(const Pool& pool) {
  return std::ranges::any_of(pool.ready, [&pool](const Ready& ready) {
    return !is_kept_for_another(*ready.agent, *pool.queue);
  });
}

std::string text_of(const std::vector<Ranked>& ranked, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < ranked.size(); ++i) {
    std::array<char, 32> score{};
    std::snprintf(score.data(), score.size(), " %.6g", ranked[i].score);
    if (!text.empty()) text += ", ";
    text += ranked[i].agent->spec.slug + score.data();
  }
  return text;
}

}  // namespace firstring::acd

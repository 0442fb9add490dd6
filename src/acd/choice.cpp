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

// The place, among the members, of the next after him who was rung last.
int next_turn(const Queue& queue) {
  const auto next = std::ranges::upper_bound(
      queue.members, queue.rung_last, {},
      [](const Agent* agent) -> const std::string& { return agent->spec.slug; });
  return static_cast<int>(next - queue.members.begin());
}

class Judge {
 public:
  Judge(const Pool& pool, const QueueSpec& spec, const Ticket& ticket, MonoTime now)
      : pool_(pool), spec_(spec), scoring_(scoring_of(spec.strategy)), now_(now) {
    matter_ = {.priority = ticket.priority,
               .value = ticket.value,
               .skills = static_cast<int>(pool.criteria.skills.size()),
               .waited = now - ticket.since};
    if (spec.strategy == Strategy::round_robin) next_turn_ = next_turn(*pool.queue);
  }
  double score(const Ready& ready) const {
    const Agent& agent = *ready.agent;
    Candidate candidate{.idle = now_ - ready.since,
                        .talked = agent.talked,
                        .calls_taken = agent.calls_taken,
                        .order = ready.order,
                        .level = ready.level};
    const auto members = static_cast<int>(pool_.queue->members.size());
    candidate.turn = (ready.index - next_turn_ + members) % std::max(members, 1);
    if (scoring_ == nullptr) return spec_.score.score(agent.spec, candidate, matter_);
    return scoring_(candidate, matter_);
  }

 private:
  const Pool& pool_;
  const QueueSpec& spec_;
  Scoring scoring_;
  MonoTime now_;
  Matter matter_;
  int next_turn_ = 0;
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
    if (Queue* keeper = keeper_of(*ready.agent, *pool.queue); keeper != nullptr) {
      keeper->kept_someone = true;
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
    return keeper_of(*ready.agent, *pool.queue) == nullptr;
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

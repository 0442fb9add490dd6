// Why this agent, and why still waiting: what an offer's fact tells of the decision, and the live
// answer for a call that waits.
#include <algorithm>

#include "flow/switchboard_state.h"

namespace firstring::flow {
namespace {

using call::FactType;

constexpr std::size_t k_looked_at_max = 100;  // of the able, in search of those who are not ready

void append_state(std::string& text, const acd::Agent& agent) {
  text += name_of(agent.presence.state());
  const std::string_view reason = agent.presence.reason();
  if (!reason.empty()) text.append(" (").append(reason).append(")");
}

// "carl talking, dora away (lunch)": those who may take the call and cannot now.
std::string others_text(const acd::Pool& pool) {
  std::string text;
  std::size_t told = 0;
  const std::size_t count = std::min(pool.able.size(), k_looked_at_max);
  for (std::size_t i = 0; i < count && told < acd::k_alternatives_max; ++i) {
    const acd::Agent& agent = *pool.able[i];
    if (agent.ready()) continue;
    if (!text.empty()) text += ", ";
    text.append(agent.spec.slug).append(" ");
    append_state(text, agent);
    told += 1;
  }
  return text;
}

bool by_slug(const acd::Agent* a, const acd::Agent* b) { return a->spec.slug < b->spec.slug; }

std::string seconds_text(Duration duration) {
  return std::to_string((milliseconds(duration) + 500) / 1000) + " s";
}

// Why this agent has not got the call.
std::string hindrance(const acd::Agent& agent, const Stay& stay, bool able) {
  if (stay.offer_to(agent) != nullptr) return "rings";
  if (!able && !stay.preferred.empty()) return "is not " + stay.preferred;
  const acd::Criteria& criteria = stay.pool->criteria;
  if (!able && criteria.rule.admits(agent.spec)) return "is in a ring that is not open yet";
  if (!able) {
    std::string text = "does not meet " + criteria.rule.text();
    for (const std::string& skill : criteria.rule.skills()) {
      const auto at = agent.spec.skills.find(skill);
      const int level = at == agent.spec.skills.end() ? 0 : at->second;
      text += "; has " + skill + " " + std::to_string(level);
    }
    return text;
  }
  if (!agent.ready()) {
    std::string text = "is ";
    append_state(text, agent);
    std::ranges::replace(text, '_', ' ');
    return text;
  }
  const acd::Queue* keeper = acd::keeper_of(agent, *stay.queue);
  if (keeper != nullptr) return "is kept in the reserve of " + keeper->spec.slug;
  return "is ready";
}

std::string position_sentence(const WaitView& view) {
  std::string text = "This call has waited for " + seconds_text(view.waited) +
                     ", now in the queue " + view.queue + ", and is ";
  if (view.position == 1) return text + "the next.";
  return text + "number " + std::to_string(view.position) + " in line.";
}

std::string demand_sentence(const WaitView& view, const Stay& stay) {
  std::string text;
  if (!view.preferred.empty()) {
    text = "It waits for " + view.preferred + " first";
  } else if (view.requires_rule.empty()) {
    text = "It may go to any agent";
  } else {
    text = "It asks for " + view.requires_rule;
  }
  if (const auto rings = stay.pool->criteria.rings.size(); rings > 0) {
    text += ", in the first " + std::to_string(rings) + " of " +
            std::to_string(stay.spec->rings.size()) + " rings";
  }
  return text + ": " + std::to_string(view.able) + " of " + std::to_string(view.members) +
         " agents of the queue may take it.";
}

std::string change_sentence(const WaitView& view, const Stay& stay) {
  const std::string when = "In " + seconds_text(*view.changes_in);
  if (!view.preferred.empty()) return when + " others are asked too.";
  const acd::Stage next =
      acd::stage_of(*stay.spec, *stay.demand, view.waited + *view.changes_in);
  const std::string& rule = next.criteria.rule.text();
  if (rule == view.requires_rule) return when + " the next ring opens.";
  return rule.empty() ? when + " it may go to any agent." : when + " it will ask for " + rule + ".";
}

}  // namespace

std::optional<WaitView> Switchboard::why_waiting(CallId id) const {
  const LiveCall* call = state_->find(id);
  if (call == nullptr || !call->stay) return std::nullopt;
  const Stay& stay = *call->stay;
  const MonoTime now = state_->given.clock.now();
  WaitView view{.queue = stay.spec->slug,
                .waited = now - stay.ticket.since,
                .position = stay.queue->line.position(stay.ticket),
                .requires_rule = stay.pool->criteria.rule.text(),
                .preferred = stay.preferred,
                .members = static_cast<int>(stay.queue->members.size()),
                .able = static_cast<int>(stay.pool->able.size())};
  if (stay.stage_timer.armed()) view.changes_in = stay.stage_timer.due() - now;
  for (const bool able : {true, false}) {
    for (const acd::Agent* agent : stay.queue->members) {
      if (view.agents.size() == acd::k_alternatives_max) break;
      if (std::ranges::binary_search(stay.pool->able, agent, by_slug) != able) continue;
      view.agents.push_back({.slug = agent->spec.slug,
                             .state = std::string(name_of(agent->presence.state())),
                             .reason = std::string(agent->presence.reason()),
                             .able = able,
                             .why = hindrance(*agent, stay, able)});
    }
  }
  view.sentences = {position_sentence(view), demand_sentence(view, stay)};
  if (view.changes_in) view.sentences.push_back(change_sentence(view, stay));
  for (const WaitView::Agent& agent : view.agents) {
    view.sentences.push_back(agent.slug + " " + agent.why + ".");
  }
  const auto left_out = static_cast<std::size_t>(view.members) - view.agents.size();
  if (left_out > 0) {
    view.sentences.push_back(std::to_string(left_out) + " more agents are not named here.");
  }
  return view;
}

// Told before the agent is taken from the ready: what stands here is what was to be chosen from.
void Switchboard::State::tell_offer(const LiveCall& call, const acd::Choice& choice,
                                    std::size_t which, std::string_view by) {
  const Stay& stay = *call.stay;
  const acd::Pool& pool = *stay.pool;
  const Offer& offer = stay.offers.back();
  const auto count = [](std::size_t size) { return static_cast<std::int64_t>(size); };
  const Duration waited = given.clock.now() - stay.ticket.since;
  std::vector<call::Field> fields;
  fields.reserve(14);
  fields.push_back(call::integer("offer", offer.number));
  fields.push_back(call::text("by", by));
  fields.push_back(call::text("strategy", name_of(stay.spec->strategy)));
  fields.push_back(call::number("score", choice.ranked[which].score));
  fields.push_back(call::integer("waited_ms", milliseconds(waited)));
  fields.push_back(call::integer("members", count(stay.queue->members.size())));
  fields.push_back(call::integer("able", count(pool.able.size())));
  fields.push_back(call::integer("ready", count(choice.ready)));
  if (stay.offers.size() == 1) {
    const auto add = [&fields](std::string_view key, std::string text) {
      if (!text.empty()) fields.push_back({key, std::move(text)});
    };
    add("requires", pool.criteria.rule.text());
    add("preferred", stay.preferred);
    add("alternatives", acd::text_of(choice.ranked, 1));
    add("others", others_text(pool));
    if (!stay.spec->rings.empty() && stay.preferred.empty()) {
      fields.push_back(call::integer("rings", count(pool.criteria.rings.size())));
    }
    if (choice.kept > 0) fields.push_back(call::integer("kept", count(choice.kept)));
  }
  reporter.report_fields(FactType::offer_made,
                         {.call = call.id,
                          .leg = offer.leg,
                          .agent = offer.agent->spec.slug,
                          .queue = stay.spec->slug},
                         std::move(fields));
}

}  // namespace firstring::flow

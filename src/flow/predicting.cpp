// How long will he wait? Foretold from what the agents do just now, kept to be judged by what came
// of it, and used: said to the caller, in rules of the queue, on screens.
#include <algorithm>

#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::FactType;

namespace {

constexpr std::size_t k_others_looked_at_max = 16;  // queues of one agent
constexpr std::size_t k_agents_looked_at_max = 64;  // of more these stand for all

}  // namespace

// Nothing, when nobody is at work in this queue.
std::optional<acd::WaitForecast> Switchboard::State::predict(const acd::Queue& queue,
                                                             MonoTime rank, int position) const {
  const MonoTime now = given.clock.now();
  // Of who stands in other lines, those before him there take their share of the agents. `call`
  // none: before all of the same rank.
  const acd::Ticket here{.rank = rank};
  std::unordered_map<const acd::Queue*, std::size_t> before;
  const auto before_in = [&](const acd::Queue* other) {
    const auto [at, is_new] = before.try_emplace(other, 0);
    if (is_new) at->second = other->line.all().order_of_key(here);
    return at->second;
  };
  std::vector<acd::Server> servers;
  const std::size_t step =
      std::max<std::size_t>(queue.members.size() / k_agents_looked_at_max, 1);
  for (std::size_t at = 0; at < queue.members.size(); at += step) {
    const acd::Agent* agent = queue.members[at];
    const auto work = agent->presence.work();
    const bool ready = agent->presence.state() == acd::AgentState::ready;
    if (work == acd::Presence::Work::none && !ready) continue;
    acd::Server server{.free = ready};
    const bool at_it =
        work == acd::Presence::Work::talking || work == acd::Presence::Work::wrap_up;
    if (at_it) server.lasted = now - agent->talk_since;
    std::size_t others = 0;
    for (std::size_t i = 0; i < std::min(agent->serves.size(), k_others_looked_at_max); ++i) {
      if (agent->serves[i] != &queue) others += before_in(agent->serves[i]);
    }
    const auto ours = static_cast<double>(std::max(position, 1));
    server.share = static_cast<double>(step) * ours / (ours + static_cast<double>(others));
    servers.push_back(server);
  }
  if (servers.empty()) return std::nullopt;
  // Who gives up: once an hour of waiting is believed before it is known.
  const double gives_up =
      (static_cast<double>(queue.gave_up) + 1) / (queue.waited_s + 3600);
  return acd::forecast_wait(queue.handle_times, servers, position, gives_up);
}

std::optional<acd::WaitForecast> Switchboard::State::predict(const Stay& stay) const {
  return predict(*stay.queue, stay.ticket.rank, stay.queue->line.position(stay.ticket));
}

std::optional<acd::WaitForecast> Switchboard::State::predict_newcomer(
    const acd::Queue& queue) const {
  return predict(queue, given.clock.now(), static_cast<int>(queue.line.size()) + 1);
}

void Switchboard::State::tell_prediction(LiveCall& call) {
  Stay& stay = *call.stay;
  stay.predicted = predict(stay);
  if (!stay.predicted) return;
  reporter.report(FactType::wait_predicted, {.call = call.id, .queue = stay.spec->slug},
                  call::integer("p50_ms", milliseconds(stay.predicted->p50)),
                  call::integer("p90_ms", milliseconds(stay.predicted->p90)));
}

// By those who waited to the end; and what the others tell of patience.
void Switchboard::State::judge_prediction(const Stay& stay, Left how, Duration waited) {
  acd::Queue& queue = *stay.queue;
  queue.waited_s += seconds(waited);
  queue.gave_up += how == Left::abandoned ? 1 : 0;
  if (how == Left::answered && stay.predicted) queue.calibration.add(*stay.predicted, waited);
}

}  // namespace firstring::flow

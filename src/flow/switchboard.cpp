#include "flow/switchboard.h"

#include "base/assert.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

Switchboard::State::State(Given g)
    : given(g),
      reporter(g.clock, g.outbox.facts),
      floor({.clock = g.clock,
             .timers = g.timers,
             .reporter = reporter,
             .on_ready = [this](acd::Agent& agent) {
               free_agents.push_back(&agent);
               if (!deciding) settle();  // from a timer of the Floor
             },
             .on_handled = [this](const acd::Agent& agent, Duration handled) {
               const auto queue = queues.find(agent.queue);
               if (queue != queues.end()) queue->second.handle_times.add(handled);
             }}) {}

// Agents who became free take the callers who wait; callers who came take the agents who are free;
// calls that are over go. An offer makes nobody free, so this ends.
void Switchboard::State::settle() {
  const Deciding guard(deciding);
  while (!rooms_to_end.empty()) end_rooms();
  for (std::size_t i = 0; i < free_agents.size(); ++i) give_call_to(*free_agents[i]);
  free_agents.clear();
  for (std::size_t i = 0; i < seeking.size(); ++i) {
    LiveCall* call = find(seeking[i]);
    if (call != nullptr) find_agent_for(*call);
  }
  seeking.clear();
  call_ahead();
  for (const CallId id : finished) {
    const auto at = calls.find(id);
    ASSERT(at != calls.end());
    at->second->edition->calls -= 1;
    calls.erase(at);
  }
  const bool over = !finished.empty();
  finished.clear();
  if (over && editions.size() > 1) drop_unused();
  if (floor.anyone_to_let_go()) staff_queues();
}

LiveCall* Switchboard::State::find(CallId id) {
  const auto at = calls.find(id);
  return at == calls.end() ? nullptr : at->second.get();
}

LiveCall* Switchboard::State::call_of(LegId leg) {
  const auto at = legs.find(leg);
  return at == legs.end() ? nullptr : at->second;
}

Switchboard::Switchboard(Given given) : state_(std::make_unique<State>(given)) {}
Switchboard::~Switchboard() = default;

void Switchboard::configure(std::unique_ptr<const Configuration> configuration) {
  ASSERT(configuration != nullptr);
  state_->decide([&] { state_->configure(std::move(configuration)); });
}

const Configuration& Switchboard::configuration() const {
  ASSERT(!state_->editions.empty());
  return *state_->editions.back().configuration;
}

void Switchboard::handle(const call::Event& event) {
  ASSERT(!state_->editions.empty());
  state_->decide([&] { std::visit([this](const auto& kind) { state_->on(kind); }, event); });
}

void Switchboard::restore_agent(std::string_view agent, std::string_view state,
                                std::string_view reason) {
  state_->decide([&] { state_->floor.restore(agent, state, reason); });
}

Result<void> Switchboard::set_ready(std::string_view agent) {
  return state_->decide([&] { return state_->floor.set_ready(agent); });
}

Result<void> Switchboard::set_away(std::string_view agent, std::string_view reason) {
  return state_->decide([&] { return state_->floor.set_away(agent, reason); });
}

Result<void> Switchboard::sign_out(std::string_view agent) {
  return state_->decide([&] { return state_->floor.sign_out(agent); });
}

Result<void> Switchboard::end_wrap_up(std::string_view agent) {
  return state_->decide([&] { return state_->floor.end_wrap_up(agent); });
}

Result<void> Switchboard::extend_wrap_up(std::string_view agent) {
  return state_->decide([&] { return state_->floor.extend_wrap_up(agent); });
}

Result<void> Switchboard::clear_agent(std::string_view agent, std::string_view by) {
  return state_->decide([&] { return state_->clear_agent(agent, by); });
}

Result<void> Switchboard::set_disposition(CallId call, std::string_view agent,
                                          std::string_view outcome, std::string_view notes) {
  return state_->decide(
      [&] { return state_->floor.set_disposition(call, agent, outcome, notes); });
}

Result<void> Switchboard::hold(CallId call) {
  return state_->decide([&] { return state_->hold(call, true); });
}

Result<void> Switchboard::resume(CallId call) {
  return state_->decide([&] { return state_->hold(call, false); });
}

Result<void> Switchboard::mute(CallId call, call::Mute mute) {
  return state_->decide([&] { return state_->mute(call, mute); });
}

Result<void> Switchboard::start_recording(CallId call) {
  return state_->decide([&] { return state_->start_recording(call); });
}

Result<void> Switchboard::stop_recording(CallId call) {
  return state_->decide([&] { return state_->stop_recording(call); });
}

Result<void> Switchboard::hang_up(CallId call) {
  return state_->decide([&] { return state_->hang_up(call); });
}

Result<CallId> Switchboard::place_call(std::string_view agent, std::string_view number) {
  return state_->decide([&] { return state_->place_call(agent, number); });
}

Result<void> Switchboard::cancel_callback(TurnId turn) {
  return state_->decide([&] { return state_->cancel_callback(turn); });
}

Result<void> Switchboard::call_back_now(TurnId turn) {
  return state_->decide([&] { return state_->call_back_now(turn); });
}

void Switchboard::stop_placing() {
  state_->decide([&] { state_->stop_placing(); });
}

void Switchboard::remember_handle_times(std::string_view queue,
                                        const std::vector<Duration>& handled) {
  const auto at = state_->queues.find(queue);
  if (at == state_->queues.end()) return;
  for (const Duration each : handled) at->second.handle_times.add(each);
}

void Switchboard::restore_turn(const KeptTurn& kept) {
  ASSERT(!state_->editions.empty());
  state_->decide([&] { state_->restore_turn(kept); });
}

Result<void> Switchboard::supervise(CallId call, const SuperviseRequest& request) {
  return state_->decide([&] { return state_->supervise(call, request); });
}

Result<void> Switchboard::stop_supervision(CallId call) {
  return state_->decide([&] { return state_->stop_supervision(call); });
}

Result<void> Switchboard::mute_member(std::string_view room, CallId call, call::Mute mute) {
  return state_->decide([&] { return state_->mute_member(room, call, mute); });
}

Result<void> Switchboard::remove_member(std::string_view room, CallId call) {
  return state_->decide([&] { return state_->remove_member(room, call); });
}

Result<void> Switchboard::lock_room(std::string_view room, bool locked) {
  return state_->decide([&] { return state_->lock_room(room, locked); });
}

std::vector<RoomView> Switchboard::rooms() const { return state_->view_rooms(); }

Result<void> Switchboard::transfer(CallId call, const HandOn& asked) {
  return state_->decide([&] { return state_->transfer(call, asked); });
}

Result<void> Switchboard::consult(CallId call, const HandOn& asked) {
  return state_->decide([&] { return state_->consult(call, asked); });
}

Result<void> Switchboard::swap_consult(CallId call) {
  return state_->decide([&] { return state_->ask_of_consult(call, ConsultEvent::swap); });
}

Result<void> Switchboard::complete_consult(CallId call) {
  return state_->decide([&] { return state_->ask_of_consult(call, ConsultEvent::complete); });
}

Result<void> Switchboard::cancel_consult(CallId call) {
  return state_->decide([&] { return state_->ask_of_consult(call, ConsultEvent::cancel); });
}

std::size_t Switchboard::call_count() const { return state_->calls.size() - state_->unheard; }

}  // namespace firstring::flow

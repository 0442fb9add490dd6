// The way through a flow, node by node: what a node asks for is carried out here.
#include "base/assert.h"
#include "flow/catalog.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::EndReason;
using call::FactType;

Scene Switchboard::State::scene_of(const LiveCall& call) const {
  ASSERT(call.flow != nullptr);
  Scene scene{*call.edition->configuration, *call.flow, given.clock.wall_now(), call.memory,
              call.number, call.from, call.from_name};
  scene.waited = given.clock.now() - call.since;
  scene.zero_leads_somewhere = zero_leads_somewhere(call);
  // By call and node, not in turn: what one call draws changes nothing for another.
  if (call.node != nullptr && std::holds_alternative<RandomNode>(call.node->kind)) {
    scene.chance = Random(given.seed).stream(to_text(call.id) + call.node->name).uniform();
  }
  return scene;
}

void Switchboard::State::enter_flow(LiveCall& call, const Flow& flow) {
  call.flow = &flow;
  take(call, {.leave = flow.start});
}

void Switchboard::State::leave_flow(LiveCall& call, std::string_view to) {
  if (!std::exchange(call.in_flow, false)) return;
  reporter.report(FactType::flow_left, {.call = call.id}, call::text("to", to));
}

// Carries out a step, and those that follow from it at once.
void Switchboard::State::take(LiveCall& call, Step step) {
  for (int taken = 0; taken < k_steps_max; ++taken) {
    apply(call, step.changes);
    if (!step.intent.empty()) {
      call.memory.intent = step.intent;
      reporter.report(FactType::intent_known, {.call = call.id}, call::text("intent", step.intent));
    }
    if (step.leave) {
      if (!go_to(call, *step.leave)) return;
      step = enter(*call.node, call.visit, scene_of(call));
      continue;
    }
    if (step.act == Step::Act::call_flow) {
      step = call_flow(call, std::move(step.inputs));
      continue;
    }
    if (step.act == Step::Act::to_person) {
      step = go_to_person(call);
      continue;
    }
    meet_caller(call, step);
    if (!step.number.empty()) call.visit.number = step.number;
    if (step.act != Step::Act::none) return act(call, step);
    if (step.hush) stop_playing(call);
    const bool speaks = !step.play.empty();
    wait_and_play(call, step);
    if (!speaks || call.playback) return;
    step = on_played(*call.node, call.visit, scene_of(call));  // there was nothing to play
  }
  end_call(call, {.reason = EndReason::limit, .status = 500});
}

// False: there is no such node, or no end of them; the call ends.
bool Switchboard::State::go_to(LiveCall& call, const std::string& to) {
  const std::string* name = &to;
  while (name->empty() && !call.frames.empty()) name = &return_from_flow(call).next;
  if (call.flow == nullptr) {  // called back, or handed on by an extension: nothing is to follow
    end_call(call, {.reason = EndReason::normal});
    return false;
  }
  const auto node = call.flow->nodes.find(*name);
  const bool endless = ++call.nodes_entered > k_nodes_max;
  if (node == call.flow->nodes.end() || endless) {
    end_call(call, {.reason = endless ? EndReason::limit : EndReason::normal});
    return false;
  }
  be_at(call, node->second);
  return true;
}

void Switchboard::State::be_at(LiveCall& call, const Node& node) {
  move_to_place(call, Place::flow);
  stop_playing(call);
  if (!std::exchange(call.in_flow, true)) {
    reporter.report(FactType::flow_entered, {.call = call.id}, call::text("flow", call.flow->name),
                    call::text("version", call.edition->configuration->version));
  }
  call.node = &node;
  call.visit = {};
  reporter.report(FactType::node_entered, {.call = call.id}, call::text("node", node.name),
                  call::text("kind", kind_of(node)));
}

void Switchboard::State::meet_caller(LiveCall& call, const Step& step) {
  if (call.answered) return;
  switch (meeting_at(*call.node, *call.edition->configuration)) {
    case Meeting::answer: return answer_caller(call, "flow");
    case Meeting::early:
      if (step.play.empty()) return ring_caller(call);
      return progress_caller(call);
    case Meeting::later: return;
  }
}

void Switchboard::State::wait_and_play(LiveCall& call, Step& step) {
  if (step.wait) {
    start(call.step_timer, *step.wait, [this, &call] {
      take(call, on_timeout(*call.node, call.visit, scene_of(call)));
    });
  }
  if (step.play.empty()) return;
  std::erase_if(step.play, [](const Prompt& prompt) { return prompt.kind == Prompt::Kind::none; });
  call.playback = {};
  if (step.play.empty()) return;
  play(call, call.caller_leg, std::move(step.play), step.loop);
  if (step.loop || step.wait) return;
  // Should its end never be reported, the caller is not to stay here for ever.
  start(call.step_timer, k_prompt_max, [this, &call] {
    stop_playing(call);
    take(call, on_played(*call.node, call.visit, scene_of(call)));
  });
}

void Switchboard::State::act(LiveCall& call, const Step& step) {
  switch (step.act) {
    case Step::Act::none:
    case Step::Act::call_flow:
    case Step::Act::to_person: return;  // take() does it
    case Step::Act::queue: return enter_queue(call, std::get<QueueNode>(call.node->kind));
    case Step::Act::dial: return dial_node(call, std::get<DialNode>(call.node->kind));
    case Step::Act::conference:
      return join_room(call, std::get<ConferenceNode>(call.node->kind));
    case Step::Act::echo: return command(call::Echo{call.caller_leg});
    case Step::Act::callback:
      return promise_at_node(call, std::get<CallbackNode>(call.node->kind));
    case Step::Act::hang_up: return end_call(call, {.reason = EndReason::normal});
    case Step::Act::record_message:
      return record_message(call, std::get<VoicemailNode>(call.node->kind));
    case Step::Act::end_message: return end_message(call, step.digit_taken ? "key" : "limit");
    case Step::Act::call_webhook:
      return call_webhook(call, std::get<WebhookNode>(call.node->kind), step.inputs);
  }
}

// ---- what is played to the caller ----

void Switchboard::State::play(LiveCall& call, LegId leg, std::vector<Prompt> prompts, bool loop) {
  const PlaybackId id{++last_playback};
  if (leg == call.caller_leg) call.playback = id;
  command(call::Play{leg, id, std::move(prompts), loop});
}

void Switchboard::State::stop_playing(LiveCall& call) {
  if (!call.playback) return;
  call.playback = {};
  if (call.caller_is_here()) command(call::StopPlay{call.caller_leg});
}

void Switchboard::State::on(const call::PlaybackEnded& event) {
  LiveCall* call = call_of(event.leg);
  if (call == nullptr || !call->playback || call->playback != event.playback) return;
  call->playback = {};
  switch (call->place) {
    case Place::flow:
      call->step_timer.stop();
      return take(*call, on_played(*call->node, call->visit, scene_of(*call)));
    case Place::queue:
      // Who is asked whether he is there hears nothing until he has said so.
      if (call->origin && call->origin->phase == Origin::Phase::asking) return;
      return speak_on(*call);
    case Place::calling:
    case Place::dialling:
    case Place::talking:
    case Place::conference:
    case Place::closing: return;
  }
}

// ---- digits ----

void Switchboard::State::on(const call::DigitPressed& event) {
  constexpr std::string_view k_digits = "0123456789*#ABCD";
  LiveCall* call = call_of(event.leg);
  if (call == nullptr || event.leg != call->caller_leg) return;
  if (event.digit == 0 || k_digits.find(event.digit) == k_digits.npos) return;
  if (call->place == Place::queue) return press_in_queue(*call, event.digit);
  if (call->place != Place::flow) return;
  Step step = on_digit(*call->node, call->visit, scene_of(*call), event.digit);
  if (!step.digit_taken) return;
  tell_digit(*call, event.digit);
  take(*call, std::move(step));
}

void Switchboard::State::tell_digit(const LiveCall& call, char digit) {
  const auto node = call::text("node", call.node->name);
  if (is_secure(call)) {
    reporter.report(FactType::digit_pressed, {.call = call.id}, node);
  } else {
    reporter.report(FactType::digit_pressed, {.call = call.id}, node,
                    call::text("digit", std::string_view(&digit, 1)));
  }
}

}  // namespace firstring::flow

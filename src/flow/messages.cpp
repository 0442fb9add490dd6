// A caller leaves a message in the box of a queue or of an agent.
//
//   greeting, beep   -> record_message()   the recorder listens to the caller alone
//   #, silence, limit, the caller hangs up -> end_message()
//   RecordingStopped -> message_recorded() kept or not, and on by the node's exit
#include "base/assert.h"
#include "flow/catalog.h"
#include "flow/switchboard_state.h"

namespace firstring::flow {

using call::FactType;

namespace {

constexpr Duration k_recorder_max = 10s;  // to report the end of a recording

call::About box_of(const LiveCall& call) {
  return {.call = call.id, .agent = call.message->agent, .queue = call.message->queue};
}

}  // namespace

void Switchboard::State::record_message(LiveCall& call, const VoicemailNode& node) {
  if (call.recording) {  // that of a talk has not ended yet
    reporter.report(FactType::node_failed, {.call = call.id}, call::text("node", call.node->name),
                    call::text("reason", "another recording has not ended"));
    return take(call, {.leave = node.error});
  }
  const RecordingId id = new_recording(call);
  call.message = Message{
      .recording = id, .agent = node.agent, .queue = node.queue, .shortest = node.shortest};
  command(call::StartRecording{.recording = id,
                               .call = call.id,
                               .left = call.caller_leg,
                               .right = {},
                               .format = "wav",
                               .quiet_after = node.silence,
                               .cut_quiet_end = true});
  reporter.report(FactType::recording_started, {.call = call.id},
                  call::text("recording", to_text(id)), call::text("format", "wav"));
  std::vector<call::Field> fields = {call::text("recording", to_text(id)),
                                     call::text("node", call.node->name),
                                     call::text("from", call.from),
                                     call::text("from_name", call.from_name)};
  const auto& queues = call.edition->configuration->queues;
  const auto queue = queues.find(node.queue);
  if (queue != queues.end() && queue->second.voicemail_due > Duration::zero()) {
    fields.push_back(
        call::integer("due_s", milliseconds(queue->second.voicemail_due) / 1000));
  }
  reporter.report_fields(FactType::voicemail_started, box_of(call), std::move(fields));
  start(call.step_timer, node.limit, [this, &call] {
    take(call, on_timeout(*call.node, call.visit, scene_of(call)));
  });
}

void Switchboard::State::end_message(LiveCall& call, std::string_view reason) {
  ASSERT(call.message);
  if (!call.recording || call.recording->stopping) return;
  end_recording(call, reason);
  // Should the recorder never say so, the caller is not to stay here for ever.
  start(call.step_timer, k_recorder_max, [this, &call] {
    call.message.reset();
    reporter.report(FactType::node_failed, {.call = call.id}, call::text("node", call.node->name),
                    call::text("reason", "the recorder did not report an end"));
    take(call, {.leave = std::get<VoicemailNode>(call.node->kind).error});
  });
}

void Switchboard::State::on(const call::RecordingQuiet& event) {
  const auto at = recordings.find(event.recording);
  LiveCall* call = at == recordings.end() ? nullptr : find(at->second);
  if (call == nullptr || !call->message || call->message->recording != event.recording) return;
  if (call->place == Place::flow) end_message(*call, "silence");
}

// What the recorder lost half-way is kept all the same, when it is long enough to be one.
void Switchboard::State::message_recorded(LiveCall& call, const call::RecordingStopped& event) {
  if (call.message->recording != event.recording) return;
  const call::About box = box_of(call);
  const auto recording = call::text("recording", to_text(event.recording));
  const bool long_enough = event.duration_ms >= milliseconds(call.message->shortest);
  if (long_enough) {
    std::vector<call::Field> fields = {recording, call::integer("duration_ms", event.duration_ms),
                                       call::integer("bytes", event.bytes),
                                       call::text("sha256", event.sha256)};
    if (event.failed) fields.push_back(call::text("reason", event.reason));
    reporter.report_fields(FactType::voicemail_left, box, std::move(fields));
  } else {
    reporter.report(FactType::voicemail_discarded, box, recording,
                    call::text("reason", event.failed ? "failed" : "too_short"));
  }
  call.message.reset();
  if (call.place != Place::flow) return;
  const auto& node = std::get<VoicemailNode>(call.node->kind);
  if (event.failed && !long_enough) {
    reporter.report(FactType::node_failed, {.call = call.id}, call::text("node", call.node->name),
                    call::text("reason", event.reason));
    return take(call, {.leave = node.error});
  }
  take(call, {.leave = long_enough ? node.done : node.empty});
}

}  // namespace firstring::flow

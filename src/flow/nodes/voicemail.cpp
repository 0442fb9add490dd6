// Voicemail: a greeting, a beep, then the caller's message. A # cuts the greeting short, and ends
// the message. The recording itself is not the node's: see flow/messages.cpp.
#include "flow/nodes/nodes.h"

namespace firstring::flow {
namespace {

constexpr double k_beep_hz = 1000;
constexpr Duration k_beep_lasts = 400ms;

Prompt beep_of(const VoicemailNode& node) {
  if (!node.beep) return {};
  return {.kind = Prompt::Kind::tone, .tone_hz = k_beep_hz, .tone_length = k_beep_lasts};
}

}  // namespace

Step enter(const VoicemailNode& node, Visit&, const Scene& scene) {
  return {.play = {node.prompt.in(scene.memory.language), beep_of(node)}};
}

Step on_played(const VoicemailNode&, Visit& visit, const Scene&) {
  if (visit.recording) return {};
  visit.recording = true;
  return {.act = Step::Act::record_message};
}

Step on_digit(const VoicemailNode& node, Visit& visit, const Scene&, char digit) {
  if (digit != '#') return {};
  if (visit.recording) return {.act = Step::Act::end_message, .digit_taken = true};
  return {.play = {beep_of(node)}, .digit_taken = true, .hush = true};
}

Step on_timeout(const VoicemailNode&, Visit&, const Scene&) {
  return {.act = Step::Act::end_message};
}

}  // namespace firstring::flow

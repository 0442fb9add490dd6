// The nodes' behaviour, one .cpp each: pure functions of node, visit and input.
//
// A node that does not mind an input has no function for it; flow/catalog.cpp fills in "nothing".
// To add one: a struct in flow/configuration.h, its functions here and in nodes/<name>.cpp, its
// name in kind_of(), its reading in src/config.
// Lives on: control loop; pure functions.
#pragma once

#include "call/words.h"
#include "flow/step.h"

namespace firstring::flow {

Step enter(const PlayNode& node, Visit& visit, const Scene& scene);
Step on_played(const PlayNode& node, Visit& visit, const Scene& scene);

Step enter(const MenuNode& node, Visit& visit, const Scene& scene);
Step on_played(const MenuNode& node, Visit& visit, const Scene& scene);
Step on_digit(const MenuNode& node, Visit& visit, const Scene& scene, char digit);
Step on_timeout(const MenuNode& node, Visit& visit, const Scene& scene);

Step enter(const HoursNode& node, Visit& visit, const Scene& scene);

Step enter(const QueueNode& node, Visit& visit, const Scene& scene);

Step enter(const DialNode& node, Visit& visit, const Scene& scene);

Step enter(const DigitsNode& node, Visit& visit, const Scene& scene);
Step on_digit(const DigitsNode& node, Visit& visit, const Scene& scene, char digit);
Step on_timeout(const DigitsNode& node, Visit& visit, const Scene& scene);

Step enter(const EchoNode& node, Visit& visit, const Scene& scene);

Step enter(const WaitNode& node, Visit& visit, const Scene& scene);
Step on_timeout(const WaitNode& node, Visit& visit, const Scene& scene);

Step enter(const LoopNode& node, Visit& visit, const Scene& scene);

Step enter(const HangUpNode& node, Visit& visit, const Scene& scene);
Step on_played(const HangUpNode& node, Visit& visit, const Scene& scene);

Step enter(const SetNode& node, Visit& visit, const Scene& scene);
Step enter(const IfNode& node, Visit& visit, const Scene& scene);
Step enter(const PriorityNode& node, Visit& visit, const Scene& scene);
Step enter(const RandomNode& node, Visit& visit, const Scene& scene);
Step enter(const FlowNode& node, Visit& visit, const Scene& scene);
Step enter(const ScheduleNode& node, Visit& visit, const Scene& scene);
Step enter(const LanguageNode& node, Visit& visit, const Scene& scene);
Step enter(const RecordNode& node, Visit& visit, const Scene& scene);
Step enter(const SecureInputNode& node, Visit& visit, const Scene& scene);

Step enter(const GatherNode& node, Visit& visit, const Scene& scene);
Step on_played(const GatherNode& node, Visit& visit, const Scene& scene);
Step on_digit(const GatherNode& node, Visit& visit, const Scene& scene, char digit);
Step on_timeout(const GatherNode& node, Visit& visit, const Scene& scene);

Step enter(const CallbackNode& node, Visit& visit, const Scene& scene);
Step on_played(const CallbackNode& node, Visit& visit, const Scene& scene);
Step on_digit(const CallbackNode& node, Visit& visit, const Scene& scene, char digit);
Step on_timeout(const CallbackNode& node, Visit& visit, const Scene& scene);

Step enter(const VerifyNode& node, Visit& visit, const Scene& scene);
Step on_played(const VerifyNode& node, Visit& visit, const Scene& scene);
Step on_digit(const VerifyNode& node, Visit& visit, const Scene& scene, char digit);
Step on_timeout(const VerifyNode& node, Visit& visit, const Scene& scene);

Step enter(const VoicemailNode& node, Visit& visit, const Scene& scene);
Step on_played(const VoicemailNode& node, Visit& visit, const Scene& scene);
Step on_digit(const VoicemailNode& node, Visit& visit, const Scene& scene, char digit);
Step on_timeout(const VoicemailNode& node, Visit& visit, const Scene& scene);

Step enter(const SurveyNode& node, Visit& visit, const Scene& scene);
Step on_played(const SurveyNode& node, Visit& visit, const Scene& scene);
Step on_digit(const SurveyNode& node, Visit& visit, const Scene& scene, char digit);
Step on_timeout(const SurveyNode& node, Visit& visit, const Scene& scene);

Step enter(const MessageNode& node, Visit& visit, const Scene& scene);

Step enter(const WebhookNode& node, Visit& visit, const Scene& scene);
// What follows from its answer.
Step on_answer(const WebhookNode& node, const Scene& scene, const call::WebhookAnswered& answer);

Step enter(const ConferenceNode& node, Visit& visit, const Scene& scene);
Step on_played(const ConferenceNode& node, Visit& visit, const Scene& scene);
Step on_digit(const ConferenceNode& node, Visit& visit, const Scene& scene, char digit);
Step on_timeout(const ConferenceNode& node, Visit& visit, const Scene& scene);

}  // namespace firstring::flow

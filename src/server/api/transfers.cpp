// A caller is handed on: at once, or after a second party was asked.
#include "server/api/body.h"
#include "server/api/call_action.h"
#include "server/api/handlers.h"

namespace firstring::api {
namespace {

constexpr std::size_t k_said_bytes_max = 2000;  // of what was tried, promised, noted: each

flow::Destination::Kind kind_of(const std::string& name) {
  using Kind = flow::Destination::Kind;
  for (const Kind kind : {Kind::queue, Kind::agent, Kind::number, Kind::flow}) {
    if (flow::name_of(kind) == name) return kind;
  }
  return Kind::number;
}

// {"kind": "agent", "to": "ben", "tried": "…"}
flow::HandOn hand_on_of(Body& body, const std::vector<std::string_view>& kinds) {
  const auto said = [&body](std::string_view field) {
    return body.text(field, {.required = false, .bytes_max = k_said_bytes_max, .lines = true});
  };
  flow::HandOn asked;
  asked.to.kind = kind_of(body.one_of("kind", kinds));
  asked.to.name = body.text("to", {.bytes_max = 256});
  asked.packet.intent = body.text("intent", {.required = false, .bytes_max = 100});
  asked.packet.tried = said("tried");
  asked.packet.promised = said("promised");
  asked.packet.notes = said("notes");
  return asked;
}

Reply hand_on(const Ask& ask, const std::vector<std::string_view>& kinds,
              Result<void> (Office::*act)(CallId, const flow::HandOn&)) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  Body body(ask.request);
  const auto asked = hand_on_of(body, kinds);
  if (auto problem = body.problem()) return *problem;
  return act_on_call(ask, [asked, act](Office& office, CallId call) {
    return (office.*act)(call, asked);
  });
}

}  // namespace

// POST /calls/{id}/transfer
Reply transfer_call(const Ask& ask) {
  return hand_on(ask, {"queue", "agent", "number", "flow"}, &Office::transfer);
}

// POST /calls/{id}/consult
Reply consult_in_call(const Ask& ask) {
  return hand_on(ask, {"agent", "number"}, &Office::consult);
}

// POST /calls/{id}/consult/swap and the like: no body.
Reply swap_consult(const Ask& ask) { return plain_action(ask, &Office::swap_consult); }
Reply complete_consult(const Ask& ask) { return plain_action(ask, &Office::complete_consult); }
Reply cancel_consult(const Ask& ask) { return plain_action(ask, &Office::cancel_consult); }

}  // namespace firstring::api

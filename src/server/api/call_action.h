// What all requests to do something with a call have in common: which call, and when to answer.
// Lives on: HTTP thread.
#pragma once

#include "server/api/query.h"
#include "server/api/reply.h"
#include "server/api/status.h"

namespace firstring::api {

inline Error no_such_call() { return {Code::not_found, "There is no call of this id."}; }

inline Result<CallId> call_of(const Ask& ask) {
  const auto value = parse_id("call_", ask.path_values.at(0));
  if (!value || *value == 0) return no_such_call();
  return CallId{*value};
}

// The call must be one of ours that is in progress; what it says otherwise is told.
template <typename Act>
Reply act_on_call(const Ask& ask, Act act) {
  const auto call = TRY(call_of(ask));
  return do_and_then(
      [call, act](Office& office) -> Result<bool> {
        TRY(act(office, call));
        return true;
      },
      [](bool) { return Reply(done()); });
}

// The same without a body.
inline Reply plain_action(const Ask& ask, Result<void> (Office::*act)(CallId)) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return act_on_call(ask, [act](Office& office, CallId call) { return (office.*act)(call); });
}

}  // namespace firstring::api

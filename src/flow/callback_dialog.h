// CallbackDialog: which number is a caller to be called back at? His own is said digit by digit and
// confirmed, or he keys in another one. The same words in a queue and at a callback node.
// Lives on: control loop; pure functions over a plain value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "flow/outbound.h"
#include "flow/sentences.h"

namespace firstring::flow {

struct CallbackDialog {
  std::string number;     // to be confirmed; empty: a number is being keyed in
  std::string keyed;
  int tries = 0;          // numbers that were keyed in
};

struct CallbackAnswer {
  enum class Kind { ask, listen, promised, declined };
  Kind kind = Kind::ask;
  sentences::Prompts say;     // ask
};

// `from`: the caller's number, which is asked about if it may be dialled.
CallbackAnswer begin(CallbackDialog& dialog, const Outbound& outbound, std::string_view from,
                     std::string_view language);
CallbackAnswer press(CallbackDialog& dialog, const Outbound& outbound, char key,
                     std::string_view language);

}  // namespace firstring::flow

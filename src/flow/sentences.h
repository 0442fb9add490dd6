// Sentences: what the system says of itself while people wait, in the languages that it speaks:
// English, and Spanish to those whose call is in "es". Numbers are said digit by digit, each digit
// a prompt of its own, so that what strangers key in never fills the store of prompts.
// Lives on: any thread; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "call/prompt.h"

namespace firstring::flow::sentences {

using call::Prompt;
using Prompts = std::vector<Prompt>;

Prompt position(std::string_view language, int position);
// "Your wait is between three and five minutes."
Prompt predicted_wait(std::string_view language, Duration p50, Duration p90);
Prompt at_the_front(std::string_view language);
Prompt place_was_kept(std::string_view language);

Prompt callback_offer(std::string_view language, char key);
Prompts callback_confirm(std::string_view language, std::string_view number);
Prompt callback_which_number(std::string_view language);
Prompt callback_not_that_number(std::string_view language);
Prompt callback_promised(std::string_view language);
Prompt callback_declined(std::string_view language);
// To the agent, while the person's phone rings.
Prompt callback_for_agent(std::string_view language);
// To the person who is called back before an agent is rung.
Prompt callback_are_you_there(std::string_view language, std::string_view business);

// All that may be said, so that it is spoken before the first caller asks for it.
Prompts all(std::string_view language, char key, std::string_view business);

}  // namespace firstring::flow::sentences

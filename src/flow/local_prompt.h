// LocalPrompt: a prompt in each language it was given in.
// Lives on: any thread; a plain value.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "call/prompt.h"

namespace firstring::flow {

struct LocalPrompt {
  LocalPrompt() = default;
  LocalPrompt(call::Prompt prompt) : any(std::move(prompt)) {}  // NOLINT: implicit: one for all

  // In this language; if there is none, the one for all (or the business's own language).
  const call::Prompt& in(std::string_view language) const {
    const auto at = by_language.find(language);
    return at == by_language.end() ? any : at->second;
  }
  bool none() const { return any.kind == call::Prompt::Kind::none && by_language.empty(); }

  call::Prompt any;
  std::map<std::string, call::Prompt, std::less<>> by_language;
  friend bool operator==(const LocalPrompt&, const LocalPrompt&) = default;
};

}  // namespace firstring::flow

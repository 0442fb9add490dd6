// Prompt: what is played to a party: a file of the prompt folder, a text to be spoken, or a tone.
// Lives on: any thread; a plain value.
#pragma once

#include <string>

#include "base/time.h"

namespace firstring::call {

struct Prompt {
  enum class Kind { none, file, text, tone, music };
  Kind kind = Kind::none;
  std::string value;       // file: its name; text: what is said; music: file name, "" = built in
  double tone_hz = 0;      // tone only
  Duration tone_length{};  // tone only
  friend bool operator==(const Prompt&, const Prompt&) = default;
};

}  // namespace firstring::call

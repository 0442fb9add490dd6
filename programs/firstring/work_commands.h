// What calls leave behind as work, from the command line: voicemail, missed callers, texts.
// Lives on: the program's one thread.
#pragma once

#include <string>

#include "commands.h"

namespace firstring::cli {

struct VoicemailOptions {
  std::string queue, agent, state;  // of the list
  std::string deed;                 // take | assign | heard | done | delete; empty: the list
  std::string id, by;               // of a deed; by: the agent who takes it, or gets it
};
int run_voicemail(Client& client, const VoicemailOptions& options, Output output);

struct RecoveryOptions {
  std::string queue;
  bool lost = false;
  std::string dismiss, outcome;     // a number, and how the matter ended; empty: the list
};
int run_recovery(Client& client, const RecoveryOptions& options, Output output);

int show_messages(Client& client, Output output);

}  // namespace firstring::cli

// commands: what firstring can do; each gives the exit status: 0 done, 1 it did not work, 2 the
// request or the configuration is wrong.
// Lives on: the program's one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client.h"

namespace firstring::cli {

enum class Output { text, json };

struct CallsOptions {
  bool live = false;
  int limit = 20;
  std::string queue, agent, outcome, number, from;
};
int show_calls(Client& client, const CallsOptions& options, Output output);
int show_call(Client& client, const std::string& id, Output output);

// Why this agent, why not the others, why still waiting.
int show_why(Client& client, const std::string& id, Output output);

int show_agents(Client& client, Output output);
struct Presence {
  std::string presence;          // ready | away | signed_out | end_wrap_up
  std::string reason;
  std::vector<std::string> agents;
};
int set_presence(Client& client, const Presence& presence, Output output);
int show_queues(Client& client, Output output);
// Who was promised a call back; cancel it, or do it now; an agent calls a number.
struct CallbackRequest {
  std::string act;               // "" (show) | cancel | now
  std::string id, queue;
};
int show_callbacks(Client& client, const CallbackRequest& request, Output output);
int place_call(Client& client, const std::string& agent, const std::string& number, Output output);
int show_kpi(Client& client, Output output);

// The file named, else FIRSTRING_CONFIG, else firstring.yaml.
std::string configuration_file(const std::string& named);
int validate_config(const std::string& file, Output output);
// The same against a running server, and what it runs. `file`: as for configuration_file().
struct Applying {
  std::string file;
  int version = 0;               // of rollback and show
  std::string author, message;   // author: else USER
  std::string to;                // export: this file, not the terminal
  bool told_by_status = false;   // plan: exit status 3 when something would change
};
int plan_config(Client& client, const Applying& applying, Output output);
int apply_config(Client& client, const Applying& applying, Output output);
int export_config(Client& client, const Applying& applying);
int show_config_history(Client& client, Output output);
int roll_back_config(Client& client, const Applying& applying, Output output);
enum class Strictness { errors, warnings };  // which findings make the exit status 2
int validate_flows(const std::string& file, Strictness strictness, Output output);
int test_flows(const std::string& file, Output output);
int run_doctor(Client& client, Output output);

// The SIP messages of a call as arrows between its parties and Firstring.
std::string draw_ladder(const Json& lines, const std::string& received_at);
// One line a fact: when, what, and its fields.
std::string describe_facts(const Json& facts);

// ---- shared by the commands ----

int fail(const Error& error);
int print_json(const Json& json);
std::string words(std::string token);                            // "wrap_up" -> "wrap-up"
double seconds_between(const std::string& from_rfc3339, const std::string& to_rfc3339);

}  // namespace firstring::cli

// The configuration of a running server: plan, apply, history, rollback, export.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>

#include "commands.h"
#include "console.h"

namespace firstring::cli {
namespace {

constexpr const char* k_address = "/api/v1/configuration";
constexpr int k_something_changes = 3;

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (file) return text.str();
  std::fprintf(stderr, "firstring: the file %s cannot be read.\n", safe(path).c_str());
  return std::nullopt;
}

std::string author_of(const Applying& applying) {
  if (!applying.author.empty()) return applying.author;
  const char* user = std::getenv("USER");
  return user != nullptr ? user : "";
}

// "  ~ business.queues.desk" and a line for each value that is not as it was.
void print_changes(const Json& changes) {
  for (const auto& change : changes) {
    const std::string action = text_of(change, "action");
    const bool create = action == "create", update = action == "update";
    std::string line = "  " + std::string(create ? "+" : update ? "~" : "-") + " " +
                       safe(text_of(change, "path"));
    if (field(change, "needs_restart") == true) line += "  (in force after a restart)";
    const auto colour = create ? Colour::green : update ? Colour::yellow : Colour::red;
    std::printf("%s\n", coloured(colour, line).c_str());
    for (const auto& one : field(change, "details")) {
      const std::string before = text_of(one, "before"), after = text_of(one, "after");
      std::printf("      %s: %s -> %s\n", safe(text_of(one, "path")).c_str(),
                  before.empty() ? "(nothing)" : safe(before).c_str(),
                  after.empty() ? "(nothing)" : safe(after).c_str());
    }
  }
}

void print_applied(const Json& applied) {
  const Json& changes = field(applied, "changes");
  if (changes.empty()) {
    std::printf("Nothing to change: version %d is in force.\n",
                static_cast<int>(number_of(applied, "number")));
    return;
  }
  print_changes(changes);
  const int number = static_cast<int>(number_of(applied, "number"));
  std::printf("Version %d is in force. Back: firstring config rollback %d\n", number, number - 1);
}

int tell_applied(const Result<Json>& applied, Output output) {
  if (!applied) return fail(applied.error());
  if (output == Output::json) return print_json(*applied);
  print_applied(*applied);
  return 0;
}

}  // namespace

int plan_config(Client& client, const Applying& applying, Output output) {
  const auto yaml = read_file(configuration_file(applying.file));
  if (!yaml) return 2;
  const auto plan = client.send_yaml("POST", std::string(k_address) + "/plan", *yaml);
  if (!plan) return fail(plan.error());
  const bool valid = field(*plan, "valid") == true;
  const Json& changes = field(*plan, "changes");
  const bool tell = applying.told_by_status && !changes.empty();
  const int status = !valid ? 2 : tell ? k_something_changes : 0;
  if (output == Output::json) {
    print_json(*plan);
    return status;
  }
  for (const char* kind : {"problems", "findings"}) {
    for (const auto& one : field(*plan, kind)) {
      if (one.is_string()) std::fprintf(stderr, "%s\n", safe(one.get<std::string>()).c_str());
    }
  }
  if (!valid) return status;
  print_changes(changes);
  std::printf(changes.empty() ? "Nothing would change.\n" : "%zu to change; nothing was done.\n",
              changes.size());
  return status;
}

// What is applied is what was planned: on top of the version that is in force while it is read.
int apply_config(Client& client, const Applying& applying, Output output) {
  const auto yaml = read_file(configuration_file(applying.file));
  if (!yaml) return 2;
  const auto now = client.get(k_address);
  if (!now) return fail(now.error());
  const std::string path = std::string(k_address) + "?author=" + encode(author_of(applying)) +
                           "&message=" + encode(applying.message);
  return tell_applied(client.send_yaml("PUT", path, *yaml, text_of(*now, "version")), output);
}

int roll_back_config(Client& client, const Applying& applying, Output output) {
  int number = applying.version;
  if (number == 0) {
    const auto versions = client.get(std::string(k_address) + "/versions?limit=2");
    if (!versions) return fail(versions.error());
    const Json& two = field(*versions, "data");
    if (two.size() < 2) return fail({Code::invalid, "There is no version before this one."});
    number = static_cast<int>(number_of(two[1], "number"));
  }
  const std::string path = std::string(k_address) + "/versions/" + std::to_string(number) +
                           "/restore?author=" + encode(author_of(applying)) +
                           "&message=" + encode(applying.message);
  return tell_applied(client.send("POST", path, Json::object()), output);
}

int show_config_history(Client& client, Output output) {
  const auto versions = client.get(std::string(k_address) + "/versions?limit=100");
  if (!versions) return fail(versions.error());
  if (output == Output::json) return print_json(*versions);
  Table table({"version", "in force since", "by", "why"});
  table.right(0);
  for (const auto& one : field(*versions, "data")) {
    table.add({text_of(one, "number"), text_of(one, "applied_at"), text_of(one, "author"),
               text_of(one, "message")});
  }
  std::fputs(table.to_text(terminal_columns()).c_str(), stdout);
  return 0;
}

int export_config(Client& client, const Applying& applying) {
  std::string path = std::string(k_address) + "/source";
  if (applying.version > 0) {
    path = std::string(k_address) + "/versions/" + std::to_string(applying.version) + "/source";
  }
  const auto yaml = client.get_text(path);
  if (!yaml) return fail(yaml.error());
  if (applying.to.empty()) {
    std::fputs(yaml->c_str(), stdout);
    return 0;
  }
  std::ofstream file(applying.to, std::ios::binary | std::ios::trunc);
  file << *yaml;
  file.close();
  if (file) return 0;
  return fail({Code::io, "The file " + safe(applying.to) + " cannot be written."});
}

}  // namespace firstring::cli

// What is right and wrong with a configuration file, without a server.
#include <cstdio>
#include <cstdlib>

#include "commands.h"
#include "config/loader.h"
#include "console.h"

namespace firstring::cli {
namespace {

Json json_of(const config::PlacedFinding& one) {
  return {{"file", one.file},
          {"line", one.line},
          {"column", one.column},
          {"path", one.path},
          {"severity", std::string(flow::name_of(one.finding.severity))},
          {"rule", one.finding.rule},
          {"reason", one.finding.reason},
          {"suggestion", one.finding.suggestion}};
}

Json json_of(const config::Loaded& loaded) {
  Json problems = Json::array(), findings = Json::array();
  for (const auto& one : loaded.problems) {
    problems.push_back({{"file", one.file}, {"line", one.line}, {"column", one.column},
                        {"path", one.path}, {"found", one.found}, {"expected", one.expected}});
  }
  for (const auto& one : loaded.findings) findings.push_back(json_of(one));
  return {{"valid", loaded.problems.empty()}, {"problems", problems}, {"findings", findings}};
}

int count(const config::Loaded& loaded, flow::Severity severity) {
  int count = 0;
  for (const auto& one : loaded.findings) count += one.finding.severity == severity ? 1 : 0;
  return count;
}

// Problems and findings, a line each. Gives false when there are problems.
bool tell(const config::Loaded& loaded) {
  for (const auto& one : loaded.problems) {
    std::fprintf(stderr, "%s\n", safe(one.to_text()).c_str());
  }
  for (const auto& one : loaded.findings) {
    std::fprintf(stderr, "%s\n", safe(one.to_text()).c_str());
  }
  if (loaded.problems.empty()) return true;
  std::fprintf(stderr, "%zu problem%s; nothing of it would be used.\n", loaded.problems.size(),
               loaded.problems.size() == 1 ? "" : "s");
  return false;
}

}  // namespace

std::string configuration_file(const std::string& named) {
  if (!named.empty()) return named;
  const char* from_environment = std::getenv("FIRSTRING_CONFIG");
  return from_environment != nullptr ? from_environment : "firstring.yaml";
}

int validate_config(const std::string& file, Output output) {
  const auto loaded = config::load_file(file);
  if (output == Output::json) {
    print_json(json_of(loaded));
    return loaded.problems.empty() ? 0 : 2;
  }
  if (!tell(loaded)) return 2;
  std::printf("%s is good: %s, %zu numbers, %zu flows, %zu queues, %zu agents.\n",
              safe(file).c_str(), safe(loaded.business->name).c_str(),
              loaded.business->numbers.size(), loaded.business->flows.size(),
              loaded.business->queues.size(), loaded.business->agents.size());
  return 0;
}

int validate_flows(const std::string& file, Strictness strictness, Output output) {
  const auto loaded = config::load_file(file);
  const int errors = count(loaded, flow::Severity::error);
  const int warnings = count(loaded, flow::Severity::warning);
  const bool good = loaded.problems.empty() && errors == 0 &&
                    (strictness == Strictness::errors || warnings == 0);
  if (output == Output::json) {
    print_json(json_of(loaded));
    return good ? 0 : 2;
  }
  if (!tell(loaded)) return 2;
  std::printf("%s: %zu flows, %d errors, %d warnings.\n", safe(file).c_str(),
              loaded.business->flows.size(), errors, warnings);
  return good ? 0 : 2;
}

}  // namespace firstring::cli

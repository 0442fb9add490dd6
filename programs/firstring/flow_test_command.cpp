// `firstring flow test`: the tests stored with the flows of a file, in virtual time.
#include <cstdio>

#include "commands.h"
#include "config/loader.h"
#include "console.h"
#include "flow/rehearsal.h"

namespace firstring::cli {
namespace {

Json json_of(const flow::Rehearsal& test, const flow::RehearsalResult& result) {
  Json json = {{"flow", test.flow}, {"name", test.name}, {"line", test.line},
               {"passed", result.passed}};
  if (result.passed) return json;
  const flow::RehearsalStep& step = test.steps.at(result.failed_step);
  json["failure"] = {{"step", result.failed_step + 1}, {"line", step.line},
                     {"column", step.column},          {"reason", result.failure}};
  json["story"] = result.story;
  return json;
}

void tell(const std::string& file, const flow::Rehearsal& test,
          const flow::RehearsalResult& result) {
  std::printf("%s  %s: %s\n", result.passed ? "passed" : "FAILED", safe(test.flow).c_str(),
              safe(test.name).c_str());
  if (result.passed) return;
  const flow::RehearsalStep& step = test.steps.at(result.failed_step);
  std::printf("  %s:%d:%d: step %zu: %s\n  What happened:\n", safe(file).c_str(), step.line,
              step.column, result.failed_step + 1, safe(result.failure).c_str());
  for (const std::string& line : result.story) std::printf("  %s\n", safe(line).c_str());
}

}  // namespace

int test_flows(const std::string& file, Output output) {
  const auto loaded = config::load_file(file);
  if (!loaded.problems.empty()) return validate_config(file, output);
  int passed = 0, failed = 0;
  Json tests = Json::array();
  for (const flow::Rehearsal& test : loaded.business->rehearsals) {
    const flow::RehearsalResult result = flow::rehearse(*loaded.business, test);
    (result.passed ? passed : failed) += 1;
    if (output == Output::json) {
      tests.push_back(json_of(test, result));
    } else {
      tell(file, test, result);
    }
  }
  if (output == Output::json) {
    print_json({{"passed", passed}, {"failed", failed}, {"tests", tests}});
  } else {
    std::printf("%d passed, %d failed\n", passed, failed);
  }
  return failed == 0 ? 0 : 1;
}

}  // namespace firstring::cli

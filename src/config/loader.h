// loader: a configuration file in YAML -> a whole, valid configuration, or every problem with its
// place.
//
// Each problem names file, line, column, what was found and what was expected ("did you mean …?").
// Nothing half-valid comes out. The format is described in docs/configuration.md.
// Lives on: any thread; pure but for load_file().
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "flow/configuration.h"
#include "flow/inspection.h"

namespace firstring::config {

struct Problem {
  std::string file;
  int line = 0, column = 0;  // from 1
  std::string path;          // "business.queues.reception.ring_timeout"
  std::string found, expected;
  // demo.yaml:12:17: business.queues.reception.ring_timeout: found "soon", expected a duration …
  std::string to_text() const;
  friend bool operator==(const Problem&, const Problem&) = default;
};

// What is wrong with a flow though it is valid, with its place.
struct PlacedFinding {
  std::string file;
  int line = 0, column = 0;  // from 1
  std::string path;          // "business.flows.main.nodes.menu"
  flow::Finding finding;
  // demo.yaml:12:9: warning: business.flows.main.nodes.menu: … (unreachable); …
  std::string to_text() const;
};

struct Loaded {
  std::unique_ptr<flow::Configuration> business;  // null when there are problems
  ServerSettings server;
  std::vector<PhoneSpec> phones;
  std::vector<TrunkSpec> trunks;
  std::vector<WebhookSpec> webhooks;
  std::vector<Problem> problems;
  std::vector<PlacedFinding> findings;  // of a file without problems; it is used nevertheless
  std::string source;                   // the YAML
};

// At most 1 MB of YAML, 20,000 values, depth 20; anchors and aliases are refused.
// `prompt_files`: what there is in the folder of prompts; nothing: their absence is no finding.
Loaded load_text(std::string_view yaml, std::string_view file_name,
                 const std::optional<std::set<std::string>>& prompt_files = std::nullopt);
Loaded load_file(const std::string& path);
// The text as if it stood in this file.
Loaded load_text_as(std::string_view yaml, const std::string& path);

}  // namespace firstring::config

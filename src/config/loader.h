// loader: a business in YAML -> flow::Configuration; whole, or every problem with its place.
//
// Each problem names file, line, column, what was found and what was expected ("did you mean …?").
// Nothing half-valid comes out. The format is described in docs/configuration.md.
// Lives on: any thread; pure but for load_file().
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "flow/configuration.h"

namespace firstring::config {

struct Problem {
  std::string file;
  int line = 0, column = 0;      // from 1
  std::string found, expected;
  std::string path;              // "queues.reception.ring_timeout"
  std::string to_text() const;   // "demo.yaml:12:17: queues.reception.ring_timeout: found "soon", …"
  friend bool operator==(const Problem&, const Problem&) = default;
};

struct Loaded {
  std::unique_ptr<flow::Configuration> configuration;  // null when there are problems
  std::vector<Problem> problems;
};

// At most 1 MB of YAML, 10,000 nodes, depth 20; anchors and aliases are refused.
Loaded load_text(std::string_view yaml, std::string_view file_name);
Loaded load_file(const std::string& path);

}  // namespace firstring::config

// Versions: every configuration that was ever in force, with who put it there, when and why.
//
// DATA/configurations/000012.yaml is the text, 000012.json says the rest. A version is never
// changed; going back to an old one makes a new one with its text. What is in force has the highest
// number.
// Lives on: one at a time; the control loop writes, the HTTP thread reads with one of its own.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/api/office.h"

namespace firstring::server {

using Version = api::ConfigurationVersion;

class Versions {
 public:
  explicit Versions(const std::string& data_folder) : folder_(data_folder + "/configurations") {}

  // Keeps the text as the next version; durable when it returns. `version.number` is given here.
  Result<Version> add(Version version, std::string_view text) const;
  // It never came into force.
  void take_back(int number) const;
  // Newest first; at most `limit`, only those before number `before` (0: from the newest).
  Result<std::vector<Version>> list(int before, int limit) const;
  Result<Version> find(int number) const;
  Result<std::string> text_of(int number) const;
  int newest() const;          // 0: none

 private:
  std::string path_of(int number, std::string_view ending) const;

  const std::string folder_;
};

// Writes a file whole or not at all, and durably. A file that is there keeps its permissions.
Result<void> replace_file(const std::string& path, std::string_view text);

}  // namespace firstring::server

// Journal: what the operator reads when something is wrong: JSON lines in data/firstring.log.
//
// {"at":"…","level":"warning","event":"alarm","detail":"…"}. Never a secret, never a line per
// packet or per message. Everything of a stranger's is escaped. Rotated at 10 MB, five files are
// kept. Lives on: any thread.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace firstring::server {

class Journal {
 public:
  using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  static Result<std::unique_ptr<Journal>> open(const std::string& path);
  virtual ~Journal() = default;
  virtual void note(std::string_view event, Fields fields = {}) = 0;
  virtual void warn(std::string_view event, Fields fields = {}) = 0;
};

}  // namespace firstring::server

// Query: the parameters of a GET, read strictly: a filter that is misspelt is refused, for ignored
// it would give everything. Also the cursors of lists.
// Lives on: HTTP thread; for one request.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "http/server.h"
#include "server/api/reply.h"

namespace firstring::api {

class Query {
 public:
  explicit Query(const http::Request& request) : request_(request) {}

  std::string text(std::string_view name);                 // "" when absent
  int integer(std::string_view name, int low, int high, int fallback);
  std::optional<bool> yes_or_no(std::string_view name);
  std::optional<WallTime> time(std::string_view name);     // RFC 3339
  std::uint64_t cursor();                                  // 0: from the start
  template <typename IdType>
  IdType id(std::string_view name, std::string_view prefix) {
    return IdType{raw_id(name, prefix)};
  }

  // A handler's own complaint about a parameter.
  void complain(std::string_view name, std::string_view code, std::string detail);

  // After all parameters were asked for. Nothing: the query is good.
  std::optional<Problem> problem();

 private:
  const std::string* take(std::string_view name);
  std::uint64_t raw_id(std::string_view name, std::string_view prefix);

  const http::Request& request_;
  std::vector<std::string> asked_;
  std::vector<Complaint> complaints_;
};

// "2026-11-22T06:12:03.412Z", or with an offset.
std::optional<WallTime> parse_rfc3339(std::string_view text);

std::string cursor_of(std::uint64_t value);
// The answer of a list: {"data":[…],"next_cursor":…} with its Link header. `items` are JSON texts.
http::Response list(const http::Request& request, const std::vector<std::string>& items,
                    std::optional<std::uint64_t> next);

}  // namespace firstring::api

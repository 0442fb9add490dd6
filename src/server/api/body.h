// Body: the JSON object of a request, read strictly: what is not known is refused, not ignored.
//
// Fields are asked for one by one; problem() tells everything that was wrong with any of them, each
// with its place, and what was there that nobody asked for.
// Lives on: HTTP thread; for one request.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "server/api/reply.h"

namespace firstring::api {

class Body {
 public:
  explicit Body(const http::Request& request);

  struct Text {
    bool required = true;
    std::size_t bytes_max = 200;
    bool lines = false;          // may hold line ends
  };
  std::string text(std::string_view field, Text rule);
  std::string one_of(std::string_view field, const std::vector<std::string_view>& choices);

  // After all fields were asked for. Nothing: the body is good.
  std::optional<Problem> problem();

 private:
  void complain(std::string_view field, std::string_view code, std::string detail);
  const std::string* take(std::string_view field, bool required);

  // A field's text, or nothing where the value is no string.
  std::map<std::string, std::optional<std::string>, std::less<>> fields_;
  std::vector<std::string> asked_;
  std::vector<Complaint> complaints_;
  std::optional<Error> broken_;  // no JSON object at all
};

}  // namespace firstring::api

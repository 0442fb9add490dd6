#include "http/server.h"

namespace firstring::http {

const std::string* Request::header(std::string_view lower_case_name) const {
  const auto found = headers.find(std::string(lower_case_name));
  return found == headers.end() ? nullptr : &found->second;
}

const std::string* Request::query_value(std::string_view name) const {
  const auto found = query.find(std::string(name));
  return found == query.end() ? nullptr : &found->second;
}

}  // namespace firstring::http

#include "sip/message.h"

#include "sip/scan.h"

namespace firstring::sip {
namespace {

// Headers of one value, in which a comma is part of it.
bool is_list(HeaderName name) {
  switch (name) {
    case HeaderName::authorization:
    case HeaderName::proxy_authorization:
    case HeaderName::www_authenticate:
    case HeaderName::proxy_authenticate:
    case HeaderName::authentication_info:
    case HeaderName::date:
    case HeaderName::subject:
    case HeaderName::user_agent:
    case HeaderName::server:
    case HeaderName::call_id:
      return false;
    default:
      return true;
  }
}

}  // namespace

std::string_view Message::first(HeaderName name) const {
  for (const Header& header : headers_) {
    if (header.name == name) return header.value;
  }
  return {};
}

bool Message::has(HeaderName name) const {
  for (const Header& header : headers_) {
    if (header.name == name) return true;
  }
  return false;
}

std::vector<std::string_view> Message::values(HeaderName name) const {
  std::vector<std::string_view> values;
  for (const Header& header : headers_) {
    if (header.name != name) continue;
    if (!is_list(name)) {
      values.push_back(header.value);
      continue;
    }
    Scanner scanner(header.value);
    while (!scanner.at_end()) {
      const std::string_view element = take_list_element(scanner);
      if (!element.empty()) values.push_back(element);
    }
  }
  return values;
}

bool Message::lists(HeaderName name, std::string_view token) const {
  for (const Header& header : headers_) {
    if (header.name != name) continue;
    Scanner scanner(header.value);
    while (!scanner.at_end()) {
      if (equals_ignoring_case(take_list_element(scanner), token)) return true;
    }
  }
  return false;
}

}  // namespace firstring::sip

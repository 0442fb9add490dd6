#include "sip/identity.h"

#include <optional>

#include "sip/scan.h"

namespace firstring::sip {
namespace {

bool is_telephone_digit(char c) { return is_digit(c) || c == '*' || c == '#'; }

// "+49 (30) 123-456" -> "+4930123456"; what is no telephone number stays as it is.
std::string without_separators(const std::string& text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_telephone_digit(c) || (c == '+' && i == 0)) {
      digits.push_back(c);
    } else if (c != '-' && c != '.' && c != '(' && c != ')' && c != ' ') {
      return text;
    }
  }
  return digits.empty() || digits == "+" ? text : digits;
}

// The number or name in the user part, without the parameters that a telephone number may carry
// inside it (RFC 3966: "+4930123456;phone-context=…").
std::string number_of(const Uri& uri) {
  const std::string_view user = uri.user.substr(0, uri.user.find(';'));
  return without_separators(unquote(unescape(user)));
}

// The first value of the header that is a well-formed address with a user part.
std::optional<NameAddr> first_address(const Message& message, HeaderName header) {
  for (const std::string_view value : message.values(header)) {
    const auto address = parse_name_addr(value);
    if (address && !address->uri.user.empty()) return *address;
  }
  return std::nullopt;
}

bool asks_for_privacy(const Message& message) {
  for (const Header& header : message.headers()) {
    if (header.name != HeaderName::privacy) continue;
    // Values are separated by semicolons (RFC 3323 §4.2); some separate them by commas.
    Scanner scanner(header.value);
    while (!scanner.at_end()) {
      const std::string_view value = scanner.take_token();
      for (const std::string_view private_value : {"id", "user", "header", "full"}) {
        if (equals_ignoring_case(value, private_value)) return true;
      }
      if (value.empty()) scanner.step();
    }
  }
  return false;
}

bool is_anonymous(const NameAddr& from) {
  return equals_ignoring_case(from.uri.user, "anonymous") ||
         equals_ignoring_case(from.uri.host, "anonymous.invalid");
}

// The one that last passed the call on. Of History-Info, whose last entry is where the call is now,
// the one before; entries that merely retarget the same user are none.
std::string diverted_from(const Message& message) {
  if (const auto diversion = first_address(message, HeaderName::diversion)) {
    return number_of(diversion->uri);
  }
  const auto history = message.values(HeaderName::history_info);
  if (history.size() < 2) return {};
  const auto last = parse_name_addr(history[history.size() - 1]);
  const auto before = parse_name_addr(history[history.size() - 2]);
  if (!last || !before || last->uri.user == before->uri.user) return {};
  return number_of(before->uri);
}

}  // namespace

Identity caller_identity(const Message& invite, bool trusted) {
  Identity identity;
  NameAddr caller = invite.from();
  bool asserted = false;
  identity.withheld = asks_for_privacy(invite);
  if (trusted) {
    identity.diverted_from = diverted_from(invite);
    if (const auto address = first_address(invite, HeaderName::p_asserted_identity)) {
      caller = *address;
      asserted = true;
    } else if (const auto party = first_address(invite, HeaderName::remote_party_id)) {
      caller = *party;
      asserted = true;
      const std::string_view privacy = party->parameter("privacy").value_or("off");
      if (!equals_ignoring_case(privacy, "off")) identity.withheld = true;
    }
  }
  // A From that says "anonymous" withholds what the network asserts beside it.
  if (is_anonymous(invite.from()) || (asserted && is_anonymous(caller))) identity.withheld = true;
  if (identity.withheld) return identity;
  identity.number = number_of(caller.uri);
  identity.name = unquote(caller.display_name);
  if (asserted && identity.name.empty()) identity.name = unquote(invite.from().display_name);
  if (without_separators(identity.name) == identity.number) identity.name.clear();
  return identity;
}

}  // namespace firstring::sip

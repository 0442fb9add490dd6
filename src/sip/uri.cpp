#include "sip/message.h"
#include "sip/scan.h"
#include "sip/slices.h"

namespace firstring::sip {
namespace {

// "example.com", "192.0.2.1", "[2001:db8::1]"; IPv6 comes out without brackets. Three colons in a
// row are taken: RFC 3261's own grammar once produced them (RFC 5118 §4.10).
bool take_host(Scanner& scanner, std::string_view& host) {
  if (!scanner.take('[')) {
    host = scanner.take_class(k_host_char);
    return !host.empty();
  }
  const std::size_t start = scanner.position();
  int colons = 0;
  while (is_class(scanner.peek(), k_hex_char) || scanner.peek() == ':' || scanner.peek() == '.') {
    if (scanner.peek() == ':') ++colons;
    scanner.step();
  }
  host = scanner.since(start);
  return colons >= 2 && scanner.take(']');
}

// [ ":" port ]
bool take_port(Scanner& scanner, std::uint16_t& port) {
  if (!scanner.take(':')) return true;
  const auto number = parse_number(scanner.take_class(k_digit_char));
  if (!number || *number > 0xffff) return false;
  port = static_cast<std::uint16_t>(*number);
  return true;
}

std::optional<std::string_view> find_parameter(std::string_view parameters, std::string_view name) {
  Scanner scanner(parameters);
  Parameter parameter;
  while (take_parameter(scanner, parameter)) {
    if (equals_ignoring_case(parameter.name, name)) return parameter.value;
  }
  return std::nullopt;
}

// What follows "sip:" (RFC 3261 §19.1.1). An "@" ends the user part and stands nowhere else; a user
// part may itself hold ";" and "?".
bool read_sip_rest(std::string_view rest, Uri& uri) {
  const std::size_t at = rest.find('@');
  if (at != std::string_view::npos) {
    const std::string_view user_info = rest.substr(0, at);
    const std::size_t colon = user_info.find(':');
    uri.user = user_info.substr(0, colon);
    if (uri.user.empty()) return false;
    if (colon != std::string_view::npos) uri.password = user_info.substr(colon + 1);
    rest.remove_prefix(at + 1);
  }
  Scanner scanner(rest);
  if (!take_host(scanner, uri.host) || !take_port(scanner, uri.port)) return false;
  const std::string_view tail = scanner.rest();
  if (tail.find('@') != std::string_view::npos) return false;
  const std::size_t question = tail.find('?');
  uri.parameters = tail.substr(0, question);
  if (question != std::string_view::npos) uri.headers = tail.substr(question);
  return uri.parameters.empty() || uri.parameters.front() == ';';
}

bool read_tel_rest(std::string_view rest, Uri& uri) {
  const std::size_t semicolon = rest.find(';');
  uri.user = rest.substr(0, semicolon);
  if (semicolon != std::string_view::npos) uri.parameters = rest.substr(semicolon);
  return !uri.user.empty();
}

}  // namespace

bool read_uri(std::string_view text, Uri& uri) {
  uri = Uri{};
  uri.text = text;
  Scanner scanner(text);
  uri.scheme = scanner.take_token();
  if (uri.scheme.empty() || !is_class(uri.scheme.front(), k_alpha_char) || !scanner.take(':')) {
    return false;
  }
  const std::string_view rest = scanner.rest();
  if (rest.empty() || !all_of_class(rest, k_uri_char)) return false;
  if (equals_ignoring_case(uri.scheme, "sip")) return read_sip_rest(rest, uri);
  if (equals_ignoring_case(uri.scheme, "sips")) {
    uri.is_sips = true;
    return read_sip_rest(rest, uri);
  }
  if (equals_ignoring_case(uri.scheme, "tel")) return read_tel_rest(rest, uri);
  return true;
}

// A display name without quotes is tokens by the grammar; we take what devices really send, but
// not what would make the address doubtful ("Bell, Alexander <sip:…>", RFC 4475 §3.1.2.15).
bool read_name_addr(std::string_view value, NameAddr& address) {
  address = NameAddr{};
  Scanner scanner(value);
  scanner.skip_space();
  bool in_brackets = false;
  if (scanner.peek() == '"') {
    if (!scanner.take_quoted(address.display_name)) return false;
    scanner.skip_space();
    if (!scanner.take('<')) return false;
    in_brackets = true;
  } else {
    const std::string_view rest = scanner.rest();
    const std::size_t stop = rest.find_first_of("<:,;>\"?");
    if (stop == std::string_view::npos) return false;
    if (rest[stop] == '<') {
      address.display_name = trim(rest.substr(0, stop));
      while (scanner.peek() != '<') scanner.step();
      scanner.step();
      in_brackets = true;
    } else if (rest[stop] != ':') {
      return false;
    }
  }
  const std::size_t start = scanner.position();
  const auto ends_uri = [in_brackets](char c) {
    return in_brackets ? c == '>' : c == ';' || c == ',' || is_space(c);
  };
  while (!scanner.at_end() && !ends_uri(scanner.peek())) scanner.step();
  const std::string_view uri_text = scanner.since(start);
  if (in_brackets && !scanner.take('>')) return false;
  // Without brackets a "?" would be ambiguous (RFC 3261 §20.10).
  if (!in_brackets && uri_text.find('?') != std::string_view::npos) return false;
  if (!read_uri(uri_text, address.uri)) return false;
  scanner.skip_space();
  address.parameters = trim(scanner.rest());
  return are_parameters(address.parameters);
}

// sent-protocol LWS sent-by *( SEMI via-params ), with white space nearly everywhere (§20.42).
bool read_via(std::string_view value, Via& via) {
  via = Via{};
  Scanner scanner(value);
  const auto take_word = [&scanner](std::string_view& word) {
    scanner.skip_space();
    word = scanner.take_token();
    scanner.skip_space();
    return !word.empty();
  };
  std::string_view protocol, version;
  if (!take_word(protocol) || !scanner.take('/') || !take_word(version) || !scanner.take('/') ||
      !take_word(via.transport)) {
    return false;
  }
  // Of another version: read on, so that the 505 can be sent to where this says.
  const bool is_ours = equals_ignoring_case(protocol, "SIP") && version == "2.0";
  std::string_view host;
  if (!take_host(scanner, host)) return false;
  scanner.skip_space();
  if (scanner.take(':')) {
    scanner.skip_space();
    const auto number = parse_number(scanner.take_class(k_digit_char));
    if (!number || *number > 0xffff) return false;
    via.port = static_cast<std::uint16_t>(*number);
  }
  via.host = host;
  via.parameters = trim(scanner.rest());
  return is_ours && are_parameters(via.parameters);
}

bool take_parameter(Scanner& scanner, Parameter& parameter) {
  scanner.skip_space();
  if (!scanner.take(';')) return false;
  scanner.skip_space();
  const auto take_text = [&scanner] {
    const std::size_t start = scanner.position();
    const auto ends = [](char c) { return c == ';' || c == '=' || c == ',' || is_space(c); };
    while (!scanner.at_end() && !ends(scanner.peek())) scanner.step();
    return scanner.since(start);
  };
  parameter.name = take_text();
  parameter.value = {};
  scanner.skip_space();
  if (!scanner.take('=')) return true;
  scanner.skip_space();
  if (scanner.peek() == '"') return scanner.take_quoted(parameter.value);
  const std::size_t start = scanner.position();
  while (!scanner.at_end() && scanner.peek() != ';' && scanner.peek() != ',' &&
         !is_space(scanner.peek())) {
    scanner.step();
  }
  parameter.value = scanner.since(start);
  return true;
}

bool are_parameters(std::string_view text) {
  Scanner scanner(text);
  while (!scanner.at_end()) {
    Parameter parameter;
    if (!take_parameter(scanner, parameter)) return false;
    if (parameter.name.empty() || !all_of_class(parameter.name, k_token_char)) return false;
    scanner.skip_space();
  }
  return true;
}

std::string_view take_list_element(Scanner& scanner) {
  const std::size_t start = scanner.position();
  bool in_brackets = false;
  while (!scanner.at_end()) {
    const char c = scanner.peek();
    if (c == '"' && !in_brackets) {
      std::string_view content;
      scanner.take_quoted(content);
      continue;
    }
    if (c == '<') in_brackets = true;
    if (c == '>') in_brackets = false;
    if (c == ',' && !in_brackets) break;
    scanner.step();
  }
  const std::string_view element = trim(scanner.since(start));
  scanner.take(',');
  return element;
}

Result<Uri> parse_uri(std::string_view text) {
  Uri uri;
  if (!read_uri(text, uri)) return Error{Code::invalid, "not a URI: " + std::string(text)};
  return uri;
}

Result<NameAddr> parse_name_addr(std::string_view value) {
  NameAddr address;
  if (!read_name_addr(value, address)) {
    return Error{Code::invalid, "not an address: " + std::string(value)};
  }
  return address;
}

Result<Via> parse_via(std::string_view value) {
  Via via;
  if (!read_via(value, via)) return Error{Code::invalid, "not a Via: " + std::string(value)};
  return via;
}

std::optional<std::string_view> Uri::parameter(std::string_view name) const {
  return find_parameter(parameters, name);
}
std::optional<std::string_view> NameAddr::parameter(std::string_view name) const {
  return find_parameter(parameters, name);
}
std::optional<std::string_view> Via::parameter(std::string_view name) const {
  return find_parameter(parameters, name);
}

}  // namespace firstring::sip

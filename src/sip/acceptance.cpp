#include "sip/acceptance.h"

#include "sip/scan.h"
#include "sip/slices.h"

namespace firstring::sip {
namespace {

bool is_sip_scheme(std::string_view scheme) {
  return equals_ignoring_case(scheme, "sip") || equals_ignoring_case(scheme, "sips");
}

// "application/sdp" of "Application / SDP ; charset=utf-8".
bool is_media_type(std::string_view value, std::string_view type, std::string_view subtype) {
  Scanner scanner(value);
  scanner.skip_space();
  if (!equals_ignoring_case(scanner.take_token(), type)) return false;
  scanner.skip_space();
  if (!scanner.take('/')) return false;
  scanner.skip_space();
  return subtype.empty() || equals_ignoring_case(scanner.take_token(), subtype);
}

bool is_sdp(std::string_view content_type) {
  return is_media_type(content_type, "application", "sdp");
}

// What is between the delimiters of one part of a multipart body: its headers and its content.
struct Part {
  std::string_view content_type;
  std::string_view content;
};
Part read_part(std::string_view text) {
  Part part{"text/plain", {}};  // RFC 2046 §5.1
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
    if (line.empty()) break;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (header_name_of(trim(line.substr(0, colon))) == HeaderName::content_type) {
      part.content_type = trim(line.substr(colon + 1));
    }
  }
  part.content = text;
  return part;
}

std::string_view sdp_in_multipart(std::string_view content_type, std::string_view body) {
  const std::size_t semicolon = content_type.find(';');
  if (semicolon == std::string_view::npos) return {};
  Scanner scanner(content_type.substr(semicolon));
  Parameter parameter;
  while (take_parameter(scanner, parameter) && !equals_ignoring_case(parameter.name, "boundary")) {
  }
  constexpr std::size_t k_boundary_bytes_max = 70;  // RFC 2046 §5.1.1
  if (!equals_ignoring_case(parameter.name, "boundary") || parameter.value.empty() ||
      parameter.value.size() > k_boundary_bytes_max) {
    return {};
  }
  const std::string delimiter = "--" + std::string(parameter.value);

  std::size_t start = body.find(delimiter);
  while (start != std::string_view::npos) {
    start += delimiter.size();
    const std::size_t line_end = body.find("\r\n", start);
    if (body.substr(start).starts_with("--") || line_end == std::string_view::npos) return {};
    const std::size_t end = body.find("\r\n" + delimiter, line_end);
    if (end == std::string_view::npos) return {};
    const std::size_t first = std::min(line_end + 2, end);
    const Part part = read_part(body.substr(first, end - first));
    if (is_sdp(part.content_type)) return part.content;
    start = end + 2;
  }
  return {};
}

std::optional<Refusal> judge_method(const Message& request) {
  switch (request.method()) {
    case Method::other:
      return Refusal{501, "Not Implemented",
                     "Allow: " + std::string(k_allowed_methods) + "\r\n"};
    case Method::message:
    case Method::subscribe:
    case Method::notify:
    case Method::publish:
      return Refusal{405, "Method Not Allowed",
                     "Allow: " + std::string(k_allowed_methods) + "\r\n"};
    default:
      return std::nullopt;
  }
}

std::optional<Refusal> judge_addresses(const Message& request) {
  Uri uri;
  read_uri(request.request_uri(), uri);
  if (!is_sip_scheme(uri.scheme) && !equals_ignoring_case(uri.scheme, "tel")) {
    return Refusal{416, "Unsupported URI Scheme", {}};
  }
  const bool registers = request.method() == Method::register_;
  // What is registered is named by To (RFC 3261 §10.2).
  if (registers && !is_sip_scheme(request.to().uri.scheme)) {
    return Refusal{400, "To is not a SIP URI", {}};
  }
  for (const Header& header : request.headers()) {
    const bool contact = header.name == HeaderName::contact;
    if (!contact && header.name != HeaderName::record_route && header.name != HeaderName::route) {
      continue;
    }
    Scanner scanner(header.value);
    while (!scanner.at_end()) {
      const std::string_view element = take_list_element(scanner);
      NameAddr address;
      if (read_name_addr(element, address)) continue;
      if (contact && registers && element == "*") continue;
      return Refusal{400, contact ? "Malformed Contact" : "Malformed Route", {}};
    }
  }
  return std::nullopt;
}

std::optional<Refusal> judge_extensions(const Message& request) {
  // RFC 3261 §8.2.2.3: Require means nothing in a CANCEL.
  if (request.method() == Method::cancel) return std::nullopt;
  std::string unsupported;
  for (const Header& header : request.headers()) {
    if (header.name != HeaderName::require) continue;
    Scanner scanner(header.value);
    while (!scanner.at_end()) {
      const std::string_view tag = take_list_element(scanner);
      if (tag.empty() || equals_ignoring_case(tag, "100rel") ||
          equals_ignoring_case(tag, "timer") || equals_ignoring_case(tag, "replaces")) {
        continue;
      }
      if (!all_of_class(tag, k_token_char)) return Refusal{400, "Malformed Require", {}};
      if (!unsupported.empty()) unsupported += ", ";
      unsupported += tag;
    }
  }
  if (unsupported.empty()) return std::nullopt;
  return Refusal{420, "Bad Extension", "Unsupported: " + unsupported + "\r\n"};
}

std::optional<Refusal> judge_content(const Message& request) {
  const Method method = request.method();
  const bool offers = method == Method::invite || method == Method::update ||
                      method == Method::prack;
  if (!offers) return std::nullopt;
  if (!request.body().empty() && sdp_of(request).empty()) {
    const std::string_view disposition = request.first(HeaderName::content_disposition);
    const std::size_t semicolon = disposition.find(';');
    bool optional = false;
    if (semicolon != std::string_view::npos) {
      Scanner scanner(disposition.substr(semicolon));
      Parameter parameter;
      while (take_parameter(scanner, parameter)) {
        if (equals_ignoring_case(parameter.name, "handling")) {
          optional = equals_ignoring_case(parameter.value, "optional");
        }
      }
    }
    if (!optional) {
      return Refusal{415, "Unsupported Media Type",
                     "Accept: application/sdp\r\nAccept-Encoding: identity\r\n"};
    }
  }
  if (method != Method::invite || !request.has(HeaderName::accept)) return std::nullopt;
  for (const std::string_view range : request.values(HeaderName::accept)) {
    if (is_sdp(range) || range.starts_with("*/*") || is_media_type(range, "application", "*") ||
        is_media_type(range, "multipart", {})) {
      return std::nullopt;
    }
  }
  return Refusal{406, "Not Acceptable", {}};
}

}  // namespace

std::optional<Refusal> judge_request(const Message& request) {
  if (request.method() == Method::ack) return std::nullopt;
  if (auto refusal = judge_method(request)) return refusal;
  if (auto refusal = judge_addresses(request)) return refusal;
  // We call on for the caller, so we end loops as a proxy would (RFC 7332 §4). Of an endpoint as
  // such, as in OPTIONS, it asks nothing.
  if (request.method() == Method::invite && request.max_forwards() == 0u) {
    return Refusal{483, "Too Many Hops", {}};
  }
  if (auto refusal = judge_extensions(request)) return refusal;
  return judge_content(request);
}

std::string_view sdp_of(const Message& message) {
  const std::string_view body = message.body();
  if (body.empty()) return {};
  const std::string_view encoding = message.first(HeaderName::content_encoding);
  if (!encoding.empty() && !equals_ignoring_case(encoding, "identity")) return {};
  const std::string_view content_type = message.first(HeaderName::content_type);
  // Content-Type may not be missing, and yet is by some; SDP begins with its version.
  if (content_type.empty()) return body.starts_with("v=0") ? body : std::string_view{};
  if (is_sdp(content_type)) return body;
  return is_media_type(content_type, "multipart", {}) ? sdp_in_multipart(content_type, body)
                                                      : std::string_view{};
}

}  // namespace firstring::sip

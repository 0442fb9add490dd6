#include "http/target.h"

#include <algorithm>
#include <cstdint>

namespace firstring::http {
namespace {

constexpr std::size_t k_parameters_max = 100;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Error bad(std::string_view what) {
  return {Code::invalid, "The address of the request " + std::string(what) + "."};
}

// Length of the UTF-8 sequence that starts here, or 0 (RFC 3629: no surrogates, nothing overlong).
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const auto tail = [&](std::size_t i, int low = 0x80, int high = 0xBF) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const int lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const int low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return tail(1, low, high) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const int low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

Result<std::string> parse_path(std::string_view raw) {
  std::string path;
  while (!raw.empty()) {
    raw.remove_prefix(1);  // the slash
    const auto part = raw.substr(0, raw.find('/'));
    raw.remove_prefix(part.size());
    const auto decoded = percent_decode(part, Plus::kept);
    if (!decoded) return bad("has an escape or a byte that is not allowed");
    if (decoded->find_first_of("/\\") != std::string::npos) return bad("hides a slash");
    if (*decoded == "." || *decoded == "..") return bad("has a part \".\" or \"..\"");
    path += '/';
    path += *decoded;
  }
  return path;
}

Result<std::multimap<std::string, std::string>> parse_query(std::string_view raw) {
  std::multimap<std::string, std::string> query;
  while (!raw.empty()) {
    const auto part = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(part.size() + 1, raw.size()));
    if (part.empty()) continue;
    if (query.size() == k_parameters_max) return bad("has more than 100 parameters");
    const auto equals = part.find('=');
    const auto name = percent_decode(part.substr(0, equals), Plus::is_space);
    const auto value = equals == std::string_view::npos
                           ? std::optional<std::string>("")
                           : percent_decode(part.substr(equals + 1), Plus::is_space);
    if (!name || !value) return bad("has an escape or a byte that is not allowed");
    query.emplace(*name, *value);
  }
  return query;
}

}  // namespace

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::optional<std::string> percent_decode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus == Plus::is_space) c = ' ';
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    if (byte < 0x20 || byte == 0x7F) return std::nullopt;
    out += c;
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view k_hex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += k_hex[byte >> 4];
      out += k_hex[byte & 15];
    }
  }
  return out;
}

Result<Target> parse_target(std::string_view target) {
  // Absolute form: a server must understand it (RFC 9112 §3.2.2); the host in it is not used.
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!target.starts_with(scheme)) continue;
    const auto slash = target.find_first_of("/?", scheme.size());
    if (slash == std::string_view::npos || target[slash] == '?') return bad("has no path");
    target.remove_prefix(slash);
  }
  if (target.empty() || target.front() != '/') return bad("does not begin with a slash");
  if (target.find('#') != std::string_view::npos) return bad("has a fragment");
  const auto question = target.find('?');
  Target out;
  out.path = TRY(parse_path(target.substr(0, question)));
  if (question != std::string_view::npos) {
    out.query = TRY(parse_query(target.substr(question + 1)));
  }
  return out;
}

bool is_same_origin(std::string_view origin, std::string_view host) {
  const auto lower = [](std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return out;
  };
  // Default ports are left out by browsers in both; whoever writes them means the same place.
  const auto without_default = [](std::string text, std::string_view port) {
    if (text.ends_with(port)) text.resize(text.size() - port.size());
    return text;
  };
  for (const auto& [scheme, port] :
       {std::pair<std::string_view, std::string_view>{"http://", ":80"}, {"https://", ":443"}}) {
    if (!origin.starts_with(scheme)) continue;
    const auto place = without_default(lower(origin.substr(scheme.size())), port);
    return !place.empty() && place == without_default(lower(host), port);
  }
  return false;
}

}  // namespace firstring::http

#include "server/api/body.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace firstring::api {
namespace {

constexpr std::size_t k_body_bytes_max = 64 * 1024;
constexpr int k_depth_max = 16;

// Nesting is bounded before anything is built of it.
bool is_too_deep(std::string_view json) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > k_depth_max) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

std::string pointer_of(std::string_view field) {
  std::string out = "/";
  for (const char c : field) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

bool is_json(const http::Request& request) {
  const auto* type = request.header("content-type");
  if (!type) return false;
  auto name = type->substr(0, type->find(';'));
  while (!name.empty() && name.back() == ' ') name.pop_back();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name == "application/json";
}

}  // namespace

Body::Body(const http::Request& request) {
  using nlohmann::json;
  if (!is_json(request)) {
    broken_ = {Code::invalid, "The body must be JSON, with Content-Type: application/json."};
    return;
  }
  if (request.body.size() > k_body_bytes_max || is_too_deep(request.body)) {
    broken_ = {Code::invalid, "The body is larger than 64 kB or nested deeper than 16 levels."};
    return;
  }
  std::set<std::string> seen;
  std::optional<std::string> twice;
  const auto on_event = [&](int depth, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::key && depth == 1) {
      const auto& key = value.get_ref<const std::string&>();
      if (!seen.insert(key).second) twice = key;
    }
    return true;
  };
  const auto parsed = json::parse(request.body, on_event, false);
  if (parsed.is_discarded() || !parsed.is_object()) {
    broken_ = {Code::invalid, "The body is not a JSON object."};
    return;
  }
  if (twice) complain(*twice, "repeated", "This field is there twice.");
  for (const auto& [key, value] : parsed.items()) {
    fields_[key] = value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt;
  }
}

void Body::complain(std::string_view field, std::string_view code, std::string detail) {
  complaints_.push_back({pointer_of(field), std::string(code), std::move(detail)});
}

const std::string* Body::take(std::string_view field, bool required) {
  asked_.emplace_back(field);
  const auto found = fields_.find(field);
  if (found == fields_.end()) {
    if (required && !broken_) complain(field, "required", "This field is missing.");
    return nullptr;
  }
  if (!found->second) {
    complain(field, "wrong_type", "This must be a text.");
    return nullptr;
  }
  return &*found->second;
}

std::string Body::text(std::string_view field, Text rule) {
  const auto* value = take(field, rule.required);
  if (!value) return {};
  if (value->size() > rule.bytes_max) {
    complain(field, "too_long",
             "This may be at most " + std::to_string(rule.bytes_max) + " bytes long.");
    return {};
  }
  if (rule.required && value->empty()) {
    complain(field, "empty", "This must not be empty.");
    return {};
  }
  const bool controls = std::any_of(value->begin(), value->end(), [&](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && !(rule.lines && (c == '\n' || c == '\t'))) ||
           c == 0x7F;
  });
  if (controls) {
    complain(field, "control_character", "This holds a character that cannot be written.");
    return {};
  }
  return *value;
}

std::string Body::one_of(std::string_view field, const std::vector<std::string_view>& choices) {
  const auto* value = take(field, true);
  if (!value) return {};
  if (std::find(choices.begin(), choices.end(), *value) != choices.end()) return *value;
  std::string detail = "This must be one of:";
  for (const auto& one : choices) detail += ' ' + std::string(one);
  complain(field, "not_a_choice", detail + '.');
  return {};
}

std::optional<Problem> Body::problem() {
  if (broken_) return Problem{*broken_, {}};
  for (const auto& [key, value] : fields_) {
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    std::string detail = "This field is not known here; known are:";
    for (const auto& one : asked_) detail += ' ' + one;
    complain(key.substr(0, 100), "unknown_field", detail + '.');
    if (complaints_.size() >= 20) break;
  }
  if (complaints_.empty()) return std::nullopt;
  return Problem{{Code::invalid, "The body of the request is not as it must be."}, complaints_};
}

}  // namespace firstring::api

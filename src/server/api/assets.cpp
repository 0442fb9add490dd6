#include "server/api/assets.h"

#include <yaml-cpp/yaml.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/assert.h"

namespace firstring::api {
namespace {

using Json = nlohmann::ordered_json;

// YAML 1.2 core schema: what is not quoted and looks like a number, a truth or nothing is one.
Json scalar(const YAML::Node& node) {
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text.empty() || text == "null" || text == "~") return nullptr;
  if (text == "true") return true;
  if (text == "false") return false;
  std::int64_t integer = 0;
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, integer).ptr == end) return integer;
  double real = 0;
  if (std::from_chars(text.data(), end, real).ptr == end) return real;
  return text;
}

Json to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    Json out = Json::object();
    for (const auto& entry : node) out[entry.first.Scalar()] = to_json(entry.second);
    return out;
  }
  if (node.IsSequence()) {
    Json out = Json::array();
    for (const auto& entry : node) out.push_back(to_json(entry));
    return out;
  }
  return node.IsScalar() ? scalar(node) : Json();
}

}  // namespace

const Asset* find_asset(std::string_view name) {
  for (const auto& asset : assets()) {
    if (asset.name == name) return &asset;
  }
  return nullptr;
}

const std::string& openapi_json() {
  static const std::string json = [] {
    const auto* yaml = find_asset("openapi.yaml");
    ASSERT(yaml != nullptr);
    return to_json(YAML::Load(std::string(yaml->content))).dump();
  }();
  return json;
}

}  // namespace firstring::api

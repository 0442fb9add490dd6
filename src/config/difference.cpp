#include "config/difference.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace firstring::config {
namespace {

constexpr std::size_t k_text_max = 200;

// Maps whose members are things of their own.
constexpr std::array<std::string_view, 8> k_collections = {
    "variables", "hours", "numbers", "flows", "queues", "agents", "phones", "trunks"};

// A thing's values by their path within it.
using Thing = std::map<std::string, std::string>;
using Things = std::map<std::string, Thing>;

std::string shortened(std::string text) {
  if (text.size() <= k_text_max) return text;
  std::size_t end = k_text_max;  // not within a character of UTF-8
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

bool is_secret(std::string_view name) {
  return name == "password" || name == "secret" || name == "pin" || name.ends_with("_secret") ||
         name.ends_with("_pin");
}

std::string joined(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

void flatten(const YAML::Node& node, const std::string& path, bool secret, Thing& out) {
  if (node.IsMap()) {
    if (node.size() == 0) out[path] = "{}";
    for (const auto& member : node) {
      const auto name = member.first.as<std::string>();
      flatten(member.second, joined(path, name), secret || is_secret(name), out);
    }
  } else if (node.IsSequence()) {
    if (node.size() == 0) out[path] = "[]";
    for (std::size_t i = 0; i < node.size(); ++i) {
      flatten(node[i], joined(path, std::to_string(i + 1)), secret, out);
    }
  } else {
    // A secret is compared as it is and hidden only when it is told.
    out[path] = (secret ? std::string(1, '\0') : std::string()) +
                (node.IsNull() ? std::string() : node.as<std::string>());
  }
}

void add_section(const YAML::Node& section, const std::string& path, Things& out) {
  for (const auto& member : section) {
    const auto name = member.first.as<std::string>();
    const std::string at = joined(path, name);
    const bool collection = path == "business" && member.second.IsMap() &&
                            std::ranges::find(k_collections, name) != k_collections.end();
    if (!collection) {
      flatten(member.second, "", is_secret(name), out[at]);
      continue;
    }
    for (const auto& one : member.second) {
      const auto one_name = one.first.as<std::string>();
      flatten(one.second, "", is_secret(one_name), out[joined(at, one_name)]);
    }
  }
}

Things things_of(std::string_view yaml) {
  Things things;
  const YAML::Node root = YAML::Load(std::string(yaml));
  for (const auto& section : root) {
    if (!section.second.IsMap()) continue;
    add_section(section.second, section.first.as<std::string>(), things);
  }
  return things;
}

std::string told(const Thing& thing, const std::string& path) {
  const auto at = thing.find(path);
  if (at == thing.end()) return {};
  if (at->second.starts_with('\0')) return "(secret)";
  return shortened(at->second);
}

std::vector<Change::Detail> details_of(const Thing& before, const Thing& after) {
  std::set<std::string> paths;
  for (const auto& [path, value] : before) paths.insert(path);
  for (const auto& [path, value] : after) paths.insert(path);
  std::vector<Change::Detail> details;
  for (const std::string& path : paths) {
    const auto old_at = before.find(path), new_at = after.find(path);
    const bool same = old_at != before.end() && new_at != after.end() &&
                      old_at->second == new_at->second;
    if (!same) details.push_back({path, told(before, path), told(after, path)});
  }
  return details;
}

}  // namespace

std::string_view name_of(Change::Kind kind) {
  switch (kind) {
    case Change::Kind::create: return "create";
    case Change::Kind::update: return "update";
    case Change::Kind::remove: return "delete";
  }
  return "";
}

std::vector<Change> differences(std::string_view before, std::string_view after) {
  const Things old_things = things_of(before), new_things = things_of(after);
  std::set<std::string> paths;
  for (const auto& [path, thing] : old_things) paths.insert(path);
  for (const auto& [path, thing] : new_things) paths.insert(path);
  std::vector<Change> changes;
  for (const std::string& path : paths) {
    const auto old_at = old_things.find(path), new_at = new_things.find(path);
    Change change{.path = path, .needs_restart = path.starts_with("server."), .details = {}};
    if (old_at == old_things.end()) {
      change.kind = Change::Kind::create;
    } else if (new_at == new_things.end()) {
      change.kind = Change::Kind::remove;
    } else {
      change.details = details_of(old_at->second, new_at->second);
      if (change.details.empty()) continue;
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace firstring::config

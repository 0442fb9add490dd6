#include "config/loader.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/parts.h"

namespace firstring::config {
namespace {

// FNV-1a, 64 bits: tells versions apart; it protects nothing.
std::string version_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  char out[20];
  std::snprintf(out, sizeof out, "%016llx", static_cast<unsigned long long>(hash));
  return out;
}

void read_numbers(const Value& value, flow::Configuration& out) {
  value.each_member([&](const std::string& number, const Value& entry) {
    const bool fits = !number.empty() && number.size() <= 32 &&
                      number.find_first_not_of("+0123456789*#") == std::string::npos;
    if (!fits)
      entry.complain("the number \"" + number + "\"", "digits, with a + before them or not");
    out.numbers[number] = {.number = number,
                           .flow = entry.is_map() ? flow_of_room(number, entry, out)
                                                  : entry.required_text("the name of a flow")};
  });
}

void read_business(const Value& value, Loaded& out) {
  flow::Configuration& business = *out.business;
  if (!value.present()) return value.complain("a section \"business\"");
  value.allow({"slug", "name", "zone", "language", "variables", "hours", "numbers", "flows",
               "rooms", "queues", "agents", "phones", "trunks", "outbound", "webhooks",
               "dispositions", "transfers", "without_recording", "lost_after"});
  business.tenant = value.member("slug").required_text("a short name such as harbor-dental");
  if (!business.tenant.empty() && !is_slug(business.tenant)) {
    value.member("slug").complain("small letters, digits and hyphens");
  }
  business.name = value.member("name").text(business.tenant);
  business.zone = value.member("zone").text("UTC");
  business.language = value.member("language").text();
  if (!business.language.empty() && !is_language(business.language)) {
    value.member("language").complain("a language such as en or pt-br");
  }
  read_variables(value.member("variables"), business);
  read_hours(value.member("hours"), business.zone, business);
  read_rooms(value.member("rooms"), business);
  read_numbers(value.member("numbers"), business);
  read_queues(value.member("queues"), business);
  read_agents(value.member("agents"), business, out.phones);
  read_phones(value.member("phones"), business, out.phones);
  read_trunks(value.member("trunks"), out.trunks);
  read_webhooks(value.member("webhooks"), out.webhooks, business);
  business.lost_after = value.member("lost_after").duration(business.lost_after, 1h, 24h * 365);
  read_outbound(value.member("outbound"), business);
  read_flows(value.member("flows"), business);
  read_routing(value, business);
  business.dispositions = value.member("dispositions").texts();
  const Value transfers = value.member("transfers");
  transfers.allow({"ring_timeout"});
  business.transfer_ring_timeout =
      transfers.member("ring_timeout").duration(business.transfer_ring_timeout, 5s, 5min);
  const std::string unrecorded = value.member("without_recording").text("go_on");
  if (unrecorded != "go_on" && unrecorded != "refuse") {
    value.member("without_recording").complain("go_on or refuse");
  }
  business.record_failure_refuses = unrecorded == "refuse";
  check_references(value, business);
}

// No Value is assigned to another here: that would change the YAML tree, not the variable.
Value place_of(const flow::Finding& finding, const Value& business) {
  const Value flow = business.member("flows").member(finding.flow);
  if (finding.node.empty()) return flow;
  const Value node = flow.member("nodes").member(finding.node);
  return finding.member.empty() ? node : node.member(finding.member);
}

std::vector<PlacedFinding> place(const std::vector<flow::Finding>& findings, const Value& business,
                                 std::string_view file_name) {
  std::vector<PlacedFinding> placed;
  for (const flow::Finding& finding : findings) {
    const Value at = place_of(finding, business);
    const Value::Spot spot = at.spot();
    placed.push_back({std::string(file_name), spot.line, spot.column, at.path(), finding});
  }
  std::stable_sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return placed;
}

// What lies in the folder of prompts, which is named relative to the file.
std::optional<std::set<std::string>> files_in(const std::filesystem::path& folder) {
  std::error_code error;
  std::set<std::string> names;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    names.insert(at->path().filename().string());
  }
  return names;
}

// `folder` is where the file lies; empty: it is no file, and `prompt_files` says what there is.
Loaded load(std::string_view yaml, std::string_view file_name, const std::filesystem::path& folder,
            std::optional<std::set<std::string>> prompt_files) {
  Loaded loaded;
  loaded.source = yaml;
  loaded.business = std::make_unique<flow::Configuration>();
  Problems problems(file_name, yaml);
  const auto root = parse_bounded(yaml, problems);
  if (root) {
    const Value top(*root, "", problems, {});
    top.allow({"server", "business"});
    loaded.server = read_server(top.member("server"));
    read_business(top.member("business"), loaded);
    loaded.business->version = version_of(yaml);
  }
  loaded.problems = problems.take();
  if (!loaded.problems.empty()) {
    loaded.business = nullptr;
    return loaded;
  }
  if (!folder.empty()) prompt_files = files_in(folder / loaded.server.prompt_folder);
  const Value top(*root, "", problems, {});
  loaded.findings =
      place(flow::inspect(*loaded.business, prompt_files), top.member("business"), file_name);
  return loaded;
}

}  // namespace

std::string PlacedFinding::to_text() const {
  return file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " +
         std::string(flow::name_of(finding.severity)) + ": " + path + ": " + finding.reason + " [" +
         finding.rule + "]; " + finding.suggestion;
}

Loaded load_text(std::string_view yaml, std::string_view file_name,
                 const std::optional<std::set<std::string>>& prompt_files) {
  return load(yaml, file_name, {}, prompt_files);
}

Loaded load_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file || !text) {
    Loaded loaded;
    loaded.problems.push_back({.file = path,
                               .line = 1,
                               .column = 1,
                               .path = "",
                               .found = "a file that cannot be read",
                               .expected = "a readable YAML file"});
    return loaded;
  }
  return load_text_as(text.str(), path);
}

Loaded load_text_as(std::string_view yaml, const std::string& path) {
  const auto folder = std::filesystem::path(path).parent_path();
  return load(yaml, path, folder.empty() ? "." : folder, std::nullopt);
}

}  // namespace firstring::config

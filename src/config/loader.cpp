#include "config/loader.h"

#include <cstdint>
#include <cstdio>
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
    out.numbers[number] = {.number = number, .flow = entry.required_text("the name of a flow")};
  });
}

void read_business(const Value& value, Loaded& out) {
  flow::Configuration& business = *out.business;
  if (!value.present()) return value.complain("a section \"business\"");
  value.allow({"slug", "name", "zone", "hours", "numbers", "flows", "queues", "agents", "phones",
               "trunks", "dispositions", "without_recording"});
  business.tenant = value.member("slug").required_text("a short name such as harbor-dental");
  if (!business.tenant.empty() && !is_slug(business.tenant)) {
    value.member("slug").complain("small letters, digits and hyphens");
  }
  business.name = value.member("name").text(business.tenant);
  read_hours(value.member("hours"), value.member("zone").text("UTC"), business);
  read_numbers(value.member("numbers"), business);
  read_queues(value.member("queues"), business);
  read_agents(value.member("agents"), business, out.phones);
  read_phones(value.member("phones"), business, out.phones);
  read_trunks(value.member("trunks"), out.trunks);
  read_flows(value.member("flows"), business);
  read_routing(value, business);
  business.dispositions = value.member("dispositions").texts();
  const std::string unrecorded = value.member("without_recording").text("go_on");
  if (unrecorded != "go_on" && unrecorded != "refuse") {
    value.member("without_recording").complain("go_on or refuse");
  }
  business.record_failure_refuses = unrecorded == "refuse";
  check_references(value, business);
}

}  // namespace

Loaded load_text(std::string_view yaml, std::string_view file_name) {
  Loaded loaded;
  loaded.business = std::make_unique<flow::Configuration>();
  Problems problems(file_name);
  if (const auto root = parse_bounded(yaml, problems)) {
    const Value top(*root, "", problems, {});
    top.allow({"server", "business"});
    loaded.server = read_server(top.member("server"));
    read_business(top.member("business"), loaded);
    loaded.business->version = version_of(yaml);
  }
  loaded.problems = problems.take();
  if (!loaded.problems.empty()) loaded.business = nullptr;
  return loaded;
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
  return load_text(text.str(), path);
}

}  // namespace firstring::config

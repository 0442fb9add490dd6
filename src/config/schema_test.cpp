// docs/configuration.schema.json says the same as the loader: a file that uses every map of the
// format is read with an unknown name in each of its maps in turn; the names that the loader then
// says are allowed must be those of the schema. (JSON is read as the YAML that it also is.)
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <set>
#include <sstream>
#include <string>

#include "config/loader.h"

namespace firstring::config {
namespace {

// Every kind of map that the format knows, at least once.
constexpr std::string_view k_everything = R"yaml(
server:
  sip: {ladder: yes}
  media: {srtp: yes}
  http: {ports_to_try: 1}
  webhooks: {private_hosts: [localhost]}
business:
  slug: all
  transfers: {ring_timeout: 20s}
  variables: {a: {start: "", secret: yes}}
  hours: {h: {weekdays: closed, overrides: [{from: 2026-01-01, to: 2026-01-02}]}}
  numbers: {"1": plain, "2": {room: c}}
  rooms: {c: {pin: "1234"}}
  webhooks: {w: {url: "https://x.example/", secret: {generate: w}}}
  flows:
    plain:
      start: bye
      tests: [{name: t, at: 2026-01-01 10:00, answers: {w: {/a: x}}, steps: [{waits: 1s}]}]
      nodes: {bye: {hang_up: Good bye}}
    f:
      inputs: {i: text}
      start: play
      nodes:
        play: {play: {say: Hello.}}
        menu: {menu: Hello., keys: {1: {go: play, intent: x}}}
        hours: {hours: h}
        schedule: {schedule: h}
        queue: {queue: q, requires: skill.a > 1, relax: [{after: 1s}]}
        callback: {callback: q, promised: play}
        dial: {dial: ext:1}
        gather: {gather: a}
        verify: {verify: PIN., pin: a}
        digits: {digits: 4}
        set: {set: {a: "'x'"}}
        if: {if: {when: yes, go: play}}
        priority: {priority: 1}
        random: {random: {b: {weight: 1, go: play}}}
        flow: {flow: f, with: {i: a}}
        language: {language: en}
        record: {record: yes}
        secure_input: {secure_input: yes}
        voicemail: {voicemail: {queue: q}}
        survey: {survey: [{name: n, score: "Well?"}]}
        message: {message: "Hello {input.i}", to: input.i}
        webhook: {webhook: w, send: {x: a}, take: {a: /a}}
        echo: {echo: yes}
        wait: {wait: 1s}
        loop: {loop: La.}
        hang_up: {hang_up: Bye.}
        conference: {conference: c, prompt: PIN.}
  queues:
    q:
      rings: [{agents: skill.a > 1}]
      last_agent: {wait: 1s}
      overflow_to: {queue: r, after: 1s}
      callback: {first: agent}
      comfort: {prompts: [{say: Soon.}]}
    r: {record: no}
  agents: {x: {extension: "1", password: {generate: x}, skills: {a: 2}, queues: {q: {weight: 1}}}}
  phones: {"2": {password: secret}}
  trunks: {t: {addresses: [192.0.2.1]}}
  outbound: {to: "sip:${number}@192.0.2.1", allowed: ["+1"]}
)yaml";

class Walk {
 public:
  Walk() : schema_(YAML::LoadFile("docs/configuration.schema.json")) {}

  void run() {
    look_at(YAML::Load(std::string(k_everything)), schema_, "", {});
    for (const std::string& pointer : maps_of(schema_, "#")) {
      EXPECT_TRUE(seen_.contains(pointer)) << pointer << " of the schema is in no part of the file";
    }
  }

 private:
  using Path = std::vector<std::string>;

  YAML::Node resolved(const YAML::Node& at) const {
    if (!at["$ref"]) return at;
    const std::string name = at["$ref"].as<std::string>().substr(std::string("#/$defs/").size());
    return resolved(schema_["$defs"][name]);
  }

  // The alternatives of a schema, of which one is for maps with the names of `value`.
  YAML::Node for_map(const YAML::Node& given, const YAML::Node& value) const {
    const YAML::Node at = resolved(given);
    if (!at["anyOf"]) return at;
    for (const auto& alternative : at["anyOf"]) {
      const YAML::Node one = for_map(alternative, value);
      if (one["type"] && one["type"].IsScalar() && one["type"].as<std::string>() == "object" &&
          fits(one, value)) {
        return one;
      }
    }
    return {};
  }
  static bool fits(const YAML::Node& one, const YAML::Node& value) {
    if (!one["properties"]) return true;
    for (const auto& needed : one["required"]) {
      if (!value[needed.as<std::string>()]) return false;
    }
    for (const auto& entry : value) {
      if (!one["properties"][entry.first.as<std::string>()]) return false;
    }
    return true;
  }

  void look_at(const YAML::Node& value, const YAML::Node& schema, const std::string& name,
               const Path& path) {
    if (value.IsSequence()) {
      const YAML::Node items = resolved(schema)["items"];
      for (std::size_t i = 0; items && i < value.size(); ++i) {
        Path inner = path;
        inner.push_back("[" + std::to_string(i));
        look_at(value[i], items, name, inner);
      }
      return;
    }
    if (!value.IsMap()) return;
    const YAML::Node at = for_map(schema, value);
    ASSERT_TRUE(at.IsDefined() && at.IsMap()) << name << " is not in the schema";
    if (at["properties"]) compare(at, name, path);
    for (const auto& entry : value) {
      const std::string key = entry.first.as<std::string>();
      const YAML::Node inner_schema =
          at["properties"] ? at["properties"][key] : at["additionalProperties"];
      ASSERT_TRUE(inner_schema.IsDefined()) << name << "." << key << " is not in the schema";
      Path inner = path;
      inner.push_back(key);
      look_at(entry.second, inner_schema, name + "." + key, inner);
    }
  }

  void compare(const YAML::Node& schema, const std::string& name, const Path& path) {
    seen_.insert(signature(schema));
    YAML::Node file = YAML::Load(std::string(k_everything));
    insert_unknown(file, path, 0);
    std::ostringstream text;
    text << file;
    std::string allowed;
    for (const Problem& problem : load_text(text.str(), "x").problems) {
      if (problem.found == "the unknown name \"zzz\"") allowed = problem.expected;
    }
    ASSERT_TRUE(allowed.starts_with("one of: ")) << name << " takes any name: " << allowed;
    std::set<std::string> known, said;
    std::istringstream words(allowed.substr(8));
    for (std::string word; std::getline(words, word, ',');) {
      said.insert(word.substr(word.find_first_not_of(' ')));
    }
    for (const auto& entry : schema["properties"]) known.insert(entry.first.as<std::string>());
    EXPECT_EQ(known, said) << "schema and loader differ at " << name;
  }
  static void insert_unknown(YAML::Node at, const Path& path, std::size_t depth) {
    if (depth == path.size()) {
      at["zzz"] = "1";
      return;
    }
    const std::string& step = path[depth];
    if (step[0] == '[') return insert_unknown(at[std::stoul(step.substr(1))], path, depth + 1);
    insert_unknown(at[step], path, depth + 1);
  }

  // Two maps with the same names are the same for this.
  static std::string signature(const YAML::Node& schema) {
    std::string all;
    for (const auto& entry : schema["properties"]) all += entry.first.as<std::string>() + " ";
    return all;
  }
  static std::set<std::string> maps_of(const YAML::Node& at, const std::string& pointer) {
    std::set<std::string> all;
    if (at.IsMap() && at["properties"] && at["type"]) all.insert(signature(at));
    if (at.IsMap() || at.IsSequence()) {
      for (const auto& entry : at) {
        all.merge(maps_of(at.IsMap() ? entry.second : YAML::Node(entry), pointer + "/"));
      }
    }
    return all;
  }

  YAML::Node schema_;
  std::set<std::string> seen_;
};

TEST(ConfigurationSchema, SaysWhatTheLoaderAllows) { Walk().run(); }

TEST(ConfigurationSchema, TheFileOfThisTestIsValid) {
  std::string problems;
  for (const Problem& one : load_text(k_everything, "x").problems) problems += one.to_text() + "\n";
  EXPECT_EQ(problems, "");
}

}  // namespace
}  // namespace firstring::config

#include "config/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <sstream>
#include <utility>

namespace firstring::config {
namespace {

constexpr std::size_t k_bytes_max = 1 << 20;
constexpr int k_values_max = 20'000;
constexpr int k_depth_max = 20;

// A first pass over the events: bounds, aliases, keys that stand twice. It stops the parser by
// throwing, since yaml-cpp offers no other way; parse_bounded() catches it.
struct Stop {
  YAML::Mark mark;
  std::string found, expected;
};

class Bounds final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) throw Stop{mark, "a second document", "one YAML document in the file"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { value(mark, anchor, ""); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Stop{mark, "an alias (*)", "the value itself; anchors and aliases are not supported"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                const std::string& text) override {
    value(mark, anchor, text);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    value(mark, anchor, "");
    open(mark, false);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    value(mark, anchor, "");
    open(mark, true);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  struct Level {
    bool is_map = false;
    bool key_next = true;
    std::set<std::string> keys;
  };

  void open(const YAML::Mark& mark, bool is_map) {
    if (open_.size() >= k_depth_max) throw Stop{mark, "a deeper level", "at most 20 levels"};
    open_.push_back({.is_map = is_map, .key_next = true, .keys = {}});
  }
  void value(const YAML::Mark& mark, YAML::anchor_t anchor, const std::string& text) {
    if (anchor != 0) {
      throw Stop{mark, "an anchor (&)", "no anchor; anchors and aliases are not supported"};
    }
    if (++values_ > k_values_max) throw Stop{mark, "one value too many", "at most 20,000 values"};
    if (open_.empty() || !open_.back().is_map) return;
    Level& level = open_.back();
    if (level.key_next && !level.keys.insert(text).second) {
      throw Stop{mark, "\"" + text + "\" a second time", "each name once"};
    }
    level.key_next = !level.key_next;
  }

  int documents_ = 0;
  int values_ = 0;
  std::vector<Level> open_;
};

std::optional<Duration> parse_duration(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || !(number >= 0) || number > 1e9) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  double scale = 0;
  if (unit == "ms") scale = 1e6;
  if (unit == "s") scale = 1e9;
  if (unit == "m" || unit == "min") scale = 60e9;
  if (unit == "h") scale = 3600e9;
  if (scale == 0 && !(unit.empty() && number == 0)) return std::nullopt;
  return Duration(static_cast<std::int64_t>(std::min(number * scale, 9e18)));
}

std::string in_words(Duration d) {
  if (d.count() % 1'000'000'000 != 0) return std::to_string(milliseconds(d)) + "ms";
  const auto s = d.count() / 1'000'000'000;
  if (s >= 3600 && s % 3600 == 0) return std::to_string(s / 3600) + "h";
  return std::to_string(s) + "s";
}

}  // namespace

std::string Problem::to_text() const {
  std::string text = file + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
  if (!path.empty()) text += path + ": ";
  return text + "found " + found + ", expected " + expected;
}

void Problems::add(const YAML::Mark& mark, std::string path, std::string found,
                   std::string expected) {
  if (all_.size() >= 200) return;  // enough to work on
  Problem problem{.file = file_,
                  .line = std::max(mark.line, 0) + 1,
                  .column = std::max(mark.column, 0) + 1,
                  .path = std::move(path),
                  .found = std::move(found),
                  .expected = std::move(expected)};
  // One place may be read for several things (weekdays, for five days).
  if (std::find(all_.begin(), all_.end(), problem) == all_.end())
    all_.push_back(std::move(problem));
}

std::vector<Problem> Problems::take() {
  std::stable_sort(all_.begin(), all_.end(), [](const Problem& a, const Problem& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  return std::move(all_);
}

std::optional<YAML::Node> parse_bounded(std::string_view yaml, Problems& problems) {
  if (yaml.size() > k_bytes_max) {
    problems.add({}, "", std::to_string(yaml.size()) + " bytes", "at most 1 MB of YAML");
    return std::nullopt;
  }
  try {
    std::istringstream first{std::string(yaml)};
    YAML::Parser parser(first);
    Bounds bounds;
    while (parser.HandleNextDocument(bounds)) {
    }
    return YAML::Load(std::string(yaml));
  } catch (const Stop& stop) {
    problems.add(stop.mark, "", stop.found, stop.expected);
  } catch (const YAML::Exception& error) {
    problems.add(error.mark, "", error.msg, "valid YAML 1.2");
  }
  return std::nullopt;
}

Value Value::member(std::string_view key) const {
  const std::string path = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  if (!is_map()) return {YAML::Node(YAML::NodeType::Undefined), path, *problems_, mark()};
  const YAML::Node& map = node_;  // the const overload does not create
  return {map[std::string(key)], path, *problems_, mark()};
}

void Value::allow(std::initializer_list<std::string_view> allowed) const {
  if (!present()) return;
  const std::vector<std::string> names(allowed.begin(), allowed.end());
  if (!node_.IsMap()) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    return complain("a map with " + list);
  }
  for (const auto& entry : node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    problems_->add(entry.first.Mark(), path_.empty() ? key : path_ + "." + key,
                   "the unknown name \"" + key + "\"", "one of: " + list + suggestion(key, names));
  }
}

void Value::each_member(
    const std::function<void(const std::string& key, const Value&)>& visit) const {
  if (!present()) return;
  if (!node_.IsMap()) return complain("a map");
  for (const auto& entry : node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "?";
    visit(key, {entry.second, path_ + "." + key, *problems_, entry.first.Mark()});
  }
}

void Value::each_item(const std::function<void(const Value&)>& visit) const {
  if (!present()) return;
  if (!node_.IsSequence()) return complain("a list");
  for (std::size_t i = 0; i < node_.size(); ++i) {
    visit({node_[i], path_ + "[" + std::to_string(i) + "]", *problems_, mark()});
  }
}

std::string Value::text(std::string fallback) const {
  if (!present()) return fallback;
  if (node_.IsScalar()) return node_.Scalar();
  complain("a text");
  return fallback;
}

std::string Value::required_text(std::string_view expected) const {
  if (present() && node_.IsScalar() && !node_.Scalar().empty()) return node_.Scalar();
  complain(std::string(expected));
  return {};
}

int Value::integer(int fallback, int min, int max) const {
  if (!present()) return fallback;
  int number = 0;
  if (node_.IsScalar()) {
    const std::string& text = node_.Scalar();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size() && number >= min &&
        number <= max) {
      return number;
    }
  }
  complain("a whole number from " + std::to_string(min) + " to " + std::to_string(max));
  return fallback;
}

bool Value::boolean(bool fallback) const {
  if (!present()) return fallback;
  if (node_.IsScalar() && (node_.Scalar() == "true" || node_.Scalar() == "yes")) return true;
  if (node_.IsScalar() && (node_.Scalar() == "false" || node_.Scalar() == "no")) return false;
  complain("yes or no");
  return fallback;
}

Duration Value::duration(Duration fallback, Duration min, Duration max) const {
  if (!present()) return fallback;
  if (node_.IsScalar()) {
    if (const auto d = parse_duration(node_.Scalar()); d && *d >= min && *d <= max) return *d;
  }
  complain("a duration such as 20s, 500ms or 5m, from " + in_words(min) + " to " + in_words(max));
  return fallback;
}

std::vector<std::string> Value::texts() const {
  std::vector<std::string> all;
  if (!present()) return all;
  if (node_.IsScalar()) return {node_.Scalar()};
  each_item([&](const Value& item) { all.push_back(item.required_text("a text")); });
  return all;
}

void Value::complain(std::string found, std::string expected) const {
  problems_->add(mark(), path_, std::move(found), std::move(expected));
}

void Value::complain(std::string expected) const {
  complain(described(), std::move(expected));
}

// Where the text begins in the file is known of what is plain or quoted, and stands on one line.
void Value::complain_within(int column, std::string found, std::string expected) const {
  YAML::Mark place = mark();
  const std::string_view source = problems_->source();
  if (node_.IsScalar() && place.pos >= 0 && static_cast<std::size_t>(place.pos) < source.size()) {
    const char first = source[static_cast<std::size_t>(place.pos)];
    const bool block = first == '>' || first == '|';
    if (!block) place.column += column - 1 + (first == '"' || first == '\'' ? 1 : 0);
  }
  problems_->add(place, path_, std::move(found), std::move(expected));
}

Value::Spot Value::spot() const {
  const YAML::Mark place = mark();
  return {std::max(place.line, 0) + 1, std::max(place.column, 0) + 1};
}

bool Value::is_quoted() const { return node_.IsScalar() && node_.Tag() == "!"; }

std::string Value::described() const {
  if (!node_.IsDefined()) return "nothing";
  if (node_.IsNull()) return "an empty value";
  if (node_.IsMap()) return "a map";
  if (node_.IsSequence()) return "a list";
  std::string text = node_.Scalar();
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return "\"" + text + "\"";
}

YAML::Mark Value::mark() const {
  if (node_.IsDefined() && node_.Mark().line >= 0) return node_.Mark();
  return parent_;
}

}  // namespace firstring::config

// yaml_reader: reading a YAML tree while collecting every problem with its line and column.
//
// A Value is one place in the tree. Reading never throws and never stops at the first problem: what
// cannot be read gives a default and leaves a Problem behind.
// Lives on: the thread that loads; within one load_text().
#pragma once

#include <yaml-cpp/yaml.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/suggestion.h"
#include "base/time.h"
#include "config/loader.h"

namespace firstring::config {

class Problems {
 public:
  Problems(std::string_view file, std::string_view source) : file_(file), source_(source) {}
  void add(const YAML::Mark& mark, std::string path, std::string found, std::string expected);
  std::vector<Problem> take();  // sorted by place
  bool empty() const { return all_.empty(); }
  std::string_view source() const { return source_; }

 private:
  std::string file_;
  std::string_view source_;
  std::vector<Problem> all_;
};

// Parses with bounds; nothing when it is not YAML at all or breaks a bound (with a Problem).
std::optional<YAML::Node> parse_bounded(std::string_view yaml, Problems& problems);

class Value {
 public:
  Value(YAML::Node node, std::string path, Problems& problems, YAML::Mark parent)
      : node_(std::move(node)), path_(std::move(path)), problems_(&problems), parent_(parent) {}

  bool present() const { return node_.IsDefined() && !node_.IsNull(); }
  bool is_map() const { return node_.IsDefined() && node_.IsMap(); }
  bool is_list() const { return node_.IsDefined() && node_.IsSequence(); }
  bool is_scalar() const { return node_.IsDefined() && node_.IsScalar(); }
  const std::string& path() const { return path_; }

  // Members of a map. An absent one is not present().
  Value member(std::string_view key) const;
  // Complains about members that are not in `allowed`, with a suggestion, and about a non-map.
  void allow(std::initializer_list<std::string_view> allowed) const;
  void each_member(const std::function<void(const std::string& key, const Value&)>& visit) const;
  void each_item(const std::function<void(const Value&)>& visit) const;

  // Scalars, each with a default for an absent one. `expected` is said when it cannot be read.
  std::string text(std::string fallback = {}) const;
  std::string required_text(std::string_view expected) const;
  int integer(int fallback, int min, int max) const;
  bool boolean(bool fallback) const;
  Duration duration(Duration fallback, Duration min, Duration max) const;
  std::vector<std::string> texts() const;  // a list of texts, or one text

  // A problem at this place (or at the parent's, when absent).
  void complain(std::string found, std::string expected) const;
  void complain(std::string expected) const;  // found: what stands here
  // At this column of the text that stands here.
  void complain_within(int column, std::string found, std::string expected) const;
  bool is_quoted() const;
  struct Spot {
    int line = 1, column = 1;
  };
  Spot spot() const;
  std::string described() const;              // what stands here, for people, shortened

 private:
  YAML::Mark mark() const;

  YAML::Node node_;
  std::string path_;
  Problems* problems_;
  YAML::Mark parent_;
};

}  // namespace firstring::config

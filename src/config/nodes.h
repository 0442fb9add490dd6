// nodes: how each kind of node is read from YAML.
// Lives on: the thread that loads.
#pragma once

#include <string>

#include "config/parts.h"

namespace firstring::config {

// One node that is being read, and what may stand in it.
struct NodePlace {
  const Value& entry;
  const expression::Schema& names;
  const flow::Configuration& business;

  Value member(std::string_view key) const { return entry.member(key); }
  std::string exit(std::string_view key) const { return entry.member(key).text(); }
  // An exit that falls to another one when it is not named.
  std::string exit(std::string_view key, const std::string& fallback) const {
    return entry.member(key).text(fallback);
  }
  flow::LocalPrompt prompt(std::string_view key) const {
    return read_local_prompt(entry.member(key), business.language);
  }
  std::optional<expression::Program> expression(const Value& value,
                                                std::optional<expression::Type> type) const {
    return read_expression(value, names, type);
  }
  // The variable of this name; a complaint and the first one when there is none.
  std::size_t variable(const Value& value, const std::string& name) const;
};

// Reads the node by its kind; complains when it is of none.
flow::Node read_node(const std::string& name, const NodePlace& place);

// nodes_of_work.cpp
void read_voicemail(const NodePlace& place, flow::Node& node);
void read_survey(const NodePlace& place, flow::Node& node);
void read_message(const NodePlace& place, flow::Node& node);
void read_webhook_node(const NodePlace& place, flow::Node& node);

// nodes_that_compute.cpp
void read_set(const NodePlace& place, flow::Node& node);
void read_if(const NodePlace& place, flow::Node& node);
void read_priority(const NodePlace& place, flow::Node& node);
void read_random(const NodePlace& place, flow::Node& node);
void read_flow_node(const NodePlace& place, flow::Node& node);
void read_gather(const NodePlace& place, flow::Node& node);
void read_verify(const NodePlace& place, flow::Node& node);
void read_schedule(const NodePlace& place, flow::Node& node);
void read_language(const NodePlace& place, flow::Node& node);
void read_record(const NodePlace& place, flow::Node& node);
void read_secure_input(const NodePlace& place, flow::Node& node);

}  // namespace firstring::config

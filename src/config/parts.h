// parts: the sections of a configuration file, each read by one function.
// Lives on: the thread that loads.
#pragma once

#include "config/loader.h"
#include "config/yaml_reader.h"
#include "expression/program.h"
#include "flow/evaluate.h"

namespace firstring::config {

// prompts.cpp
flow::Prompt read_prompt(const Value& value);
// In one language or several; `own_language` is what those hear who speak none of them.
flow::LocalPrompt read_local_prompt(const Value& value, std::string_view own_language);
bool is_language(std::string_view text);  // en, pt-br

// expressions.cpp
std::optional<expression::Program> read_expression(const Value& value,
                                                   const expression::Schema& names,
                                                   std::optional<expression::Type> wanted);
std::optional<expression::Type> read_type(const Value& value);
// The value that stands there: what is quoted is a text; 5, yes and 20s are what they look like.
expression::Kept read_plain_value(const Value& value);
void read_variables(const Value& value, flow::Configuration& out);

// flows.cpp
void read_flows(const Value& value, flow::Configuration& out);
// Names that flows mention and that must exist; after everything was read.
void check_references(const Value& business, const flow::Configuration& configuration);

// rehearsals.cpp
void read_rehearsals(const Value& value, const std::string& flow, flow::Configuration& out);

// people.cpp
void read_queues(const Value& value, flow::Configuration& out);
void read_agents(const Value& value, flow::Configuration& out, std::vector<PhoneSpec>& phones);
void read_phones(const Value& value, const flow::Configuration& agents,
                 std::vector<PhoneSpec>& phones);
void read_trunks(const Value& value, std::vector<TrunkSpec>& trunks);
Secret read_secret(const Value& value);
bool is_slug(std::string_view text);  // [a-z0-9][a-z0-9-]{0,39}

// routing.cpp
void read_abilities(const Value& entry, acd::AgentSpec& agent);
// What queues and queue nodes ask of agents; after all three were read.
void read_routing(const Value& business, flow::Configuration& all);

// nodes_of_work.cpp
void read_webhooks(const Value& value, std::vector<WebhookSpec>& webhooks,
                   flow::Configuration& out);
// calling.cpp: whom we call ourselves, and places in line that are kept
void read_outbound(const Value& value, flow::Configuration& out);
void read_place_in_line(const Value& entry, acd::QueueSpec& queue);
// rooms.cpp
void read_rooms(const Value& value, flow::Configuration& out);
// A number that leads into a room: a flow of its own is made for it. Gives its name.
std::string flow_of_room(const std::string& number, const Value& value,
                         flow::Configuration& out);

// hours.cpp
std::vector<flow::OpenSpan> read_spans(const Value& value);
void read_hours(const Value& value, std::string_view default_zone, flow::Configuration& out);

// server.cpp
ServerSettings read_server(const Value& value);

}  // namespace firstring::config

// views: how everything looks as JSON. Field names are the API's contract (api/openapi.yaml).
//
// Empty texts and ids become null; times are RFC 3339 in UTC; durations carry _ms or _s. What is no
// UTF-8 (a caller may send any bytes) is replaced, so the JSON is always well-formed.
// Lives on: HTTP thread; pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "insight/why.h"
#include "server/api/office.h"

namespace firstring::api {

// A picture of everything, for the live page and the stream.
struct Live {
  std::string tenant, name;      // of the business
  Floor floor;
  Figures figures;
  std::vector<Alarm> alarms;
};
Live take_live(const Office& office);  // control thread

// A record, and the view of the call while it is in progress.
struct CallEntry {
  insight::CallRecord record;
  std::optional<flow::CallView> live;
  Now now;
  struct Handed {
    WallTime at;
    flow::Handoff packet;
  };
  std::optional<std::vector<Handed>> handoffs;  // where one call is asked for
};

// Why a call was offered to whom, and why it still waits, if it does.
struct Why {
  CallId call;
  std::optional<flow::WaitView> waiting;
  std::vector<insight::Decision> decisions;
};

std::string to_json(const flow::CallView& call, const Now& now);
std::string to_json(const flow::AgentView& agent, const Now& now);
std::string to_json(const flow::QueueView& queue, const Now& now);
std::string to_json(const flow::CallbackView& callback, const Now& now);
std::string to_json(const insight::CallRecord& record);
std::string to_json(const CallEntry& entry);
std::string to_json(const RecordingRow& recording);
std::string to_json(const TraceLine& line);
std::string to_json(const Why& why);
std::string to_json(const Alarm& alarm);
std::string to_json(const Summary& summary);
std::string to_json(const ConfigurationVersion& version);
std::string to_json(const ConfigurationVersion& version, const ConfigurationPlan& plan);  // applied
std::string to_json(const ConfigurationPlan& plan);
std::string to_json(const Figures& figures);       // with "definitions"
std::string to_json(const Live& live);
// The same, part by part, for the stream, which sends only what changed.
std::string calls_json(const Floor& floor);
std::string agents_json(const Floor& floor);
std::string queues_json(const Floor& floor);
std::string figures_json(const Figures& figures);  // without definitions and "now": changes count
std::string alarms_json(const std::vector<Alarm>& alarms);
std::string readiness_json(const std::vector<Check>& checks);  // with every check's detail

// A string in quotes.
std::string json_text(std::string_view text);

}  // namespace firstring::api

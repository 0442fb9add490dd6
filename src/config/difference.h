// difference: what changes when one configuration takes the place of another, thing by thing.
//
// A thing is what a person would name: a queue, an agent, a flow, a number, or a member of the
// business or the server that stands alone. Order of members and comments make no difference.
// Values of secrets are told as "(secret)".
// Lives on: any thread; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firstring::config {

struct Change {
  enum class Kind { create, update, remove };
  // One value within the thing that is not as it was; empty: it was not there, or is no more.
  struct Detail {
    std::string path;            // "ring_timeout", "nodes.menu.keys.1.go"; "" = the thing itself
    std::string before, after;   // shortened
    friend bool operator==(const Detail&, const Detail&) = default;
  };

  Kind kind = Kind::update;
  std::string path;              // "business.queues.reception"
  bool needs_restart = false;    // of the server: listeners, paths, limits
  std::vector<Detail> details;   // of an update; by path
  friend bool operator==(const Change&, const Change&) = default;
};
std::string_view name_of(Change::Kind kind);  // create | update | delete

// Both must be valid configurations (load_text() says so). By path.
std::vector<Change> differences(std::string_view before, std::string_view after);

}  // namespace firstring::config

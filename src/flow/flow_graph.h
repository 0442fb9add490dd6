// FlowGraph: all nodes that a caller can come to, and the ways between them.
//
// A node that calls a flow leads to that flow's start; an exit that leads nowhere, in a flow that
// was called, leads to `next` of each node that calls it. Which of them it is, is not looked at.
// Lives on: any thread; within one inspection, over a configuration that outlives it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "flow/configuration.h"

namespace firstring::flow {

class FlowGraph {
 public:
  struct Place {
    const Flow* flow = nullptr;
    const Node* node = nullptr;
    friend bool operator==(const Place&, const Place&) = default;
    // By name, so that findings come in the same order on every machine.
    friend bool operator<(const Place& a, const Place& b) {
      return std::pair(std::string_view(a.flow->name), std::string_view(a.node->name)) <
             std::pair(std::string_view(b.flow->name), std::string_view(b.node->name));
    }
  };

  explicit FlowGraph(const Configuration& configuration);

  const std::map<Place, std::vector<Place>>& ways() const { return ways_; }
  bool is_called(const Flow& flow) const { return callers_.contains(&flow); }
  bool has_number(const Flow& flow) const { return numbered_.contains(&flow); }
  // The key 0 leads somewhere here: in this flow, or in one from which it is called.
  bool zero_leads_somewhere(const Flow& flow) const;

  std::set<Place> reachable() const;            // from any number
  std::map<Place, int> menus_before() const;    // the least that a caller must go through
  // From where one of `goals` can be come to, themselves included.
  std::set<Place> leading_to(const std::set<Place>& goals) const;

 private:
  void add(const Flow& flow, const Node& node);
  void lead(const Place& from, const Flow& flow, const std::string& to);

  const Configuration& configuration_;
  std::map<Place, std::vector<Place>> ways_;
  std::vector<Place> starts_;
  std::map<const Flow*, std::vector<Place>> callers_;  // looked up, never walked through
  std::set<const Flow*> numbered_;
};

}  // namespace firstring::flow

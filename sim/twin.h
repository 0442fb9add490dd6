// Twin: a business under a demand, in virtual time: the production switchboard, and people who do
// what the demand says. What came of it is measured from its facts, as everything is.
// Lives on: the simulator's only thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "flow/configuration.h"
#include "insight/measuring.h"
#include "sim/demand.h"

namespace firstring::sim {

struct TwinResult {
  insight::Measures measures;
  insight::Names names;
  WallTime ended;
  std::int64_t facts = 0;
  std::string complaint;  // what the switchboard did that no exchange could; empty: nothing
};

// The same demand and business give the same result. Who calls before the demand ends is followed
// to his end.
TwinResult run_twin(const Demand& demand, const flow::Configuration& business,
                    const std::function<void(const call::Fact&)>& on_fact = {});

}  // namespace firstring::sim

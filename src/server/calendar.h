// Calendar: the days and half hours of the business between two instants, for figures. A day has
// 23 or 25 hours where the clocks change; the hour that comes twice is there twice, told apart by
// the offset in its label.
// Lives on: any thread; pure.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "flow/configuration.h"
#include "insight/reckoning.h"

namespace firstring::server {

// Where the clocks hang by which its days and figures go.
std::string zone_of(const flow::Configuration& business);

std::vector<insight::Bucket> days_between(const std::string& zone, WallTime from, WallTime until);
std::vector<insight::Bucket> half_hours_between(const std::string& zone, WallTime from,
                                                WallTime until);

}  // namespace firstring::server

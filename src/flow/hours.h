// Hours of business: open or closed at an instant, by the local clock of the business.
//
// A span that begins in the hour that does not exist, or lies in the hour that happens twice, is
// judged by what the clock on the wall shows.
// Lives on: any thread after the first use (the table is read once); pure.
#pragma once

#include <string>
#include <string_view>

#include "flow/configuration.h"

namespace firstring::flow {

// A date of `dates` stands in place of the week day. An unknown zone counts as UTC; validation lets
// none in.
bool is_open(const Hours& hours, WallTime wall);

}  // namespace firstring::flow

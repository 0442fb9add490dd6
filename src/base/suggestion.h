// suggestion: what a person who wrote a word that nobody knows may have meant.
// Lives on: any thread; pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace firstring {

// The name of `known` that is nearest to `word`, if any is near; "" else. Of equally near ones the
// first.
std::string nearest_name(std::string_view word, const std::vector<std::string>& known);

// "; did you mean "reception"?" when something of `known` is near, else "".
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace firstring

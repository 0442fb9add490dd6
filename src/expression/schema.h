// Schema: the names an expression may use, each with its type and its slot.
//
// Names are resolved once, when an expression is compiled; on evaluation the value of a name is
// found by its slot, so whoever evaluates fills an array in the order in which names were added.
// Lives on: any thread once it is made; a plain value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expression/value.h"

namespace firstring::expression {

class Schema {
 public:
  struct Name {
    std::uint16_t slot = 0;
    Type type = Type::number;
  };

  // "caller.number", "skill.billing": small words of [a-z0-9_-], parts joined by dots, the first
  // begins with a letter. Gives the slot: 0, 1, 2, … A name that is there already keeps its own.
  std::uint16_t add(std::string name, Type type);

  std::optional<Name> find(std::string_view name) const;
  std::size_t size() const { return names_.size(); }
  std::vector<std::string> names() const;  // sorted

 private:
  std::map<std::string, Name, std::less<>> names_;
};

// Whether it can be a name at all: what the lexer would read as one, and no word of the language.
bool is_name(std::string_view text);

}  // namespace firstring::expression

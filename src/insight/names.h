// Names: texts (slugs of queues and agents, numbers, intents) as small numbers, in the order in
// which they first occurred. 0 is the empty text. Bounded: beyond k_names_max all are "(others)".
// Lives on: any thread; a value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace firstring::insight {

class Names {
 public:
  static constexpr std::size_t k_names_max = 100'000;

  Names() : texts_{std::string()} {}

  std::uint32_t number_of(std::string_view text);                 // a new one, if need be
  const std::uint32_t* find(std::string_view text) const;         // null: never occurred
  const std::string& text(std::uint32_t number) const;            // "" if there is none
  std::size_t size() const { return texts_.size(); }

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

}  // namespace firstring::insight

#include "expression/schema.h"

#include <algorithm>

#include "base/assert.h"
#include "expression/lexer.h"

namespace firstring::expression {

std::uint16_t Schema::add(std::string name, Type type) {
  ASSERT(is_name(name));
  ASSERT(names_.size() < UINT16_MAX);
  const auto slot = static_cast<std::uint16_t>(names_.size());
  const auto [at, added] = names_.try_emplace(std::move(name), Name{slot, type});
  return at->second.slot;
}

std::optional<Schema::Name> Schema::find(std::string_view name) const {
  const auto at = names_.find(name);
  if (at == names_.end()) return std::nullopt;
  return at->second;
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> all;
  for (const auto& [name, entry] : names_) all.push_back(name);
  return all;
}

bool is_name(std::string_view text) {
  Lexer lexer(text);
  const Token token = lexer.next();
  return token.kind == Token::Kind::name && token.text.size() == text.size();
}

}  // namespace firstring::expression

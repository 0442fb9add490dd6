#include "server/turn_book.h"

#include <algorithm>
#include <tuple>

namespace firstring::server {

using call::Fact;
using call::FactType;

namespace {

std::string text_of(const Fact& fact, std::string_view key) {
  const std::string* text = fact.text(key);
  return text != nullptr ? *text : std::string();
}

WallTime us_of(const Fact& fact, std::string_view key) {
  return {fact.integer(key).value_or(0) * 1000};
}
WallTime ms_of(const Fact& fact, std::string_view key) {
  return {fact.integer(key).value_or(0) * 1'000'000};
}

flow::KeptTurn turn_from(TurnId id, const Fact& fact) {
  const bool callback = fact.type == FactType::callback_promised;
  return {.id = id,
          .callback = callback,
          .queue = fact.queue,
          .number = text_of(fact, callback ? "number" : "from"),
          .name = text_of(fact, "name"),
          .intent = text_of(fact, "intent"),
          .language = text_of(fact, "language"),
          .flow = text_of(fact, "flow"),
          .node = text_of(fact, "node"),
          .priority = static_cast<int>(fact.integer("priority").value_or(0)),
          .value = static_cast<int>(fact.integer("value").value_or(0)),
          .since = us_of(fact, "since_us"),
          .until = ms_of(fact, callback ? "expires_ms" : "until_ms"),
          .again = {},
          .attempts = 0};
}

}  // namespace

std::optional<TurnId> turn_of(const Fact& fact) {
  const std::string* text = fact.text("turn");
  if (text == nullptr) return std::nullopt;
  const auto value = parse_id("turn_", *text);
  return value ? std::optional(TurnId{*value}) : std::nullopt;
}

std::optional<TurnId> TurnBook::add(const Fact& fact) {
  using enum FactType;
  const auto about_turns = [&] {
    switch (fact.type) {
      case callback_promised:
      case callback_attempted:
      case callback_failed:
      case callback_ended:
      case turn_held:
      case turn_resumed:
      case turn_ended: return true;
      default: return false;
    }
  };
  if (!about_turns()) return std::nullopt;
  const auto id = turn_of(fact);
  if (!id) return std::nullopt;
  if (fact.type == callback_promised || fact.type == turn_held) {
    turns_[*id] = turn_from(*id, fact);
    return id;
  }
  const auto at = turns_.find(*id);
  if (at == turns_.end()) return std::nullopt;
  if (fact.type == callback_attempted) {
    at->second.attempts = static_cast<int>(fact.integer("attempt").value_or(0));
  } else if (fact.type == callback_failed) {
    at->second.again = ms_of(fact, "again_ms");
  } else {
    turns_.erase(at);
  }
  return id;
}

const flow::KeptTurn* TurnBook::find(TurnId id) const {
  const auto at = turns_.find(id);
  return at == turns_.end() ? nullptr : &at->second;
}

std::vector<flow::KeptTurn> TurnBook::in_order() const {
  std::vector<flow::KeptTurn> turns;
  turns.reserve(turns_.size());
  for (const auto& [id, turn] : turns_) turns.push_back(turn);
  std::ranges::sort(turns, {}, [](const flow::KeptTurn& turn) {
    return std::tuple(turn.since.ns, turn.id);
  });
  return turns;
}

}  // namespace firstring::server

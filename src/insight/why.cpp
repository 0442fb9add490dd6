#include "insight/why.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string_view>

namespace firstring::insight {
namespace {

using call::Fact;
using call::FactType;

std::string text_of(const Fact& fact, std::string_view key) {
  const std::string* text = fact.text(key);
  return text != nullptr ? *text : std::string();
}

// "ben 120.5, carl 80" -> each word with what stands behind it.
std::vector<std::pair<std::string, std::string>> pairs_of(std::string_view list) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(", "), list.size());
    const std::string_view entry = list.substr(0, end);
    const std::size_t blank = std::min(entry.find(' '), entry.size());
    pairs.emplace_back(entry.substr(0, blank),
                       blank < entry.size() ? entry.substr(blank + 1) : std::string_view());
    list.remove_prefix(std::min(end + 2, list.size()));
  }
  return pairs;
}

std::string number_text(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.6g", value);
  return text.data();
}

std::string seconds_text(std::int64_t ms) {
  return number_text(static_cast<double>(ms / 100) / 10) + " s";
}

std::string words_of(std::string text) {
  std::ranges::replace(text, '_', ' ');
  return text;
}

Decision decision_of(const Fact& fact) {
  Decision decision{.offer = fact.integer("offer").value_or(0),
                    .at = fact.wall,
                    .agent = fact.agent,
                    .queue = fact.queue,
                    .by = text_of(fact, "by"),
                    .strategy = text_of(fact, "strategy"),
                    .score = fact.number("score"),
                    .waited_ms = fact.integer("waited_ms"),
                    .members = fact.integer("members"),
                    .able = fact.integer("able"),
                    .ready = fact.integer("ready"),
                    .kept = fact.integer("kept"),
                    .rings = fact.integer("rings"),
                    .requires_rule = text_of(fact, "requires"),
                    .preferred = text_of(fact, "preferred"),
                    .others = pairs_of(text_of(fact, "others"))};
  for (const auto& [slug, score] : pairs_of(text_of(fact, "alternatives"))) {
    decision.alternatives.emplace_back(slug, std::strtod(score.c_str(), nullptr));
  }
  return decision;
}

// ---- in words ----

// Of how many it was to be chosen.
std::string field_of_choice(const Decision& d) {
  std::string text = "Of " + std::to_string(*d.members) + " agents of the queue " + d.queue + ", ";
  if (!d.preferred.empty()) return text + "the call waited for " + d.preferred + " first.";
  text += std::to_string(*d.able) + " may take it";
  if (!d.requires_rule.empty()) text += " (" + d.requires_rule + ")";
  if (d.rings) text += ", in the first " + std::to_string(*d.rings) + " rings";
  return text + "; ready: " + std::to_string(d.ready.value_or(0)) + ".";
}

std::string reason_of_choice(const Decision& d) {
  const std::string waited =
      d.waited_ms ? " after " + seconds_text(*d.waited_ms) + " of waiting" : std::string();
  if (d.by == "agent") {
    return d.agent + " became free and took this call" + waited +
           ": it was the most urgent of those that " + d.agent + " may take.";
  }
  std::string text = d.agent + " was rung" + waited;
  if (d.strategy == "ring_all") return text + ", as all who were ready.";
  text += ": the best by " + words_of(d.strategy);
  if (d.score) text += ", with a score of " + number_text(*d.score);
  if (d.alternatives.empty()) return text + ".";
  text += ", before ";
  for (std::size_t i = 0; i < d.alternatives.size(); ++i) {
    if (i > 0) text += ", ";
    text += d.alternatives[i].first + " (" + number_text(d.alternatives[i].second) + ")";
  }
  return text + ".";
}

std::string list_of_others(const Decision& d) {
  std::string text;
  for (const auto& [slug, state] : d.others) {
    text += (text.empty() ? "Not free then: " : ", ") + slug + " " + words_of(state);
  }
  return text + ".";
}

std::string end_of(const Decision& d) {
  const std::string after = d.rang_ms ? " after " + seconds_text(*d.rang_ms) : std::string();
  if (d.outcome == "ringing") return d.agent + "'s phone rings.";
  if (d.outcome == "answered") return d.agent + " answered" + after + ".";
  if (d.outcome == "caller_left") return "The caller left" + after + ".";
  if (d.outcome == "answered_elsewhere") return "Another agent was quicker" + after + ".";
  if (d.outcome == "cancelled") return "The offer was taken back" + after + ".";
  return d.agent + "'s phone did not take it (" + words_of(d.outcome) + ")" + after + ".";
}

void put_into_words(Decision& d) {
  d.sentences.push_back(reason_of_choice(d));
  if (d.members && d.able) d.sentences.push_back(field_of_choice(d));
  if (d.members && d.able && *d.members > *d.able && d.preferred.empty()) {
    d.sentences.push_back(std::to_string(*d.members - *d.able) +
                          " could not take it by rule or ring.");
  }
  if (d.kept) {
    d.sentences.push_back(std::to_string(*d.kept) +
                          " more were ready, and kept in the reserve of another queue.");
  }
  if (!d.others.empty()) d.sentences.push_back(list_of_others(d));
  d.sentences.push_back(end_of(d));
}

}  // namespace

std::vector<Decision> decisions_of(std::span<const Fact> facts) {
  std::vector<Decision> decisions;
  std::map<std::int64_t, std::pair<std::size_t, MonoTime>> open;  // offer -> which, since
  const auto ends = [&](const Fact& fact, std::string outcome) {
    const auto at = open.find(fact.integer("offer").value_or(0));
    if (at == open.end()) return;
    Decision& decision = decisions[at->second.first];
    decision.outcome = std::move(outcome);
    decision.rang_ms = milliseconds(fact.mono - at->second.second);
    open.erase(at);
  };
  for (const Fact& fact : facts) {
    switch (fact.type) {
      case FactType::offer_made:
        open[fact.integer("offer").value_or(0)] = {decisions.size(), fact.mono};
        decisions.push_back(decision_of(fact));
        break;
      case FactType::agent_answered: ends(fact, "answered"); break;
      case FactType::offer_failed:
      case FactType::offer_withdrawn: ends(fact, text_of(fact, "reason")); break;
      default: break;
    }
  }
  if (decisions.size() > k_decisions_max) {
    decisions.erase(decisions.begin(), decisions.end() - k_decisions_max);
  }
  for (Decision& decision : decisions) put_into_words(decision);
  return decisions;
}

}  // namespace firstring::insight

// Rule: an expression over what is known of an agent, such as `skill.billing >= 5 and speaks.de`;
// or, as a score, also over what he did and what waits: `skill.billing * 10 + idle / 1m`.
//
// Names: skill.NAME (level, 0 without it), speaks.LANGUAGE, team; for a score also idle, talked and
// waited (durations), calls, priority and value (numbers). Only skills and languages that some
// agent has are known, so a misspelt one is refused where it stands.
// Lives on: any thread; a plain value, immutable once compiled.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/time.h"
#include "expression/program.h"

namespace firstring::acd {

struct AgentSpec;
struct Candidate;
struct Matter;

class Rule {
 public:
  enum class Kind { requirement, score };

  Rule() = default;  // admits everyone; scores nothing
  static std::variant<Rule, expression::Problem> compile(std::string_view source,
                                                         const expression::Schema& schema,
                                                         Kind kind);

  bool everyone() const { return !program_; }
  const std::string& text() const;
  const std::vector<std::string>& skills() const { return skills_; }  // that it names, sorted

  bool admits(const AgentSpec& agent) const;
  // Of a score that fails (a division by zero): nothing is worth less.
  double score(const AgentSpec& agent, const Candidate& candidate, const Matter& matter) const;

  friend bool operator==(const Rule& a, const Rule& b) { return a.text() == b.text(); }

 private:
  // A name that it uses, in the order of the program's slots.
  struct Trait {
    enum class Kind { skill, speaks, team, idle, talked, waited, calls, priority, value };
    Kind kind = Kind::skill;
    std::string key;  // of skill and speaks
  };
  static Trait trait_of(std::string_view name);
  expression::Value of_agent(const Trait& trait, const AgentSpec& agent) const;
  std::vector<expression::Value> values_for(const AgentSpec& agent) const;

  std::optional<expression::Program> program_;
  std::vector<Trait> traits_;
  std::vector<std::string> skills_;
};

// The names that rules may use where these agents work.
expression::Schema names_of_agents(const std::map<std::string, AgentSpec>& agents, Rule::Kind kind);

}  // namespace firstring::acd

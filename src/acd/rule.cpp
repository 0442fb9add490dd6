#include "acd/rule.h"

#include <algorithm>
#include <limits>

#include "acd/specs.h"
#include "acd/strategy.h"
#include "base/assert.h"

namespace firstring::acd {
namespace {

using expression::Type;
using expression::Value;

constexpr std::string_view k_skill = "skill.", k_speaks = "speaks.";

}  // namespace

expression::Schema names_of_agents(const std::map<std::string, AgentSpec>& agents,
                                   Rule::Kind kind) {
  expression::Schema schema;
  schema.add("team", Type::text);
  for (const auto& [slug, agent] : agents) {
    for (const auto& [skill, level] : agent.skills) {
      schema.add(std::string(k_skill) + skill, Type::number);
    }
    for (const auto& language : agent.languages) {
      schema.add(std::string(k_speaks) + language, Type::boolean);
    }
  }
  if (kind == Rule::Kind::requirement) return schema;
  for (const auto* name : {"idle", "talked", "waited"}) schema.add(name, Type::duration);
  for (const auto* name : {"calls", "priority", "value"}) schema.add(name, Type::number);
  return schema;
}

Rule::Trait Rule::trait_of(std::string_view name) {
  using Kind = Trait::Kind;
  if (name.starts_with(k_skill)) {
    return {Kind::skill, std::string(name.substr(k_skill.size()))};
  }
  if (name.starts_with(k_speaks)) {
    return {Kind::speaks, std::string(name.substr(k_speaks.size()))};
  }
  constexpr std::pair<std::string_view, Kind> k_others[] = {
      {"team", Kind::team},     {"idle", Kind::idle},   {"talked", Kind::talked},
      {"waited", Kind::waited}, {"calls", Kind::calls}, {"priority", Kind::priority},
      {"value", Kind::value}};
  const auto* at = std::ranges::find(k_others, name, &std::pair<std::string_view, Kind>::first);
  ASSERT(at != std::end(k_others));
  return {at->second, {}};
}

// Compiled twice: against all names there are, for the complaints; then against those that it uses,
// so that an evaluation fills no more than these.
std::variant<Rule, expression::Problem> Rule::compile(std::string_view source,
                                                      const expression::Schema& schema,
                                                      Kind kind) {
  const Type wanted = kind == Kind::requirement ? Type::boolean : Type::number;
  const auto checked = expression::compile(source, schema, wanted);
  if (const auto* problem = std::get_if<expression::Problem>(&checked)) return *problem;
  const auto& used = std::get<expression::Program>(checked).slots();
  expression::Schema own;
  Rule rule;
  for (const std::string& name : schema.names()) {
    const auto known = schema.find(name);
    if (!std::ranges::binary_search(used, known->slot)) continue;
    own.add(name, known->type);
    rule.traits_.push_back(trait_of(name));
    if (rule.traits_.back().kind == Trait::Kind::skill) {
      rule.skills_.push_back(rule.traits_.back().key);
    }
  }
  auto compiled = expression::compile(source, own, wanted);
  ASSERT(std::holds_alternative<expression::Program>(compiled));
  rule.program_ = std::get<expression::Program>(std::move(compiled));
  return rule;
}

const std::string& Rule::text() const {
  static const std::string k_empty;
  return program_ ? program_->source() : k_empty;
}

Value Rule::of_agent(const Trait& trait, const AgentSpec& agent) const {
  switch (trait.kind) {
    case Trait::Kind::skill: {
      const auto at = agent.skills.find(trait.key);
      return Value::of(at == agent.skills.end() ? 0 : at->second);
    }
    case Trait::Kind::speaks:
      return Value::of(std::ranges::find(agent.languages, trait.key) != agent.languages.end());
    case Trait::Kind::team: return Value::of(agent.team);
    case Trait::Kind::idle:
    case Trait::Kind::talked:
    case Trait::Kind::waited: return Value::empty(Type::duration);
    case Trait::Kind::calls:
    case Trait::Kind::priority:
    case Trait::Kind::value: return Value::empty(Type::number);
  }
  assertion_failed("a known Trait", __FILE__, __LINE__);
}

std::vector<Value> Rule::values_for(const AgentSpec& agent) const {
  std::vector<Value> values;
  values.reserve(traits_.size());
  for (const Trait& trait : traits_) values.push_back(of_agent(trait, agent));
  return values;
}

bool Rule::admits(const AgentSpec& agent) const {
  if (!program_) return true;
  expression::Scratch scratch;
  const auto outcome = program_->evaluate(values_for(agent), scratch);
  return outcome.ok() && outcome.value.yes;
}

double Rule::score(const AgentSpec& agent, const Candidate& candidate,
                   const Matter& matter) const {
  if (!program_) return 0;
  std::vector<Value> values = values_for(agent);
  for (std::size_t i = 0; i < traits_.size(); ++i) {
    switch (traits_[i].kind) {
      case Trait::Kind::skill:
      case Trait::Kind::speaks:
      case Trait::Kind::team: break;
      case Trait::Kind::idle: values[i] = Value::of(candidate.idle); break;
      case Trait::Kind::talked: values[i] = Value::of(candidate.talked); break;
      case Trait::Kind::waited: values[i] = Value::of(matter.waited); break;
      case Trait::Kind::calls:
        values[i] = Value::of(static_cast<double>(candidate.calls_taken));
        break;
      case Trait::Kind::priority: values[i] = Value::of(matter.priority); break;
      case Trait::Kind::value: values[i] = Value::of(matter.value); break;
    }
  }
  expression::Scratch scratch;
  const auto outcome = program_->evaluate(values, scratch);
  return outcome.ok() ? outcome.value.number : std::numeric_limits<double>::lowest();
}

}  // namespace firstring::acd

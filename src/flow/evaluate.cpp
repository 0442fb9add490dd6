#include "flow/evaluate.h"

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "flow/local_time.h"

namespace firstring::flow {
namespace {

using expression::Scratch;
using expression::Type;
using expression::Value;

struct Name {
  std::string_view name;
  Type type;
};

// In the order of their slots. The times stand at the end: they are worked out only when used.
constexpr std::array<Name, 15> k_names = {{
    {"call.number", Type::text},       // as dialled
    {"call.priority", Type::number},
    {"call.value", Type::number},
    {"call.language", Type::text},
    {"call.intent", Type::text},
    {"call.waited", Type::duration},   // since the call came in
    {"caller.number", Type::text},
    {"caller.name", Type::text},
    {"caller.verified", Type::boolean},
    {"time.hour", Type::number},
    {"time.minute", Type::number},
    {"time.day", Type::number},        // of the month
    {"time.month", Type::number},
    {"time.weekday", Type::text},      // monday
    {"time.date", Type::text},         // 2026-12-25
}};
constexpr std::size_t k_first_time = 9;
constexpr std::size_t k_slots_max = k_names.size() + k_variables_max + k_inputs_max;
using Slots = std::array<Value, k_slots_max>;

void fill_call(Slots& slots, const Scene& scene) {
  const CallMemory& memory = scene.memory;
  slots[0] = Value::of(scene.number);
  slots[1] = Value::of(memory.priority);
  slots[2] = Value::of(memory.value);
  slots[3] = Value::of(memory.language);
  slots[4] = Value::of(memory.intent);
  slots[5] = Value::of(scene.waited);
  slots[6] = Value::of(scene.caller_number);
  slots[7] = Value::of(scene.caller_name);
  slots[8] = Value::of(memory.verification == Verification::verified);
}

void fill_times(Slots& slots, const Scene& scene, Scratch& scratch) {
  const LocalTime now = local_time(scene.configuration.zone, scene.wall);
  slots[9] = Value::of(now.minute / 60);
  slots[10] = Value::of(now.minute % 60);
  slots[11] = Value::of(now.day);
  slots[12] = Value::of(now.month);
  slots[13] = Value::of(name_of_weekday(now.weekday));
  std::string& date = scratch.text();
  date = now.date;
  slots[14] = Value::of(date);
}

}  // namespace

expression::Schema call_names(const Configuration& configuration, const Flow& flow) {
  expression::Schema schema;
  for (const Name& name : k_names) schema.add(std::string(name.name), name.type);
  for (const Variable& variable : configuration.variables) {
    schema.add(variable.name, variable.start.type());
  }
  for (const Input& input : flow.inputs) schema.add("input." + input.name, input.type);
  return schema;
}

expression::Outcome evaluate(const expression::Program& program, const Scene& scene,
                             Scratch& scratch, const std::optional<Instead>& instead) {
  const CallMemory& memory = scene.memory;
  ASSERT(memory.variables.size() <= k_variables_max && memory.inputs.size() <= k_inputs_max);
  Slots slots;
  fill_call(slots, scene);
  const auto& used = program.slots();
  const bool needs_time = std::any_of(used.begin(), used.end(), [](std::uint16_t slot) {
    return slot >= k_first_time && slot < k_names.size();
  });
  if (needs_time) fill_times(slots, scene, scratch);
  std::size_t at = k_names.size();
  for (const Kept& variable : memory.variables) slots[at++] = variable.view();
  if (instead) slots[k_names.size() + instead->variable] = instead->value;
  for (const Kept& input : memory.inputs) slots[at++] = input.view();
  return program.evaluate(std::span(slots).first(at), scratch);
}

call::FieldValue call_value_of(const Kept& kept) {
  const Value value = kept.view();
  switch (value.type) {
    case Type::number: return value.number;
    case Type::boolean: return value.yes;
    case Type::duration: return seconds(value.duration);
    case Type::text: return std::string(value.text);
  }
  assertion_failed("a known type", __FILE__, __LINE__);
}

Step fail_by(expression::Fault fault, const std::string& error) {
  Step step;
  step.leave = error;
  step.changes = {FailNode{std::string(expression::name_of(fault))}};
  return step;
}

std::string_view name_of(Verification verification) {
  switch (verification) {
    case Verification::none: return "";
    case Verification::verified: return "verified";
    case Verification::failed: return "failed";
  }
  assertion_failed("a known Verification", __FILE__, __LINE__);
}

}  // namespace firstring::flow

// Expressions: whatever is written, compiling gives a program or a problem with a place in it, and
// a program's evaluation gives a value of its type, or a fault, within its bounds.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "expression/program.h"

namespace {

using namespace firstring::expression;

struct World {
  Schema schema;
  std::array<Value, 4> slots = {Value::of(0), Value::of(std::string_view("+1Zoë")),
                                Value::of(false), Value::of(firstring::Duration(95'000'000'000))};
  World() {
    schema.add("call.value", Type::number);
    schema.add("caller.number", Type::text);
    schema.add("vip", Type::boolean);
    schema.add("call.waited", Type::duration);
  }
};

void require(bool holds) {
  if (!holds) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const World world;
  const std::string_view source(reinterpret_cast<const char*>(bytes), size);
  const auto compiled = compile(source, world.schema);
  if (const auto* problem = std::get_if<Problem>(&compiled)) {
    require(problem->column >= 1 && problem->column <= static_cast<int>(size) + 1);
    require(!problem->found.empty() && !problem->expected.empty());
    return 0;
  }
  const Program& program = std::get<Program>(compiled);
  Scratch scratch;
  const Outcome outcome = program.evaluate(world.slots, scratch);
  require(outcome.value.type == program.type());
  require(outcome.value.text.size() <= k_text_bytes_max);
  require(to_text(Kept(outcome.value).view()) == to_text(outcome.value));
  // The same source is the same program.
  const auto again = std::get<Program>(compile(program.source(), world.schema));
  Scratch scratch_again;
  const Outcome second = again.evaluate(world.slots, scratch_again);
  require(second.fault == outcome.fault && same(second.value, outcome.value));
  return 0;
}

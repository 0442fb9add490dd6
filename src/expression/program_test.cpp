// The expression language: what it means, what it refuses, and that it stays within its bounds.
#include "expression/program.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

// Counts what is allocated, to hold evaluation to its word.
namespace {
std::size_t allocations = 0;
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations += 1;
  if (void* place = std::malloc(size)) return place;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* place) noexcept { std::free(place); }
[[gnu::noinline]] void operator delete(void* place, std::size_t) noexcept {
  std::free(place);
}

namespace firstring::expression {
namespace {

struct World {
  Schema schema;
  std::vector<Value> slots;

  void add(std::string name, const Value& value) {
    schema.add(std::move(name), value.type);
    slots.push_back(value);
  }
};

World world() {
  World w;
  w.add("skill.billing", Value::of(70));
  w.add("skill.front-desk", Value::of(30));
  w.add("call.value", Value::of(1200));
  w.add("call.waited", Value::of(Duration(95s)));
  w.add("caller.number", Value::of(std::string_view("+12125550100")));
  w.add("caller.name", Value::of(std::string_view("Zoë ÄB")));
  w.add("caller.verified", Value::of(true));
  w.add("time.hour", Value::of(14));
  w.add("nothing", Value::of(0));
  return w;
}

std::string result(std::string_view source) {
  const World w = world();
  const auto compiled = compile(source, w.schema);
  if (const auto* problem = std::get_if<Problem>(&compiled)) {
    return std::to_string(problem->column) + ": found " + problem->found + ", expected " +
           problem->expected;
  }
  Scratch scratch;
  const Outcome outcome = std::get<Program>(compiled).evaluate(w.slots, scratch);
  return outcome.ok() ? to_text(outcome.value) : "fault: " + std::string(name_of(outcome.fault));
}

TEST(Expression, MeansWhatItSays) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"1 + 2 * 3", "7"},
      {"(1 + 2) * 3", "9"},
      {"10 - 4 - 3", "3"},
      {"2 * -3", "-6"},
      {"--3", "3"},
      {"7 % 3 + 0.5", "1.5"},
      {"1 / 8", "0.125"},
      {"20s + 1m", "80s"},
      {"1h / 2", "1800s"},
      {"1h / 20m", "3"},
      {"95s % 1m", "35s"},
      {"3 * 500ms", "1.5s"},
      {"-20s", "-20s"},
      {"abs(-20s)", "20s"},
      {"call.waited >= 90s", "yes"},
      {"call.waited > 95s", "no"},
      {"'a' + \"b\"", "ab"},
      {"'it''s'", "it's"},
      {"skill.billing >= 50 and time.hour < 12", "no"},
      {"skill.billing >= 50 or time.hour < 12", "yes"},
      {"not caller.verified or yes and no", "no"},
      {"true == yes", "yes"},
      {"not 1 == 2", "yes"},
      {"time.hour in [9, 14, 20]", "yes"},
      {"time.hour not in [9, 14, 20]", "no"},
      {"caller.number in ['100', '+1' + '2125550100']", "yes"},
      {"if(call.value > 1000, 'gold', 'plain')", "gold"},
      {"if(call.value > 5000, 'gold', if(call.value > 1000, 'silver', 'plain'))", "silver"},
      {"min(3, 1, 2)", "1"},
      {"max(20s, call.waited)", "95s"},
      {"round(2.5) + abs(-1)", "4"},
      {"starts_with(caller.number, '+1212')", "yes"},
      {"contains(caller.number, '999')", "no"},
      {"length(caller.name)", "6"},
      {"lower(caller.name)", "zoë Äb"},
      {"skill.front-desk - 5", "25"},
      {"skill.billing * 2 + call.waited / 1m * 10", "155.83333333333334"},
  };
  for (const auto& [source, expected] : rows) EXPECT_EQ(result(source), expected) << source;
}

TEST(Expression, RefusesWithColumnFoundAndExpected) {
  const std::pair<std::string_view, std::string_view> rows[] = {
      {"", "1: found the end, expected a value, a name or ("},
      {"1 +", "4: found the end, expected a value, a name or ("},
      {"1 2", "3: found \"2\", expected the end, or a sign such as + or ==, or and, or"},
      {"skil.billing > 1",
       "1: found the unknown name \"skil.billing\", expected a name that is known here; "
       "did you mean \"skill.billing\"?"},
      {"caller.name + 1",
       "13: found a text + a number, expected two numbers, two durations, two texts (with +), or a "
       "duration times or by a number"},
      {"call.waited > 90", "15: found a number, expected a duration here"},
      {"time.hour = 9", "11: found \"=\", expected == to compare"},
      {"yes && no", "5: found \"&&\", expected the word and"},
      {"1 and yes", "1: found a number, expected yes or no here"},
      {"'a' < 'b'",
       "5: found \"<\", expected == or !=: a text is neither more nor less than another"},
      {"'open", "1: found \"'open\", expected a closing quote"},
      {"20sec",
       "1: found \"20sec\", expected a number, or a duration such as 20s, 500ms, 5m or 1h"},
      {"if(1, 2, 3)", "4: found a number, expected yes or no here"},
      {"if(yes, 2, 'x')", "12: found a text, expected a number here"},
      {"minn(1, 2)",
       "1: found the unknown function \"minn\", expected if, min, max, abs, round, starts_with, "
       "contains, lower or length; did you mean \"min\"?"},
      {"min(1)", "6: found \")\", expected a comma: 2 arguments"},
      {"lower('a', 'b')", "10: found \",\", expected \")\": a closing bracket"},
      {"min('a', 'b')", "5: found a text, expected a number or a duration"},
      {"1 in [2, 'x']", "10: found a text, expected a number here"},
      {"1 in 2", "6: found \"2\", expected \"[\": a list after in"},
      {"'ä' + €", "7: found \"€\", expected a value, a name or a sign"},
      {"(1", "3: found the end, expected \")\": a closing bracket"},
  };
  for (const auto& [source, expected] : rows) EXPECT_EQ(result(source), expected) << source;
}

TEST(Expression, HoldsToTheTypeThatIsWanted) {
  const World w = world();
  const auto compiled = compile("call.value * 2", w.schema, Type::boolean);
  ASSERT_TRUE(std::holds_alternative<Problem>(compiled));
  EXPECT_EQ(std::get<Problem>(compiled), (Problem{1, "a number", "yes or no here"}));
  EXPECT_TRUE(std::holds_alternative<Program>(compile("call.value > 2", w.schema, Type::boolean)));
}

TEST(Expression, FaultsAreValues) {
  EXPECT_EQ(result("1 / nothing"), "fault: a division by zero");
  EXPECT_EQ(result("5 % nothing"), "fault: a division by zero");
  EXPECT_EQ(result("20s / nothing"), "fault: a division by zero");
  EXPECT_EQ(result("20s / (call.waited - 95s)"), "fault: a division by zero");
  EXPECT_EQ(result("2000000h * 1000000"), "fault: a number that is too large");
  std::string huge = "1000000000000000";
  for (int i = 0; i < 30; ++i) huge += " * 1000000000000000";
  EXPECT_EQ(result(huge), "fault: a number that is too large");
  const std::string text = "'" + std::string(900, 'x') + "'";
  EXPECT_EQ(result("length(" + text + " + " + text + ")"), "fault: a text that is too long");
}

TEST(Expression, WhatIsNotTakenIsNotEvaluated) {
  EXPECT_EQ(result("nothing == 0 or 1 / nothing > 2"), "yes");
  EXPECT_EQ(result("nothing != 0 and 1 / nothing > 2"), "no");
  EXPECT_EQ(result("if(nothing == 0, 5, 1 / nothing)"), "5");
}

TEST(Expression, IsBounded) {
  EXPECT_NE(result(std::string(40, '(') + "1" + std::string(40, ')')).find("levels of nesting"),
            std::string::npos);
  EXPECT_NE(result(std::string(100, '-') + "1").find("levels of nesting"), std::string::npos);
  std::string nots, list = "1 in [1", sum = "1", deep = "1";
  for (int i = 0; i < 100; ++i) nots += "not ", list += ",1";
  for (int i = 0; i < 400; ++i) sum += "+1";
  for (int i = 0; i < 20; ++i) deep = "if(yes," + deep + ",1)";
  EXPECT_NE(result(nots + "yes").find("levels of nesting"), std::string::npos);
  EXPECT_NE(result(list + "]").find("fewer values at once"), std::string::npos);
  EXPECT_NE(result(sum).find("a shorter expression"), std::string::npos);
  EXPECT_EQ(result(deep), "1");
  EXPECT_EQ(result(std::string(2001, ' ')), "1: found 2001 bytes, expected at most 2000 bytes");
}

TEST(Expression, NumbersNeedNoMemory) {
  const World w = world();
  const auto compiled = compile(
      "if(skill.billing >= 50 and starts_with(caller.number, '+1'),"
      " skill.billing * 2 + min(call.waited / 1m, 10), 0) - max(1, time.hour) * 0.5",
      w.schema);
  const Program& program = std::get<Program>(compiled);
  Scratch scratch;
  const std::size_t before = allocations;
  const Outcome outcome = program.evaluate(w.slots, scratch);
  EXPECT_EQ(allocations, before);
  EXPECT_TRUE(outcome.ok());
  EXPECT_DOUBLE_EQ(outcome.value.number, 140 + 95.0 / 60 - 7);
}

TEST(Expression, KnowsWhichNamesItUses) {
  const World w = world();
  const Program program =
      std::get<Program>(compile("time.hour > 3 and skill.billing > time.hour", w.schema));
  EXPECT_EQ(program.slots(), (std::vector<std::uint16_t>{0, 7}));
  EXPECT_EQ(program.source(), "time.hour > 3 and skill.billing > time.hour");
}

TEST(Schema, ANameIsAddedOnceAndNamesAreNamesOnly) {
  Schema schema;
  EXPECT_EQ(schema.add("a", Type::text), 0);
  EXPECT_EQ(schema.add("b.c", Type::number), 1);
  EXPECT_EQ(schema.add("a", Type::number), 0);
  EXPECT_EQ(schema.find("a")->type, Type::text);
  for (const char* name : {"skill.billing", "a1_b-c", "x"}) EXPECT_TRUE(is_name(name)) << name;
  for (const char* name : {"", "and", "1a", "a.", "A", "a b", "a..b", "if"}) {
    EXPECT_FALSE(is_name(name)) << name;
  }
}

TEST(Value, KeptHasItsOwnText) {
  Kept kept;
  {
    const std::string gone = "a text that is long enough not to lie within the string";
    kept = Kept(Value::of(gone));
  }
  EXPECT_EQ(kept.view().text, "a text that is long enough not to lie within the string");
  EXPECT_EQ(Kept(Value::of(Duration(90s))).view().duration, Duration(90s));
  EXPECT_EQ(to_text(Kept(Value::of(true)).view()), "yes");
}

}  // namespace
}  // namespace firstring::expression

#include <gtest/gtest.h>

#include "commands.h"

namespace firstring::cli {
namespace {

TEST(Ladder, CallerLeftAgentRight) {
  const auto line = [](const char* at, const char* leg, const char* way, const char* peer,
                       const char* what) {
    return Json{{"at", at}, {"leg", leg}, {"direction", way}, {"peer", peer}, {"summary", what}};
  };
  const Json lines = {
      line("2026-11-22T06:12:00.000Z", "leg_a", "in", "udp:10.0.0.1:5060", "INVITE"),
      line("2026-11-22T06:12:00.002Z", "leg_a", "out", "udp:10.0.0.1:5060", "180 INVITE"),
      line("2026-11-22T06:12:01.500Z", "leg_b", "out", "udp:10.0.0.9:5070", "INVITE"),
      line("2026-11-22T06:12:03.000Z", "leg_b", "in", "udp:10.0.0.9:5070", "200 INVITE\x1b[2J")};
  EXPECT_EQ(
      draw_ladder(lines, "2026-11-22T06:12:00.000Z"),
      "                   udp:10.0.0.1:5060                 Firstring                 "
      "udp:10.0.0.9:5070\n"
      "     +0.000                 |---------- INVITE ---------->|                             |\n"
      "     +0.002                 |<-------- 180 INVITE --------|                             |\n"
      "     +1.500                 |                             |---------- INVITE ---------->|\n"
      "     +3.000                 |                             "
      "|<------ 200 INVITE?[2J ------|\n");
}

TEST(Ladder, LegsFromOneAddressStandApart) {
  const auto line = [](const char* leg) {
    return Json{{"at", "2026-11-22T06:12:00.000Z"}, {"leg", leg}, {"direction", "in"},
                {"peer", "udp:10.0.0.1:5060"}, {"summary", "INVITE"}};
  };
  const auto text = draw_ladder({line("leg_a"), line("leg_b")}, "2026-11-22T06:12:00.000Z");
  EXPECT_NE(text.find("|---------- INVITE ---------->|"), std::string::npos) << text;
  EXPECT_NE(text.find("|<---------- INVITE ----------|"), std::string::npos) << text;
}

TEST(Ladder, OfNothingIsNothing) { EXPECT_EQ(draw_ladder(Json::array(), ""), ""); }

TEST(Facts, AreTimedFromTheFirst) {
  const Json facts = {
      {{"type", "call.received"}, {"mono_us", 5'000'000},
       {"data", {{"from_name", "Pat\n\x1b[31mred"}, {"number", "100"}}}},
      {{"type", "queue.entered"}, {"mono_us", 7'250'000}, {"queue", "reception"},
       {"data", {{"position", 1}}}}};
  EXPECT_EQ(describe_facts(facts),
            "     +0.000  call.received  from_name=Pat??[31mred  number=100\n"
            "     +2.250  queue.entered  queue=reception  position=1\n");
}

TEST(Answers, OfAStrangeServerAreNoDanger) {
  for (const Json& strange : {Json(), Json(5), Json::array({1, 2}), Json{{"legs", 7}}}) {
    EXPECT_EQ(text_of(strange, "x"), "-");
    EXPECT_EQ(number_of(strange, "x"), 0);
    EXPECT_TRUE(field(strange, "x").is_null());
  }
  EXPECT_EQ(describe_facts(Json::array({1, "x"})), "     +0.000  -\n     +0.000  -\n");
}

}  // namespace
}  // namespace firstring::cli

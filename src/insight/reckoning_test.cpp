#include "insight/reckoning.h"

#include <gtest/gtest.h>

#include <set>

namespace firstring::insight {
namespace {

using Left = StayMeasure::Left;

// Stays of one queue, a call each.
class Floor {
 public:
  void stays(int count, Left left, std::int32_t wait_ms, std::string_view queue = "sales",
             std::string_view agent = "") {
    for (int i = 0; i < count; ++i) {
      StayMeasure stay{.call = ++last_, .entered_ms = 1000, .queue = names.number_of(queue),
                       .agent = names.number_of(agent), .wait_ms = wait_ms,
                       .from_ring_ms = wait_ms, .left = left};
      if (left == Left::waiting) stay.wait_ms = k_never;
      if (left == Left::answered) stay.talk_ms = 60'000, stay.flags = StayMeasure::k_talk_over;
      measures.stays.push_back(stay);
    }
  }
  void call(std::string_view caller, std::int64_t at_ms, std::string_view intent, int talks = 1) {
    measures.calls.push_back(
        {.call = ++last_,
         .received_ms = at_ms,
         .caller = caller.empty() ? 0 : std::hash<std::string_view>{}(caller) | 1,
         .intent = names.number_of(intent),
         .talks = static_cast<std::uint8_t>(talks),
         .agents = static_cast<std::uint8_t>(talks),
         .flags = CallMeasure::k_ended});
  }
  static Question asks(std::initializer_list<const char*> ids) {
    Question question;
    question.until_ms = 1'000'000;
    for (const char* id : ids) question.kpis.push_back(find_kpi(id));
    return question;
  }
  std::vector<Group> answer(const Question& question, std::int64_t as_of_ms = 1'000'000) const {
    Reckoning reckoning(question, names);
    reckoning.add(measures);
    return reckoning.finish(as_of_ms);
  }
  std::vector<std::uint64_t> behind(Question question, Question::Part part) const {
    question.calls_of = part;
    Reckoning reckoning(question, names);
    reckoning.add(measures);
    (void)reckoning.finish(1'000'000);
    return reckoning.take_calls();
  }

  Measures measures;
  Names names;

 private:
  std::uint64_t last_ = 0;
};

// 1,000 answered, 860 of them within T; 60 abandoned: 20 within T, of which 10 before S.
TEST(Reckoning, GivesEveryServiceLevelOfTheSameCallsAsIcmiDoes) {
  Floor floor;
  floor.stays(860, Left::answered, 20'000);
  floor.stays(140, Left::answered, 20'001);
  floor.stays(10, Left::abandoned, 4999);
  floor.stays(10, Left::abandoned, 5000);
  floor.stays(40, Left::abandoned, 60'000);
  const auto groups = floor.answer(Floor::asks({"service_level_1", "service_level_2",
                                                "service_level_3", "service_level_4",
                                                "service_level_5", "service_level_6"}));
  const double want[] = {83.0, 86.0, 81.1, 82.7, 82.1, 81.9};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_NEAR(*groups.front().values[i].value * 100, want[i], 0.05) << "SL-" << i + 1;
  }
}

TEST(Reckoning, DividesSumsAndNeverAveragesPercentages) {
  Floor floor;
  floor.stays(1, Left::answered, 1000, "small");
  floor.stays(99, Left::answered, 30'000, "large");
  Question question = Floor::asks({"service_level_4"});
  EXPECT_DOUBLE_EQ(*floor.answer(question).front().values[0].value, 0.01);
  question.by = {Dimension::queue};
  const auto groups = floor.answer(question);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].keys, std::vector<std::string>{"large"});
  EXPECT_DOUBLE_EQ(*groups[0].values[0].value, 0);
  EXPECT_DOUBLE_EQ(*groups[1].values[0].value, 1);
}

TEST(Reckoning, OfNobodyThereIsNothing) {
  const Floor floor;
  for (const Group& group : floor.answer(Floor::asks({"service_level_4", "asa", "answer_p90",
                                                      "longest_wait", "patience_p50", "fcr_net",
                                                      "occupancy"}))) {
    for (const KpiValue& value : group.values) EXPECT_EQ(value.value, std::nullopt);
  }
}

TEST(Reckoning, TakesTheThresholdsOfTheQuestionAndOfTheQueue) {
  Floor floor;
  floor.stays(1, Left::answered, 15'000, "fast");
  floor.stays(1, Left::answered, 15'000, "slow");
  Question question = Floor::asks({"service_level_4"});
  question.by = {Dimension::queue};
  question.rules["fast"] = {.within_ms = 10'000};
  const auto groups = floor.answer(question);
  EXPECT_DOUBLE_EQ(*groups[0].values[0].value, 0);
  EXPECT_DOUBLE_EQ(*groups[1].values[0].value, 1);
}

TEST(Reckoning, OpensANumberToItsCalls) {
  Floor floor;
  floor.stays(1, Left::answered, 1000);
  floor.stays(1, Left::answered, 30'000);
  floor.stays(1, Left::abandoned, 1000);
  floor.stays(1, Left::abandoned, 30'000);
  const Question question = Floor::asks({"service_level_4"});
  EXPECT_EQ(floor.behind(question, Question::Part::numerator), (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(floor.behind(question, Question::Part::denominator),
            (std::vector<std::uint64_t>{1, 2, 4}));
}

TEST(Reckoning, CountsWhoStillWaitsInTheLongestWait) {
  Floor floor;
  floor.stays(1, Left::answered, 7000);
  const Question question = Floor::asks({"longest_wait", "waiting", "service_level_8"});
  EXPECT_DOUBLE_EQ(*floor.answer(question).front().values[0].value, 7);
  floor.stays(1, Left::waiting, 0);
  const auto groups = floor.answer(question, 61'000);
  EXPECT_DOUBLE_EQ(*groups.front().values[0].value, 60);
  EXPECT_DOUBLE_EQ(*groups.front().values[1].value, 1);
  EXPECT_EQ(groups.front().values[2].denominator, 2);
}

TEST(Reckoning, CountsTeamsByWhoIsInThem) {
  Floor floor;
  floor.stays(2, Left::answered, 1000, "sales", "anna");
  floor.stays(1, Left::answered, 1000, "sales", "ben");
  Question question = Floor::asks({"handled"});
  question.by = {Dimension::team};
  question.teams = {{"anna", "core"}, {"ben", "night"}};
  EXPECT_EQ(floor.answer(question)[0].values[0].numerator, 2);
  question.team = "night";
  ASSERT_EQ(floor.answer(question).size(), 1u);
  EXPECT_EQ(floor.answer(question)[0].values[0].numerator, 1);
  question.team = "nobody";
  EXPECT_TRUE(floor.answer(question).empty());
}

TEST(Reckoning, AFirstContactResolvedIsOneWithoutAnotherWithinTheWindow) {
  Floor floor;
  floor.call("ann", 1000, "bill");         // 1: again within W
  floor.call("ann", 1000 + 500, "bill");   // 2: again, but only after W
  floor.call("ann", 1000 + 2000, "bill");  // 3: last
  floor.call("ben", 1000, "bill");         // 4: again on another topic
  floor.call("ben", 1100, "move", 2);      // 5: two agents: not strict
  floor.call("", 1000, "bill");            // hides his number: cannot be judged
  floor.call("cy", 1000, "bill", 0);       // nobody talked to him
  Question question = Floor::asks({"fcr_net", "fcr_strict", "fcr_open"});
  question.again_within_ms = 1000;
  const auto values = floor.answer(question, 3500).front().values;
  EXPECT_EQ(values[0].numerator, 4);
  EXPECT_EQ(values[0].denominator, 5);
  EXPECT_EQ(values[1].numerator, 3);
  EXPECT_EQ(values[2].numerator, 1) << "the last one may still come again";
  EXPECT_EQ(floor.behind(question, Question::Part::numerator),
            (std::vector<std::uint64_t>{2, 3, 4, 5}));
  // Later calls are looked at although they are not asked for.
  question.until_ms = 1001;
  EXPECT_EQ(floor.answer(question, 3500).front().values[0].numerator, 1);
}

TEST(Reckoning, SharesOutAnHourThatComesTwice) {
  // New York, 2026-11-01: 1:30 in summer time, 1:00 and 1:30 in winter time.
  Floor floor;
  Question question = Floor::asks({"offered"});
  const std::int64_t base = 1'793'511'000'000;
  for (int i = 0; i < 3; ++i) {
    const char* labels[] = {"2026-11-01T01:30-04:00", "2026-11-01T01:00-05:00",
                            "2026-11-01T01:30-05:00"};
    question.half_hours.push_back({base + i * 1'800'000, labels[i]});
    floor.stays(i + 1, Left::answered, 0);
  }
  std::size_t at = 0;
  for (StayMeasure& stay : floor.measures.stays) {
    stay.entered_ms = base + (at < 1 ? 0 : at < 3 ? 1 : 2) * 1'800'000 + 1'799'999;
    at += 1;
  }
  question.from_ms = base;
  question.until_ms = base + 3 * 1'800'000;
  question.by = {Dimension::half_hour};
  const auto groups = floor.answer(question);
  ASSERT_EQ(groups.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(groups[i].keys[0], question.half_hours[i].label);
    EXPECT_EQ(groups[i].values[0].numerator, i + 1);
  }
}

TEST(Reckoning, RefusesMoreGroupsThanAnyoneReads) {
  Floor floor;
  for (std::size_t i = 0; i <= Question::k_groups_max; ++i) {
    floor.stays(1, Left::answered, 0, "queue-" + std::to_string(i));
  }
  Question question = Floor::asks({"offered"});
  question.by = {Dimension::queue};
  Reckoning reckoning(question, floor.names);
  reckoning.add(floor.measures);
  EXPECT_TRUE(reckoning.too_many());
}

TEST(KpiRows, AreEachThereOnceAndWhole) {
  std::set<std::string_view> ids;
  for (const KpiRow& row : kpi_rows()) {
    EXPECT_TRUE(ids.insert(row.id).second) << row.id;
    EXPECT_FALSE(row.title.empty() || row.numerator.empty() || row.facts.empty()) << row.id;
    const bool has_denominator = row.form != Form::total;
    EXPECT_EQ(row.denominator.empty(), !has_denominator) << row.id;
    EXPECT_EQ(row.below.plus[0] == Counter::none, !has_denominator) << row.id;
    const bool of_singles = row.values != Values::none;
    EXPECT_EQ(of_singles, row.form != Form::total && row.form != Form::ratio) << row.id;
  }
  EXPECT_EQ(find_kpi("service_level"), nullptr);
}

TEST(Names, AreBounded) {
  Names names;
  for (std::size_t i = 0; i < Names::k_names_max + 10; ++i) names.number_of(std::to_string(i));
  EXPECT_LE(names.size(), Names::k_names_max + 1);
  EXPECT_EQ(names.text(names.number_of("one more")), "(others)");
}

}  // namespace
}  // namespace firstring::insight

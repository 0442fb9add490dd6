#include "server/figures_book.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "insight/test_history.h"
#include "store/test_folder.h"

namespace firstring::server {
namespace {

using insight::Dimension;
using insight::Question;

constexpr WallTime k_starts{1'793'419'200'000'000'000};  // 2026-10-31 00:00 in New York
constexpr const char* k_tenant = "t";

// A log on disk, with a book beside it.
class Keeping {
 public:
  explicit Keeping(std::uint64_t seed)
      : facts_(insight::TestHistory({.seed = seed, .calls = 700, .starts = k_starts}).facts()) {
    auto opened = store::EventLog::open(
        {.folder = folder_.at("events"), .reserve_bytes = 0, .sync = false},
        [](const store::EventLog::Committed&) {});
    log_ = std::move(opened).value();
    open();
  }
  void open() {
    book_.reset();
    book_ = FiguresBook::open(folder_.at("figures.db"), k_tenant, *log_).value();
  }
  void lose() {
    book_.reset();
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(folder_.at("figures.db") + suffix);
    }
    open();
  }
  // Appends so many facts more and lets the book count them.
  void append(std::size_t count) {
    std::string line;
    for (; count > 0 && at_ < facts_.size(); --count) {
      line.clear();
      call::append_json(line, facts_[at_++]);
      ASSERT_TRUE(log_->append(line));
    }
    ASSERT_TRUE(log_->flush(10s));
    ASSERT_TRUE(book_->flush(log_->committed().up_to, 20s)) << book_->problem();
  }
  std::size_t left() const { return facts_.size() - at_; }
  insight::Answer ask(const Question& question) const {
    auto answer = book_->answer(question);
    EXPECT_TRUE(answer.has_value());
    return answer ? answer.value() : insight::Answer{};
  }
  // The same from all facts at once, in memory.
  std::vector<insight::Group> whole(const Question& question) const {
    insight::Measuring measuring;
    for (std::size_t i = 0; i < at_; ++i) measuring.add(facts_[i]);
    insight::Measures measures;
    const auto settled = measuring.take();
    for (const auto& one : settled.calls) measures.add(one);
    for (const auto& one : measuring.open()) measures.add(one);
    for (const auto& late : settled.late) {
      for (auto& stay : measures.stays) apply(late, stay);
    }
    measures.time = settled.time;
    insight::Reckoning reckoning(question, measuring.names());
    reckoning.add(measures);
    return reckoning.finish(measuring.as_of().ns / 1'000'000);
  }

 private:
  store::TestFolder folder_;
  const std::vector<call::Fact> facts_;
  std::unique_ptr<store::EventLog> log_;
  std::unique_ptr<FiguresBook> book_;
  std::size_t at_ = 0;
};

Question everything(std::vector<Dimension> by) {
  Question question;
  question.from_ms = k_starts.ns / 1'000'000;
  question.until_ms = question.from_ms + 4LL * 24 * 3'600'000;
  question.by = std::move(by);
  question.again_within_ms = 12 * 3'600'000;
  question.days = {{question.from_ms, "one"}, {question.from_ms + 86'400'000, "two"}};
  question.half_hours = question.days;
  for (const insight::KpiRow& row : insight::kpi_rows()) question.kpis.push_back(&row);
  return question;
}

void expect_same(const Keeping& keeping) {
  for (const auto& by : {std::vector<Dimension>{},
                         {Dimension::queue, Dimension::day},
                         {Dimension::agent},
                         {Dimension::number, Dimension::intent}}) {
    const Question question = everything(by);
    const insight::Answer answer = keeping.ask(question);
    EXPECT_FALSE(answer.groups.empty());
    EXPECT_EQ(answer.groups, keeping.whole(question));
  }
}

TEST(FiguresBook, CountedInPortionsAndThroughRestartsItIsTheSame) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    Keeping keeping(seed);
    Random random(seed);
    while (keeping.left() > 0) {
      keeping.append(200 + random.below(2000));
      if (random.chance(0.4)) keeping.open();
      if (random.chance(0.3)) expect_same(keeping);
    }
    expect_same(keeping);
    ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << seed;
  }
}

TEST(FiguresBook, WhatIsLostIsMadeAnewFromTheLog) {
  Keeping keeping(4);
  keeping.append(3000);
  keeping.lose();
  keeping.append(1000);
  expect_same(keeping);
}

TEST(FiguresBook, OpensANumberToTheCallsBehindIt) {
  Keeping keeping(5);
  keeping.append(1'000'000);
  Question question = everything({});
  question.kpis = {insight::find_kpi("service_level_4")};
  question.calls_of = Question::Part::denominator;
  const insight::Answer answer = keeping.ask(question);
  EXPECT_GT(answer.calls.size(), 100u);
  EXPECT_LE(answer.calls.size(),
            static_cast<std::size_t>(answer.groups.front().values.front().denominator));
}

}  // namespace
}  // namespace firstring::server

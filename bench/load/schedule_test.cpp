#include "bench/load/schedule.h"

#include <gtest/gtest.h>

namespace firstring::load {
namespace {

constexpr MonoTime k_start{5'000'000'000};

TEST(Schedule, TheFirstCallIsDueAtOnceAndNoneBefore) {
  const Schedule schedule(k_start, 10);
  EXPECT_EQ(schedule.due(k_start - 1ns), 0u);
  EXPECT_EQ(schedule.due(k_start), 1u);
  EXPECT_EQ(schedule.due(k_start + 99ms), 1u);
  EXPECT_EQ(schedule.due(k_start + 100ms), 2u);
}

TEST(Schedule, WhatAStallHeldUpIsDueAfterIt) {
  const Schedule schedule(k_start, 1000);
  EXPECT_EQ(schedule.due(k_start + 2s), 2001u);
}

TEST(Schedule, DueAndTimeOfAgreeAtEveryRate) {
  for (const double rate : {0.3, 7.0, 97.0, 333.3, 15'000.0, 29'999.0}) {
    const Schedule schedule(k_start, rate);
    for (const std::uint64_t call : {0u, 1u, 2u, 999u, 100'000u, 12'345'678u}) {
      const MonoTime due = schedule.time_of(call);
      EXPECT_EQ(schedule.due(due), call + 1) << rate << " calls/s, call " << call;
      EXPECT_EQ(schedule.due(due - 1ns), call) << rate << " calls/s, call " << call;
    }
  }
}

}  // namespace
}  // namespace firstring::load

#include "sip/ban_list.h"

#include <gtest/gtest.h>

#include <string>

namespace firstring::sip {
namespace {

Address address(const std::string& ip) { return *Address::parse(ip, 5060); }

class BanListTest : public ::testing::Test, protected BanEvents {
 protected:
  void on_banned(const Ban& ban) override { seen += "+" + ban.source.ip_text() + " "; }
  void on_released(const Ban& ban) override { seen += "-" + ban.source.ip_text() + " "; }

  void advance(Duration by) {
    clock.advance_to(clock.now() + by);
    timers.advance();
  }
  void fail(BanList& list, const std::string& ip, int times, Duration apart = 0ms) {
    for (int i = 0; i < times; ++i) {
      if (i > 0) advance(apart);
      list.failed(address(ip));
    }
  }

  ManualClock clock;
  Timers timers{clock};
  std::string seen;
  BanList list{timers, *this};
};

TEST_F(BanListTest, ThirtyFailuresInTenSecondsBanForFiveMinutes) {
  fail(list, "192.0.2.1", 29, 300ms);
  EXPECT_FALSE(list.standing(address("192.0.2.1")).banned);
  fail(list, "192.0.2.1", 1);
  EXPECT_TRUE(list.standing(address("192.0.2.1")).banned);
  EXPECT_FALSE(list.standing(address("192.0.2.2")).banned);
  ASSERT_EQ(list.bans().size(), 1u);
  EXPECT_EQ(list.bans()[0].failures, 30u);
  EXPECT_EQ((list.bans()[0].until - clock.wall_now()).count(), Duration(5min).count());
  advance(5min - 1ms);
  EXPECT_TRUE(list.standing(address("192.0.2.1")).banned);
  advance(1ms);
  EXPECT_FALSE(list.standing(address("192.0.2.1")).banned);
  EXPECT_EQ(seen, "+192.0.2.1 -192.0.2.1 ");
  EXPECT_EQ(list.remembered(), 0u);
}

TEST_F(BanListTest, ThirtyFailuresInMoreTimeBanNobody) {
  fail(list, "192.0.2.1", 300, 350ms);
  EXPECT_FALSE(list.standing(address("192.0.2.1")).banned);
  EXPECT_EQ(seen, "");
}

TEST_F(BanListTest, AnswersAreDelayedMoreWithEachFailureAndAtOnceAgainLater) {
  fail(list, "192.0.2.1", 5);
  EXPECT_EQ(list.standing(address("192.0.2.1")).delay.count(), 0);
  fail(list, "192.0.2.1", 1);
  EXPECT_EQ(list.standing(address("192.0.2.1")).delay.count(), Duration(100ms).count());
  fail(list, "192.0.2.1", 4);
  EXPECT_EQ(list.standing(address("192.0.2.1")).delay.count(), Duration(500ms).count());
  fail(list, "192.0.2.1", 19);
  EXPECT_EQ(list.standing(address("192.0.2.1")).delay.count(), Duration(2s).count());
  advance(10s + 1ms);
  EXPECT_EQ(list.standing(address("192.0.2.1")).delay.count(), 0);
}

TEST_F(BanListTest, ARightPasswordForgetsFailuresButLiftsNoBan) {
  fail(list, "192.0.2.1", 29);
  list.succeeded(address("192.0.2.1"));
  fail(list, "192.0.2.1", 29);
  EXPECT_FALSE(list.standing(address("192.0.2.1")).banned);
  fail(list, "192.0.2.1", 1);
  list.succeeded(address("192.0.2.1"));
  EXPECT_TRUE(list.standing(address("192.0.2.1")).banned);
  list.release(address("192.0.2.1"));
  EXPECT_FALSE(list.standing(address("192.0.2.1")).banned);
  EXPECT_EQ(seen, "+192.0.2.1 -192.0.2.1 ");
}

TEST_F(BanListTest, AnIpv6NetworkIsOneSource) {
  for (int i = 0; i < 30; ++i) list.failed(address("2001:db8:1:2::" + std::to_string(i + 1)));
  EXPECT_TRUE(list.standing(address("2001:db8:1:2:ffff::9")).banned);
  EXPECT_FALSE(list.standing(address("2001:db8:1:3::1")).banned);
}

TEST_F(BanListTest, TheAllowedAreNeverBanned) {
  BanList with_exempt(timers, *this, {},
                      [](const Address& source) { return source.ip_text() == "192.0.2.7"; });
  fail(with_exempt, "192.0.2.7", 100);
  EXPECT_FALSE(with_exempt.standing(address("192.0.2.7")).banned);
  EXPECT_EQ(with_exempt.standing(address("192.0.2.7")).delay.count(), 0);
  EXPECT_EQ(with_exempt.remembered(), 0u);
}

TEST_F(BanListTest, MemoryIsBoundedAndTheBannedAreForgottenLast) {
  BanList small(timers, *this, {.failures_max = 2, .sources_max = 4});
  fail(small, "192.0.2.1", 2);
  for (int i = 10; i < 100; ++i) fail(small, "192.0.2." + std::to_string(i), 1);
  EXPECT_EQ(small.remembered(), 4u);
  EXPECT_TRUE(small.standing(address("192.0.2.1")).banned);
  for (int i = 10; i < 100; ++i) fail(small, "192.0.2." + std::to_string(i), 2);
  EXPECT_EQ(small.remembered(), 4u);
  EXPECT_TRUE(small.standing(address("192.0.2.99")).banned);
  advance(6min);
  EXPECT_EQ(small.remembered(), 0u);
}

}  // namespace
}  // namespace firstring::sip

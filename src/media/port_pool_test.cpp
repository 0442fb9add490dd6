#include "media/port_pool.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

namespace firstring::media {
namespace {

class PortPoolTest : public testing::Test {
 protected:
  static PortPool pool(std::size_t pairs_max, std::uint64_t seed = 1) {
    return PortPool::create({.bind_address = NetAddress::of("127.0.0.1", 0).value(),
                             .port_first = 31000,
                             .port_last = 32599,
                             .pairs_max = pairs_max,
                             .keep_min = 2},
                            Random(seed))
        .value();
  }
  static std::uint16_t port_of(int fd) {
    NetAddress address;
    socklen_t size = NetAddress::k_size_max;
    EXPECT_EQ(getsockname(fd, address.raw(), &size), 0);
    return address.port();
  }
  MonoTime now{1'000'000'000};
};

TEST_F(PortPoolTest, GivesEvenPortsWithTheNextOne) {
  auto ports = pool(20);
  std::set<std::uint16_t> seen;
  for (int i = 0; i < 20; ++i) {
    const PortPair pair = ports.take(now).value();
    EXPECT_EQ(pair.port % 2, 0);
    EXPECT_EQ(port_of(pair.rtp_fd), pair.port);
    EXPECT_EQ(port_of(pair.rtcp_fd), pair.port + 1);
    EXPECT_TRUE(seen.insert(pair.port).second);
  }
  EXPECT_EQ(ports.take(now).error().code, Code::limit);
  EXPECT_EQ(ports.in_use(), 20u);
}

TEST_F(PortPoolTest, TheOrderIsAnyones) {
  std::vector<std::uint16_t> orders[2];
  for (const std::uint64_t seed : {1, 2}) {
    auto ports = pool(20, seed);
    for (int i = 0; i < 20; ++i) orders[seed - 1].push_back(ports.take(now)->port);
  }
  EXPECT_NE(orders[0], orders[1]);
  EXPECT_FALSE(std::is_sorted(orders[0].begin(), orders[0].end()));
}

TEST_F(PortPoolTest, AUsedPairRestsTwoSeconds) {
  auto ports = pool(4);
  const PortPair first = ports.take(now).value();
  ports.give_back(first.index, now);
  now = now + Duration(1999ms);
  EXPECT_NE(ports.take(now)->port, first.port);
  now = now + Duration(1ms);
  EXPECT_EQ(ports.take(now)->port, first.port);
}

TEST_F(PortPoolTest, WhereAllIsBoundTheLongestRestedIsTaken) {
  auto ports = pool(2);
  const PortPair a = ports.take(now).value();
  const PortPair b = ports.take(now).value();
  ports.give_back(b.index, now);
  ports.give_back(a.index, now + Duration(10ms));
  EXPECT_EQ(ports.take(now + Duration(20ms))->port, b.port);
  EXPECT_EQ(ports.take(now + Duration(20ms))->port, a.port);
}

TEST_F(PortPoolTest, ManyShortCallsDoNotMakeItGrow) {
  auto ports = pool(1000);
  for (int i = 0; i < 3000; ++i) {
    const PortPair pair = ports.take(now).value();
    ports.give_back(pair.index, now);
    now = now + Duration(100us);
  }
  EXPECT_LE(ports.bound(), 513u);
}

TEST_F(PortPoolTest, LeavesPortsOfOthersAlone) {
  auto mine = pool(500, 1);
  std::set<std::uint16_t> taken;
  for (int i = 0; i < 250; ++i) taken.insert(mine.take(now)->port);
  auto yours = pool(500, 2);
  std::size_t got = 0;
  while (const auto pair = yours.take(now)) {
    EXPECT_FALSE(taken.contains(pair->port));
    got += 1;
  }
  // Nearly all that is left: half a range that is taken does not stop it early.
  EXPECT_GT(got, 200u);
}

TEST_F(PortPoolTest, GivesBackWhatNobodyNeedsAnyMore) {
  auto ports = pool(10);
  std::vector<std::uint32_t> pairs;
  for (int i = 0; i < 10; ++i) pairs.push_back(ports.take(now)->index);
  for (const auto index : pairs) ports.give_back(index, now);
  EXPECT_TRUE(ports.retire(now + Duration(59s)).empty());
  const auto retired = ports.retire(now + Duration(60s));
  EXPECT_EQ(retired.size(), 8u);
  for (const auto index : retired) ports.close_retired(index);
  EXPECT_EQ(ports.bound(), 2u);
  now = now + Duration(61s);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(ports.take(now));
}

TEST_F(PortPoolTest, RefusesARangeWithoutAPair) {
  const auto made = PortPool::create({.bind_address = NetAddress::of("127.0.0.1", 0).value(),
                                      .port_first = 31001,
                                      .port_last = 31002},
                                     Random(1));
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::invalid);
}

}  // namespace
}  // namespace firstring::media

#include "media/source_lock.h"

#include <gtest/gtest.h>

namespace firstring::media {
namespace {

using Verdict = SourceLock::Verdict;

NetAddress at(std::uint16_t port, const char* ip = "127.0.0.1") {
  return NetAddress::of(ip, port).value();
}

class SourceLockTest : public testing::Test {
 protected:
  SourceLockTest() { lock.set_remote(at(5000)); }
  Verdict packet(std::uint16_t port, std::uint16_t sequence, std::uint32_t ssrc = 1) {
    return lock.judge(at(port), ssrc, sequence, false);
  }
  SourceLock lock;
};

TEST_F(SourceLockTest, TheSignalledAddressIsRightAtOnceAndForGood) {
  EXPECT_EQ(packet(5000, 1), Verdict::accepted);
  EXPECT_FALSE(lock.may_be_heard(at(6000)));
  for (std::uint16_t i = 0; i < 100; ++i) EXPECT_EQ(packet(6000, i), Verdict::stranger);
  EXPECT_EQ(packet(5000, 2, 99), Verdict::accepted) << "a new SSRC of the same peer";
}

TEST_F(SourceLockTest, BehindNatThreePacketsInOrderAreLearned) {
  EXPECT_EQ(packet(6000, 10), Verdict::waiting);
  EXPECT_EQ(packet(6000, 11), Verdict::waiting);
  EXPECT_EQ(packet(6000, 12), Verdict::learned);
  EXPECT_EQ(lock.address(), at(6000));
  EXPECT_EQ(packet(6000, 13), Verdict::accepted);
  EXPECT_EQ(packet(7000, 14), Verdict::stranger) << "once only";
}

TEST_F(SourceLockTest, GuessedPacketsWithoutARunAreNotLearned) {
  for (std::uint16_t i = 0; i < 200; ++i) {
    EXPECT_EQ(packet(6000, static_cast<std::uint16_t>(i * 37)), Verdict::waiting);
    EXPECT_EQ(packet(6001, i, i), Verdict::waiting);
  }
  EXPECT_FALSE(lock.locked());
  EXPECT_EQ(packet(5000, 1), Verdict::accepted);
  EXPECT_EQ(packet(6000, 2), Verdict::stranger);
}

TEST_F(SourceLockTest, TheSignalledAddressTakesTheLockBack) {
  for (std::uint16_t i = 0; i < 3; ++i) packet(6000, i);
  ASSERT_EQ(lock.address(), at(6000));
  EXPECT_EQ(packet(5000, 1), Verdict::learned);
  EXPECT_EQ(lock.address(), at(5000));
  EXPECT_EQ(packet(6000, 4), Verdict::stranger);
}

TEST_F(SourceLockTest, ManySprayersDoNotKeepThePeerOut) {
  std::uint16_t sequence = 100;
  Verdict verdict = Verdict::waiting;
  // The peer's packets come among those of three sprayers.
  for (int i = 0; i < 5 && verdict == Verdict::waiting; ++i) {
    for (std::uint16_t sprayer = 7000; sprayer < 7003; ++sprayer) {
      packet(sprayer, static_cast<std::uint16_t>(i * 991));
    }
    verdict = packet(6000, sequence++);
  }
  EXPECT_EQ(verdict, Verdict::learned);
}

TEST_F(SourceLockTest, SignallingUnlocksOnlyWithAnotherAddress) {
  for (std::uint16_t i = 0; i < 3; ++i) packet(6000, i);
  lock.set_remote(at(5000));
  EXPECT_TRUE(lock.locked()) << "a session refresh";
  EXPECT_EQ(lock.address(), at(6000));
  lock.set_remote(at(5002));
  EXPECT_FALSE(lock.locked());
  EXPECT_EQ(packet(5002, 9), Verdict::accepted);
  EXPECT_EQ(packet(6000, 10), Verdict::stranger);
}

TEST_F(SourceLockTest, AuthenticPacketsAreBelievedAtOnce) {
  EXPECT_EQ(lock.judge(at(6000), 1, 1, true), Verdict::learned);
}

TEST(NetAddress, KnowsWhereMediaMayGo) {
  EXPECT_TRUE(at(5000).is_destination());
  EXPECT_TRUE(at(5000, "2001:db8::1").is_destination());
  EXPECT_FALSE(at(0).is_destination());
  EXPECT_FALSE(at(5000, "0.0.0.0").is_destination());
  EXPECT_FALSE(at(5000, "255.255.255.255").is_destination());
  EXPECT_FALSE(at(5000, "224.0.0.1").is_destination());
  EXPECT_FALSE(at(5000, "ff02::1").is_destination());
  EXPECT_FALSE(at(5000, "::").is_destination());
  EXPECT_FALSE(NetAddress::of("example.org", 5000));
  EXPECT_FALSE(NetAddress::of("", 5000));
  EXPECT_EQ(at(5000, "2001:db8::1").ip(), "2001:db8::1");
  EXPECT_EQ(at(5000).with_port(6000), at(6000));
}

}  // namespace
}  // namespace firstring::media

// Calls between two user agents over a network that loses nothing.
#include "sip/user_agent.h"

#include <gtest/gtest.h>

#include "sip/test_network.h"

namespace firstring::sip {
namespace {

class Calls : public testing::Test {
 protected:
  TestNetwork network;
  Party& alice = network.add("alice");
  Party& bob = network.add("bob");

  void answer_at_once() {
    bob.on_call = [this](const IncomingCall& call) {
      bob.agent().answer(call.dialog, "v=bob");
    };
  }
  DialogId establish() {
    answer_at_once();
    const DialogId dialog = alice.call(bob, "v=alice");
    network.run_for(100ms);
    alice.diary();
    bob.diary();
    return dialog;
  }
  void expect_nothing_left() {
    network.run_until_quiet();
    EXPECT_EQ(alice.agent().dialog_count(), 0u);
    EXPECT_EQ(bob.agent().dialog_count(), 0u);
    EXPECT_EQ(alice.agent().transaction_count(), 0u);
    EXPECT_EQ(bob.agent().transaction_count(), 0u);
    EXPECT_EQ(network.timers.armed_count(), 0u);
    for (const auto& [dialog, count] : alice.ended_count) EXPECT_EQ(count, 1);
    for (const auto& [dialog, count] : bob.ended_count) EXPECT_EQ(count, 1);
  }
};

TEST_F(Calls, AreAnsweredAndEndedByTheCaller) {
  network.draw = true;
  answer_at_once();
  const DialogId dialog = alice.call(bob, "v=alice");
  network.run_for(100ms);
  EXPECT_EQ(alice.diary(), "answered v=bob\n");
  EXPECT_EQ(bob.diary(), "incoming v=alice\nconfirmed\n");
  alice.agent().hang_up(dialog);
  network.run_for(100ms);
  EXPECT_EQ(alice.diary(), "ended us\n");
  EXPECT_EQ(bob.diary(), "ended peer\n");
  EXPECT_EQ(network.ladder,
            "0 5060 INVITE sip:100@127.0.0.1:5061 SIP/2.0\n"
            "1 5061 SIP/2.0 200 OK\n"
            "2 5060 ACK sip:127.0.0.1:5061 SIP/2.0\n"
            "100 5060 BYE sip:127.0.0.1:5061 SIP/2.0\n"
            "101 5061 SIP/2.0 200 OK\n");
  expect_nothing_left();
}

TEST_F(Calls, AreEndedByTheCalled) {
  establish();
  bob.agent().hang_up(bob.last_dialog, "SIP;cause=200;text=\"Bye\"");
  network.run_for(100ms);
  EXPECT_EQ(alice.diary(), "ended peer SIP;cause=200;text=\"Bye\"\n");
  EXPECT_EQ(bob.diary(), "ended us\n");
  expect_nothing_left();
}

TEST_F(Calls, RingUntilTheCallerGivesUp) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().ring(call.dialog); };
  const DialogId dialog = alice.call(bob, "v=alice");
  network.run_for(10s);
  EXPECT_EQ(alice.diary(), "provisional 180\n");
  alice.agent().hang_up(dialog, "SIP;cause=200;text=\"Call completed elsewhere\"");
  network.run_for(1s);
  EXPECT_EQ(alice.diary(), "ended us\n");
  EXPECT_EQ(bob.diary(),
            "incoming v=alice\n"
            "ended peer 487 cancelled SIP;cause=200;text=\"Call completed elsewhere\"\n");
  expect_nothing_left();
}

TEST_F(Calls, AreRefused) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().reject(call.dialog, 486); };
  alice.call(bob, "v=alice");
  network.run_for(1s);
  EXPECT_EQ(alice.diary(), "ended failure 486\n");
  EXPECT_EQ(bob.diary(), "incoming v=alice\nended us 486\n");
  expect_nothing_left();
}

}  // namespace
}  // namespace firstring::sip

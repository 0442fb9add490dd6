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

TEST_F(Calls, LeaveTheirLadder) {
  alice.traces = true;
  bob.traces = true;
  bob.on_call = [this](const IncomingCall& call) { bob.agent().ring(call.dialog); };
  const DialogId dialog = alice.call(bob, "v=alice");
  network.run_for(100ms);
  alice.agent().hang_up(dialog);
  network.run_for(1s);
  EXPECT_EQ(alice.diary(),
            "> INVITE\n< 180 INVITE\nprovisional 180\n> CANCEL\nended us\n< 487 INVITE\n> ACK\n");
  EXPECT_EQ(bob.diary(),
            "< INVITE\nincoming v=alice\n> 180 INVITE\n< CANCEL\n> 200 CANCEL\n> 487 INVITE\n"
            "ended peer 487 cancelled\n");
  expect_nothing_left();
}

TEST_F(Calls, OffersThatCrossAreBothMadeInTheEnd) {
  const DialogId dialog = establish();
  alice.agent().reoffer(dialog, "v=alice hold");
  bob.agent().reoffer(bob.last_dialog, "v=bob hold");
  network.run_for(100ms);
  EXPECT_EQ(alice.diary() + bob.diary(), "");  // both refused with 491
  network.run_for(10s);
  EXPECT_EQ(alice.diary(), "offer v=bob hold\nreoffer 200 v=answer\n");
  EXPECT_EQ(bob.diary(), "reoffer 200 v=answer\noffer v=alice hold\n");
  alice.agent().hang_up(dialog);
  expect_nothing_left();
}

TEST_F(Calls, LastForHoursWithSessionTimers) {
  const DialogId dialog = establish();
  network.run_for(5h);
  EXPECT_EQ(alice.diary() + bob.diary(), "");
  EXPECT_EQ(bob.agent().dialog_count(), 1u);
  alice.agent().hang_up(dialog);
  expect_nothing_left();
}

// Each pair of deeds, in both orders and at the same instant: the call ends, once on each side.
TEST_F(Calls, EndWhateverCrosses) {
  using Deed = std::function<void(DialogId)>;
  const std::vector<Deed> deeds = {
      [this](DialogId) { bob.agent().answer(bob.last_dialog, "v=bob"); },
      [this](DialogId) { bob.agent().reject(bob.last_dialog, 486); },
      [this](DialogId) { bob.agent().hang_up(bob.last_dialog); },
      [this](DialogId dialog) { alice.agent().hang_up(dialog); },
      [this](DialogId) { bob.agent().progress(bob.last_dialog, "v=early"); },
      [this](DialogId dialog) { alice.agent().reoffer(dialog, "v=again"); },
  };
  const auto two = [&](Deed first, Deed second, Duration between) {
    const DialogId dialog = alice.call(bob, "v=alice");
    network.run_for(2ms);
    first(dialog);
    network.run_for(between);
    second(dialog);
    network.run_for(50ms);
    alice.agent().hang_up(dialog);
    network.run_for(5s);
    EXPECT_EQ(alice.agent().dialog_count(), 0u);
    EXPECT_EQ(bob.agent().dialog_count(), 0u);
    EXPECT_EQ(alice.ended_count[dialog], 1);
    EXPECT_EQ(bob.ended_count[bob.last_dialog], 1);
  };
  for (const Deed& first : deeds) {
    for (const Deed& second : deeds) {
      for (const Duration between : {0ms, 1ms, 2ms, 3ms}) two(first, second, between);
    }
  }
  expect_nothing_left();
}

}  // namespace
}  // namespace firstring::sip

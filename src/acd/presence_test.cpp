#include "acd/presence.h"

#include <gtest/gtest.h>

namespace firstring::acd {
namespace {

using OnRegister = Presence::OnRegister;
using Work = Presence::Work;

constexpr MonoTime at(Duration since_start) { return {since_start.count()}; }

TEST(Presence, RegisteringThePhoneSignsInAsConfigured) {
  Presence ready, away;
  EXPECT_EQ(ready.state(), AgentState::signed_out);
  ready.phone_found(at(0s), OnRegister::ready);
  away.phone_found(at(0s), OnRegister::away);
  EXPECT_EQ(ready.state(), AgentState::ready);
  EXPECT_EQ(away.state(), AgentState::away);
  EXPECT_EQ(away.reason(), "not ready yet");
}

TEST(Presence, LostPhoneComesBackAsConfigured) {
  for (const auto policy : {OnRegister::ready, OnRegister::away}) {
    Presence anna;
    anna.phone_found(at(0s), policy);
    anna.want_ready();
    anna.phone_lost(at(10s));
    EXPECT_EQ(anna.state(), AgentState::unreachable);
    anna.phone_found(at(20s), policy);
    EXPECT_EQ(anna.state(), policy == OnRegister::ready ? AgentState::ready : AgentState::away);
  }
}

TEST(Presence, AwayOutlivesALostPhone) {
  Presence anna;
  anna.phone_found(at(0s), OnRegister::ready);
  anna.want_away("lunch");
  anna.phone_lost(at(10s));
  EXPECT_EQ(anna.state(), AgentState::away);
  anna.phone_found(at(2h), OnRegister::ready);
  EXPECT_EQ(anna.state(), AgentState::away);
  EXPECT_EQ(anna.reason(), "lunch");
}

TEST(Presence, SignedOutIsNotSignedInByAFlappingNetwork) {
  Presence anna;
  anna.phone_found(at(0s), OnRegister::ready);
  anna.want_out();
  anna.phone_lost(at(1h));
  anna.phone_found(at(1h + 9min), OnRegister::ready);
  EXPECT_EQ(anna.state(), AgentState::signed_out);
  anna.phone_lost(at(2h));
  anna.phone_found(at(15h), OnRegister::ready);  // the next morning
  EXPECT_EQ(anna.state(), AgentState::ready);
}

TEST(Presence, ACallHidesEveryWishUntilItIsOver) {
  Presence anna;
  anna.phone_found(at(0s), OnRegister::ready);
  for (const auto& [work, state] : {std::pair{Work::offered, AgentState::offered},
                                    std::pair{Work::talking, AgentState::talking},
                                    std::pair{Work::wrap_up, AgentState::wrap_up}}) {
    anna.want_ready();
    anna.set_work(work);
    anna.want_away("lunch");
    EXPECT_EQ(anna.state(), state);
    EXPECT_EQ(anna.reason(), "");
    anna.set_work(Work::none);
    EXPECT_EQ(anna.state(), AgentState::away);
    anna.want_ready();
    anna.set_work(work);
    anna.phone_lost(at(1s));
    EXPECT_EQ(anna.state(), state);
    anna.set_work(Work::none);
    EXPECT_EQ(anna.state(), AgentState::unreachable);
    anna.phone_found(at(2s), OnRegister::ready);
    EXPECT_EQ(anna.state(), AgentState::ready);
  }
}

TEST(Presence, AsideIsAwayUntilItIsOverOrTheAgentSaysSo) {
  Presence anna;
  anna.phone_found(at(0s), OnRegister::ready);
  anna.set_aside("missed call");
  EXPECT_EQ(anna.state(), AgentState::away);
  EXPECT_EQ(anna.reason(), "missed call");
  anna.aside_over();
  EXPECT_EQ(anna.state(), AgentState::ready);
  anna.set_aside("missed call");
  anna.want_ready();
  EXPECT_EQ(anna.state(), AgentState::ready);
  anna.set_aside("missed call");
  anna.want_away("lunch");
  EXPECT_EQ(anna.reason(), "lunch");
  anna.aside_over();
  EXPECT_EQ(anna.state(), AgentState::away);
}

}  // namespace
}  // namespace firstring::acd

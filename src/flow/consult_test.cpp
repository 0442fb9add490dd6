// Every event in every state of a consultation, and who hears whom.
#include "flow/consult.h"

#include <gtest/gtest.h>

namespace firstring::flow {
namespace {

using enum Consulting;
using Event = ConsultEvent;
using Move = ConsultMove;

TEST(Consult, EveryEventInEveryStateIsDecided) {
  struct Row {
    Consulting state;
    Event event;
    Move move;
    Consulting next;
  };
  const Row rows[] = {
      {ringing, Event::answered, Move::go_on, with_party},
      {ringing, Event::party_gone, Move::back, ringing},
      {ringing, Event::agent_gone, Move::hand_over, ringing},
      {ringing, Event::swap, Move::refused, ringing},
      {ringing, Event::complete, Move::hand_over, ringing},
      {ringing, Event::cancel, Move::back, ringing},
      {with_party, Event::answered, Move::refused, with_party},
      {with_party, Event::party_gone, Move::back, with_party},
      {with_party, Event::agent_gone, Move::join, with_party},
      {with_party, Event::swap, Move::go_on, with_caller},
      {with_party, Event::complete, Move::join, with_party},
      {with_party, Event::cancel, Move::back, with_party},
      {with_caller, Event::answered, Move::refused, with_caller},
      {with_caller, Event::party_gone, Move::back, with_caller},
      {with_caller, Event::agent_gone, Move::join, with_caller},
      {with_caller, Event::swap, Move::go_on, with_party},
      {with_caller, Event::complete, Move::join, with_caller},
      {with_caller, Event::cancel, Move::back, with_caller},
  };
  for (const Row& row : rows) {
    const ConsultStep step = consult_step(row.state, row.event);
    EXPECT_EQ(step, (ConsultStep{row.move, row.next}))
        << static_cast<int>(row.state) << " " << static_cast<int>(row.event);
  }
}

// Whatever is held: at most one pair talks, and nobody who speaks to nobody is left in silence
// unless it is he who holds.
TEST(Consult, NobodyWaitsInSilenceAndTheAgentTalksWithOneOnly) {
  for (const Consulting state : {ringing, with_party, with_caller}) {
    for (int bits = 0; bits < 16; ++bits) {
      const Holds holds{.caller = (bits & 1) != 0,
                        .phone = (bits & 2) != 0,
                        .desk = (bits & 4) != 0,
                        .party = (bits & 8) != 0};
      const Hearing hears = hearing_of_three(state, Sound::music, holds);
      EXPECT_FALSE(hears.caller_and_agent && hears.agent_and_party);
      EXPECT_EQ(hears.caller == Sound::none, hears.caller_and_agent || holds.caller) << bits;
      if (state == ringing) continue;
      EXPECT_EQ(hears.party == Sound::none, hears.agent_and_party || holds.party) << bits;
    }
  }
}

TEST(Consult, TheCallerHearsMusicOrRingingWhileThePartyRings) {
  EXPECT_EQ(hearing_of_three(ringing, Sound::music, {}).caller, Sound::music);
  EXPECT_EQ(hearing_of_three(ringing, Sound::ring_back, {}).caller, Sound::ring_back);
  EXPECT_EQ(hearing_of_three(ringing, Sound::music, {}).agent, Sound::ring_back);
}

TEST(Consult, WithoutOneItIsAPlainHold) {
  EXPECT_TRUE(hearing_of_two({}).caller_and_agent);
  EXPECT_FALSE(hearing_of_two({}).on_hold);
  const Hearing by_caller = hearing_of_two({.caller = true});
  EXPECT_EQ(by_caller.agent, Sound::music);
  EXPECT_EQ(by_caller.caller, Sound::none);
  EXPECT_EQ(hearing_of_two({.desk = true}).caller, Sound::music);
}

}  // namespace
}  // namespace firstring::flow

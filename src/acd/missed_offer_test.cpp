#include "acd/missed_offer.h"

#include <gtest/gtest.h>

namespace firstring::acd {
namespace {

using call::OfferFailure;

TEST(MissedOffer, TheAgentWhoDoesNotAnswerIsSetAsideAsConfigured) {
  EXPECT_EQ(aside_after({OfferFailure::no_answer, 60s}, 1), (Aside{"missed call", 60s, false}));
  EXPECT_EQ(aside_after({OfferFailure::declined, 60s}, 1), (Aside{"declined call", 60s, false}));
  EXPECT_TRUE(aside_after({OfferFailure::no_answer, 0s}, 1).until_he_says);
}

TEST(MissedOffer, ABusyOrLostPhoneIsOnlyGivenAPause) {
  for (const auto failure : {OfferFailure::busy, OfferFailure::unreachable, OfferFailure::failed}) {
    const Aside aside = aside_after({failure, 0s, 1}, 5);
    EXPECT_EQ(aside.length, k_back_off);
    EXPECT_FALSE(aside.until_he_says);
  }
}

TEST(MissedOffer, TheLastOfTooManyInARowLastsUntilTheAgentSaysReady) {
  const Miss miss{OfferFailure::no_answer, 60s, 3};
  EXPECT_EQ(aside_after(miss, 2), (Aside{"missed call", 60s, false}));
  EXPECT_EQ(aside_after(miss, 3), (Aside{"too many missed calls", 0s, true}));
  EXPECT_EQ(aside_after({OfferFailure::declined, 60s, 3}, 4).reason, "too many missed calls");
  EXPECT_EQ(aside_after({OfferFailure::no_answer, 60s, 0}, 99).reason, "missed call");
}

TEST(MissedOffer, KnowsItsOwnReasonsAgain) {
  EXPECT_TRUE(is_aside_reason("missed call"));
  EXPECT_TRUE(is_aside_reason("phone busy"));
  EXPECT_TRUE(is_aside_reason("supervising"));
  EXPECT_FALSE(is_aside_reason("too many missed calls"));  // outlasts a restart
  EXPECT_FALSE(is_aside_reason("lunch"));
  EXPECT_FALSE(is_aside_reason(""));
}

}  // namespace
}  // namespace firstring::acd

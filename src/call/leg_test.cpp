#include "call/leg.h"

#include <gtest/gtest.h>

namespace firstring::call {
namespace {

TEST(Leg, CallerHearsThePartysOwnRefusal) {
  EXPECT_EQ(refusal_status(EndReason::busy, 486), 486);
  EXPECT_EQ(refusal_status(EndReason::busy, 600), 600);
  EXPECT_EQ(refusal_status(EndReason::unreachable, 503), 503);
}

TEST(Leg, CallerIsNeverSentAChallengeMeantForUs) {
  EXPECT_EQ(refusal_status(EndReason::refused, 401), 403);
  EXPECT_EQ(refusal_status(EndReason::refused, 407), 403);
  EXPECT_EQ(refusal_status(EndReason::unreachable, 302), 480);
  EXPECT_EQ(refusal_status(EndReason::no_answer, 487), 480);  // the answer to our own CANCEL
}

TEST(Leg, EveryReasonHasARefusal) {
  for (int reason = 0; reason <= static_cast<int>(EndReason::system); ++reason) {
    const int status = refusal_status(static_cast<EndReason>(reason), 0);
    EXPECT_GE(status, 400) << name_of(static_cast<EndReason>(reason));
    EXPECT_LE(status, 699);
  }
  EXPECT_EQ(refusal_status(EndReason::declined, 0), 603);
}

TEST(Leg, OfferFailuresSayWhoseFaultItWas) {
  EXPECT_EQ(offer_failure(EndReason::no_answer), OfferFailure::no_answer);
  EXPECT_EQ(offer_failure(EndReason::declined), OfferFailure::declined);
  EXPECT_EQ(offer_failure(EndReason::busy), OfferFailure::busy);
  EXPECT_EQ(offer_failure(EndReason::not_found), OfferFailure::unreachable);
  EXPECT_EQ(offer_failure(EndReason::system), OfferFailure::failed);
}

TEST(EndReason, NamesAreThoseOfTheFacts) {
  EXPECT_EQ(name_of(EndReason::no_answer), "no_answer");
  EXPECT_EQ(name_of(EndReason::media_lost), "media_lost");
}

}  // namespace
}  // namespace firstring::call

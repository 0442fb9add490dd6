#include "acd/missed_offer.h"

#include "base/assert.h"

namespace firstring::acd {

using call::OfferFailure;

bool is_aside_reason(std::string_view reason) {
  if (reason == "supervising") return true;   // flow/supervising.h
  for (const auto failure : {OfferFailure::no_answer, OfferFailure::declined, OfferFailure::busy,
                             OfferFailure::unreachable, OfferFailure::failed}) {
    if (reason == aside_after({.failure = failure, .aside = 1s}, 0).reason) return true;
  }
  return false;
}

bool is_his_own(OfferFailure failure) {
  return failure == OfferFailure::no_answer || failure == OfferFailure::declined;
}

Aside aside_after(const Miss& miss, int missed_in_a_row) {
  const bool too_many = miss.in_a_row_max > 0 && missed_in_a_row >= miss.in_a_row_max;
  if (is_his_own(miss.failure) && too_many) return {k_missed_too_many, {}, true};
  const bool for_ever = miss.aside <= Duration::zero();
  switch (miss.failure) {
    case OfferFailure::no_answer: return {"missed call", miss.aside, for_ever};
    case OfferFailure::declined: return {"declined call", miss.aside, for_ever};
    case OfferFailure::busy: return {"phone busy", k_back_off, false};
    case OfferFailure::unreachable: return {"phone unreachable", k_back_off, false};
    case OfferFailure::failed: return {"phone failed", k_back_off, false};
  }
  assertion_failed("a known OfferFailure", __FILE__, __LINE__);
}

}  // namespace firstring::acd

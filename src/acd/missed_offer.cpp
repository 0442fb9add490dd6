#include "acd/missed_offer.h"

#include "base/assert.h"

namespace firstring::acd {

bool is_aside_reason(std::string_view reason) {
  using call::OfferFailure;
  for (const auto failure : {OfferFailure::no_answer, OfferFailure::declined, OfferFailure::busy,
                             OfferFailure::unreachable, OfferFailure::failed}) {
    if (reason == aside_after(failure, 1s).reason) return true;
  }
  return false;
}

Aside aside_after(call::OfferFailure failure, Duration configured) {
  const bool for_ever = configured <= Duration::zero();
  switch (failure) {
    case call::OfferFailure::no_answer: return {"missed call", configured, for_ever};
    case call::OfferFailure::declined: return {"declined call", configured, for_ever};
    case call::OfferFailure::busy: return {"phone busy", k_back_off, false};
    case call::OfferFailure::unreachable: return {"phone unreachable", k_back_off, false};
    case call::OfferFailure::failed: return {"phone failed", k_back_off, false};
  }
  assertion_failed("a known OfferFailure", __FILE__, __LINE__);
}

}  // namespace firstring::acd

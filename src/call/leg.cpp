#include "call/leg.h"

#include "base/assert.h"

namespace firstring::call {

std::string_view name_of(Party party) {
  switch (party) {
    case Party::caller: return "caller";
    case Party::agent: return "agent";
    case Party::outside: return "outside";
    case Party::system: return "system";
    case Party::supervisor: return "supervisor";
  }
  assertion_failed("a known Party", __FILE__, __LINE__);
}

int refusal_status(EndReason reason, int status) {
  // A challenge or a redirect from the party is not for the caller to act on.
  if (status >= 400 && status <= 699 && status != 401 && status != 407 && status != 487) {
    return status;
  }
  switch (reason) {
    case EndReason::busy: return 486;
    case EndReason::declined: return 603;
    case EndReason::not_found: return 404;
    case EndReason::refused: return 403;
    case EndReason::cancelled:
    case EndReason::answered_elsewhere: return 487;
    case EndReason::limit: return 503;
    case EndReason::system: return 500;
    case EndReason::normal:
    case EndReason::no_answer:
    case EndReason::unreachable:
    case EndReason::media_lost:
    case EndReason::timer: return 480;
  }
  assertion_failed("a known EndReason", __FILE__, __LINE__);
}

OfferFailure offer_failure(EndReason reason) {
  switch (reason) {
    case EndReason::no_answer: return OfferFailure::no_answer;
    case EndReason::declined: return OfferFailure::declined;
    case EndReason::busy: return OfferFailure::busy;
    case EndReason::not_found:
    case EndReason::unreachable:
    case EndReason::timer: return OfferFailure::unreachable;
    case EndReason::normal:
    case EndReason::cancelled:
    case EndReason::answered_elsewhere:
    case EndReason::refused:
    case EndReason::media_lost:
    case EndReason::limit:
    case EndReason::system: return OfferFailure::failed;
  }
  assertion_failed("a known EndReason", __FILE__, __LINE__);
}

std::string_view name_of(OfferFailure failure) {
  switch (failure) {
    case OfferFailure::no_answer: return "no_answer";
    case OfferFailure::declined: return "declined";
    case OfferFailure::busy: return "busy";
    case OfferFailure::unreachable: return "unreachable";
    case OfferFailure::failed: return "failed";
  }
  assertion_failed("a known OfferFailure", __FILE__, __LINE__);
}

}  // namespace firstring::call

#include "call/words.h"

#include "base/assert.h"

namespace firstring::call {

std::string_view name_of(EndReason reason) {
  switch (reason) {
    case EndReason::normal: return "normal";
    case EndReason::cancelled: return "cancelled";
    case EndReason::answered_elsewhere: return "answered_elsewhere";
    case EndReason::busy: return "busy";
    case EndReason::no_answer: return "no_answer";
    case EndReason::declined: return "declined";
    case EndReason::not_found: return "not_found";
    case EndReason::unreachable: return "unreachable";
    case EndReason::refused: return "refused";
    case EndReason::media_lost: return "media_lost";
    case EndReason::timer: return "timer";
    case EndReason::limit: return "limit";
    case EndReason::system: return "system";
  }
  assertion_failed("a known EndReason", __FILE__, __LINE__);
}

std::string_view name_of(WebhookAnswered::Outcome outcome) {
  switch (outcome) {
    case WebhookAnswered::Outcome::ok: return "ok";
    case WebhookAnswered::Outcome::error: return "error";
    case WebhookAnswered::Outcome::timeout: return "timeout";
  }
  assertion_failed("a known outcome of a webhook", __FILE__, __LINE__);
}

}  // namespace firstring::call

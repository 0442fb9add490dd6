// Any text as an SDP offer, as an answer to ours, and as the SDP of a dialog before.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "media/negotiation.h"
#include "media/sdp.h"

using namespace firstring;
using namespace firstring::media;

namespace {

LocalStream us(LocalStream::Security security) {
  LocalStream local;
  local.address = {"198.51.100.1", 20000};
  local.security = security;
  local.key_material.assign(60, 7);
  return local;
}

void check(const StreamPlan& plan) {
  ASSERT(!plan.codecs.empty() && plan.codecs.size() <= 4);
  for (const auto& codec : plan.codecs) {
    ASSERT(codec.payload_type >= 0 && codec.payload_type <= 127);
    ASSERT(codec.fmtp.size() <= 256);
  }
  ASSERT(plan.event_payload_type >= -1 && plan.event_payload_type <= 127);
  ASSERT(plan.ptime >= 10ms && plan.ptime <= 60ms);
  ASSERT(plan.send_key.has_value() == plan.receive_key.has_value());
  ASSERT(plan.remote.port != 0);
}

// What we answer is SDP that anyone can read, with all m-lines in their places.
void check_answer(std::string_view offer, const Agreement& agreed, const LocalStream& local) {
  check(agreed.plan);
  const auto theirs = parse_sdp(offer);
  const auto ours = parse_sdp(agreed.answer);
  ASSERT(theirs);
  if (!ours) {
    ASSERT(agreed.answer.size() > k_sdp_bytes_max);  // a full offer leaves our lines no room
    return;
  }
  ASSERT(ours->media.size() == theirs->media.size());
  const auto again = answer_offer(agreed.answer, local);
  ASSERT(again);
  ASSERT(again->plan.remote == local.address);
  ASSERT(again->plan.codecs.size() == agreed.plan.codecs.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Security = LocalStream::Security;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)codecs_offered(text);
  for (const auto security : {Security::plain, Security::optional_sdes, Security::require_sdes}) {
    auto local = us(security);
    if (const auto agreed = answer_offer(text, local)) check_answer(text, *agreed, local);
    const auto offer = make_offer(local);
    if (const auto plan = accept_answer(offer, text, local)) {
      check(*plan);
      ASSERT(security != Security::require_sdes || plan->send_key);
    }
    local.previous_sdp = text;
    const auto later = make_offer(local);
    ASSERT(parse_sdp(later) || later.size() > k_sdp_bytes_max || !codecs_offered(later).empty());
  }
  return 0;
}

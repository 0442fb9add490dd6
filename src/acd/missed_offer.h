// What a failed offer means for the agent: how long he gets no further one, and what is said of it.
// Lives on: control loop; pure functions.
#pragma once

#include <string_view>

#include "base/time.h"
#include "call/leg.h"

namespace firstring::acd {

struct Aside {
  std::string_view reason;     // of away, as people see it
  Duration length{};
  bool until_he_says = false;  // until the agent says ready
  friend bool operator==(const Aside&, const Aside&) = default;
};

// `configured` is QueueSpec::aside. An agent who did not answer, or declined, is set aside for that
// long (0: until he says so). A phone that was busy with a call of its own, or could not be
// reached, is no fault of his: a short pause, so that the phone is not hammered.
Aside aside_after(call::OfferFailure failure, Duration configured);

// Whether an agent is away by one of the reasons above and not by his own.
bool is_aside_reason(std::string_view reason);

inline constexpr Duration k_back_off = 5s;

}  // namespace firstring::acd

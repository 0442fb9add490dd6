// What a failed offer means for the agent: how long he gets no further one, and what is said of it.
// Lives on: control loop; pure functions.
#pragma once

#include <string_view>

#include "base/time.h"
#include "call/leg.h"

namespace firstring::acd {

// What failed, and what the queue has configured for it.
struct Miss {
  call::OfferFailure failure{};
  Duration aside{};            // QueueSpec::aside
  int in_a_row_max = 0;        // QueueSpec::missed_max
};

struct Aside {
  std::string_view reason;     // of away, as people see it
  Duration length{};
  bool until_he_says = false;  // until the agent says ready
  friend bool operator==(const Aside&, const Aside&) = default;
};

// An agent who did not answer, or declined, is set aside for as long as configured (0: until he
// says ready), and until he says so when it was the last of `in_a_row_max` (0: any number). A phone
// that was busy with a call of its own, or could not be reached, is no fault of his: a short pause,
// so that the phone is not hammered.
Aside aside_after(const Miss& miss, int missed_in_a_row);
bool is_his_own(call::OfferFailure failure);

// Whether an agent is away by one of the reasons above that end by themselves, and not by his own.
bool is_aside_reason(std::string_view reason);

inline constexpr Duration k_back_off = 5s;
inline constexpr std::string_view k_missed_too_many = "too many missed calls";

}  // namespace firstring::acd

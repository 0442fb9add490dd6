// evaluate: an expression of a flow with the values of a call.
//
// The names: call.*, caller.*, time.*, the variables of the business and the inputs of the flow;
// docs/configuration.md says what each is. Times are by the clock of the business.
// Lives on: any thread; pure.
#pragma once

#include <optional>

#include "call/facts.h"
#include "expression/program.h"
#include "flow/configuration.h"
#include "flow/step.h"

namespace firstring::flow {

inline constexpr std::size_t k_variables_max = 64;  // of a business
inline constexpr std::size_t k_inputs_max = 16;     // of a flow

// What expressions in this flow may use.
expression::Schema call_names(const Configuration& configuration, const Flow& flow);

// A value in the place of a variable's, as if it were set already.
struct Instead {
  std::size_t variable = 0;
  expression::Value value;
};

expression::Outcome evaluate(const expression::Program& program, const Scene& scene,
                             expression::Scratch& scratch,
                             const std::optional<Instead>& instead = std::nullopt);

// As commands and facts have it; a duration in seconds.
call::FieldValue call_value_of(const Kept& kept);

// Leaves by `error` when the expression has a fault; the fact says which.
Step fail_by(expression::Fault fault, const std::string& error);

}  // namespace firstring::flow

// The table of facts: which fields each fact carries, and what kind of value they are.
//
// facts.cpp holds it in writing; misshapen() holds a fact to it. Tests and the simulator call it on
// every fact that the switchboard makes, so that a log never holds a field nobody can read.
// Lives on: any thread; pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "call/facts.h"

namespace firstring::call {

struct FactRow {
  FactType type;
  std::string_view name;  // "call.received"
  // "@call @leg @agent @queue": the fact's own members that must be set; then keys of `fields`:
  // "key" text, "key#" integer, "key%" number (real or integer), "key!" bool; '?' behind: may be
  // absent.
  std::string_view fields;
};

std::span<const FactRow> fact_table();

// What is wrong with this fact by the table, in a sentence; empty when it is right.
std::string misshapen(const Fact& fact);

}  // namespace firstring::call

// kpi_definitions: what each figure of the API means, in a sentence, from docs/kpi.md.
//
// The page shows them on hover and the API gives them out with the figures, so that nobody has to
// guess which of the trade's several formulas a number comes from.
// Lives on: any thread; constant.
#pragma once

#include <span>
#include <string_view>

namespace firstring::api {

struct KpiDefinition {
  std::string_view scope;        // call | queue | agent
  std::string_view name;         // the field of the API
  std::string_view title;        // "Service level"
  std::string_view definition;   // a sentence
};

std::span<const KpiDefinition> kpi_definitions();

}  // namespace firstring::api

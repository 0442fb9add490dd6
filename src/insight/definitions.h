// Definitions: every KPI as one row: what it is called, its formula in words and in counters, its
// unit and the facts that it stands on. Where the trade has several formulas for one name, each is
// a row of its own. The API gives this table out, docs/kpi.md explains it.
// Lives on: any thread; constant.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "insight/counters.h"

namespace firstring::insight {

enum class Source { stays, offers, calls, sequels, time };  // which measures it counts
enum class Unit { count, share, seconds };
enum class Form {
  total,     // the numerator as it is
  ratio,     // numerator / denominator; nothing when there is no denominator
  quantile,  // of `values`, by nearest rank: a value that occurred
  longest,   // the greatest of `values`
  patience,  // a quantile of the time until giving up; the answered are censored (Kaplan, Meier)
  patience_mean,  // area under that curve, up to the longest wait seen
  wait,      // a quantile of the time until being answered; those who gave up are censored
};
enum class Values {
  none,
  answer_wait,
  abandon_wait,
  every_wait,
  handle,
  log_lag,
  answer_any,
  intent,
  ring
};

struct Terms {
  std::array<Counter, 6> plus{};
  std::array<Counter, 2> minus{};
  std::int64_t of(const Counts& counts) const;
};

struct KpiRow {
  std::string_view id;           // "service_level_4"
  std::string_view title;        // "Service level (SL-4)"
  std::string_view numerator;    // in words
  std::string_view denominator;  // in words; "" for totals
  std::string_view facts;        // that it needs
  Source source = Source::stays;
  Unit unit = Unit::count;
  Form form = Form::total;
  Terms above{}, below{};
  Values values = Values::none;
  double quantile = 0;
  bool main = false;             // shown when nobody asks for certain ones
};

std::span<const KpiRow> kpi_rows();
const KpiRow* find_kpi(std::string_view id);  // null: there is none of this name

std::string_view name_of(Source source);
std::string_view name_of(Unit unit);
std::string_view name_of(Form form);

}  // namespace firstring::insight

// Reporter: writes facts, each with the time and the tenant, in the order in which they happen.
// Lives on: control loop.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "call/facts.h"

namespace firstring::call {

// What a fact is about; leave out what it is not about.
struct About {
  CallId call;
  LegId leg;
  std::string_view agent;
  std::string_view queue;
};

inline Field text(std::string_view key, std::string_view value) {
  return {key, FieldValue(std::in_place_type<std::string>, value)};
}
inline Field integer(std::string_view key, std::int64_t value) { return {key, value}; }
inline Field number(std::string_view key, double value) { return {key, value}; }

class Reporter {
 public:
  Reporter(const Clock& clock, std::vector<Fact>& facts) : clock_(clock), facts_(facts) {}

  void set_tenant(std::string tenant) { tenant_ = std::move(tenant); }

  template <typename... Fields>
  void report(FactType type, const About& about, Fields&&... fields) {
    Fact& fact = begin(type, about);
    fact.fields.reserve(sizeof...(fields));
    (fact.fields.push_back(std::forward<Fields>(fields)), ...);
  }
  void report_fields(FactType type, const About& about, std::vector<Field> fields) {
    begin(type, about).fields = std::move(fields);
  }

 private:
  Fact& begin(FactType type, const About& about) {
    Fact& fact = facts_.emplace_back();
    fact.type = type;
    fact.mono = clock_.now();
    fact.wall = clock_.wall_now();
    fact.tenant = tenant_;
    fact.call = about.call;
    fact.leg = about.leg;
    fact.agent = about.agent;
    fact.queue = about.queue;
    return fact;
  }

  const Clock& clock_;
  std::vector<Fact>& facts_;
  std::string tenant_;
};

}  // namespace firstring::call

// Facts for tests of work, written as one line each: "call.received c1 from=+1555 trunk=carrier",
// "queue.left c1 queue=sales reason=abandoned wait_ms=9000". Time passes by what later() says.
// Lives on: tests only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include "call/fact_table.h"
#include "call/facts.h"

namespace firstring::work {

class Story {
 public:
  static constexpr std::int64_t k_start_ns = 1'795'329'000'000'000'000;

  void later(Duration time) { now_ = now_ + time; }
  WallTime now() const { return {k_start_ns + now_.ns}; }

  call::Fact fact(const std::string& line) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    call::Fact fact;
    fact.type = call::fact_type_of(word).value();
    fact.mono = now_;
    fact.wall = now();
    fact.tenant = "harbor";
    while (words >> word) {
      const auto equals = word.find('=');
      const std::string key = word.substr(0, equals);
      if (equals == std::string::npos) {
        fact.call = CallId{static_cast<std::uint64_t>(std::stoi(word.substr(1)))};
        continue;
      }
      add(fact, key, word.substr(equals + 1));
    }
    if (fact.type == call::FactType::call_received || fact.type == call::FactType::dial_started ||
        fact.type == call::FactType::dial_answered || fact.type == call::FactType::dial_failed ||
        fact.type == call::FactType::agent_answered) {
      fact.leg = LegId{7};
    }
    EXPECT_EQ(call::misshapen(fact), "") << line;
    return fact;
  }
  std::vector<call::Fact> facts(const std::vector<std::string>& lines) {
    std::vector<call::Fact> all;
    for (const std::string& line : lines) all.push_back(fact(line));
    return all;
  }

 private:
  static void add(call::Fact& fact, const std::string& key, const std::string& value) {
    if (key == "agent") {
      fact.agent = value;
      return;
    }
    if (key == "queue") {
      fact.queue = value;
      return;
    }
    const call::FactRow& row = call::fact_table()[static_cast<std::size_t>(fact.type) - 1];
    for (std::size_t at = 0; at < row.fields.size();) {
      const auto end = std::min(row.fields.find(' ', at), row.fields.size());
      const std::string_view word = row.fields.substr(at, end - at);
      const std::string_view name = word.substr(0, word.find_first_of("?#%!"));
      at = end + 1;
      if (name != key) continue;
      const bool number = word.find('#') != std::string_view::npos;
      fact.fields.push_back({name, number ? call::FieldValue(std::int64_t{std::stoll(value)})
                                          : call::FieldValue(value)});
      return;
    }
    FAIL() << key << " is no field";
  }

  MonoTime now_;
};

}  // namespace firstring::work

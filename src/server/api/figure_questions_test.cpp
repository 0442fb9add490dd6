// Questions about figures as a client asks them: real HTTP, measures of a fake business.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "http/test_client.h"
#include "server/api/api.h"
#include "server/api/fake_office.h"

namespace firstring::api {
namespace {

using nlohmann::json;

constexpr std::int64_t k_midnight = 1'793'505'600'000;  // 2026-11-01 in New York; 25 hours

class FigureQuestions : public testing::Test {
 protected:
  FigureQuestions() {
    stay(1, "reception", "anna", k_midnight, 8'000);
    stay(2, "reception", "anna", k_midnight + 3'600'000, 15'000);
    stay(3, "billing", "ben", k_midnight + 24 * 3'600'000, 15'000);  // in the 25th hour
    stay(4, "billing", "ben", k_midnight + 25 * 3'600'000, 15'000);  // the next day
    api_ = Api::start({.tokens = {"secret"}}, office_).value();
  }
  ~FigureQuestions() override {
    office_.stop();
    api_.reset();
  }
  void stay(std::uint64_t id, const char* queue, const char* agent, std::int64_t at, int wait_ms) {
    auto& names = office_.names_;
    office_.measures_.stays.push_back({.call = id, .entered_ms = at,
                                       .queue = names.number_of(queue),
                                       .agent = names.number_of(agent), .wait_ms = wait_ms,
                                       .left = insight::StayMeasure::Left::answered});
  }
  json get(const std::string& query, int status = 200) {
    http::TestClient client(api_->port());
    client.send(
        "GET /api/v1/figures" + query +
        " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer secret\r\n\r\n");
    const auto answer = client.read_to_end();
    EXPECT_EQ(http::status_of(answer), status) << query << '\n' << answer;
    return json::parse(http::body_of(answer), nullptr, false);
  }

  FakeOffice office_;
  std::unique_ptr<Api> api_;
};

TEST_F(FigureQuestions, ADayIsOneOfTheBusinessAndQueuesHaveTheirThresholds) {
  const auto answer = get("?day=2026-11-01&by=queue&kpis=offered,service_level_4,asa");
  EXPECT_EQ(answer["from"], "2026-11-01T04:00:00.000Z");
  EXPECT_EQ(answer["until"], "2026-11-02T05:00:00.000Z");
  ASSERT_EQ(answer["groups"].size(), 2u);
  const auto& billing = answer["groups"][0];
  EXPECT_EQ(billing["keys"]["queue"], "billing");
  EXPECT_EQ(billing["figures"]["offered"]["value"], 1);
  EXPECT_EQ(billing["figures"]["asa"],
            (json{{"value", 15.0}, {"numerator", 15.0}, {"denominator", 1}}));
  // T of reception is 10 s.
  const auto& reception = answer["groups"][1]["figures"];
  EXPECT_EQ(reception["service_level_4"],
            (json{{"value", 0.5}, {"numerator", 1}, {"denominator", 2}}));
}

TEST_F(FigureQuestions, ADefinitionIsChangedByAsking) {
  const auto level = [&](const char* more) {
    return get(std::string("?day=2026-11-01&kpis=service_level_4") + more)["groups"][0]["figures"]
              ["service_level_4"]["numerator"];
  };
  EXPECT_EQ(level(""), 2);
  EXPECT_EQ(level("&within_s=15"), 3);
  EXPECT_EQ(level("&within_s=1"), 0);
  EXPECT_EQ(level("&team=core"), 1);
}

TEST_F(FigureQuestions, ANumberOpensToItsCallsPageByPage) {
  const auto first = get("?day=2026-11-01&kpis=service_level_4&calls=denominator&limit=2");
  EXPECT_EQ(first["call_count"], 3);
  EXPECT_EQ(first["calls"], (json{to_text(CallId{1}), to_text(CallId{2})}));
  const auto second = get("?day=2026-11-01&kpis=service_level_4&calls=denominator&limit=2&cursor=" +
                          first["next_cursor"].get<std::string>());
  EXPECT_EQ(second["calls"], json{to_text(CallId{3})});
  EXPECT_TRUE(second["next_cursor"].is_null());
  EXPECT_EQ(get("?day=2026-11-01&kpis=service_level_4&calls=numerator")["calls"],
            (json{to_text(CallId{1}), to_text(CallId{3})}));
}

TEST_F(FigureQuestions, OfNothingThereIsNoValue) {
  const auto answer = get("?day=2026-10-01&kpis=all");
  for (const auto& [id, figure] : answer["groups"][0]["figures"].items()) {
    EXPECT_TRUE(figure["value"].is_null() || figure["value"] == 0) << id;
  }
  EXPECT_TRUE(answer["groups"][0]["figures"]["service_level_1"]["value"].is_null());
}

TEST_F(FigureQuestions, WhatIsWrongIsNamed) {
  get("?by=colour", 400);
  get("?by=queue,agent,day,number", 400);
  get("?kpis=service_level_9", 400);
  get("?within_s=3601", 400);
  get("?day=2026-02-30", 400);
  get("?day=2026-11-01&from=2026-11-01T00:00:00Z", 400);
  get("?from=2026-11-01T00:00:00Z&until=2026-10-01T00:00:00Z", 400);
  get("?from=2020-01-01T00:00:00Z&until=2026-01-01T00:00:00Z&by=half_hour", 400);
  get("?kpis=occupancy&calls=numerator", 400);
  get("?kpis=asa,aht&calls=numerator", 400);
  get("?calls=yes&kpis=asa", 400);
}

TEST_F(FigureQuestions, EveryDefinitionIsToldInWords) {
  const auto answer = get("/definitions");
  EXPECT_GT(answer["data"].size(), 80u);
  for (const auto& one : answer["data"]) {
    if (one["id"] != "service_level_8") continue;
    EXPECT_EQ(one["denominator"], "offered");
    EXPECT_EQ(one["unit"], "share");
  }
}

}  // namespace
}  // namespace firstring::api

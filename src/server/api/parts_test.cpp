// The small parts of the API: tokens, bodies, queries, times, definitions.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "server/api/body.h"
#include "server/api/fake_office.h"
#include "server/api/kpi_definitions.h"
#include "server/api/query.h"
#include "server/api/tokens.h"
#include "server/api/views.h"

namespace firstring::api {
namespace {

http::Request with_body(std::string body, std::string type = "application/json") {
  return {.method = "PUT", .path = "/", .headers = {{"content-type", type}}, .body = body};
}

TEST(Body, AGoodOneIsRead) {
  const auto request = with_body(R"({"presence":"away","reason":"lunch \u00e9"})");
  Body body(request);
  EXPECT_EQ(body.one_of("presence", {"ready", "away"}), "away");
  EXPECT_EQ(body.text("reason", {.required = false}), "lunch é");
  EXPECT_FALSE(body.problem());
}

TEST(Body, EveryFaultIsToldWithItsPlace) {
  struct Row { std::string body, pointer, code; };
  for (const auto& row : std::vector<Row>{
           {R"({})", "/presence", "required"},
           {R"({"presence":5})", "/presence", "wrong_type"},
           {R"({"presence":null})", "/presence", "wrong_type"},
           {R"({"presence":"gone"})", "/presence", "not_a_choice"},
           {R"({"presence":"away","presence":"ready"})", "/presence", "repeated"},
           {R"({"presence":"away","a/b~c":1})", "/a~1b~0c", "unknown_field"},
           {R"({"presence":"away","reason":"\u001b[2J"})", "/reason", "control_character"},
           {R"({"presence":"away","reason":"aaaaaaaaaaa"})", "/reason", "too_long"}}) {
    const auto request = with_body(row.body);
    Body body(request);
    body.one_of("presence", {"ready", "away"});
    body.text("reason", {.required = false, .bytes_max = 10});
    const auto problem = body.problem();
    ASSERT_TRUE(problem) << row.body;
    ASSERT_EQ(problem->complaints.size(), 1u) << row.body;
    EXPECT_EQ(problem->complaints[0].pointer, row.pointer);
    EXPECT_EQ(problem->complaints[0].code, row.code);
  }
}

TEST(Body, WhatIsNoJsonObjectIsRefusedAtOnce) {
  std::string deep = R"({"presence":)";
  for (int i = 0; i < 100'000; ++i) deep += '[';
  for (const auto& request :
       {with_body(""), with_body("[]"), with_body("\"presence\""), with_body("{\"presence\":"),
        with_body("{\"presence\":\"\xC0\xAF\"}"), with_body(deep), with_body("{}", "text/plain"),
        with_body(R"({"a":")" + std::string(70'000, 'x') + "\"}"), with_body("{} {}"),
        http::Request{.method = "PUT", .path = "/", .body = "{}"}}) {
    Body body(request);
    body.one_of("presence", {"away"});
    const auto problem = body.problem();
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->error.code, Code::invalid);
    EXPECT_TRUE(problem->complaints.empty());
  }
}

TEST(Query, IsReadStrictly) {
  const http::Request good{.path = "/", .query = {{"limit", "7"}, {"live", "false"}}};
  Query query(good);
  EXPECT_EQ(query.integer("limit", 1, 200, 50), 7);
  EXPECT_EQ(query.yes_or_no("live"), false);
  EXPECT_EQ(query.text("queue"), "");
  EXPECT_FALSE(query.problem());
  struct Row { std::multimap<std::string, std::string> query; std::string pointer, code; };
  for (const auto& row : std::vector<Row>{{{{"limit", "0"}}, "?limit", "out_of_range"},
                                          {{{"limit", "201"}}, "?limit", "out_of_range"},
                                          {{{"limit", "5x"}}, "?limit", "out_of_range"},
                                          {{{"limit", ""}}, "?limit", "out_of_range"},
                                          {{{"limit", "1"}, {"limit", "2"}}, "?limit", "repeated"},
                                          {{{"cursor", "x"}}, "?cursor", "not_a_cursor"},
                                          {{{"cursor", "0000000000000"}}, "?cursor",
                                           "not_a_cursor"},
                                          {{{"at", "yesterday"}}, "?at", "not_a_time"},
                                          {{{"limti", "5"}}, "?limti", "unknown_parameter"}}) {
    const http::Request request{.path = "/", .query = row.query};
    Query bad(request);
    bad.integer("limit", 1, 200, 50);
    bad.cursor();
    bad.time("at");
    const auto problem = bad.problem();
    ASSERT_TRUE(problem) << row.pointer;
    ASSERT_EQ(problem->complaints.size(), 1u);
    EXPECT_EQ(problem->complaints[0].pointer, row.pointer);
    EXPECT_EQ(problem->complaints[0].code, row.code);
  }
}

TEST(Rfc3339, IsReadAsItIsWritten) {
  EXPECT_EQ(parse_rfc3339("1970-01-01T00:00:00Z"), WallTime{0});
  for (const std::int64_t ns : {1'795'343'400'123'000'000, 951'782'400'000'000'000,
                                4'102'444'799'999'000'000}) {
    EXPECT_EQ(parse_rfc3339(to_rfc3339(WallTime{ns})), WallTime{ns});
  }
  EXPECT_EQ(parse_rfc3339("2026-11-22T07:12:03+01:00"), parse_rfc3339("2026-11-22T06:12:03Z"));
  EXPECT_EQ(parse_rfc3339("2026-11-22T00:42:03-05:30"), parse_rfc3339("2026-11-22T06:12:03Z"));
  for (const char* bad : {"", "2026", "2026-11-22", "2026-11-22T06:12:03", "2026-02-29T00:00:00Z",
                          "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "2026-11-22T06:60:00Z",
                          "2026-11-22T06:12:03.Z", "2026-11-22T06:12:03Zx", "2026-11-22T06:12:03+1",
                          "+026-11-22T06:12:03Z"}) {
    EXPECT_FALSE(parse_rfc3339(bad)) << bad;
  }
}

TEST(Lists, LinkToTheNextPageKeepsTheFilters) {
  const http::Request request{.path = "/api/v1/calls",
                              .query = {{"cursor", "old"}, {"queue", "a&b"}}};
  const auto response = list(request, {"1", "2"}, 33);
  EXPECT_EQ(response.body, R"({"data":[1,2],"next_cursor":"0000000000011"})");
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.headers[0].second,
            "</api/v1/calls?queue=a%26b&cursor=0000000000011>; rel=\"next\"");
}

class TokenCheck : public testing::Test {
 protected:
  MonoTime now_;
  Tokens tokens_{{"right", "also right"}, [this] { return now_; }};
  http::Request from(std::string header, std::string address = "10.0.0.1") {
    return {.headers = {{"authorization", std::move(header)}}, .remote = std::move(address)};
  }
};

TEST_F(TokenCheck, OnlyKnownTokensOpen) {
  EXPECT_TRUE(tokens_.check(from("Bearer right")));
  EXPECT_TRUE(tokens_.check(from("bearer  also right")));
  for (const char* header : {"", "Bearer", "Bearer ", "Bearer wrong", "Bearer righ",
                             "Bearer right ", "Basic right", "right"}) {
    const auto result = tokens_.check(from(header));
    ASSERT_FALSE(result) << header;
    EXPECT_EQ(result.error().code, Code::unauthorized) << header;
  }
  EXPECT_FALSE(tokens_.check(http::Request{}));
}

TEST_F(TokenCheck, GuessingIsSlowedPerAddressButNeverShutsOutTheRight) {
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(tokens_.check(from("Bearer guess")).error().code, Code::unauthorized);
  }
  EXPECT_EQ(tokens_.check(from("Bearer guess")).error().code, Code::limit);
  EXPECT_TRUE(tokens_.check(from("Bearer right")));
  EXPECT_EQ(tokens_.check(from("Bearer guess", "10.0.0.2")).error().code, Code::unauthorized);
  now_ = now_ + 6s;
  EXPECT_EQ(tokens_.check(from("Bearer guess")).error().code, Code::unauthorized);
  EXPECT_EQ(tokens_.check(from("Bearer guess")).error().code, Code::limit);
}

TEST_F(TokenCheck, ManyAddressesAreForgottenOldestFirst) {
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(tokens_.check(from("Bearer guess", "first")));
  for (int i = 0; i < 5000; ++i) {
    EXPECT_FALSE(tokens_.check(from("Bearer guess", "address " + std::to_string(i))));
  }
  EXPECT_EQ(tokens_.check(from("Bearer guess", "first")).error().code, Code::unauthorized);
}

// The page and the API promise a definition for every figure, and figures for every definition.
TEST(KpiDefinitions, AreOfAllFiguresAndNoOthers) {
  FakeOffice office;
  const auto json = nlohmann::json::parse(to_json(office.figures_));
  const std::set<std::string> settings = {"queue", "agent", "service_level_within_s",
                                          "short_abandon_s"};
  const auto names = [&](const nlohmann::json& figures) {
    std::set<std::string> out;
    for (const auto& [name, value] : figures.items()) {
      if (!settings.contains(name)) out.insert(name);
    }
    return out;
  };
  std::map<std::string, std::set<std::string>> defined;
  for (const auto& one : kpi_definitions()) {
    EXPECT_TRUE(defined[std::string(one.scope)].insert(std::string(one.name)).second) << one.name;
    EXPECT_TRUE(one.definition.ends_with('.')) << one.name;
  }
  EXPECT_EQ(defined["call"], names(json["calls"]));
  EXPECT_EQ(defined["queue"], names(json["queues"][0]));
  EXPECT_EQ(defined["agent"], names(json["agents"][0]));
}

TEST(Views, BytesThatAreNoTextDoNotBreakTheJson) {
  flow::CallView call{.id = {1}, .from_name = "\xFF\x1b\"\\</script>\xE2\x80\xA8"};
  const auto json = nlohmann::json::parse(to_json(call, Now{}), nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  EXPECT_EQ(json["from_name"], "\xEF\xBF\xBD\x1b\"\\</script>\xE2\x80\xA8");
}

}  // namespace
}  // namespace firstring::api

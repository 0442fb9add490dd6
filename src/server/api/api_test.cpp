// The API as a client meets it: real HTTP on loopback, a business behind it that is a fake.
#include "server/api/api.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "http/test_client.h"
#include "server/api/fake_office.h"
#include "server/api/router.h"

namespace firstring::api {
namespace {

using nlohmann::json;
using http::body_of;
using http::status_of;

class ApiTest : public testing::Test {
 protected:
  ApiTest() { api_ = Api::start({.tokens = {"secret"}}, office_).value(); }
  ~ApiTest() override {
    office_.stop();  // nothing that was posted runs once the Api is gone
    api_.reset();
  }
  std::string ask(const std::string& method, const std::string& path, const std::string& body = "",
                  const std::string& more = "Authorization: Bearer secret\r\n") {
    http::TestClient client(api_->port());
    client.send(method + ' ' + path + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + more +
                (body.empty() ? "" : "Content-Type: application/json\r\n") +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return client.read_to_end();
  }
  json get(const std::string& path, int status = 200) {
    const auto answer = ask("GET", path);
    EXPECT_EQ(status_of(answer), status) << path << '\n' << answer;
    return json::parse(body_of(answer), nullptr, false);
  }
  std::vector<std::string> acts() {
    std::vector<std::string> out;
    office_.on_control([&] { out = office_.acts; });
    return out;
  }

  FakeOffice office_;
  std::unique_ptr<Api> api_;
  const std::string call_ = "/api/v1/calls/" + to_text(CallId{1'000});
};

TEST_F(ApiTest, NothingIsSaidWithoutAToken) {
  for (const auto& route : routes()) {
    std::string path(route.path);
    for (const auto* value : {"{id}", "{slug}"}) {
      const auto at = path.find(value);
      if (at != std::string::npos) path.replace(at, std::string(value).size(), "x");
    }
    const auto answer = ask(std::string(route.method), path, "", "");
    if (route.access == Access::token) {
      EXPECT_EQ(status_of(answer), status_of(answer) == 429 ? 429 : 401) << path;
      EXPECT_NE(answer.find("WWW-Authenticate: Bearer"), std::string::npos) << path;
    } else {
      EXPECT_EQ(status_of(answer), 200) << path;
    }
  }
}

TEST_F(ApiTest, CallsInProgressAndEndedMakeOneListInPages) {
  std::vector<std::string> ids;
  std::string cursor;
  do {
    const auto page = get("/api/v1/calls?limit=7" + (cursor.empty() ? "" : "&cursor=" + cursor));
    EXPECT_LE(page["data"].size(), 7u);
    for (const auto& call : page["data"]) ids.push_back(call["id"]);
    cursor = page["next_cursor"].is_null() ? "" : page["next_cursor"];
  } while (!cursor.empty());
  std::vector<std::string> expected;
  for (std::uint64_t id = 1'000; id >= 970; --id) {
    if (id != 990) expected.push_back(to_text(CallId{id}));  // 990 is somebody else's
  }
  EXPECT_EQ(ids, expected);
}

TEST_F(ApiTest, CallThatClosesMeanwhileIsThereOnce) {
  office_.on_control([&] { office_.open_.push_back(office_.closed_.front()); });
  const auto page = get("/api/v1/calls?limit=3");
  EXPECT_EQ(page["data"][0]["id"], to_text(CallId{1'000}));
  EXPECT_EQ(page["data"][1]["id"], to_text(CallId{999}));
  EXPECT_EQ(page["data"][2]["id"], to_text(CallId{998}));
}

TEST_F(ApiTest, FiltersHold) {
  EXPECT_EQ(get("/api/v1/calls?live=true")["data"].size(), 1u);
  const auto abandoned = get("/api/v1/calls?outcome=abandoned");
  EXPECT_EQ(abandoned["data"].size(), 4u);
  for (const auto& call : abandoned["data"]) EXPECT_EQ(call["outcome"], "abandoned");
  EXPECT_EQ(get("/api/v1/calls?agent=anna&live=false&limit=1")["data"][0]["agent"], "anna");
  const auto from = to_rfc3339(office_.floor_now.wall - 300s);
  EXPECT_EQ(get("/api/v1/calls?received_at[gte]=" + from)["data"].size(), 2u);
  EXPECT_EQ(get("/api/v1/calls?outcom=abandoned", 400)["errors"][0]["pointer"], "?outcom");
}

TEST_F(ApiTest, ACallIsTold) {
  const auto call = get(call_);
  EXPECT_EQ(call["from_name"], "Pat Lee");
  EXPECT_EQ(call["live"]["stage"], "talking");
  EXPECT_EQ(call["stages_ms"]["answer"], 61'000);
  const auto facts = get(call_ + "/facts?limit=4");
  ASSERT_EQ(facts["data"].size(), 4u);
  EXPECT_EQ(facts["data"][0]["type"], "call.received");
  const auto rest = get(call_ + "/facts?cursor=" + std::string(facts["next_cursor"]));
  ASSERT_EQ(rest["data"].size(), 2u);
  EXPECT_EQ(rest["data"][1]["seq"], 6);
  EXPECT_TRUE(rest["next_cursor"].is_null());
  EXPECT_EQ(get(call_ + "/ladder")["data"][1]["summary"], "180 INVITE");
}

TEST_F(ApiTest, ACallTellsWhy) {
  const auto why = get(call_ + "/why");
  EXPECT_EQ(why["call"], to_text(CallId{1'000}));
  ASSERT_EQ(why["decisions"].size(), 1u);
  const auto& decision = why["decisions"][0];
  EXPECT_EQ(decision["agent"], "anna");
  EXPECT_EQ(decision["alternatives"][0]["score"], 3.0);
  EXPECT_EQ(decision["others"][0]["state"], "away (lunch)");
  EXPECT_TRUE(decision["kept"].is_null());
  EXPECT_EQ(decision["outcome"], "ringing");
  const auto waiting = why["waiting"];
  EXPECT_EQ(waiting["waited_ms"], 12'000);
  EXPECT_EQ(waiting["changes_in_ms"], 18'000);
  EXPECT_EQ(waiting["agents"][0]["why"], "is away (lunch)");
  EXPECT_EQ(waiting["sentences"][0], "anna is away (lunch).");
  office_.on_control([&] { office_.waiting_.reset(); });
  EXPECT_TRUE(get(call_ + "/why")["waiting"].is_null());
  EXPECT_EQ(get("/api/v1/calls/" + to_text(CallId{12'345}) + "/why", 404)["code"], "not_found");
}

TEST_F(ApiTest, WhatIsNotOursIsNotThere) {
  const auto absent = get("/api/v1/calls/" + to_text(CallId{12'345}), 404);
  const auto strange = get("/api/v1/calls/" + to_text(CallId{990}), 404);
  EXPECT_EQ(absent["detail"], strange["detail"]);
  for (const auto* path : {"/api/v1/calls/nonsense", "/api/v1/calls/call_0000000000000",
                           "/api/v1/calls/rec_00000000000z8", "/api/v1/agents/nobody",
                           "/api/v1/queues/nothing", "/api/v1/recordings/rec_0000000000000",
                           "/api/v1/nothing", "/live/index.html", "/openapi.yaml"}) {
    EXPECT_EQ(get(path, 404)["code"], "not_found") << path;
  }
  const auto theirs = "/api/v1/recordings/" + to_text(RecordingId{75});
  EXPECT_EQ(get(theirs, 404)["code"], "not_found");
  EXPECT_EQ(get(theirs + "/audio", 404)["code"], "not_found");
  EXPECT_EQ(get("/api/v1/recordings")["data"].size(), 2u);
}

TEST_F(ApiTest, ActionsAreDoneAndAnsweredOnceOnDisk) {
  for (const auto* action : {"hold", "resume", "mute", "unmute", "hang_up"}) {
    EXPECT_EQ(status_of(ask("POST", call_ + "/" + action)), 204) << action;
  }
  EXPECT_EQ(status_of(ask("POST", call_ + "/record", R"({"action":"start"})")), 204);
  EXPECT_EQ(status_of(ask("POST", call_ + "/record", R"({"action":"stop"})")), 204);
  EXPECT_EQ(status_of(ask("POST", call_ + "/disposition",
                          R"({"agent":"anna","outcome":"booked","notes":"at\nnine"})")),
            204);
  EXPECT_EQ(status_of(ask("POST", call_ + "/supervise",
                          R"({"agent":"carla","mode":"whisper","reason":"new here"})")),
            204);
  EXPECT_EQ(status_of(ask("POST", call_ + "/supervise/stop")), 204);
  EXPECT_EQ(status_of(ask("POST", call_ + "/supervise", R"({"agent":"ben","mode":"barge"})")), 403);
  EXPECT_EQ(status_of(ask("POST", call_ + "/supervise", R"({"agent":"ben","mode":"spy"})")), 400);
  EXPECT_EQ(acts(), (std::vector<std::string>{"hold", "resume", "mute", "unmute", "hang up",
                                              "record", "stop recording",
                                              "disposition anna booked at\nnine",
                                              "whisper by carla: new here",
                                              "stop supervision"}));
  EXPECT_EQ(office_.commits_asked, 10);
}

TEST_F(ApiTest, CallersAreHandedOnWithAPacket) {
  EXPECT_EQ(status_of(ask("POST", call_ + "/transfer", R"({"kind":"queue","to":"sales"})")), 204);
  EXPECT_EQ(status_of(ask("POST", call_ + "/consult",
                          R"({"kind":"agent","to":"ben","intent":"refund","tried":"a\nb",)"
                          R"("promised":"c","notes":"d"})")),
            204);
  for (const auto* action : {"swap", "complete", "cancel"}) {
    EXPECT_EQ(status_of(ask("POST", call_ + "/consult/" + action)), 204) << action;
  }
  EXPECT_EQ(acts(), (std::vector<std::string>{"transfer queue sales |||",
                                              "consult agent ben refund|a\nb|c|d", "swap",
                                              "complete", "cancel"}));
  EXPECT_EQ(status_of(ask("POST", call_ + "/consult", R"({"kind":"queue","to":"sales"})")), 400);
  EXPECT_EQ(status_of(ask("POST", call_ + "/transfer", R"({"kind":"agent"})")), 400);
  const auto handoffs = get(call_)["handoffs"];
  ASSERT_EQ(handoffs.size(), 1u);
  EXPECT_EQ(handoffs[0]["from"], "ben");
  EXPECT_EQ(handoffs[0]["notes"], "was cut off twice");
  const std::string long_text(2001, 'x');
  EXPECT_EQ(status_of(ask("POST", call_ + "/transfer",
                          R"({"kind":"agent","to":"ben","notes":")" + long_text + R"("})")),
            400);
}

TEST_F(ApiTest, WhatCannotBeDoneSaysWhy) {
  const auto waiting = "/api/v1/calls/" + to_text(CallId{1'001});
  const auto answer = ask("POST", waiting + "/hold");
  EXPECT_EQ(status_of(answer), 409);
  EXPECT_EQ(json::parse(body_of(answer))["detail"], "Nobody talks in this call yet.");
  EXPECT_EQ(status_of(ask("POST", "/api/v1/calls/" + to_text(CallId{7}) + "/hold")), 404);
  const auto wrong = ask("POST", call_ + "/record", R"({"action":"pause","x":1})");
  EXPECT_EQ(status_of(wrong), 400);
  EXPECT_EQ(json::parse(body_of(wrong))["errors"].size(), 2u);
  EXPECT_TRUE(acts().empty());
  EXPECT_EQ(office_.commits_asked, 0);
}

TEST_F(ApiTest, PresenceIsSetAndSeen) {
  const auto answer =
      ask("PUT", "/api/v1/agents/dana/presence", R"({"presence":"away","reason":"training"})");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(json::parse(body_of(answer))["state"], "away");
  EXPECT_EQ(get("/api/v1/agents/dana")["reason"], "training");
  EXPECT_EQ(status_of(ask("POST", "/api/v1/agents/cem/wrap_up/end")), 200);
  EXPECT_EQ(status_of(ask("POST", "/api/v1/agents/cem/wrap_up/end")), 409);
  EXPECT_EQ(status_of(ask("PUT", "/api/v1/agents/nobody/presence", R"({"presence":"ready"})")),
            404);
}

TEST_F(ApiTest, FullControlThreadIsSaid) {
  office_.takes_work = false;
  const auto answer = ask("GET", "/api/v1/agents");
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("Retry-After: "), std::string::npos);
  office_.takes_work = true;
}

TEST_F(ApiTest, DeadControlThreadIsSeenByLivez) {
  office_.stop();
  const auto answer = ask("GET", "/livez");
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_EQ(json::parse(body_of(answer))["code"], "unavailable");
}

TEST_F(ApiTest, NotReadyIs503WithReasons) {
  EXPECT_EQ(get("/readyz").dump(), R"({"status":"ready"})");
  office_.on_control([&] { office_.checks_[0] = {"event_log", false, "the disk is full"}; });
  const auto answer = get("/readyz?verbose", 503);
  EXPECT_EQ(answer["checks"][0]["detail"], "the disk is full");
}

TEST_F(ApiTest, MetricsAreWellFormed) {
  EXPECT_EQ(body_of(ask("GET", "/metrics", "", "")),
            "# HELP firstring_calls_active Calls in progress\n"
            "# TYPE firstring_calls_active gauge\nfirstring_calls_active 4\n"
            "# HELP firstring_queue_waiting Callers waiting\n"
            "# TYPE firstring_queue_waiting gauge\n"
            "firstring_queue_waiting{queue=\"reception \\\"a\\\"\\\\b\"} 1\n");
}

TEST_F(ApiTest, CallbacksAreListedCancelledAndDoneNow) {
  const auto all = get("/api/v1/callbacks")["data"];
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]["state"], "waiting");
  EXPECT_EQ(all[0]["position"], 2);
  EXPECT_TRUE(all[0]["again_at"].is_null());
  EXPECT_TRUE(all[1]["position"].is_null());
  EXPECT_FALSE(all[1]["again_at"].is_null());
  EXPECT_EQ(get("/api/v1/callbacks?queue=billing")["data"].size(), 1u);
  const std::string one = "/api/v1/callbacks/" + std::string(all[0]["id"]);
  EXPECT_EQ(status_of(ask("POST", one + "/cancel")), 204);
  EXPECT_EQ(status_of(ask("POST", one + "/now")), 204);
  EXPECT_EQ(acts(), (std::vector<std::string>{"cancel", "now"}));
  EXPECT_EQ(status_of(ask("POST", "/api/v1/callbacks/turn_0000000000001/now")), 404);
  EXPECT_EQ(status_of(ask("POST", "/api/v1/callbacks/call_0000000000001/now")), 404);
}

TEST_F(ApiTest, AnAgentIsCalledAndThenTheNumber) {
  const auto answer = ask("POST", "/api/v1/calls", R"({"agent":"anna","number":"+12125550100"})");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(json::parse(body_of(answer))["id"], to_text(CallId{1'000}));
  EXPECT_EQ(acts(), (std::vector<std::string>{"call +12125550100"}));
  EXPECT_EQ(status_of(ask("POST", "/api/v1/calls", R"({"agent":"eve","number":"1"})")), 404);
  EXPECT_EQ(status_of(ask("POST", "/api/v1/calls", R"({"agent":"anna"})")), 400);
}

TEST_F(ApiTest, MethodsThatAreNotKnownAreNamed) {
  const auto wrong = ask("DELETE", call_);
  EXPECT_EQ(status_of(wrong), 405);
  EXPECT_NE(wrong.find("Allow: OPTIONS, GET, HEAD\r\n"), std::string::npos);
  EXPECT_EQ(json::parse(body_of(wrong))["status"], 405);
  EXPECT_EQ(status_of(ask("OPTIONS", call_ + "/hold")), 204);
  EXPECT_EQ(status_of(ask("BREW", call_)), 405);
  const auto head = ask("HEAD", call_);
  EXPECT_EQ(status_of(head), 200);
  EXPECT_EQ(body_of(head), "");
}

TEST_F(ApiTest, AudioIsGivenInPart) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("firstring-audio-" + std::to_string(::getpid()));
  std::ofstream(path) << "0123456789";
  office_.recordings_[1].path = path;
  const auto audio = "/api/v1/recordings/" + to_text(RecordingId{76}) + "/audio";
  const auto part = ask("GET", audio, "", "Authorization: Bearer secret\r\nRange: bytes=2-4\r\n");
  EXPECT_EQ(status_of(part), 206);
  EXPECT_EQ(body_of(part), "234");
  EXPECT_NE(part.find("Content-Type: audio/wav\r\n"), std::string::npos);
  EXPECT_EQ(status_of(ask("GET", audio, "", "Range: bytes=2-4\r\n")), 401);
  const auto running = "/api/v1/recordings/" + to_text(RecordingId{77}) + "/audio";
  EXPECT_EQ(get(running, 409)["code"], "conflict");
  std::filesystem::remove(path);
}

TEST_F(ApiTest, PageIsServedWithAStrictPolicy) {
  const auto page = ask("GET", "/", "", "");
  EXPECT_EQ(status_of(page), 200);
  EXPECT_NE(page.find("Content-Type: text/html; charset=utf-8\r\n"), std::string::npos);
  for (const char* inline_code : {"<script>", " onclick", " style=", "javascript:",
                                  "innerHTML = "}) {
    EXPECT_EQ(body_of(page).find(inline_code), std::string::npos) << inline_code;
    EXPECT_EQ(body_of(ask("GET", "/live.js", "", "")).find(inline_code), std::string::npos);
  }
  const auto at = page.find("ETag: ") + 6;
  const auto tag = page.substr(at, page.find('\r', at) - at);
  EXPECT_EQ(status_of(ask("GET", "/", "", "If-None-Match: " + tag + "\r\n")), 304);
}

}  // namespace
}  // namespace firstring::api

// The stream without a network: sockets that remember, time that is moved, threads that are called.
#include "server/stream.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "server/api/fake_office.h"

namespace firstring::api {
namespace {

using nlohmann::json;

// What a client saw, kept after the stream has let its socket go.
struct Seen {
  std::vector<json> messages;
  std::uint16_t close_code = 0;
};

class RememberingSocket final : public http::Socket {
 public:
  explicit RememberingSocket(Seen& seen) : seen_(seen) {}
  void send(std::string text) override { seen_.messages.push_back(json::parse(text)); }
  void close(std::uint16_t code, std::string_view) override { seen_.close_code = code; }

 private:
  Seen& seen_;
};

// Posted work waits until the test lets the control thread run.
class StillOffice final : public FakeOffice {
 public:
  bool post(std::function<void()> work) override {
    work_.push_back(std::move(work));
    return true;
  }
  void run() {
    const auto work = std::exchange(work_, {});
    for (const auto& one : work) one();
  }

 private:
  std::vector<std::function<void()>> work_;
};

class StreamTest : public testing::Test {
 protected:
  StreamTest() { office_.floor_.sequence = 0; office_.facts_.clear(); }

  struct Client {
    Seen seen;
    std::unique_ptr<http::SocketEvents> events;
    ~Client() {
      if (events) events->on_closed();
    }
    void say(const std::string& text) { events->on_text(text); }
    std::vector<std::string> types() const {
      std::vector<std::string> out;
      for (const auto& message : seen.messages) out.push_back(message["type"]);
      return out;
    }
    // Sequences of all facts that came, in order.
    std::vector<std::uint64_t> facts() const {
      std::vector<std::uint64_t> out;
      for (const auto& message : seen.messages) {
        if (message["type"] != "facts") continue;
        for (const auto& fact : message["facts"]) out.push_back(fact["seq"]);
      }
      return out;
    }
  };

  std::unique_ptr<Client> connect(std::map<std::string, std::string> headers = {}) {
    auto client = std::make_unique<Client>();
    const http::Request request{.path = "/api/v1/stream", .headers = std::move(headers),
                                .remote = "10.0.0.1"};
    client->events = stream_.accept(request, std::make_shared<RememberingSocket>(client->seen),
                                    refusal_);
    return client;
  }
  std::unique_ptr<Client> watch(const std::string& hello = R"({"type":"hello","token":"secret"})") {
    auto client = connect();
    client->say(hello);
    office_.run();
    return client;
  }
  // Facts are kept in memory from now on, for somebody watches.
  void keep_watching() { keeper_ = watch(); }
  std::string resume(std::uint64_t from) {
    return R"({"type":"hello","token":"secret","resume_from":)" + std::to_string(from) + "}";
  }
  void commit(int count) {
    std::vector<call::Fact> facts;
    for (int i = 0; i < count; ++i) {
      call::Fact fact{.type = call::FactType::digit_pressed};
      fact.sequence = ++office_.floor_.sequence;
      fact.tenant = "harbor";
      fact.fields = {{"digit", std::string("1")}};
      facts.push_back(fact);
      office_.facts_.push_back(fact);
    }
    stream_.publish(facts);
  }
  static std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
    std::vector<std::uint64_t> out;
    for (auto i = from; i <= to; ++i) out.push_back(i);
    return out;
  }
  void tick() {
    now_ = now_ + 250ms;
    stream_.tick();
    office_.run();
  }

  StillOffice office_;
  MonoTime now_{1'000'000'000'000};
  Tokens tokens_{{"secret"}, [this] { return now_; }};
  Stream stream_{{office_, tokens_, [this] { return now_; }, [](auto work) { work(); }}};
  http::Response refusal_;
  std::unique_ptr<Client> keeper_;
};

TEST_F(StreamTest, SnapshotThenEveryFactOnce) {
  commit(3);
  auto client = watch();
  commit(2);
  commit(1);
  ASSERT_EQ(client->types(), (std::vector<std::string>{"snapshot", "facts", "facts"}));
  const auto& snapshot = client->seen.messages[0];
  EXPECT_EQ(snapshot["sequence"], 3);
  EXPECT_EQ(snapshot["live"]["calls"].size(), 4u);
  EXPECT_EQ(snapshot["live"]["business"]["name"], "Harbor Dental");
  EXPECT_EQ(client->facts(), range(4, 6));
  EXPECT_EQ(client->seen.messages[2]["sequence"], 6);
}

TEST_F(StreamTest, FactsBetweenHelloAndSnapshotAreNotMissed) {
  auto client = connect();
  client->say(R"({"type":"hello","token":"secret"})");
  commit(2);       // committed before the picture is taken: it is in the picture
  office_.run();
  commit(2);
  EXPECT_EQ(client->seen.messages[0]["sequence"], 2);
  EXPECT_EQ(client->facts(), range(3, 4));
}

TEST_F(StreamTest, ResumeFromMemoryHasNoGap) {
  keep_watching();
  office_.log_works = false;
  commit(10);
  auto client = watch(resume(4));
  EXPECT_EQ(client->seen.messages[0], json({{"type", "resumed"}, {"sequence", 4}}));
  commit(2);
  EXPECT_EQ(client->facts(), range(5, 12));
  tick();  // and the picture of now, whole
  const auto& last = client->seen.messages.back();
  EXPECT_EQ(last["type"], "changes");
  for (const char* part : {"calls", "agents", "queues", "kpis", "alarms"}) {
    EXPECT_TRUE(last.contains(part)) << part;
  }
}

TEST_F(StreamTest, ResumeFromTheLogJoinsMemoryWithoutAGap) {
  // Facts of a former run are in the log only.
  commit(0);
  for (int i = 0; i < 20; ++i) {
    call::Fact fact{.type = call::FactType::digit_pressed};
    fact.sequence = ++office_.floor_.sequence;
    office_.facts_.push_back(fact);
  }
  keep_watching();
  commit(5);
  auto client = watch(resume(12));
  for (int i = 0; i < 5; ++i) client->events->on_sent();
  EXPECT_EQ(client->facts(), range(13, 25));
  auto none = watch(resume(25));
  EXPECT_EQ(none->types(), (std::vector<std::string>{"resumed"}));
  EXPECT_EQ(watch(resume(0))->facts(), range(1, 25));
}

TEST_F(StreamTest, WhatCannotBeResumedGetsASnapshot) {
  commit(10);
  EXPECT_EQ(watch(resume(11))->types(), (std::vector<std::string>{"snapshot"})) << "the future";
  commit(5'100);
  EXPECT_EQ(watch(resume(3))->types(), (std::vector<std::string>{"snapshot"})) << "too old";
}

TEST_F(StreamTest, WhileNobodyWatchesNothingIsKeptAndNothingIsLost) {
  { auto first = watch(); }
  EXPECT_TRUE(office_.watched);
  commit(3);
  for (int i = 0; i < 121; ++i) tick();
  EXPECT_FALSE(office_.watched);
  commit(4);  // nobody has watched for 30 s: not published
  auto client = watch(resume(0));
  commit(2);
  EXPECT_EQ(client->facts(), range(1, 9)) << "from the log, then live";
  office_.log_works = false;
  EXPECT_EQ(watch(resume(5))->types(), (std::vector<std::string>{"snapshot"}));
  EXPECT_EQ(watch(resume(7))->facts(), range(8, 9)) << "memory begins with the watching";
}

TEST_F(StreamTest, BrokenLogMeansASnapshot) {
  office_.floor_.sequence = 50;
  commit(1);
  office_.log_works = false;
  EXPECT_EQ(watch(resume(10))->types(), (std::vector<std::string>{"snapshot"}));
}

TEST_F(StreamTest, CatchingUpKeepsTheReadersPace) {
  commit(3'000);
  auto client = watch(resume(0));
  const auto at_once = client->facts().size();
  EXPECT_LT(at_once, 600u) << "one message of at most 48 kB, then it waits";
  commit(10);
  EXPECT_EQ(client->facts().size(), at_once);
  while (client->facts().size() < 3'010) client->events->on_sent();
  EXPECT_EQ(client->facts(), range(1, 3'010));
  commit(1);
  EXPECT_EQ(client->facts().back(), 3'011u) << "live again";
}

TEST_F(StreamTest, ReaderOvertakenByMemoryGetsASnapshot) {
  commit(3'000);
  auto client = watch(resume(0));
  commit(12'000);
  for (int i = 0; i < 30; ++i) {
    client->events->on_sent();
    office_.run();
  }
  EXPECT_EQ(client->facts(), range(1, 3'000)) << "and nothing after the gap";
  EXPECT_EQ(client->types().back(), "snapshot");
  EXPECT_EQ(client->seen.messages.back()["sequence"], 15'000);
}

TEST_F(StreamTest, OnlyWhatChangedIsSentAndAtMostFourTimesASecond) {
  auto client = watch();
  tick();
  const auto quiet = client->seen.messages.size();
  for (int i = 0; i < 8; ++i) tick();
  EXPECT_EQ(client->seen.messages.size(), quiet) << "nothing changed, nothing is said";
  for (int i = 0; i < 100; ++i) {
    office_.floor_.calls.pop_back();
    office_.floor_.calls.push_back(flow::CallView{.id = {2'000u + i}, .stage = "menu"});
    commit(1);
  }
  tick();
  ASSERT_EQ(client->types().back(), "changes");
  const auto& changes = client->seen.messages.back();
  EXPECT_TRUE(changes.contains("calls"));
  EXPECT_FALSE(changes.contains("agents"));
  EXPECT_EQ(std::count(client->seen.messages.begin() + static_cast<std::ptrdiff_t>(quiet),
                       client->seen.messages.end(), changes), 1);
}

TEST_F(StreamTest, HeartbeatTellsTheSequence) {
  commit(7);
  auto client = watch();
  for (int i = 0; i < 60; ++i) tick();
  EXPECT_EQ(client->seen.messages.back(), json({{"type", "heartbeat"}, {"sequence", 7}}));
}

TEST_F(StreamTest, TokenComesInAHeaderOrTheHello) {
  for (const auto& headers : std::vector<std::map<std::string, std::string>>{
           {{"authorization", "Bearer secret"}},
           {{"sec-websocket-protocol", "firstring.v1, bearer.secret"}}}) {
    auto client = connect(headers);
    ASSERT_TRUE(client->events);
    client->say(R"({"type":"hello"})");
    office_.run();
    EXPECT_EQ(client->types(), (std::vector<std::string>{"snapshot"}));
  }
  EXPECT_FALSE(connect({{"authorization", "Bearer wrong"}})->events);
  EXPECT_EQ(refusal_.status, 401);
  EXPECT_FALSE(connect({{"sec-websocket-protocol", "firstring.v1, bearer.wrong"}})->events);
}

TEST_F(StreamTest, StrangersAreClosedAndToldNothing) {
  for (const char* hello : {R"({"type":"hello"})", R"({"type":"hello","token":"wrong"})"}) {
    auto client = watch(hello);
    EXPECT_EQ(client->seen.close_code, Stream::k_close_unauthorized) << hello;
    EXPECT_TRUE(client->seen.messages.empty());
  }
  for (const char* nonsense : {"", "hello", "[]", "{}", R"({"type":"bye","token":"secret"})",
                               R"({"type":"hello","token":"secret","resume":1})",
                               R"({"type":"hello","token":"secret","resume_from":-1})",
                               R"({"type":"hello","token":5})"}) {
    auto client = watch(nonsense);
    EXPECT_EQ(client->seen.close_code, Stream::k_close_bad_message) << nonsense;
  }
  auto silent = connect();
  for (int i = 0; i < 41; ++i) tick();
  EXPECT_EQ(silent->seen.close_code, Stream::k_close_unauthorized);
  EXPECT_TRUE(silent->seen.messages.empty());
}

TEST_F(StreamTest, GuessingIsLimited) {
  for (int i = 0; i < 10; ++i) watch(R"({"type":"hello","token":"wrong"})");
  EXPECT_EQ(watch(R"({"type":"hello","token":"wrong"})")->seen.close_code,
            Stream::k_close_too_many);
}

TEST_F(StreamTest, SecondHelloIsRefused) {
  auto client = watch();
  client->say(R"({"type":"hello","token":"secret"})");
  EXPECT_EQ(client->seen.close_code, Stream::k_close_bad_message);
}

TEST_F(StreamTest, WhoHasGoneIsForgotten) {
  { auto client = watch(); }
  EXPECT_EQ(stream_.watcher_count(), 0u);
  commit(1);
  tick();
}

TEST_F(StreamTest, WatchersAreBounded) {
  std::vector<std::unique_ptr<Client>> all;
  for (int i = 0; i < 500; ++i) all.push_back(connect());
  EXPECT_TRUE(all.back()->events);
  EXPECT_FALSE(connect()->events);
  EXPECT_EQ(refusal_.status, 503);
}

}  // namespace
}  // namespace firstring::api

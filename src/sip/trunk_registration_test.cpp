#include "sip/trunk_registration.h"

#include <gtest/gtest.h>

#include <deque>

#include "sip/digest.h"
#include "sip/message_builder.h"
#include "sip/test_network.h"

namespace firstring::sip {
namespace {

// Host names as a table; answers at once.
class TableResolver final : public Resolver {
 public:
  std::map<std::string, Candidates> hosts;

 private:
  std::optional<Result<Candidates>> known(const Target& target) override {
    const auto found = hosts.find(target.host);
    if (found != hosts.end()) return found->second;
    return Error{Code::not_found, "'" + target.host + "' is not in the DNS"};
  }
  std::uint64_t begin(const Target&, Done) override { return 1; }
  void cancel(std::uint64_t) override {}
};

// A carrier's server on the network: writes a line for each REGISTER, and answers by its script.
class Carrier {
 public:
  Carrier(TestNetwork& network, std::string& diary, std::string name, std::uint16_t port)
      : here({.address = *Address::parse("127.0.0.1", port)}),
        network_(network), diary_(diary), name_(std::move(name)) {
    network.attach(here, [this](std::string_view bytes, const Peer& from) { answer(bytes, from); });
  }

  // What it says to the next REGISTERs: "200 60", "423 600", "503", "silence", "login". The last
  // one goes for all that follow.
  std::deque<std::string> script = {"200"};
  const Peer here;
  std::string last_contact, last_call_id;
  std::uint32_t last_cseq = 0;

 private:
  void answer(std::string_view bytes, const Peer& from) {
    Message request;
    ASSERT_FALSE(request.parse(bytes)) << bytes;
    // What the user agent repeats because we are silent is not told again.
    if (request.cseq().number == last_cseq && request.call_id() == last_call_id) return;
    last_cseq = request.cseq().number;
    last_call_id = request.call_id();
    last_contact = request.first(HeaderName::contact);
    const std::string expires(request.first(HeaderName::expires));
    const std::string line = script.front();
    if (script.size() > 1) script.pop_front();
    const std::string act = line == "login" ? check_login(request) : line;
    diary_ += std::to_string(milliseconds(network_.clock.now() - MonoTime{0}) / 1'000) + " " +
              name_ + " " + expires + " -> " + act + "\n";
    if (act != "silence") network_.inject(here, from, response(request, act, expires));
  }

  std::string check_login(const Message& request) {
    const Login login = digest_.check(request, [](std::string_view user) -> std::optional<Ha1> {
      if (user != "harbor") return std::nullopt;
      return make_ha1("harbor", "carrier.example", "secret");
    });
    return login.outcome == Login::Outcome::granted ? "200" : "401";
  }

  std::string response(const Message& request, const std::string& act,
                       const std::string& asked_expires) {
    const int status = std::stoi(act);
    const std::string argument = act.size() > 4 ? act.substr(4) : "";
    std::string text, head;
    append_response_head(head, request, here, "carrier");
    MessageBuilder builder(text);
    builder.status_line(status, "").lines(head);
    if (status == 401) builder.lines(digest_.challenge(false));
    if (status == 423) builder.header("Min-Expires", argument);
    if (status == 503 && !argument.empty()) builder.header("Retry-After", argument);
    if (status == 200) {
      // As a registrar does: all contacts of the account, ours among them.
      const std::string ours = last_contact.substr(0, last_contact.find(";expires"));
      builder.header("Contact", "<sip:other@192.0.2.7>;expires=5");
      if (argument != "lost") {
        builder.header("Contact",
                       ours + ";expires=" + (argument.empty() ? asked_expires : argument));
      }
    }
    builder.finish();
    return text;
  }

  TestNetwork& network_;
  std::string& diary_;
  const std::string name_;
  Digest digest_{network_.clock, std::string(32, 'k'),
                 {.realm = "carrier.example", .nonces = {.life = 1h}}};
};

class TrunkRegistrationTest : public ::testing::Test, private TrunkEvents {
 protected:
  TrunkRegistrationTest() {
    resolver.hosts["carrier.example"] = {first.here, second.here};
  }
  std::string begin(Duration expires = 300s, std::string password = "secret") {
    const auto set = trunks.set({options(expires, std::move(password))});
    return set ? "" : set.error().detail;
  }
  static TrunkRegistrationOptions options(Duration expires = 300s,
                                          std::string password = "secret") {
    return {.name = "carrier",
            .registrar = "sip:carrier.example",
            .credentials = {.realm = "", .user = "harbor", .password = std::move(password)},
            .expires = expires};
  }
  std::string take_diary() { return std::exchange(diary, {}); }

  // The seconds at which lines of the diary begin.
  std::vector<int> times_in(const std::string& text) const {
    std::vector<int> times;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      times.push_back(std::stoi(text.substr(at)));
    }
    return times;
  }

  TestNetwork network;
  std::string diary;
  Party& us = network.add("us");
  Carrier first{network, diary, "first", 6001}, second{network, diary, "second", 6002};
  TableResolver resolver;
  TrunkRegistrations trunks{{.clock = network.clock,
                             .timers = network.timers,
                             .random = Random(1),
                             .agent = us.agent(),
                             .sender = us,
                             .resolver = resolver,
                             .events = *this}};

 private:
  void on_trunk_registered(std::string_view trunk, Duration expires) override {
    diary += now() + " registered " + std::string(trunk) + " " +
             std::to_string(milliseconds(expires) / 1'000) + "\n";
  }
  void on_trunk_failed(std::string_view, int status, std::string_view reason) override {
    diary += now() + " failed " + std::to_string(status) + " " + std::string(reason) + "\n";
  }
  void on_trunk_resolved(std::string_view, std::string_view host,
                         const Resolver::Candidates& candidates) override {
    EXPECT_EQ(host, "carrier.example");
    EXPECT_EQ(candidates, resolver.hosts["carrier.example"]);
  }
  std::string now() const {
    return std::to_string(milliseconds(network.clock.now() - MonoTime{0}) / 1'000);
  }
};

TEST_F(TrunkRegistrationTest, RegistersWithItsPasswordAndRefreshesInTime) {
  first.script = {"login"};
  EXPECT_EQ(begin(120s), "");
  network.run_for(10s);
  EXPECT_EQ(take_diary(),
            "0 first 120 -> 401\n"
            "0 first 120 -> 200\n"
            "0 registered carrier 120\n");
  EXPECT_EQ(trunks.status_of("carrier")->registered, true);
  EXPECT_EQ(trunks.trunk_at(*Address::parse("127.0.0.1", 9)), "carrier");
  EXPECT_FALSE(trunks.trunk_at(*Address::parse("192.0.2.1", 6001)));

  network.run_for(80s);
  // At 80 s less up to a tenth; by the nonce it has, without a second challenge, and silently.
  const std::string refresh = take_diary();
  EXPECT_TRUE(refresh.ends_with(" first 120 -> 200\n")) << refresh;
  ASSERT_EQ(times_in(refresh).size(), 1u) << refresh;
  EXPECT_GE(times_in(refresh)[0], 72);
  EXPECT_LE(times_in(refresh)[0], 80);
}

TEST_F(TrunkRegistrationTest, ItsContactIsItsOwnAndStaysTheSame) {
  begin(60s);
  network.run_for(1s);
  const std::string contact = first.last_contact;
  const auto parsed = parse_name_addr(contact);
  ASSERT_TRUE(parsed) << contact;
  EXPECT_EQ(trunks.trunk_of_contact(parsed->uri.user), "carrier");
  EXPECT_EQ(parsed->uri.host, "127.0.0.1");
  EXPECT_EQ(parsed->uri.port, us.here().address.port);
  EXPECT_FALSE(trunks.trunk_of_contact("harbor"));
  const std::string call_id = first.last_call_id;
  network.run_for(60s);
  EXPECT_EQ(first.last_contact, contact);
  EXPECT_EQ(first.last_call_id, call_id);
  EXPECT_GE(first.last_cseq, 2u);
}

TEST_F(TrunkRegistrationTest, AWrongPasswordIsNotTriedAgainAndAgain) {
  first.script = {"login"};
  begin(300s, "wrong");
  network.run_for(29s);
  EXPECT_EQ(take_diary(),
            "0 first 300 -> 401\n"
            "0 first 300 -> 401\n"
            "0 failed 401 Unauthorized\n");
  network.run_for(600s);
  const auto later = times_in(take_diary());
  EXPECT_GE(later.size(), 3u);   // it is tried again, in case somebody has set it right
  EXPECT_LE(later.size(), 24u);  // two messages and a failure a try, pauses of up to five minutes
}

TEST_F(TrunkRegistrationTest, TheCarriersShorterTimeCounts) {
  first.script = {"200 60"};
  begin();
  network.run_for(26s);
  EXPECT_EQ(take_diary(), "0 first 300 -> 200 60\n0 registered carrier 60\n");
  network.run_for(5s);
  EXPECT_NE(take_diary(), "");  // at half at the latest
}

TEST_F(TrunkRegistrationTest, TheCarriersLongerTimeIsObeyed) {
  first.script = {"423 600", "200"};
  begin();
  network.run_for(1s);
  EXPECT_EQ(take_diary(),
            "0 first 300 -> 423 600\n"
            "0 first 600 -> 200\n"
            "0 registered carrier 600\n");
}

TEST_F(TrunkRegistrationTest, ButNotForEver) {
  first.script = {"423 600", "423 700", "423 800"};
  begin();
  network.run_for(1s);
  EXPECT_EQ(take_diary(),
            "0 first 300 -> 423 600\n"
            "0 first 600 -> 423 700\n"
            "0 first 700 -> 423 800\n"
            "0 failed 423 Interval Too Brief\n");
}

TEST_F(TrunkRegistrationTest, GoesOnToTheNextServerAndStaysThere) {
  first.script = {"503"};
  begin(60s);
  network.run_for(1s);
  EXPECT_EQ(take_diary(),
            "0 first 60 -> 503\n"
            "0 second 60 -> 200\n"
            "0 registered carrier 60\n");
  EXPECT_EQ(trunks.status_of("carrier")->peer, second.here);
  network.run_for(32s);
  EXPECT_TRUE(take_diary().ends_with(" second 60 -> 200\n"));
}

TEST_F(TrunkRegistrationTest, ASilentServerIsLeftAfterItsTimeout) {
  first.script = {"silence"};
  begin();
  network.run_for(40s);
  EXPECT_EQ(take_diary(),
            "0 first 300 -> silence\n"
            "32 second 300 -> 200\n"
            "32 registered carrier 300\n");
}

TEST_F(TrunkRegistrationTest, WhenAllFailThePausesGrowAndThenItIsBack) {
  first.script = second.script = {"500"};
  begin();
  network.run_for(1000s);
  std::vector<int> failures;
  const std::string all = take_diary();
  for (std::size_t at = 0; at < all.size(); at = all.find('\n', at) + 1) {
    const std::string line = all.substr(at, all.find('\n', at) - at);
    if (line.find("failed 500") != std::string::npos) failures.push_back(std::stoi(line));
  }
  ASSERT_GE(failures.size(), 6u) << all;
  // 5, 10, 20, 40, 80, 160, 300, 300 s, each between half of it and all.
  int longest = 5;
  for (std::size_t i = 1; i < failures.size(); ++i) {
    const int pause = failures[i] - failures[i - 1];
    EXPECT_GE(pause, longest / 2 - 1) << i;
    EXPECT_LE(pause, longest + 1) << i;
    longest = std::min(300, longest * 2);
  }
  first.script = {"200"};
  network.run_for(301s);
  EXPECT_NE(take_diary().find("registered carrier 300"), std::string::npos);
}

TEST_F(TrunkRegistrationTest, RetryAfterIsObeyed) {
  first.script = second.script = {"503 120"};
  begin();
  network.run_for(119s);
  EXPECT_EQ(take_diary(),
            "0 first 300 -> 503 120\n"
            "0 second 300 -> 503 120\n"
            "0 failed 503 Service Unavailable\n");
  network.run_for(2s);
  EXPECT_EQ(times_in(take_diary()).at(0), 120);
}

TEST_F(TrunkRegistrationTest, ANameThatIsNotInTheDnsIsAFailure) {
  resolver.hosts.clear();
  begin();
  EXPECT_EQ(take_diary(), "0 failed 0 'carrier.example' is not in the DNS\n");
  resolver.hosts["carrier.example"] = {first.here, second.here};
  network.run_for(6s);
  EXPECT_NE(take_diary().find("registered carrier"), std::string::npos);
}

TEST_F(TrunkRegistrationTest, ACarrierThatDropsOurContactHasNotRegisteredUs) {
  first.script = {"200 lost"};
  begin();
  network.run_for(1s);
  EXPECT_EQ(take_diary(),
            "0 first 300 -> 200 lost\n"
            "0 failed 200 the carrier did not keep our contact\n");
  EXPECT_FALSE(trunks.status_of("carrier")->registered);
}

TEST_F(TrunkRegistrationTest, ARefreshThatFailsIsToldOnceAndRegisteredAgainAfterwards) {
  begin();
  network.run_for(1s);
  take_diary();
  first.script = second.script = {"500"};
  network.run_for(261s);
  EXPECT_NE(take_diary().find("failed 500"), std::string::npos);
  EXPECT_TRUE(trunks.status_of("carrier")->registered);  // until its time has run out
  network.run_for(60s);
  EXPECT_FALSE(trunks.status_of("carrier")->registered);
  first.script = second.script = {"200"};
  network.run_for(120s);
  EXPECT_NE(take_diary().find("registered carrier"), std::string::npos);
}

TEST_F(TrunkRegistrationTest, UnregistersAtTheEnd) {
  first.script = {"login"};
  begin();
  network.run_for(1s);
  take_diary();
  trunks.unregister_all();
  EXPECT_FALSE(trunks.is_idle());
  network.run_for(1s);
  EXPECT_EQ(take_diary(), "1 first 0 -> 200\n");
  EXPECT_TRUE(trunks.is_idle());
  EXPECT_TRUE(first.last_contact.ends_with(";expires=0")) << first.last_contact;
  network.run_for(1000s);
  EXPECT_EQ(take_diary(), "");
}

TEST_F(TrunkRegistrationTest, UnregistersEvenWhileItsRegistrationIsOnTheWay) {
  network.options.delay = 100ms;
  begin();
  network.run_for(50ms);
  trunks.unregister_all();
  network.run_for(2s);
  EXPECT_EQ(take_diary(), "0 first 300 -> 200\n0 first 0 -> 200\n");
  EXPECT_TRUE(trunks.is_idle());
}

TEST_F(TrunkRegistrationTest, ACarrierThatIsSilentHoldsTheEndUpFor32SecondsAtMost) {
  begin();
  network.run_for(1s);
  first.script = {"silence"};
  trunks.unregister_all();
  network.run_for(33s);
  EXPECT_TRUE(trunks.is_idle());
}

TEST_F(TrunkRegistrationTest, ALostConnectionMeansRegisteringAnew) {
  Peer by_tcp = first.here;
  by_tcp.transport = Transport::tcp;
  resolver.hosts["carrier.example"] = {by_tcp};
  begin();
  network.run_for(1s);
  EXPECT_NE(first.last_contact.find(";transport=tcp>"), std::string::npos) << first.last_contact;
  take_diary();
  Peer other = by_tcp;
  other.address.port = 1;
  trunks.connection_lost(other);
  EXPECT_EQ(take_diary(), "");
  trunks.connection_lost(by_tcp);
  EXPECT_FALSE(trunks.status_of("carrier")->registered);
  network.run_for(2s);
  const std::string after = take_diary();
  EXPECT_TRUE(after.starts_with("1 failed 0 connection lost\n")) << after;
  EXPECT_TRUE(after.ends_with("registered carrier 300\n")) << after;
}

TEST_F(TrunkRegistrationTest, ANewConfigurationChangesOnlyWhatItChanges) {
  begin();
  network.run_for(1s);
  take_diary();
  EXPECT_TRUE(trunks.set({options()}));
  network.run_for(1s);
  EXPECT_EQ(take_diary(), "");  // nothing has changed
  EXPECT_TRUE(trunks.set({options(120s)}));
  network.run_for(1s);
  EXPECT_EQ(take_diary(),
            "2 first 0 -> 200\n"
            "2 first 120 -> 200\n"
            "2 registered carrier 120\n");
  EXPECT_TRUE(trunks.set({}));
  network.run_for(1s);
  EXPECT_TRUE(trunks.is_idle());
  EXPECT_EQ(take_diary(), "3 first 0 -> 200\n");
}

TEST_F(TrunkRegistrationTest, WhatCannotBeRegisteredIsRefused) {
  for (const std::string registrar :
       {"", "carrier.example", "tel:+15550100", "sip:user@carrier.example",
        "sip:carrier.example;transport=ws"}) {
    TrunkRegistrationOptions wrong = options();
    wrong.registrar = registrar;
    EXPECT_FALSE(trunks.set({wrong})) << registrar;
  }
  EXPECT_TRUE(trunks.is_idle());
}

}  // namespace
}  // namespace firstring::sip

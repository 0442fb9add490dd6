// Places in line outlive a kill: what the facts keep of them, and ten thousand at once.
#include "server/turn_book.h"

#include <gtest/gtest.h>

#include <mutex>

#include "base/random.h"
#include "call/fact_table.h"
#include "flow/switchboard.h"
#include "io/clock.h"
#include "server/ledger.h"
#include "server/recovery.h"
#include "store/test_folder.h"

namespace firstring::server {
namespace {

using call::Fact;
using call::FactType;

constexpr WallTime k_now{1'795'329'000'000'000'000};  // 2026-11-22, 06:30

Fact fact_of(FactType type, CallId call, std::vector<call::Field> fields) {
  Fact fact;
  fact.type = type;
  fact.tenant = "demo";
  fact.wall = k_now;
  fact.mono = MonoTime{} + 1h;
  fact.call = call;
  fact.queue = "sales";
  fact.fields = std::move(fields);
  return fact;
}

std::string number_of(std::uint64_t which) { return "+1212" + std::to_string(5'000'000 + which); }

// Of the place `which`, that began to wait so many microseconds ago.
Fact promised(std::uint64_t which, std::int64_t waited_us) {
  return fact_of(FactType::callback_promised, {},
                 {{"turn", to_text(TurnId{which})},
                  {"number", number_of(which)},
                  {"since_us", k_now.ns / 1000 - waited_us},
                  {"expires_ms", (k_now + 1h).ns / 1'000'000},
                  {"priority", std::int64_t{0}},
                  {"wait_us", waited_us},
                  {"by", std::string("queue")},
                  {"first", std::string("agent")}});
}

std::vector<Fact> waiting(std::uint64_t which, std::int64_t waited_us) {
  const CallId call{1'000'000 + which};
  Fact received = fact_of(FactType::call_received, call,
                          {{"number", std::string("200")}, {"from", number_of(which)}});
  received.leg = LegId{2'000'000 + which};
  received.queue.clear();
  return {received, fact_of(FactType::queue_entered, call,
                            {{"position", std::int64_t{1}},
                             {"priority", std::int64_t{0}},
                             {"turn", to_text(TurnId{which})},
                             {"since_us", k_now.ns / 1000 - waited_us},
                             {"resume_s", std::int64_t{300}}})};
}

TEST(TurnBook, KnowsHowFarAPromiseHasCome) {
  TurnBook book;
  book.add(promised(7, 60'000'000));
  const CallId call{9};
  const auto about = [&](FactType type, std::vector<call::Field> fields) {
    fields.push_back({"turn", to_text(TurnId{7})});
    book.add(fact_of(type, call, std::move(fields)));
  };
  about(FactType::callback_attempted, {{"attempt", std::int64_t{1}}});
  about(FactType::callback_failed,
        {{"attempt", std::int64_t{1}}, {"again_ms", (k_now + 5min).ns / 1'000'000}});
  ASSERT_NE(book.find(TurnId{7}), nullptr);
  const flow::KeptTurn turn = *book.find(TurnId{7});
  EXPECT_TRUE(turn.callback);
  EXPECT_EQ(turn.attempts, 1);
  EXPECT_EQ(turn.since, k_now - 60s);
  EXPECT_EQ(turn.again, k_now + 5min);
  EXPECT_EQ(turn.until, k_now + 1h);
  about(FactType::callback_ended, {{"how", std::string("served")}});
  EXPECT_EQ(book.find(TurnId{7}), nullptr);
}

TEST(TurnBook, ACallerWhomAKillCutOffHasHisPlaceHeld) {
  Standing standing;
  for (const Fact& fact : waiting(5, 30'000'000)) standing.add(fact);
  std::vector<std::string> names;
  const std::vector<Fact> closing = standing.closing_facts("demo");
  for (const Fact& fact : closing) {
    EXPECT_EQ(call::misshapen(fact), "");
    names.emplace_back(call::name_of(fact.type));
    standing.add(fact);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"turn.held", "queue.left", "leg.ended",
                                             "call.ended"}));
  ASSERT_EQ(standing.turns().in_order().size(), 1u);
  const flow::KeptTurn turn = standing.turns().in_order().front();
  EXPECT_FALSE(turn.callback);
  EXPECT_EQ(turn.number, number_of(5));
  EXPECT_EQ(turn.since, k_now - 30s);
  EXPECT_EQ(turn.until, k_now + 5min);
  EXPECT_TRUE(standing.closing_facts("demo").empty());
}

// ---- ten thousand ----

std::unique_ptr<Ledger> open_ledger(const Clock& clock, const store::TestFolder& folder) {
  LedgerOptions options;
  options.folder = folder.path();
  options.tenant = "demo";
  auto ledger = Ledger::open({clock, [](const std::function<void()>&) {}}, options);
  EXPECT_TRUE(ledger) << (ledger ? "" : ledger.error().detail);
  return ledger ? std::move(*ledger) : nullptr;
}

std::unique_ptr<const flow::Configuration> business() {
  auto business = std::make_unique<flow::Configuration>();
  business->tenant = "demo";
  business->version = "v1";
  business->queues["sales"] = {.slug = "sales", .name = "Sales", .waiting_max = 100'000,
                               .resume_within = 5min};
  business->queues["sales"].callback.offered = true;
  business->outbound = {.to = "sip:${number}@192.0.2.1", .allowed = {"+1212"}};
  business->agents["anna"] = {.slug = "anna", .name = "Anna", .extension = "1001",
                              .queues = {"sales"}};
  return business;
}

TEST(TurnBook, TenThousandPlacesAreBackInTheirOrderInLessThanTwoSeconds) {
  constexpr std::uint64_t k_places = 10'000;
  const store::TestFolder folder;
  ManualClock clock{k_now};
  Random random(1);
  std::map<std::int64_t, std::uint64_t, std::greater<>> order;  // waited -> place; callbacks
  {
    auto ledger = open_ledger(clock, folder);
    std::vector<Fact> facts;
    for (std::uint64_t which = 1; which <= k_places; ++which) {
      const auto more_us = static_cast<std::int64_t>(random.below(900'000'000));
      const std::int64_t waited_us = 1'000'000 + more_us;
      if (which % 2 == 0) {
        for (Fact& fact : waiting(which, waited_us)) facts.push_back(std::move(fact));
      } else if (order.emplace(waited_us, which).second) {
        facts.push_back(promised(which, waited_us));
      }
    }
    ledger->append(facts);
    ASSERT_TRUE(ledger->flush(30s));
  }  // killed: nobody closed anything
  const MonoTime began = io::read_mono();
  auto ledger = open_ledger(clock, folder);
  flow::Outbox outbox;
  Timers timers(clock);
  flow::Switchboard board({.clock = clock, .timers = timers, .outbox = outbox});
  board.configure(business());
  for (const flow::KeptTurn& turn : ledger->recovered().turns) board.restore_turn(turn);
  const Duration took = io::read_mono() - began;
  RecordProperty("recovery_ms", static_cast<int>(milliseconds(took)));
  std::printf("[  figure  ] %zu places were back after %lld ms\n",
              ledger->recovered().turns.size(), static_cast<long long>(milliseconds(took)));
  EXPECT_LT(took, 2s);
  EXPECT_EQ(ledger->recovered().turns.size(), order.size() + k_places / 2);
  const auto callbacks = board.callbacks();
  ASSERT_EQ(callbacks.size(), order.size());
  auto expected = order.begin();
  for (std::size_t i = 0; i < callbacks.size(); ++i, ++expected) {
    ASSERT_EQ(callbacks[i].turn, TurnId{expected->second});
    ASSERT_EQ(callbacks[i].position, static_cast<int>(i) + 1);
  }
  EXPECT_EQ(board.broken_promises(), std::vector<std::string>{});
  // The first agent is rung for who has waited longest of all.
  board.handle(call::PhoneReachable{"1001", true});
  const auto rings = [&] {
    for (const call::Command& command : outbox.commands) {
      if (const auto* dial = std::get_if<call::Dial>(&command)) return dial->from;
    }
    return std::string();
  };
  EXPECT_EQ(rings(), number_of(order.begin()->second));
}

}  // namespace
}  // namespace firstring::server

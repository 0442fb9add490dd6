#include "call/facts.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "base/random.h"
#include "call/fact_table.h"

namespace firstring::call {
namespace {

std::string json_of(const Fact& fact) {
  std::string out;
  append_json(out, fact);
  return out;
}

// Text as strangers send it: quotes, controls, NUL, two- to four-byte characters.
std::string odd_text(Random& random) {
  static const std::vector<std::string> k_pieces = {
      "a",       "Anna Berg", "\"", "\\",     "\n",         "\r\n", std::string(1, '\0'),
      "\x1b[2J", "\x7f",      "é",  "漢字",   "😀",          "/",    "{",
      "}",       "</script>", "\t", "\u202e", "' OR 1=1 --"};
  std::string out;
  for (auto n = random.below(6); n > 0; --n) out += k_pieces[random.below(k_pieces.size())];
  return out;
}

// A fact of this type with every field of the table, optional ones by chance.
Fact random_fact(const FactRow& row, Random& random) {
  Fact fact;
  fact.type = row.type;
  fact.sequence = random.next() >> random.below(64);
  fact.mono.ns = static_cast<std::int64_t>(random.below(1'000'000'000'000)) * 1000;
  fact.wall.ns = static_cast<std::int64_t>(random.below(4'000'000'000'000)) * 1'000'000;
  fact.tenant = "harbor-dental";
  std::string_view rest = row.fields;
  while (!rest.empty()) {
    std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    const bool optional = word.ends_with('?');
    if (optional) word.remove_suffix(1);
    if (word == "@call")
      fact.call.value = random.next() | 1;
    else if (word == "@leg")
      fact.leg.value = random.next() | 1;
    else if (word == "@agent")
      fact.agent = "anna" + odd_text(random);
    else if (word == "@queue")
      fact.queue = "reception" + odd_text(random);
    else if (optional && random.chance(0.3))
      continue;
    else if (word.ends_with('#')) {
      word.remove_suffix(1);
      fact.fields.push_back({word, static_cast<std::int64_t>(random.next() >> random.below(64))});
    } else if (word.ends_with('%')) {
      word.remove_suffix(1);
      fact.fields.push_back({word, (random.uniform() - 0.5) * std::pow(10.0, random.below(12))});
    } else if (word.ends_with('!')) {
      word.remove_suffix(1);
      fact.fields.push_back({word, random.chance(0.5)});
    } else {
      fact.fields.push_back({word, odd_text(random)});
    }
  }
  return fact;
}

TEST(FactTable, HasEveryTypeOnceInOrderWithItsOwnName) {
  std::set<std::string_view> names;
  std::uint16_t number = 1;
  for (const FactRow& row : fact_table()) {
    EXPECT_EQ(static_cast<std::uint16_t>(row.type), number) << row.name;
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(name_of(row.type), row.name);
    EXPECT_EQ(fact_type_of(row.name), row.type);
    number += 1;
  }
  EXPECT_EQ(static_cast<std::uint16_t>(FactType::agent_cleared), number - 1);
  EXPECT_EQ(name_of(FactType::call_received), "call.received");
  EXPECT_EQ(name_of(FactType::media_first), "media.first");
  EXPECT_EQ(name_of(FactType::wrap_up_ended), "wrap_up.ended");
  EXPECT_EQ(name_of(FactType::agent_signed_in), "agent.signed_in");
  EXPECT_EQ(name_of(static_cast<FactType>(999)), "?");
  EXPECT_EQ(fact_type_of("call.teleported"), std::nullopt);
}

TEST(Facts, EveryTypeReadsBackAsItWasWritten) {
  Random random(20'261'122);
  for (int round = 0; round < 200; ++round) {
    for (const FactRow& row : fact_table()) {
      const Fact fact = random_fact(row, random);
      ASSERT_EQ(misshapen(fact), "");
      const std::string json = json_of(fact);
      const auto back = parse_fact(json);
      ASSERT_TRUE(back) << json;
      ASSERT_EQ(*back, fact) << json;
    }
  }
}

TEST(Facts, AnyJsonReaderReadsTheSame) {
  Random random(7);
  for (const FactRow& row : fact_table()) {
    const Fact fact = random_fact(row, random);
    const auto read = nlohmann::json::parse(json_of(fact));
    EXPECT_EQ(read.at("type"), row.name);
    EXPECT_EQ(read.at("seq").get<std::uint64_t>(), fact.sequence);
    EXPECT_EQ(read.at("data").size(), fact.fields.size());
    for (const Field& field : fact.fields) {
      const auto& value = read.at("data").at(std::string(field.key));
      std::visit([&value](const auto& expected) { EXPECT_EQ(value, expected); }, field.value);
    }
  }
}

TEST(Facts, ALineLooksAsThePageSays) {
  Fact fact;
  fact.type = FactType::call_received;
  fact.sequence = 17;
  fact.mono.ns = 5'000'123'000;
  fact.wall.ns = 1'795'328'323'412'000'000;
  fact.tenant = "demo";
  fact.call.value = 32;
  fact.leg.value = 33;
  fact.fields = {{"number", std::string("600")}, {"from", std::string("1001")}};
  EXPECT_EQ(json_of(fact), R"({"seq":17,"type":"call.received","at":"2026-11-22T06:18:43.412Z",)"
                           R"("mono_us":5000123,"tenant":"demo","call":"call_0000000000010",)"
                           R"("leg":"leg_0000000000011","data":{"number":"600","from":"1001"}})");
}

TEST(Facts, ControlCharactersAndQuotesAreEscaped) {
  Fact fact;
  fact.type = FactType::alarm_raised;
  fact.fields = {{"detail", std::string("a\x01\x1f\x7f\"\\\r\n\t\0b", 11)}};
  EXPECT_NE(json_of(fact).find(R"("detail":"a\u0001\u001f\u007f\"\\\r\n\t\u0000b")"),
            std::string::npos)
      << json_of(fact);
}

TEST(Facts, BytesThatAreNoUtf8AreReplaced) {
  const std::string k_replaced = "\xEF\xBF\xBD";
  const std::vector<std::pair<std::string, std::string>> k_rows = {
      {"\xff", k_replaced},
      {"a\xc3", "a" + k_replaced},                             // cut off
      {"\xc0\xaf", k_replaced + k_replaced},                   // overlong '/'
      {"\xed\xa0\x80", k_replaced + k_replaced + k_replaced},  // surrogate
      {"\xf4\x90\x80\x80", k_replaced + k_replaced + k_replaced + k_replaced},
      {"\xe2\x82", k_replaced + k_replaced},
      {"\xe2\x82\xac", "\xe2\x82\xac"},
  };
  for (const auto& [raw, expected] : k_rows) {
    Fact fact;
    fact.type = FactType::alarm_raised;
    fact.fields = {{"detail", raw}};
    const auto back = parse_fact(json_of(fact));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back->text("detail"), expected);
    EXPECT_NO_THROW(nlohmann::json::parse(json_of(fact)));
  }
}

TEST(Facts, EscapesOfOtherWritersAreRead) {
  const auto fact =
      parse_fact(R"( { "type" : "alarm.raised", "data" : { "alarm" : "\u00e9\ud83d\ude00\/\b\f", )"
                 R"("detail":"\ud800x" } , "seq" : 3 } )");
  ASSERT_TRUE(fact);
  EXPECT_EQ(*fact->text("alarm"), "é😀/\b\f");
  EXPECT_EQ(*fact->text("detail"), "\xEF\xBF\xBDx");
  EXPECT_EQ(fact->sequence, 3U);
}

TEST(Facts, WhatALaterVersionAddsIsPassedOver) {
  const auto fact =
      parse_fact(R"({"seq":1,"type":"call.ringing","later":{"a":[1,{"b":null}],"c":"d"},"data":)"
                 R"({"what":"tone","never_heard_of":1,"nested":{"x":[]},"none":null}})");
  ASSERT_TRUE(fact);
  ASSERT_EQ(fact->fields.size(), 1U);
  EXPECT_EQ(*fact->text("what"), "tone");
  EXPECT_FALSE(parse_fact(R"({"seq":1,"type":"call.teleported","data":{}})"));
}

TEST(Facts, BrokenLinesAreRefused) {
  Random random(3);
  const std::string good = json_of(random_fact(fact_table()[13], random));
  for (std::size_t length = 0; length < good.size(); ++length) {
    EXPECT_FALSE(parse_fact(std::string_view(good).substr(0, length))) << length;
  }
  EXPECT_FALSE(parse_fact(good + "x"));
  EXPECT_FALSE(parse_fact("{}"));
  EXPECT_FALSE(parse_fact(R"({"seq":-1,"type":"call.ringing"})"));
  EXPECT_FALSE(parse_fact(R"({"seq":1,"type":"call.ringing","call":"call_zzz"})"));
  EXPECT_FALSE(parse_fact(R"({"seq":1,"type":"call.ringing","at":"2026-13-01T00:00:00.000Z"})"));
  EXPECT_FALSE(parse_fact(R"({"seq":1,"type":"call.ringing","mono_us":9999999999999999})"));
  EXPECT_FALSE(parse_fact(R"({"seq":1,"type":"call.ringing","data":{"what":1e999}})"));
  const std::string deep = std::string(100'000, '[');
  EXPECT_FALSE(parse_fact(R"({"type":"call.ringing","x":)" + deep));
}

TEST(Facts, NumbersKeepTheirKind) {
  Fact fact;
  fact.type = FactType::leg_ended;
  fact.fields = {{"loss", 3.0}, {"status", std::int64_t{200}}, {"mos", 1e300}, {"jitter", -0.125}};
  auto back = parse_fact(json_of(fact));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->fields, fact.fields);
  EXPECT_EQ(back->number("loss"), 3.0);
  EXPECT_EQ(back->number("status"), 200.0);
  EXPECT_EQ(back->integer("status"), 200);
  EXPECT_EQ(back->integer("loss"), std::nullopt);
  EXPECT_EQ(back->text("status"), nullptr);
  fact.fields = {{"loss", std::nan("")}, {"mos", INFINITY}, {"jitter", 1.0}};
  back = parse_fact(json_of(fact));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->fields, (std::vector<Field>{{"jitter", 1.0}}));
}

TEST(FactTable, NamesWhatIsWrongWithAFact) {
  Fact fact;
  fact.type = FactType::queue_left;
  fact.call.value = 1;
  fact.queue = "reception";
  fact.fields = {{"reason", std::string("answered")}, {"wait_ms", std::int64_t{12}}};
  EXPECT_EQ(misshapen(fact), "");
  fact.fields[1].value = std::string("12");
  EXPECT_EQ(misshapen(fact), "queue.left: wrong kind of value in wait_ms");
  fact.fields.pop_back();
  EXPECT_EQ(misshapen(fact), "queue.left: has no wait_ms");
  fact.fields.push_back({"wait_ms", std::int64_t{1}});
  fact.fields.push_back({"mood", std::string("fine")});
  EXPECT_EQ(misshapen(fact), "queue.left: is not to carry mood");
  fact.fields.back() = {"wait_ms", std::int64_t{1}};
  EXPECT_EQ(misshapen(fact), "queue.left: has twice wait_ms");
  fact.queue.clear();
  EXPECT_EQ(misshapen(fact), "queue.left: has no queue");
  fact.type = static_cast<FactType>(0);
  EXPECT_EQ(misshapen(fact), "no such type of fact");
}

}  // namespace
}  // namespace firstring::call

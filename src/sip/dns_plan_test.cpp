#include "sip/dns_plan.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "sip/message.h"

namespace firstring::sip {
namespace {

// A DNS as a table. What is not in it has no records.
struct Zone {
  std::map<Question, Answer> answers;

  void srv(const std::string& name, std::vector<SrvRecord> records) {
    answers[{Question::Type::srv, name}].services = std::move(records);
  }
  void address(const std::string& name, std::vector<std::string> ips) {
    for (const auto& ip : ips) {
      answers[{Question::Type::address, name}].addresses.push_back(*Address::parse(ip, 0));
    }
  }
  void failure(Question::Type type, const std::string& name) {
    answers[{type, name}].failed = true;
  }

  // The candidates as text, or the error's; and how many rounds of questions it took.
  std::vector<std::string> resolve(const Target& target, int* rounds = nullptr) const {
    std::map<Question, Answer> known;
    Random random(1);
    for (int round = 0; round < 5; ++round) {
      const Plan made = plan(
          target,
          [&known](const Question& question) {
            const auto found = known.find(question);
            return found == known.end() ? nullptr : &found->second;
          },
          random);
      if (rounds != nullptr) *rounds = round;
      for (const Question& question : made.open) {
        const auto found = answers.find(question);
        known[question] = found == answers.end() ? Answer{} : found->second;
      }
      if (!made.open.empty()) continue;
      if (!made.candidates) return {made.candidates.error().detail};
      std::vector<std::string> texts;
      for (const Peer& peer : *made.candidates) texts.push_back(to_text(peer));
      return texts;
    }
    return {"endless"};
  }
};

using Texts = std::vector<std::string>;

TEST(DnsPlan, AnAddressAsksNobody) {
  int rounds = -1;
  EXPECT_EQ(Zone{}.resolve({.host = "192.0.2.1"}, &rounds), Texts{"udp:192.0.2.1:5060"});
  EXPECT_EQ(rounds, 0);
  EXPECT_EQ(Zone{}.resolve({.host = "192.0.2.1", .port = 5080, .transport = Transport::tcp}),
            Texts{"tcp:192.0.2.1:5080"});
  EXPECT_EQ(Zone{}.resolve({.host = "2001:db8::1", .is_sips = true}),
            Texts{"tls:[2001:db8::1]:5061"});
}

TEST(DnsPlan, ANameWithAPortNeedsItsAddressesOnly) {
  Zone zone;
  zone.srv("_sip._udp.example.com", {{1, 1, 5099, "elsewhere.example.com"}});
  zone.address("example.com", {"192.0.2.1", "2001:db8::1"});
  int rounds = 0;
  EXPECT_EQ(zone.resolve({.host = "Example.COM.", .port = 5070}, &rounds),
            (Texts{"udp:192.0.2.1:5070", "udp:[2001:db8::1]:5070"}));
  EXPECT_EQ(rounds, 1);
}

TEST(DnsPlan, ABareNameGoesByItsServicesInOrderOfPriority) {
  Zone zone;
  zone.srv("_sip._udp.example.com",
           {{20, 0, 5062, "b.example.com"}, {10, 0, 5061, "a.example.com"}});
  zone.srv("_sip._tcp.example.com", {{1, 0, 5063, "c.example.com"}});
  zone.address("a.example.com", {"192.0.2.1", "192.0.2.2"});
  zone.address("b.example.com", {"192.0.2.3"});
  zone.address("c.example.com", {"192.0.2.4"});
  EXPECT_EQ(zone.resolve({.host = "example.com"}),
            (Texts{"udp:192.0.2.1:5061", "udp:192.0.2.2:5061", "udp:192.0.2.3:5062",
                   "tcp:192.0.2.4:5063"}));
  EXPECT_EQ(zone.resolve({.host = "example.com", .transport = Transport::tcp}),
            Texts{"tcp:192.0.2.4:5063"});
}

TEST(DnsPlan, SipsGoesByTlsOnly) {
  Zone zone;
  zone.srv("_sips._tcp.example.com", {{1, 0, 5071, "a.example.com"}});
  zone.srv("_sip._udp.example.com", {{1, 0, 5060, "a.example.com"}});
  zone.address("a.example.com", {"192.0.2.1"});
  EXPECT_EQ(zone.resolve({.host = "example.com", .is_sips = true}), Texts{"tls:192.0.2.1:5071"});
}

TEST(DnsPlan, WithoutServicesTheNamesOwnAddressCounts) {
  Zone zone;
  zone.address("example.com", {"192.0.2.9"});
  EXPECT_EQ(zone.resolve({.host = "example.com"}), Texts{"udp:192.0.2.9:5060"});
  EXPECT_EQ(zone.resolve({.host = "example.com", .is_sips = true}), Texts{"tls:192.0.2.9:5061"});
}

TEST(DnsPlan, AServiceOfDotMeansThereIsNone) {
  Zone zone;
  zone.srv("_sip._udp.example.com", {{0, 0, 0, ""}});
  zone.address("example.com", {"192.0.2.9"});
  EXPECT_EQ(zone.resolve({.host = "example.com", .transport = Transport::udp}),
            Texts{"'example.com' is not in the DNS"});
}

TEST(DnsPlan, AFailureOfOneServiceLeavesTheOthers) {
  Zone zone;
  zone.failure(Question::Type::srv, "_sip._udp.example.com");
  zone.srv("_sip._tcp.example.com", {{1, 0, 5060, "a.example.com"}});
  zone.address("a.example.com", {"192.0.2.1"});
  EXPECT_EQ(zone.resolve({.host = "example.com"}), Texts{"tcp:192.0.2.1:5060"});
}

TEST(DnsPlan, TellsAbsenceFromFailure) {
  Zone zone;
  zone.failure(Question::Type::address, "down.example.com");
  EXPECT_EQ(zone.resolve({.host = "gone.example.com"}),
            Texts{"'gone.example.com' is not in the DNS"});
  EXPECT_EQ(zone.resolve({.host = "down.example.com"}),
            Texts{"the DNS does not answer for 'down.example.com'"});
}

TEST(DnsPlan, NamesThatNoHostCanHaveAreNotAsked) {
  for (const std::string& host :
       {std::string(), std::string("."), std::string("a..b"), std::string("a b"),
        std::string("a\0b", 3), std::string("a/b"), std::string(254, 'a'),
        std::string("\xc3\xbc.de")}) {
    int rounds = -1;
    Zone{}.resolve({.host = host}, &rounds);
    EXPECT_EQ(rounds, 0) << host;
  }
}

TEST(DnsPlan, CandidatesAreBounded) {
  Zone zone;
  std::vector<SrvRecord> records;
  for (int i = 0; i < 16; ++i) {
    const std::string host = "h" + std::to_string(i) + ".example.com";
    records.push_back({1, 1, 5060, host});
    for (int k = 0; k < 8; ++k) {
      zone.address(host, {"192.0." + std::to_string(i) + "." + std::to_string(k)});
    }
  }
  zone.srv("_sip._udp.example.com", records);
  EXPECT_EQ(zone.resolve({.host = "example.com"}).size(), 32u);
}

TEST(SrvOrder, WeightsDecideHowOftenOneIsFirst) {
  Random random(7);
  std::map<std::string, int> first;
  for (int i = 0; i < 10'000; ++i) {
    std::vector<SrvRecord> records = {
        {1, 60, 1, "sixty"}, {1, 30, 1, "thirty"}, {1, 10, 1, "ten"}, {1, 0, 1, "zero"},
        {2, 99, 1, "later"}};
    order_by_chance(records, random);
    first[records[0].target] += 1;
    EXPECT_EQ(records[4].target, "later");
  }
  EXPECT_NEAR(first["sixty"], 6'000, 300);
  EXPECT_NEAR(first["thirty"], 3'000, 300);
  EXPECT_NEAR(first["ten"], 1'000, 200);
  EXPECT_GT(first["zero"], 10);   // seldom, but not never (RFC 2782)
  EXPECT_LT(first["zero"], 300);
}

TEST(TargetOf, ReadsTheUri) {
  const auto of = [](std::string_view text) { return target_of(*parse_uri(text)); };
  EXPECT_EQ(*of("sip:100@example.com"), (Target{.host = "example.com"}));
  EXPECT_EQ(*of("sip:example.com:5070;transport=TCP"),
            (Target{.host = "example.com", .port = 5070, .transport = Transport::tcp}));
  EXPECT_EQ(*of("sips:[2001:db8::1]"), (Target{.host = "2001:db8::1", .is_sips = true}));
  EXPECT_FALSE(of("tel:+15550100"));
  EXPECT_FALSE(of("sip:example.com;transport=sctp"));
  EXPECT_FALSE(of("sip:example.com;transport=ws"));
}

// A DNS message: header, one question, and these answers.
std::string dns_answer(std::uint16_t count, const std::string& answers) {
  std::string message("\0\1\x81\x80\0\1", 6);
  message += static_cast<char>(count >> 8);
  message += static_cast<char>(count & 0xff);
  message.append(4, '\0');
  message += std::string("\4_sip\4_udp\7example\3com\0", 23);
  message += std::string("\0\x21\0\1", 4);
  return message + answers;
}

std::string srv_answer(const std::string& ttl, const std::string& rest, const std::string& target) {
  std::string answer("\xc0\x0c\0\x21\0\1", 6);
  const std::string content = rest + target;
  answer += ttl;
  answer += static_cast<char>(content.size() >> 8);
  answer += static_cast<char>(content.size() & 0xff);
  return answer + content;
}

Result<Answer> parse(const std::string& message) {
  return parse_srv_answer({reinterpret_cast<const unsigned char*>(message.data()), message.size()});
}

const std::string k_minute("\0\0\0\x3c", 4), k_numbers("\0\1\0\2\x13\xc4", 6);
const std::string k_target("\1a\xc0\x16", 4);  // a.example.com, by a pointer

TEST(SrvAnswer, GivesRecordsAndTheSmallestTtl) {
  const auto answer = parse(dns_answer(
      2, srv_answer(std::string("\0\0\1\0", 4), k_numbers, k_target) +
             srv_answer(k_minute, k_numbers, std::string("\0", 1))));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->lifetime, Duration(60s));
  const std::vector<SrvRecord> expected = {{1, 2, 5060, "a.example.com"}, {1, 2, 5060, ""}};
  EXPECT_EQ(answer->services, expected);
}

TEST(SrvAnswer, CutOffAnywhereItIsRefusedAndNeverReadBeyondItsEnd) {
  const std::string whole = dns_answer(1, srv_answer(k_minute, k_numbers, k_target));
  ASSERT_TRUE(parse(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const std::vector<char> exactly(whole.begin(), whole.begin() + static_cast<long>(size));
    EXPECT_FALSE(parse(std::string(exactly.begin(), exactly.end()))) << size;
  }
}

TEST(SrvAnswer, AnyByteMayBeWrong) {
  const std::string whole = dns_answer(1, srv_answer(k_minute, k_numbers, k_target));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string wrong = whole;
      wrong[at] = static_cast<char>(value);
      const auto answer = parse(wrong);
      if (!answer) continue;
      EXPECT_LE(answer->services.size(), 16u);
    }
  }
}

TEST(SrvAnswer, ANameThatPointsToItselfIsRefused) {
  const std::string loop("\xc0\x37", 2);  // where the name itself begins
  const std::string message = dns_answer(1, srv_answer(k_minute, k_numbers, loop));
  ASSERT_EQ(message.find(loop), 0x39u);
  std::string to_itself = message;
  to_itself[0x3a] = 0x39;
  EXPECT_FALSE(parse(to_itself));
}

TEST(SrvAnswer, ImpossibleNamesAreLeftOutAndAHugeTtlIsZero) {
  const auto answer = parse(dns_answer(
      2, srv_answer(std::string("\xff\0\0\0", 4), k_numbers, std::string("\3a/b\0", 5)) +
             srv_answer(k_minute, k_numbers, k_target)));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->lifetime, Duration(0s));
  ASSERT_EQ(answer->services.size(), 1u);
  EXPECT_EQ(answer->services[0].target, "a.example.com");
}

}  // namespace
}  // namespace firstring::sip

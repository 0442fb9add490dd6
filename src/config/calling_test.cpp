// Whom we call: numbers that are allowed, callbacks, kept places in YAML.
#include <gtest/gtest.h>

#include "config/loader.h"

namespace firstring::config {
namespace {

std::string business(std::string_view outbound, std::string_view queue,
                     std::string_view node = "{callback: desk, promised: bye, declined: bye}") {
  return "business:\n"
         "  slug: dentist\n"
         "  numbers: {\"100\": main}\n"
         "  outbound: {" + std::string(outbound) + "}\n"
         "  queues:\n"
         "    desk: {" + std::string(queue) + "}\n"
         "  agents:\n"
         "    anna: {extension: \"1001\", contact: \"sip:a@127.0.0.1\", queues: [desk]}\n"
         "  flows:\n"
         "    main:\n"
         "      start: ask\n"
         "      nodes:\n"
         "        ask: " + std::string(node) + "\n"
         "        bye: {hang_up: Goodbye.}\n";
}

constexpr std::string_view k_outbound =
    "to: \"sip:${number}@192.0.2.1\", allowed: [\"+1212\", \"212\"], "
    "denied: [\"+1212976\", \"212976\"], caller_id: \"+12125550100\"";

std::string problems(const std::string& yaml) {
  std::string all;
  for (const auto& problem : load_text(yaml, "x.yaml").problems) all += problem.to_text() + "\n";
  return all;
}

TEST(Calling, ReadsOutboundCallbackAndPlaces) {
  const auto loaded = load_text(
      business(k_outbound,
               "resume_within: 5m, announce_wait: yes, "
               "comfort: {every: 40s, prompts: [Soon., {file: soon.wav}]}, "
               "callback: {key: \"5\", offer_after: 45s, offer_when_wait: 3m, first: customer, "
               "confirm: no, ring: 20s, attempts: 4, retry_after: 5m, window: 09:00-20:00, "
               "keep: 12h, caller_id: \"+12125550101\"}"),
      "x.yaml");
  ASSERT_NE(loaded.business, nullptr);
  const flow::Outbound& outbound = loaded.business->outbound;
  EXPECT_EQ(outbound.to, "sip:${number}@192.0.2.1");
  EXPECT_EQ(outbound.allowed, (std::vector<std::string>{"+1212", "212"}));
  EXPECT_EQ(outbound.denied, (std::vector<std::string>{"+1212976", "212976"}));
  const acd::QueueSpec& desk = loaded.business->queues.at("desk");
  EXPECT_EQ(desk.resume_within, 5min);
  EXPECT_TRUE(desk.announce_wait);
  EXPECT_EQ(desk.comfort_every, 40s);
  EXPECT_EQ(desk.comfort.size(), 2u);
  const acd::CallbackSpec wanted{.offered = true,
                                 .key = '5',
                                 .offer_after = 45s,
                                 .offer_when_wait = 3min,
                                 .first = acd::CallbackSpec::First::customer,
                                 .confirm = false,
                                 .ring = 20s,
                                 .attempts = 4,
                                 .retry_after = 5min,
                                 .window_from = 540,
                                 .window_to = 1200,
                                 .keep = 12h,
                                 .caller_id = "+12125550101"};
  EXPECT_EQ(desk.callback, wanted);
}

// A caller cannot key a +: what is denied with one only would be open to him.
TEST(Calling, WhatIsDeniedIsDeniedInEachSpellingThatIsAllowed) {
  const std::string all = problems(
      business("to: \"sip:${number}@192.0.2.1\", allowed: [\"+1212\", \"212\"], "
               "denied: \"+1212976\"",
               ""));
  EXPECT_NE(all.find("business.outbound.denied: found only beginnings with a +"),
            std::string::npos)
      << all;
  EXPECT_EQ(problems(business("to: \"sip:${number}@192.0.2.1\", allowed: \"+1212\", "
                              "denied: \"+1212976\"",
                              "")),
            "");
}

TEST(Calling, RefusesWhatCannotBe) {
  EXPECT_EQ(problems(business(k_outbound, "callback: {}")), "");
  const auto complains = [](const std::string& yaml, std::string_view of) {
    const std::string all = problems(yaml);
    EXPECT_NE(all.find(of), std::string::npos) << of << "\n" << all;
  };
  complains(business("to: \"sip:carrier\", allowed: [\"1\"]", "callback: {}"), "outbound.to");
  complains(business("to: \"sip:${number}@c\"", "callback: {}"), "outbound.allowed");
  complains(business("to: \"sip:${number}@c\", allowed: [\"*\"]", ""), "outbound.allowed");
  complains(business("to: \"sip:${number}@c\", allowed: [\"1\"], digits_min: 9, digits_max: 8",
                     ""),
            "outbound.digits_min");
  complains(business(k_outbound, "callback: {key: 0}"), "callback.key");
  complains(business(k_outbound, "callback: {first: both}"), "callback.first");
  complains(business(k_outbound, "callback: {window: closed}"), "callback.window");
  complains(business(k_outbound, "callback: {caller_id: anna}"), "callback.caller_id");
  complains(business(k_outbound, "comfort: {every: 20s}"), "comfort.prompts");
  complains(business(k_outbound, "callback: {}", "{callback: dessk, declined: bye}"),
            "did you mean \"desk\"");
}

}  // namespace
}  // namespace firstring::config

// Refer-To and Replaces as strangers write them.
#include "sip/refer.h"

#include <gtest/gtest.h>

namespace firstring::sip {
namespace {

TEST(ReferTo, ABlindOneNamesAUser) {
  EXPECT_EQ(parse_refer_to("<sip:1002@127.0.0.1>"), (ReferTo{"1002", std::nullopt}));
  EXPECT_EQ(parse_refer_to("sip:1002@127.0.0.1:5060"), (ReferTo{"1002", std::nullopt}));
  EXPECT_EQ(parse_refer_to("\"Ben\" <sips:%2B49301@example.com;transport=tcp>;x=y"),
            (ReferTo{"+49301", std::nullopt}));
  EXPECT_EQ(parse_refer_to("<sip:1002@h?Subject=hello>"), (ReferTo{"1002", std::nullopt}));
}

TEST(ReferTo, AnAttendedOneNamesADialog) {
  const auto refer = parse_refer_to(
      "<sip:1002@h?Replaces=a84b4c76e66710%40pc33%3Bto-tag%3D7743%3Bfrom-tag%3D6472>");
  ASSERT_TRUE(refer && refer->replaces);
  EXPECT_EQ(*refer->replaces, (Replaces{"a84b4c76e66710@pc33", "7743", "6472", false}));
}

TEST(ReferTo, WhatIsNoneIsRefused) {
  for (const char* bad :
       {"", "tel:+49301", "<sip:1002@h", "https://example.com", "<sip:1@h?Replaces=x>",
        "<sip:1@h?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&Replaces=b%3Bto-tag%3D1%3Bfrom-tag%3D2>",
        "<sip:1@h?Replaces=a%3Bto-tag%3D1%3Bto-tag%3D1%3Bfrom-tag%3D2>"}) {
    EXPECT_FALSE(parse_refer_to(bad)) << bad;
  }
  const std::string longest(600, 'x');
  EXPECT_FALSE(parse_refer_to("<sip:1@h?Replaces=" + longest + "%3Bto-tag%3D1%3Bfrom-tag%3D2>"));
}

TEST(ReplacesHeader, HasACallIdAndBothTags) {
  EXPECT_EQ(parse_replaces("12345@h ; from-tag = 54321;to-tag=12345;early-only"),
            (Replaces{"12345@h", "12345", "54321", true}));
  for (const char* bad : {"", ";to-tag=1;from-tag=2", "a;to-tag=1", "a;from-tag=2",
                          "a;to-tag=;from-tag=2", "a;to-tag=1;from-tag=2,b;to-tag=1;from-tag=2"}) {
    EXPECT_FALSE(parse_replaces(bad)) << bad;
  }
}

}  // namespace
}  // namespace firstring::sip

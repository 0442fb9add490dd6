#include "sip/identity.h"

#include <gtest/gtest.h>

namespace firstring::sip {
namespace {

Identity identity_of(const std::string& headers, bool trusted,
                     const std::string& from = "\"Ann\" <sip:1001@pbx.example>") {
  const std::string text =
      "INVITE sip:100@harbor.example SIP/2.0\r\n"
      "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
      "From: " + from + ";tag=a\r\n"
      "To: <sip:100@harbor.example>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n" + headers + "\r\n";
  Message message;
  const auto refusal = message.parse(text);
  EXPECT_FALSE(refusal) << refusal->reason;
  return caller_identity(message, trusted);
}

TEST(Identity, FromIsTheCallerOfAnUntrustedPeer) {
  EXPECT_EQ(identity_of("", false), (Identity{.number = "1001", .name = "Ann"}));
}

TEST(Identity, WhatAnUntrustedPeerAssertsCountsNothingInAnySpelling) {
  for (const char* header :
       {"P-Asserted-Identity: <sip:+4930999@x>\r\n", "p-asserted-identity : <tel:+4930999>\r\n",
        "P-ASSERTED-IDENTITY:\r\n <sip:+4930999@x>\r\n", "Remote-Party-ID: <sip:+4930999@x>\r\n",
        "Diversion: <sip:+4930999@x>\r\n", "diversion:\t<sip:+4930999@x>;reason=busy\r\n",
        "History-Info: <sip:+4930999@x>;index=1, <sip:1@y>;index=1.1\r\n"}) {
    EXPECT_EQ(identity_of(header, false), (Identity{.number = "1001", .name = "Ann"})) << header;
  }
}

TEST(Identity, TheAssertedIdentityOfATrustedPeerIsBelieved) {
  const Identity expected{.number = "+4930999", .name = "Bob Builder"};
  EXPECT_EQ(identity_of("P-Asserted-Identity: \"Bob Builder\" <sip:+4930999@x;user=phone>\r\n",
                        true), expected);
  EXPECT_EQ(identity_of("P-ASSERTED-identity :\r\n  \"Bob\r\n Builder\" <tel:+49-30-999>\r\n",
                        true), expected);
  EXPECT_EQ(identity_of("Remote-Party-ID: \"Bob Builder\" <sip:+4930999@x>;party=calling;"
                        "privacy=off;screen=yes\r\n", true), expected);
  EXPECT_EQ(identity_of("Remote-Party-ID: <sip:666@x>\r\n"
                        "P-Asserted-Identity: \"Bob Builder\" <sip:%2B4930999@x>\r\n", true),
            expected);
}

TEST(Identity, AnAssertedNumberWithoutANameTakesTheNameOfFrom) {
  EXPECT_EQ(identity_of("P-Asserted-Identity: <tel:+4930999>\r\n", true),
            (Identity{.number = "+4930999", .name = "Ann"}));
}

TEST(Identity, ABrokenAssertionIsPassedOver) {
  EXPECT_EQ(identity_of("P-Asserted-Identity: <sip:\r\n", true).number, "1001");
  EXPECT_EQ(identity_of("P-Asserted-Identity: <sip:x.example>, <tel:+4930999>\r\n", true).number,
            "+4930999");
  EXPECT_EQ(identity_of("P-Asserted-Identity:\r\n", true).number, "1001");
}

TEST(Identity, PrivacyWithholdsNumberAndName) {
  const Identity withheld{.withheld = true};
  EXPECT_EQ(identity_of("P-Asserted-Identity: \"Bob\" <tel:+4930999>\r\nPrivacy: id\r\n", true),
            withheld);
  EXPECT_EQ(identity_of("Privacy: critical;USER\r\n", false), withheld);
  EXPECT_EQ(identity_of("Remote-Party-ID: <sip:1@x>;privacy=full\r\n", true), withheld);
  EXPECT_EQ(identity_of("P-Asserted-Identity: <tel:+4930999>\r\n", true,
                        "\"Anonymous\" <sip:anonymous@anonymous.invalid>"), withheld);
  EXPECT_FALSE(identity_of("Privacy: none\r\n", false).withheld);
}

TEST(Identity, TheLastDiverterOfATrustedPeerIsKnown) {
  EXPECT_EQ(identity_of("Diversion: <sip:+49301@x>;reason=no-answer, <sip:+49302@x>\r\n", true)
                .diverted_from, "+49301");
  EXPECT_EQ(identity_of("History-Info: <sip:+49301@x?Reason=SIP%3Bcause%3D302>;index=1\r\n"
                        "History-Info: <sip:100@harbor.example>;index=1.1;mp=1\r\n", true)
                .diverted_from, "+49301");
  EXPECT_EQ(identity_of("History-Info: <sip:100@a>;index=1, <sip:100@b>;index=1.1\r\n", true)
                .diverted_from, "");
  EXPECT_EQ(identity_of("History-Info: <sip:100@a>;index=1\r\n", true).diverted_from, "");
}

TEST(Identity, NamesAndNumbersAreCleanedForPeople) {
  EXPECT_EQ(identity_of("", false, "\"Eve \\\"x\\\" \xe2\x80\xae" "10\x7f\" <sip:eve@x>").name,
            "Eve \"x\" 10");
  EXPECT_EQ(identity_of("", false, "<sip:a%0D%0Ab%00%E2%80%AEc@x>").number, "a bc");
  EXPECT_EQ(identity_of("", false, "\"" + std::string(5000, 'n') + "\" <sip:1@x>").name.size(),
            128u);
  EXPECT_EQ(identity_of("", false, "\"M\xfcller\" <sip:1@x>").name, "Müller");  // Latin-1
  EXPECT_EQ(identity_of("", false, "\"+49 (30) 999\" <sip:+4930999;cpc=ordinary@x>"),
            (Identity{.number = "+4930999"}));
}

}  // namespace
}  // namespace firstring::sip

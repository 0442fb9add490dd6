#include "sip/message.h"

#include <gtest/gtest.h>

namespace firstring::sip {
namespace {

const std::string k_invite =
    "INVITE sip:100@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bK1;rport\r\n"
    "Max-Forwards: 70\r\n"
    "From: \"Ann\" <sip:ann@example.com>;tag=a1\r\n"
    "To: <sip:100@example.com>\r\n"
    "Call-ID: c1@192.0.2.1\r\n"
    "CSeq: 7 INVITE\r\n"
    "Content-Length: 4\r\n"
    "\r\n"
    "body";

TEST(Message, AnInviteIsReadInAllItsParts) {
  Message message;
  ASSERT_FALSE(message.parse(k_invite));
  EXPECT_TRUE(message.is_request());
  EXPECT_EQ(message.method(), Method::invite);
  EXPECT_EQ(message.request_uri(), "sip:100@example.com");
  EXPECT_EQ(message.top_via().transport, "UDP");
  EXPECT_EQ(message.top_via().host, "192.0.2.1");
  EXPECT_EQ(message.top_via().port, 5070);
  EXPECT_EQ(message.top_via().branch(), "z9hG4bK1");
  EXPECT_EQ(message.top_via().parameter("RPORT"), "");
  EXPECT_FALSE(message.top_via().parameter("received"));
  EXPECT_EQ(message.max_forwards(), 70u);
  EXPECT_EQ(message.from().display_name, "Ann");
  EXPECT_EQ(message.from().uri.user, "ann");
  EXPECT_EQ(message.from().tag(), "a1");
  EXPECT_EQ(message.to().tag(), "");
  EXPECT_EQ(message.call_id(), "c1@192.0.2.1");
  EXPECT_EQ(message.cseq().number, 7u);
  EXPECT_EQ(message.body(), "body");
  EXPECT_EQ(message.raw(), k_invite);
}

}  // namespace
}  // namespace firstring::sip

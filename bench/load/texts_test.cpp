#include "bench/load/texts.h"

#include <gtest/gtest.h>

namespace firstring::load {
namespace {

TEST(MediaAddress, IsReadFromOurOwnSdp) {
  const auto address = media_address(sdp_for(30'012));
  ASSERT_TRUE(address);
  EXPECT_EQ(ntohs(address->sin_port), 30'012);
  EXPECT_EQ(ntohl(address->sin_addr.s_addr), INADDR_LOOPBACK);
}

TEST(MediaAddress, NeverLeavesTheMachine) {
  EXPECT_FALSE(media_address("c=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/AVP 0\r\n"));
  EXPECT_TRUE(media_address("c=IN IP4 127.0.0.9\r\nm=audio 4000 RTP/AVP 0\r\n"));
  EXPECT_FALSE(media_address("c=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 0\r\n"));
  EXPECT_FALSE(media_address("c=IN IP4 127.0.0.1\r\n"));
  EXPECT_FALSE(media_address(""));
}

TEST(Dialog, OfAnAnswerTurnsRoutesAroundAndOfAnInviteDoesNot) {
  const std::string answer =
      "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:1;branch=z9hG4bK1\r\n"
      "Record-Route: <sip:b;lr>, <sip:a;lr>\r\nFrom: <sip:us@h>;tag=1\r\n"
      "To: <sip:them@h>;tag=2\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n"
      "Contact: <sip:them@127.0.0.1:9>\r\nContent-Length: 0\r\n\r\n";
  sip::Message message;
  ASSERT_FALSE(message.parse(answer));
  const std::string bye = request_text(dialog_of_answer(message),
                                       {.method = "BYE", .cseq = 2, .port = 15'090, .branch = 3});
  sip::Message request;
  ASSERT_FALSE(request.parse(bye)) << bye;
  EXPECT_EQ(request.request_uri(), "sip:them@127.0.0.1:9");
  EXPECT_EQ(request.from().tag(), "1");
  EXPECT_EQ(request.to().tag(), "2");
  EXPECT_EQ(request.values(sip::HeaderName::route).front(), "<sip:a;lr>");

  const std::string invite = invite_text({.uri = "sip:7@127.0.0.1:5060",
                                          .caller = "load-1-1",
                                          .call_id = "x",
                                          .port = 15'090,
                                          .branch = 4,
                                          .sdp = sdp_for(30'000)});
  sip::Message offer;
  ASSERT_FALSE(offer.parse(invite)) << invite;
  const Dialog called = dialog_of_invite(offer, "tag9");
  EXPECT_EQ(called.remote_target, "sip:load-1-1@127.0.0.1:15090");
  EXPECT_EQ(called.local, "<sip:7@127.0.0.1:5060>;tag=tag9");
}

TEST(RefusalAck, RepeatsTheBranchAndTheTag) {
  const std::string refusal =
      "SIP/2.0 503 Service Unavailable\r\nVia: SIP/2.0/UDP 127.0.0.1:15090;branch=z9hG4bKx\r\n"
      "From: <sip:us@h>;tag=1\r\nTo: <sip:7@h>;tag=2\r\nCall-ID: id\r\nCSeq: 1 INVITE\r\n"
      "Content-Length: 0\r\n\r\n";
  sip::Message message, ack;
  ASSERT_FALSE(message.parse(refusal));
  const std::string text = refusal_ack_text("sip:7@h", message);
  ASSERT_FALSE(ack.parse(text)) << text;
  EXPECT_EQ(ack.method(), sip::Method::ack);
  EXPECT_EQ(ack.top_via().branch(), "z9hG4bKx");
  EXPECT_EQ(ack.to().tag(), "2");
  EXPECT_EQ(ack.cseq().number, 1u);
}

}  // namespace
}  // namespace firstring::load

#include "sip/message_builder.h"

#include <gtest/gtest.h>

#include "sip/reliable_provisional.h"
#include "sip/transaction_table.h"

namespace firstring::sip {
namespace {

Peer udp(std::string_view ip, std::uint16_t port) {
  return {.address = *Address::parse(ip, port)};
}

std::string via_answer(std::string_view via, const Peer& source) {
  const std::string text = "OPTIONS sip:a@b SIP/2.0\r\nVia: " + std::string(via) +
                           "\r\nMax-Forwards: 70\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\n"
                           "Call-ID: c\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
  Message request;
  EXPECT_FALSE(request.parse(text)) << via;
  std::string out;
  append_response_head(out, request, source, "mytag");
  EXPECT_NE(out.find("To: <sip:b@b>;tag=mytag\r\n"), std::string::npos);
  return out.substr(5, out.find("\r\n") - 5);
}

TEST(MessageBuilder, ViaTellsWhatTheSenderCannotKnow) {
  const Peer source = udp("198.51.100.7", 4000);
  struct Row {
    const char* via;
    const char* answer;
  };
  const Row rows[] = {
      {"SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1", "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1"},
      {"SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1",
       "SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK1;received=198.51.100.7"},
      {"SIP/2.0/UDP pc.example.com;branch=z9hG4bK1",
       "SIP/2.0/UDP pc.example.com;branch=z9hG4bK1;received=198.51.100.7"},
      {"SIP/2.0/UDP 198.51.100.7;rport;branch=z9hG4bK1",
       "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1;received=198.51.100.7;rport=4000"},
      {"SIP/2.0/UDP 10.0.0.1;RPORT;branch=z9hG4bK1;received=6.6.6.6",
       "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1;received=198.51.100.7;rport=4000"},
      {"SIP/2.0/UDP 10.0.0.1;x=\"a;rport;b\";branch=z9hG4bK1, SIP/2.0/TCP far;branch=z9hG4bK2",
       "SIP/2.0/UDP 10.0.0.1;x=\"a;rport;b\";branch=z9hG4bK1;received=198.51.100.7, "
       "SIP/2.0/TCP far;branch=z9hG4bK2"},
  };
  for (const Row& row : rows) EXPECT_EQ(via_answer(row.via, source), row.answer);
}

TEST(MessageBuilder, NothingBreaksOutOfItsLine) {
  std::string buffer;
  MessageBuilder builder(buffer);
  builder.status_line(486, "Busy\r\nX: y").header("Reason", "a\nb").finish();
  EXPECT_EQ(buffer,
            "SIP/2.0 486 Busy  X: y\r\nReason: a b\r\nContent-Length: 0\r\n\r\n");
}

TEST(MessageBuilder, PhrasesAreThoseOfTheStandard) {
  EXPECT_EQ(standard_reason(100), "Trying");
  EXPECT_EQ(standard_reason(487), "Request Terminated");
  EXPECT_EQ(standard_reason(606), "Not Acceptable");
  EXPECT_EQ(standard_reason(299), "");
}

TEST(MessageBuilder, CancelFollowsItsRequest) {
  const std::string invite =
      "INVITE sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
      "Route: <sip:p;lr>\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\n"
      "CSeq: 7 INVITE\r\nContact: <sip:a>\r\nContent-Length: 11\r\n\r\nTo: inbody\r\n";
  EXPECT_EQ(cancel_for(invite, "Q.850;cause=16"),
            "CANCEL sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
            "Route: <sip:p;lr>\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\n"
            "CSeq: 7 CANCEL\r\nReason: Q.850;cause=16\r\nContent-Length: 0\r\n\r\n");
}

TEST(MessageBuilder, BranchesOfOursAreRecognised) {
  std::string buffer;
  MessageBuilder(buffer).via(Transport::tcp, "h:1", 12345);
  const std::size_t at = buffer.find("z9hG4bK");
  EXPECT_EQ(number_in_branch(buffer.substr(at, buffer.find("\r\n") - at)), 12345u);
  EXPECT_FALSE(number_in_branch("z9hG4bK77"));
  EXPECT_FALSE(number_in_branch("0000000000001"));
}

TEST(RAck, IsTwoNumbersAndAMethod) {
  const auto rack = parse_rack(" 776656 \t1  INVITE");
  ASSERT_TRUE(rack);
  EXPECT_EQ(rack->rseq, 776656u);
  EXPECT_EQ(rack->cseq, 1u);
  EXPECT_TRUE(rack->is_invite);
  EXPECT_FALSE(parse_rack("1 1 BYE")->is_invite);
  EXPECT_FALSE(parse_rack(""));
  EXPECT_FALSE(parse_rack("1 INVITE"));
  EXPECT_FALSE(parse_rack("1 -1 INVITE"));
  EXPECT_FALSE(parse_rack("4294967296 1 INVITE"));
}

}  // namespace
}  // namespace firstring::sip

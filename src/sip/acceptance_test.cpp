#include "sip/acceptance.h"

#include <gtest/gtest.h>

namespace firstring::sip {
namespace {

struct Wish {
  std::string method = "INVITE";
  std::string uri = "sip:100@h";
  std::string headers;
  std::string body;
  std::string from = "<sip:a@h>", to = "<sip:100@h>";
};
std::string text_of_request(const Wish& wish) {
  return wish.method + " " + wish.uri + " SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: " +
         wish.from + ";tag=1\r\nTo: " + wish.to + "\r\nCall-ID: c\r\nCSeq: 1 " + wish.method +
         "\r\n" + wish.headers + "Content-Length: " + std::to_string(wish.body.size()) +
         "\r\n\r\n" + wish.body;
}
// 0: accepted.
int judged(const Wish& wish) {
  const std::string bytes = text_of_request(wish);
  Message message;
  const auto refusal = message.parse(bytes);
  if (refusal) return -refusal->status;
  const auto judgement = judge_request(message);
  return judgement ? judgement->status : 0;
}

TEST(Acceptance, MethodsWeDoNotKnowOrServeAreRefusedWithTheOnesWeDo) {
  for (const char* method : {"INVITE", "BYE", "CANCEL", "OPTIONS", "REGISTER", "INFO", "PRACK",
                             "UPDATE", "REFER", "ACK"}) {
    EXPECT_EQ(judged({.method = method}), 0) << method;
  }
  for (const char* method : {"MESSAGE", "SUBSCRIBE", "NOTIFY", "PUBLISH"}) {
    EXPECT_EQ(judged({.method = method}), 405) << method;
  }
  EXPECT_EQ(judged({.method = "FOO"}), 501);
  EXPECT_EQ(judged({.method = "invite"}), 501);
  const std::string bytes = text_of_request({.method = "FOO"});
  Message message;
  ASSERT_FALSE(message.parse(bytes));
  EXPECT_EQ(judge_request(message)->extra_headers,
            "Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, REGISTER, INFO, PRACK, UPDATE, REFER\r\n");
}

TEST(Acceptance, AnySchemeMayStandInAnAddressButNotEverywhereServesUs) {
  for (const char* uri : {"sip:x@h", "sips:x@h", "tel:+1", "isbn:1", "http://h/", "urn:service:sos",
                          "x-y+z.1:a", "mailto:a@h", "data:,", "sip:h"}) {
    const std::string bracketed = "<" + std::string(uri) + ">";
    const bool callable = std::string_view(uri).starts_with("sip") ||
                          std::string_view(uri).starts_with("tel");
    EXPECT_EQ(judged({.uri = uri}), callable ? 0 : 416) << uri;
    EXPECT_EQ(judged({.from = bracketed}), 0) << uri;
    EXPECT_EQ(judged({.to = bracketed}), 0) << uri;
    EXPECT_EQ(judged({.headers = "Contact: " + bracketed + "\r\n"}), 0) << uri;
    for (const char* header : {"P-Asserted-Identity", "Remote-Party-ID", "Diversion",
                               "History-Info", "Refer-To", "Record-Route", "Route", "Path"}) {
      EXPECT_EQ(judged({.headers = std::string(header) + ": " + bracketed + "\r\n"}), 0) << uri;
    }
    EXPECT_EQ(judged({.method = "REGISTER", .to = bracketed}),
              std::string_view(uri).starts_with("sip") ? 0 : 400) << uri;
  }
}

TEST(Acceptance, ContactAndRoutesMustBeReadable) {
  EXPECT_EQ(judged({.headers = "Contact: x\r\n"}), 400);
  EXPECT_EQ(judged({.headers = "Contact: *\r\n"}), 400);
  EXPECT_EQ(judged({.method = "REGISTER", .headers = "Contact: *\r\nExpires: 0\r\n"}), 0);
  EXPECT_EQ(judged({.headers = "Record-Route: <sip:a>, <sip:\r\n"}), 400);
}

TEST(Acceptance, AnInviteWithoutHopsLeftIsALoop) {
  EXPECT_EQ(judged({.headers = "Max-Forwards: 0\r\n"}), 483);
  EXPECT_EQ(judged({.headers = "Max-Forwards: 1\r\n"}), 0);
  EXPECT_EQ(judged({.method = "OPTIONS", .headers = "Max-Forwards: 0\r\n"}), 0);
}

TEST(Acceptance, RequiredExtensionsMustBeOurs) {
  EXPECT_EQ(judged({.headers = "Require: 100rel, Timer, replaces\r\n"}), 0);
  EXPECT_EQ(judged({.headers = "Require: 100rel\r\nRequire: gruu\r\n"}), 420);
  EXPECT_EQ(judged({.headers = "Require: a b\r\n"}), 400);
  EXPECT_EQ(judged({.method = "CANCEL", .headers = "Require: gruu\r\n"}), 0);
  EXPECT_EQ(judged({.method = "ACK", .headers = "Require: gruu\r\n"}), 0);
}

TEST(Acceptance, OffersMustBeSdp) {
  const std::string sdp = "v=0\r\no=- 1 1 IN IP4 h\r\n";
  EXPECT_EQ(judged({.headers = "Content-Type: Application/SDP;charset=utf-8\r\n", .body = sdp}), 0);
  EXPECT_EQ(judged({.body = sdp}), 0);
  EXPECT_EQ(judged({.body = "hello"}), 415);
  EXPECT_EQ(judged({.headers = "c: text/plain\r\n", .body = sdp}), 415);
  EXPECT_EQ(judged({.headers = "c: application/sdp\r\ne: gzip\r\n", .body = sdp}), 415);
  EXPECT_EQ(judged({.headers = "c: text/plain\r\nContent-Disposition: x;handling=Optional\r\n",
                    .body = "hello"}), 0);
  EXPECT_EQ(judged({.method = "INFO", .headers = "c: application/dtmf-relay\r\n", .body = "5"}), 0);
  EXPECT_EQ(judged({.headers = "Accept: text/plain\r\n"}), 406);
  for (const char* accept : {"application/sdp", "text/x, Application / SDP;q=1", "*/*",
                             "application/*", "multipart/mixed"}) {
    EXPECT_EQ(judged({.headers = "Accept: " + std::string(accept) + "\r\n"}), 0) << accept;
  }
}

std::string sdp_in(const std::string& headers, const std::string& body) {
  const std::string bytes = text_of_request({.headers = headers, .body = body});
  Message message;
  EXPECT_FALSE(message.parse(bytes));
  return std::string(sdp_of(message));
}

TEST(Acceptance, TheSdpIsFoundAmongOtherParts) {
  const std::string type = "Content-Type: multipart/mixed;boundary=\"b 1\"\r\n";
  const std::string body =
      "preamble\r\n--b 1\r\nContent-Type: application/isup\r\n\r\n\x01\x02\r\n--b 1  \r\n"
      "X: y\r\ncontent-type : application/sdp\r\n\r\nv=0\r\ns=-\r\n\r\n--b 1--\r\nepilogue";
  EXPECT_EQ(sdp_in(type, body), "v=0\r\ns=-\r\n");
  EXPECT_EQ(sdp_in("Content-Type: multipart/mixed\r\n", body), "");
  EXPECT_EQ(sdp_in("Content-Type: multipart/mixed;boundary=c\r\n", body), "");
  for (std::size_t size = 0; size < body.find("\r\n--b 1--"); ++size) {
    EXPECT_EQ(sdp_in(type, body.substr(0, size)), "") << size;  // cut short
  }
  EXPECT_EQ(sdp_in(type, "--b 1\r\n--b 1\r\n--b 1--"), "");
}

}  // namespace
}  // namespace firstring::sip

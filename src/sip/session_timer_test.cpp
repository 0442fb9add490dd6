#include "sip/session_timer.h"

#include <gtest/gtest.h>

namespace firstring::sip {
namespace {

SessionWish wish_of(std::string_view lines) {
  const std::string text =
      "UPDATE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
      "From: <sip:a@a>;tag=1\r\nTo: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 UPDATE\r\n" +
      std::string(lines) + "Content-Length: 0\r\n\r\n";
  Message message;
  EXPECT_FALSE(message.parse(text));
  return read_session_wish(message);
}

TEST(SessionTimer, ReadsWhatIsWished) {
  const SessionWish wish = wish_of(
      "Supported: 100rel, timer\r\nSession-Expires: 1800 ; Refresher=UAS\r\nMin-SE: 100;x=y\r\n");
  EXPECT_TRUE(wish.supported);
  EXPECT_EQ(wish.expires_s, 1800u);
  EXPECT_EQ(wish.refresher, Refresher::uas);
  EXPECT_EQ(wish.min_s, 100u);
  EXPECT_FALSE(wish_of("").expires_s);
  EXPECT_FALSE(wish_of("x: 99999999999999999999\r\n").expires_s);
  EXPECT_EQ(wish_of("x: 120\r\n").expires_s, 120u);  // compact form
}

TEST(SessionTimer, AsUasTheTermsFollowTheTableOfRfc4028) {
  struct Row {
    const char* lines;
    SessionTerms terms;
  };
  const Row rows[] = {
      {"", {1800s, true}},                                        // knows no timers: we refresh
      {"Supported: timer\r\n", {1800s, true}},
      {"Supported: timer\r\nx: 600\r\n", {600s, false}},
      {"Supported: timer\r\nx: 600;refresher=uac\r\n", {600s, false}},
      {"Supported: timer\r\nx: 600;refresher=uas\r\n", {600s, true}},
      {"Supported: timer\r\nx: 7200\r\n", {1800s, false}},        // ours may be shorter
      {"Supported: timer\r\nx: 7200\r\nMin-SE: 3600\r\n", {3600s, false}},  // but not than Min-SE
      {"x: 30\r\n", {90s, true}},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(terms_as_uas(wish_of(row.lines), 1800s, 90s), row.terms) << row.lines;
  }
}

TEST(SessionTimer, OnlyWhoKnowsTimersIsToldThatHisIsTooSmall) {
  EXPECT_TRUE(is_too_small(wish_of("Supported: timer\r\nx: 89\r\n"), 90s));
  EXPECT_FALSE(is_too_small(wish_of("Supported: timer\r\nx: 90\r\n"), 90s));
  EXPECT_FALSE(is_too_small(wish_of("x: 30\r\n"), 90s));
}

TEST(SessionTimer, AsUacTheAnswerDecides) {
  EXPECT_EQ(terms_as_uac(wish_of(""), 90s), SessionTerms{});
  EXPECT_EQ(terms_as_uac(wish_of("x: 600;refresher=uas\r\n"), 90s), (SessionTerms{600s, false}));
  EXPECT_EQ(terms_as_uac(wish_of("x: 600\r\n"), 90s), (SessionTerms{600s, true}));
  EXPECT_EQ(terms_as_uac(wish_of("x: 1\r\n"), 90s), (SessionTerms{90s, true}));
}

TEST(SessionTimer, GivesUpAThirdOr32SecondsBeforeTheEnd) {
  EXPECT_EQ((SessionTerms{90s, false}.expire_after()), 60s);
  EXPECT_EQ((SessionTerms{1800s, false}.expire_after()), 1768s);
  EXPECT_EQ((SessionTerms{1800s, true}.refresh_after()), 900s);
}

}  // namespace
}  // namespace firstring::sip

#include "sip/registrar.h"

#include <gtest/gtest.h>

namespace firstring::sip {
namespace {

class RegistrarTest : public ::testing::Test, protected RegistrarEvents {
 protected:
  void on_registered(const RegistrarBinding& binding) override {
    seen += (binding.refreshed ? "~" : "+") + binding.contact + " ";
  }
  void on_unregistered(const RegistrarBinding& binding, bool expired) override {
    seen += (expired ? "x" : "-") + binding.contact + " ";
  }

  struct Request {
    std::string headers;
    std::string call_id = "c1";
    int cseq = 1;
    Peer source = {.address = *Address::parse("203.0.113.9", 40123)};
    std::string aor = "1001";
  };
  Registrar::Answer send(const Request& wish) {
    const std::string text =
        "REGISTER sip:harbor.example SIP/2.0\r\n"
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
        "From: <sip:1001@harbor.example>;tag=a\r\nTo: <sip:1001@harbor.example>\r\n"
        "Call-ID: " + wish.call_id + "\r\nCSeq: " + std::to_string(wish.cseq) + " REGISTER\r\n"
        "User-Agent: Phone/1\r\n" + wish.headers + "\r\n";
    Message message;
    const auto refusal = message.parse(text);
    EXPECT_FALSE(refusal) << refusal->reason;
    seen.clear();
    return registrar.process(wish.aor, message, wish.source);
  }
  void advance(Duration by) {
    clock.advance_to(clock.now() + by);
    timers.advance();
  }

  ManualClock clock;
  Timers timers{clock};
  std::string seen;
  Registrar registrar{timers, *this};
};

TEST_F(RegistrarTest, APhoneIsReachableAtItsContactThroughItsSource) {
  const auto answer = send({.headers = "Contact: <sip:1001@10.0.0.5:5060;transport=udp>;q=0.7\r\n"
                                       "Expires: 600\r\n"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.extra_headers,
            "Contact: <sip:1001@10.0.0.5:5060;transport=udp>;expires=600;q=0.7\r\n");
  EXPECT_EQ(seen, "+sip:1001@10.0.0.5:5060;transport=udp ");
  const auto contacts = registrar.contacts("1001");
  ASSERT_EQ(contacts.size(), 1u);
  EXPECT_EQ(contacts[0].source.address.to_text(), "203.0.113.9:40123");
  EXPECT_EQ(contacts[0].user_agent, "Phone/1");
  EXPECT_EQ((contacts[0].expires - clock.wall_now()).count(), Duration(600s).count());
  EXPECT_TRUE(registrar.contacts("1002").empty());
}

TEST_F(RegistrarTest, ABindingEndsWhenItsTimeIsOver) {
  send({.headers = "Contact: <sip:a@h>;expires=60\r\n"});
  advance(30s);
  EXPECT_EQ(send({.headers = ""}).extra_headers, "Contact: <sip:a@h>;expires=30\r\n");
  advance(30s - 1ms);
  EXPECT_TRUE(registrar.is_registered("1001"));
  advance(1ms);
  EXPECT_FALSE(registrar.is_registered("1001"));
  EXPECT_EQ(seen, "xsip:a@h ");
  EXPECT_EQ(registrar.binding_count(), 0u);
}

TEST_F(RegistrarTest, ARefreshExtendsAndIsToldApart) {
  send({.headers = "Contact: <sip:a@h:5060>;expires=60\r\n", .cseq = 1});
  advance(50s);
  EXPECT_EQ(send({.headers = "Contact: <sip:a@H:5060;x=1>;expires=60\r\n", .cseq = 2}).status, 200);
  advance(50s);
  EXPECT_TRUE(registrar.is_registered("1001"));
  EXPECT_EQ(registrar.binding_count(), 1u);
  send({.headers = "Contact: <sip:a@H:5060;x=1>;expires=60\r\n", .cseq = 3});
  EXPECT_EQ(seen, "~sip:a@H:5060;x=1 ");
}

TEST_F(RegistrarTest, ExpiresZeroTakesOneBackAndAStarAll) {
  send({.headers = "Contact: <sip:a@h>, <sip:b@h>\r\nContact: sip:c@h\r\n", .cseq = 1});
  EXPECT_EQ(registrar.contacts("1001").size(), 3u);
  send({.headers = "Contact: <sip:b@h>;expires=0\r\n", .cseq = 2});
  EXPECT_EQ(seen, "-sip:b@h ");
  EXPECT_EQ(registrar.contacts("1001").size(), 2u);
  const auto answer = send({.headers = "Contact: *\r\nExpires: 0\r\n", .cseq = 3});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.extra_headers, "");
  EXPECT_EQ(seen, "-sip:a@h -sip:c@h ");
  EXPECT_FALSE(registrar.is_registered("1001"));
  EXPECT_EQ(timers.armed_count(), 0u);
}

TEST_F(RegistrarTest, AStarWithAnythingElseChangesNothing) {
  send({.headers = "Contact: <sip:a@h>\r\n", .cseq = 1});
  EXPECT_EQ(send({.headers = "Contact: *\r\n", .cseq = 2}).status, 400);
  EXPECT_EQ(send({.headers = "Contact: *\r\nExpires: 60\r\n", .cseq = 2}).status, 400);
  EXPECT_EQ(send({.headers = "Contact: *, <sip:b@h>\r\nExpires: 0\r\n", .cseq = 2}).status, 400);
  EXPECT_EQ(registrar.contacts("1001").size(), 1u);
}

TEST_F(RegistrarTest, TooShortAnIntervalIsRefusedAndTooLongOneCut) {
  const auto brief = send({.headers = "Contact: <sip:a@h>;expires=59\r\n"});
  EXPECT_EQ(brief.status, 423);
  EXPECT_EQ(brief.extra_headers, "Min-Expires: 60\r\n");
  EXPECT_FALSE(registrar.is_registered("1001"));
  int cseq = 1;
  for (const char* expires : {"3601", "2147483648", "4294967295", "4294967296",
                              "280297596632815", "-1", "abc", "0x10", "60 60"}) {
    const auto answer = send({.headers = std::string("Contact: <sip:a@h>\r\nExpires: ") + expires +
                                         "\r\n", .cseq = ++cseq});
    EXPECT_EQ(answer.extra_headers, "Contact: <sip:a@h>;expires=3600\r\n") << expires;
  }
}

TEST_F(RegistrarTest, AnOvertakenRequestDoesNotUndoALaterOne) {
  send({.headers = "Contact: <sip:a@h>\r\n", .cseq = 7});
  EXPECT_EQ(send({.headers = "Contact: <sip:a@h>;expires=0\r\n", .cseq = 6}).status, 500);
  EXPECT_EQ(send({.headers = "Contact: <sip:a@h>;expires=0\r\n", .cseq = 7}).status, 500);
  EXPECT_EQ(send({.headers = "Contact: *\r\nExpires: 0\r\n", .cseq = 7}).status, 500);
  EXPECT_TRUE(registrar.is_registered("1001"));
  // Another Call-ID: the phone has restarted.
  EXPECT_EQ(send({.headers = "Contact: <sip:a@h>;expires=0\r\n", .call_id = "c2"}).status, 200);
  EXPECT_FALSE(registrar.is_registered("1001"));
}

TEST_F(RegistrarTest, ARefusedRequestChangesNothingAtAll) {
  EXPECT_EQ(send({.headers = "Contact: <sip:a@h>, <name:John_Smith>\r\n"}).status, 400);
  EXPECT_EQ(send({.headers = "Contact: <sip:a@h>, <sip:b@h>;expires=5\r\n"}).status, 423);
  EXPECT_EQ(send({.headers = "Contact: <sip:a@h>, <sip:b@h>, <sip:c@h>, <sip:d@h>, <sip:e@h>,"
                             " <sip:f@h>\r\n"}).status, 403);
  EXPECT_EQ(send({.headers = "Contact: <sip:a@h;" + std::string(1000, 'x') + ">\r\n"}).status, 400);
  EXPECT_EQ(send({.headers = "Contact: <sip:a@h>\r\n", .call_id = std::string(1001, 'c')}).status,
            400);
  EXPECT_EQ(registrar.binding_count(), 0u);
  EXPECT_EQ(seen, "");
}

TEST_F(RegistrarTest, TheSixthContactReplacesTheStalest) {
  for (int i = 1; i <= 5; ++i) {
    send({.headers = "Contact: <sip:p" + std::to_string(i) + "@h>\r\n", .cseq = i});
  }
  send({.headers = "Contact: <sip:p1@h>\r\n", .cseq = 6});
  send({.headers = "Contact: <sip:p6@h>\r\n", .cseq = 7});
  EXPECT_EQ(seen, "xsip:p2@h +sip:p6@h ");
  EXPECT_EQ(registrar.contacts("1001").size(), 5u);
}

TEST_F(RegistrarTest, ADeviceIsKnownByItsInstanceAtANewAddress) {
  send({.headers = "Contact: <sip:a@h:1>;+sip.instance=\"<urn:uuid:0-1>\"\r\n"});
  const auto answer =
      send({.headers = "Contact: <sip:a@h:2>;+sip.instance=\"<urn:uuid:0-1>\"\r\n", .cseq = 2});
  EXPECT_EQ(answer.extra_headers,
            "Contact: <sip:a@h:2>;expires=3600;+sip.instance=\"<urn:uuid:0-1>\"\r\n");
  EXPECT_EQ(seen, "+sip:a@h:2 ");
}

TEST_F(RegistrarTest, HigherQRingsFirstThenTheLatest) {
  send({.headers = "Contact: <sip:a@h>;q=0.5\r\n", .cseq = 1});
  send({.headers = "Contact: <sip:b@h>;q=0.9\r\n", .cseq = 2});
  send({.headers = "Contact: <sip:c@h>;q=0.5\r\n", .cseq = 3});
  const auto contacts = registrar.contacts("1001");
  ASSERT_EQ(contacts.size(), 3u);
  EXPECT_EQ(contacts[0].contact, "sip:b@h");
  EXPECT_EQ(contacts[1].contact, "sip:c@h");
  EXPECT_EQ(contacts[2].contact, "sip:a@h");
}

TEST_F(RegistrarTest, ALostConnectionEndsItsBindingsOnly) {
  const Peer web{.transport = Transport::wss, .address = *Address::parse("203.0.113.9", 1),
                 .connection = 7};
  send({.headers = "Contact: <sip:x@abc.invalid;transport=ws>\r\n", .source = web});
  send({.headers = "Contact: <sip:a@h>\r\n", .cseq = 2});
  seen.clear();
  registrar.connection_lost(web);
  EXPECT_EQ(seen, "xsip:x@abc.invalid;transport=ws ");
  EXPECT_EQ(registrar.contacts("1001").size(), 1u);
}

TEST_F(RegistrarTest, ARestartKeepsPhonesReachableUntilTheyExpire) {
  send({.headers = "Contact: <sip:a@h>;expires=100\r\n"});
  send({.headers = "Contact: <sip:b@h>;expires=1000\r\n", .aor = "1002"});
  const auto saved = registrar.all();
  ASSERT_EQ(saved.size(), 2u);
  clock.advance_to(clock.now() + 200s);
  Registrar restarted(timers, *this);
  restarted.restore(saved);
  EXPECT_FALSE(restarted.is_registered("1001"));
  EXPECT_EQ(restarted.contacts("1002"), registrar.contacts("1002"));
  seen.clear();
  registrar.remove("1001");
  registrar.remove("1002");
  advance(800s);
  EXPECT_FALSE(restarted.is_registered("1002"));
  EXPECT_TRUE(seen.ends_with("xsip:b@h "));
}

TEST_F(RegistrarTest, ThePeerOfARestoredBindingIsReadFromItsText) {
  for (const char* text : {"udp:198.51.100.7:5060", "wss:[2001:db8::1]:443"}) {
    const auto peer = parse_peer(text);
    ASSERT_TRUE(peer) << text;
    EXPECT_EQ(to_text(*peer), text);
  }
  for (const char* text : {"", "udp", "udp:", "udp:1.2.3.4", "udp:1.2.3.4:99999", "x:1.2.3.4:5",
                           "udp:host:5", ":::"}) {
    EXPECT_FALSE(parse_peer(text)) << text;
  }
}

}  // namespace
}  // namespace firstring::sip

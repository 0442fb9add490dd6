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

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string with_header(const std::string& lines) {
  return replaced(k_invite, "Content-Length: 4\r\n", lines + "Content-Length: 4\r\n");
}

// "": well-formed; "400 Malformed To"; "drop: Not SIP".
std::string verdict(std::string_view bytes) {
  Message message;
  const auto refusal = message.parse(bytes);
  if (!refusal) return "";
  return (refusal->respond ? std::to_string(refusal->status) : "drop:") + " " + refusal->reason;
}

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

TEST(Message, AResponseIsReadAndItsMethodIsTheCSeqs) {
  const std::string bytes = replaced(k_invite, "INVITE sip:100@example.com SIP/2.0",
                                     "SIP/2.0 180 Ringing loudly");
  Message message;
  ASSERT_FALSE(message.parse(bytes));
  EXPECT_FALSE(message.is_request());
  EXPECT_EQ(message.status(), 180);
  EXPECT_EQ(message.reason(), "Ringing loudly");
  EXPECT_EQ(message.method(), Method::invite);
}

TEST(Message, AMessageUsedAgainRemembersNothing) {
  Message message;
  ASSERT_FALSE(message.parse(with_header("Subject: x\r\n")));
  const std::string response = replaced(replaced(k_invite, "INVITE sip:100@example.com SIP/2.0",
                                                 "SIP/2.0 200 OK"),
                                        "Max-Forwards: 70\r\n", "");
  ASSERT_FALSE(message.parse(response));
  EXPECT_FALSE(message.has(HeaderName::subject));
  EXPECT_EQ(message.request_uri(), "");
  EXPECT_FALSE(message.max_forwards());
}

TEST(Message, ValuesAreSplitAtCommasOutsideQuotesAndBrackets) {
  const std::string bytes = with_header(
      "Contact: \"a, b\" <sip:x@h;p=1,2>, <sip:y@h>\r\nm: sip:z@h\r\n"
      "Supported: 100rel,timer,,\r\n  , REPLACES\r\nRequire:\r\n");
  Message message;
  ASSERT_FALSE(message.parse(bytes));
  const auto contacts = message.values(HeaderName::contact);
  ASSERT_EQ(contacts.size(), 3u);
  EXPECT_EQ(contacts[0], "\"a, b\" <sip:x@h;p=1,2>");
  EXPECT_EQ(contacts[2], "sip:z@h");
  EXPECT_TRUE(message.lists(HeaderName::supported, "timer"));
  EXPECT_TRUE(message.lists(HeaderName::supported, "replaces"));
  EXPECT_FALSE(message.lists(HeaderName::supported, "time"));
  EXPECT_EQ(message.values(HeaderName::supported).size(), 3u);
  EXPECT_TRUE(message.has(HeaderName::require));
  EXPECT_TRUE(message.values(HeaderName::require).empty());
}

TEST(Message, EveryKnownHeaderIsKnownInAnyCase) {
  for (int i = 0; i < static_cast<int>(HeaderName::other); ++i) {
    const auto name = static_cast<HeaderName>(i);
    std::string text(text_of(name));
    ASSERT_FALSE(text.empty());
    EXPECT_EQ(header_name_of(text), name) << text;
    for (char& c : text) c = static_cast<char>(std::toupper(c));
    EXPECT_EQ(header_name_of(text), name) << text;
    EXPECT_EQ(header_name_of(text + "X"), HeaderName::other) << text;
  }
  const std::string compact = "vftimlcesokurx";
  for (const char c : compact) EXPECT_NE(header_name_of(std::string(1, c)), HeaderName::other) << c;
  EXPECT_EQ(header_name_of("X"), HeaderName::session_expires);
  EXPECT_EQ(header_name_of(""), HeaderName::other);
}

TEST(Message, EachMandatoryHeaderIsMissed) {
  EXPECT_EQ(verdict(k_invite), "");
  EXPECT_EQ(verdict(replaced(k_invite, "From:", "Fromm:")), "400 Missing From");
  EXPECT_EQ(verdict(replaced(k_invite, "To:", "Too:")), "400 Missing To");
  EXPECT_EQ(verdict(replaced(k_invite, "Call-ID:", "Cal-ID:")), "400 Missing Call-ID");
  EXPECT_EQ(verdict(replaced(k_invite, "CSeq:", "CSek:")), "400 Missing CSeq");
  EXPECT_EQ(verdict(replaced(k_invite, "Via:", "Viaa:")), "drop: Missing Via");
  EXPECT_EQ(verdict(replaced(k_invite, "Max-Forwards:", "Max-Forward:")), "");
}

TEST(Message, WhatMayStandOnceStandsOnce) {
  for (const char* line : {"From: <sip:x@y>;tag=1", "t: <sip:x@y>", "i: d", "CSEQ: 7 INVITE",
                           "max-forwards: 70", "l: 4", "Content-Length: 4",
                           "Expires: 1\r\nexpires: 1", "c: a/b\r\nContent-Type : a/b"}) {
    EXPECT_EQ(verdict(with_header(std::string(line) + "\r\n")),
              "400 More than one of a header that may stand once") << line;
  }
}

TEST(Message, AResponseOrAnAckWithAFaultIsDropped) {
  EXPECT_EQ(verdict(replaced(replaced(k_invite, "INVITE sip:100@example.com SIP/2.0",
                                      "SIP/2.0 200 OK"), "CSeq: 7 INVITE", "CSeq: x")),
            "drop: Malformed CSeq");
  std::string ack = replaced(k_invite, "INVITE sip", "ACK sip");
  EXPECT_EQ(verdict(ack), "drop: CSeq method does not match the request's");
}

TEST(Message, TheBodyIsWhatContentLengthSays) {
  const auto body_of = [](const std::string& bytes) {
    Message message;
    EXPECT_FALSE(message.parse(bytes));
    return std::string(message.body());
  };
  EXPECT_EQ(body_of(k_invite + "more"), "body");
  EXPECT_EQ(body_of(replaced(k_invite, "Content-Length: 4\r\n", "")), "body");
  EXPECT_EQ(body_of(replaced(k_invite, "Length: 4", "Length: 00000000000000000002")), "bo");
  EXPECT_EQ(verdict(replaced(k_invite, "Length: 4", "Length: 5")),
            "400 Body shorter than its Content-Length");
  for (const char* length : {"-1", "32768", "65536", "2147483647", "2147483648", "4294967295",
                             "4294967296", "9223372036854775808", "0x4", "+4", "", "4 4",
                             "999999999999999999999999999999"}) {
    EXPECT_TRUE(verdict(replaced(k_invite, "Length: 4", std::string("Length: ") + length))
                    .starts_with("400 ")) << length;
  }
}

TEST(Message, NumbersAreCheckedNotWrapped) {
  const auto with_cseq = [](const std::string& number) {
    return verdict(replaced(k_invite, "CSeq: 7 INVITE", "CSeq: " + number + " INVITE"));
  };
  for (const char* fine : {"0", "32768", "65536", "2147483647", "0000000000000000000000007"}) {
    EXPECT_EQ(with_cseq(fine), "") << fine;
  }
  for (const char* bad : {"-1", "2147483648", "4294967295", "4294967296", "9223372036854775808",
                          "0x7", "", "7.0", "999999999999999999999999999999"}) {
    EXPECT_EQ(with_cseq(bad), "400 Malformed CSeq") << bad;
  }
  const auto with_hops = [](const std::string& number) {
    return verdict(replaced(k_invite, "Forwards: 70", "Forwards: " + number));
  };
  for (const char* fine : {"0", "255", "0070"}) EXPECT_EQ(with_hops(fine), "") << fine;
  for (const char* bad : {"-1", "256", "32768", "4294967366", "0x46", ""}) {
    EXPECT_EQ(with_hops(bad), "400 Malformed Max-Forwards") << bad;
  }
  EXPECT_EQ(parse_number("4294967295"), 0xffffffffu);
  EXPECT_FALSE(parse_number("4294967296"));
  EXPECT_FALSE(parse_number("18446744073709551616"));
  EXPECT_FALSE(parse_number(" 1"));
}

TEST(Message, TheRequestLineIsTakenStrictly) {
  const auto with_line = [](const std::string& line) {
    return verdict(replaced(k_invite, "INVITE sip:100@example.com SIP/2.0", line));
  };
  EXPECT_EQ(with_line("INVITE sip:100@example.com sip/2.0"), "");
  EXPECT_EQ(with_line("INVITE sip:100@example.com SIP/3.0"), "505 Version Not Supported");
  EXPECT_EQ(with_line("INVITE sip:100@example.com SIP/2.00"), "505 Version Not Supported");
  EXPECT_EQ(with_line("INVITE SIP/2.0"), "400 Missing Request-URI");
  EXPECT_EQ(with_line("INVITE  SIP/2.0"), "400 Missing Request-URI");
  EXPECT_EQ(with_line("INVITE sip: SIP/2.0"), "400 Malformed Request-URI");
  EXPECT_EQ(with_line("INVITE @ SIP/2.0"), "400 Malformed Request-URI");
  EXPECT_EQ(with_line("invite sip:100@example.com SIP/2.0"),
            "400 CSeq method does not match the request's");
  for (const char* line : {"", "INVITE", "INVITE sip:100@example.com", "GET / HTTP/1.1",
                           " INVITE sip:100@example.com SIP/2.0", "INV@ITE sip:a@b SIP/2.0",
                           "SIP/2.0", "SIP/2.0 2000 x", "SIP/2.0 99 x", "SIP/2.0 700 x",
                           "SIP/2.0 -20 x", "SIP/1.0 200 OK", "SIP/2.0 20"}) {
    EXPECT_EQ(with_line(line), "drop: Not SIP") << line;
  }
}

TEST(Message, StrayControlCharactersAreRefused) {
  EXPECT_EQ(verdict(with_header("X: a\tb\r\n")), "");
  EXPECT_EQ(verdict(with_header("X: a\r\n\tb\r\n")), "");
  for (const char* line : {"X: a\rb\r\n", "X: a\nb\r\n", "X: a\nVia: x\r\n", "X: \x01\r\n"}) {
    EXPECT_EQ(verdict(with_header(line)), "400 Stray control character") << line;
  }
  EXPECT_EQ(verdict(with_header(std::string("X: a\0b\r\n", 8))), "400 Stray control character");
  EXPECT_EQ(verdict(with_header(std::string("From\0: x\r\n", 10))), "400 Stray control character");
  for (const char* line : {"X y: z\r\n", ": z\r\n", "X\r\n", "X@: y\r\n", "\xc3\xa4: y\r\n",
                           "X\r\n : y\r\n"}) {
    EXPECT_EQ(verdict(with_header(line)), "400 Malformed header line") << line;
  }
  std::string unix_lines = k_invite;
  std::erase(unix_lines, '\r');
  EXPECT_EQ(verdict(unix_lines), "drop: Not SIP");
}

TEST(Message, TheNumberAndSizeOfHeadersIsBounded) {
  const auto repeated = [](const std::string& line, int times) {
    std::string lines;
    for (int i = 0; i < times; ++i) lines += line;
    return verdict(with_header(lines));
  };
  for (int i = 0; i < static_cast<int>(HeaderName::other); ++i) {
    const auto name = static_cast<HeaderName>(i);
    const std::string line = std::string(text_of(name)) + ": SIP/2.0/UDP h;branch=1\r\n";
    for (const int times : {65, 200, 1000}) {
      EXPECT_TRUE(repeated(line, times).starts_with("400 ")) << line << times;
    }
    EXPECT_TRUE(repeated(line, 2000).ends_with(" Message Too Large") ||
                repeated(line, 2000).starts_with("400 ")) << line;
  }
  EXPECT_EQ(repeated("Route: <sip:h;lr>\r\n", 64), "");
  EXPECT_EQ(repeated("Route: <sip:h;lr>\r\n", 65), "400 Too many headers of one kind");
  EXPECT_EQ(repeated("X-Y: z\r\n", 193), "");
  EXPECT_EQ(repeated("X-Y: z\r\n", 194), "400 Too many headers");
  EXPECT_EQ(verdict(k_invite + std::string(65'535 - k_invite.size(), 'x')), "");
  EXPECT_EQ(verdict(k_invite + std::string(65'536 - k_invite.size(), 'x')),
            "drop: Message Too Large");
}

TEST(Message, EveryHeaderMayBeOfAnySize) {
  for (int i = 0; i <= static_cast<int>(HeaderName::other); ++i) {
    const auto name = static_cast<HeaderName>(i);
    const std::string text = name == HeaderName::other ? "X-Unknown" : std::string(text_of(name));
    for (const std::size_t size : {0, 1, 255, 256, 511, 512, 1023, 4096, 60'000}) {
      for (const char filler : {'a', '"', '<', ',', ';', '%', '\\', '1'}) {
        const std::string line = text + ": " + std::string(size, filler) + "\r\n";
        Message message;
        const std::string bytes = with_header(line);
        (void)message.parse(bytes);
        for (const Header& header : message.headers()) {
          (void)message.values(header.name);
          (void)parse_name_addr(header.value);
          (void)parse_via(header.value);
        }
        EXPECT_TRUE(message.is_request());
        EXPECT_EQ(message.from().tag(), "a1") << text << size << filler;
      }
    }
  }
}

TEST(Message, EveryPrefixOfAMessageIsReadWithoutHarm) {
  for (std::size_t size = 0; size < k_invite.size() - 4; ++size) {
    const std::string prefix = k_invite.substr(0, size);
    EXPECT_NE(verdict(prefix), "") << size;
  }
  EXPECT_EQ(verdict("\r\n\r\n" + k_invite), "");
  EXPECT_EQ(verdict("\r\n\r\n"), "drop: Not SIP");
}

}  // namespace
}  // namespace firstring::sip

#include <gtest/gtest.h>

#include "sip/message.h"

namespace firstring::sip {
namespace {

TEST(Uri, ItsPartsAreToldApart) {
  const auto uri = parse_uri("sips:ann:pw@h.example:5071;transport=tcp;lr?Subject=x&y=z");
  ASSERT_TRUE(uri);
  EXPECT_TRUE(uri->is_sips);
  EXPECT_EQ(uri->user, "ann");
  EXPECT_EQ(uri->password, "pw");
  EXPECT_EQ(uri->host, "h.example");
  EXPECT_EQ(uri->port, 5071);
  EXPECT_EQ(uri->parameters, ";transport=tcp;lr");
  EXPECT_EQ(uri->headers, "?Subject=x&y=z");
  EXPECT_EQ(uri->parameter("Transport"), "tcp");
  EXPECT_EQ(uri->parameter("lr"), "");
  EXPECT_FALSE(uri->parameter("maddr"));
}

TEST(Uri, OtherSchemesAreKeptWhole) {
  const auto tel = parse_uri("tel:+49-30-999;phone-context=example.com");
  ASSERT_TRUE(tel);
  EXPECT_EQ(tel->user, "+49-30-999");
  EXPECT_EQ(tel->parameter("phone-context"), "example.com");
  for (const char* text : {"isbn:2983792873", "http://www.example.com/?a=b", "urn:service:sos",
                           "nobodyKnowsThisScheme:totallyopaquecontent", "name:John_Smith"}) {
    const auto uri = parse_uri(text);
    ASSERT_TRUE(uri) << text;
    EXPECT_EQ(uri->text, text);
    EXPECT_EQ(uri->user, "");
    EXPECT_EQ(uri->host, "");
  }
}

TEST(Uri, WhatIsNoneIsRefused) {
  for (const char* text :
       {"", "sip", "sip:", ":x", "1sip:x", "sip:@h", "sip:a@", "sip:a@b@c", "sip:a@h:65536",
        "sip:a@h:x", "sip:a@h:", "sip:a@h:-1", "sip:a@h:4294972356", "sip:a@[::1",
        "sip:a@[1.2.3.4]", "sip:a@[]", "sip:a b@h", "<sip:a@h>", "sip:a@h>", "sip:a@h;x@y",
        "sip:a@h/x", "tel:",
        "sip:a\r\n@h", "sip:\"a\"@h", "sip:a@h$"}) {
    EXPECT_FALSE(parse_uri(text)) << text;
  }
}

TEST(Uri, EqualityFollowsRfc3261) {
  const auto same = [](const char* a, const char* b) {
    return is_same_uri(*parse_uri(a), *parse_uri(b)) && is_same_uri(*parse_uri(b), *parse_uri(a));
  };
  EXPECT_TRUE(same("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
  EXPECT_TRUE(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
  EXPECT_TRUE(same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"));
  EXPECT_FALSE(same("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
  EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
  EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
  EXPECT_FALSE(same("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
  EXPECT_FALSE(same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
  EXPECT_FALSE(same("sip:a@h", "sips:a@h"));
  EXPECT_TRUE(same("sip:a@h;x=1;x=2", "sip:a@h;x=1;x=2"));
  EXPECT_TRUE(same("urn:a:b", "urn:a:b"));
  EXPECT_FALSE(same("urn:a:b", "urn:a:c"));
}

TEST(NameAddr, ComesInManyShapes) {
  struct Row {
    const char *value, *name, *uri, *tag;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"<sip:a@h>", "", "sip:a@h", ""},
           {"sip:a@h", "", "sip:a@h", ""},
           {"sip:a@h;tag=1", "", "sip:a@h", "1"},
           {"sip:a@h ; tag = 1", "", "sip:a@h", "1"},
           {"\"A \\\"B\\\" <c>;\" <sip:a@h;x=y>;q=1;TAG=2", "A \\\"B\\\" <c>;", "sip:a@h;x=y", "2"},
           {"Ann Lee <sip:a@h>;tag=3", "Ann Lee", "sip:a@h", "3"},
           {"Ann<sip:a@h>", "Ann", "sip:a@h", ""},
           {"M\xc3\xbcller (x) <sip:a@h>", "M\xc3\xbcller (x)", "sip:a@h", ""},
           {"\"\"<sip:a@h>;x=\"a;tag=0\";tag=4", "", "sip:a@h", "4"},
           {"\"a\"\r\n <tel:+1>\r\n ;tag=5", "a", "tel:+1", "5"}}) {
    const auto address = parse_name_addr(row.value);
    ASSERT_TRUE(address) << row.value;
    EXPECT_EQ(address->display_name, row.name);
    EXPECT_EQ(address->uri.text, row.uri);
    EXPECT_EQ(address->tag(), row.tag);
  }
}

TEST(NameAddr, WhatIsDoubtfulIsRefused) {
  for (const char* value :
       {"", "*", "Ann", "<>", "<sip:a@h", "sip:a@h>", "\"Ann <sip:a@h>", "\"Ann\" sip:a@h",
        "Bell, Alexander <sip:a@h>", "< sip:a@h >", "<sip:a@h>x", "<sip:a@h>;;", "<sip:a@h>;=1",
        "<sip:a@h>;tag=\"x", "sip:a@h?Route=x", "sip:a@h, sip:b@h", "<sip:a@h>, <sip:b@h>",
        "<<sip:a@h>>", "<sip:a@h>;ta g=1"}) {
    EXPECT_FALSE(parse_name_addr(value)) << value;
  }
}

TEST(Via, HasATransportAndAHost) {
  const auto via =
      parse_via("SIP / 2.0 / UDP [2001:db8::9] : 6050 ;branch=z9hG4bK1;received=1.2.3.4");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->host, "2001:db8::9");
  EXPECT_EQ(via->port, 6050);
  EXPECT_EQ(via->parameter("received"), "1.2.3.4");
  for (const char* value : {"", "SIP/2.0/UDP", "SIP/2.0 h", "SIP/2.0/UDP ;x", "HTTP/2.0/UDP h",
                            "SIP/7.0/UDP h", "SIP/2.0/UDP h:99999", "SIP/2.0/UDP h:", "UDP h",
                            "SIP/2.0/UDP h;;", "SIP/2.0/UDP h x", "SIP/2.0/UDP [::1"}) {
    EXPECT_FALSE(parse_via(value)) << value;
  }
}

TEST(Text, IsUnfoldedUnescapedAndUnquoted) {
  EXPECT_EQ(unfold("a\r\n b\r\n\t  c"), "a b c");
  EXPECT_EQ(unfold("plain  text"), "plain  text");
  EXPECT_EQ(unescape("%41%4a%2"), "AJ%2");
  EXPECT_EQ(unescape("%%41%zz%"), "%A%zz%");
  EXPECT_EQ(unquote("a\\\"b\\\\c"), "a\"b\\c");
  EXPECT_EQ(unquote("  a \t b\r\n c  "), "a b c");
  EXPECT_EQ(unquote(std::string("a\0b\x1b[31m", 8)), "ab[31m");
  EXPECT_EQ(unquote("1\xe2\x80\xae" "2\xe2\x81\xa6" "3\xe2\x80\x8f"), "123");  // bidi marks
  EXPECT_EQ(unquote("\xd0\xb0\xe5\xa4\xa7\xf0\x9f\x98\x80"),
            "\xd0\xb0\xe5\xa4\xa7\xf0\x9f\x98\x80");
  // Neither over-long forms nor halves of pairs nor a cut character come through as they are.
  EXPECT_EQ(unquote("\xc0\xaf"), "À¯");
  EXPECT_EQ(unquote("\xed\xa0\x80"), "í\xc2\xa0");
  EXPECT_EQ(unquote("x\xe5\xa4"), "xå¤");
  std::string many;
  for (int i = 0; i < 300; ++i) many += "ü";
  EXPECT_EQ(unquote(many).size(), 256u);
  EXPECT_EQ(unquote("\\"), "\\");
}

}  // namespace
}  // namespace firstring::sip

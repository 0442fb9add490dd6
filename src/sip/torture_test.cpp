// The torture messages of RFC 4475 and RFC 5118 (tests/wire), and what must become of each.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "sip/acceptance.h"
#include "sip/message.h"

namespace firstring::sip {
namespace {

constexpr int k_accept = 0;  // well-formed, and we act on it
constexpr int k_drop = -1;   // no answer

struct Row {
  const char* name;
  int answer;          // k_accept, k_drop or the status of our refusal
  const char* reason;  // a part of its reason phrase
};

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << "run from the top folder: cannot read " << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void check(const std::string& folder, const Row& row) {
  SCOPED_TRACE(row.name);
  const std::string bytes = read_file("tests/wire/" + folder + "/" + row.name + ".dat");
  Message message;
  int answer = k_accept;
  std::string reason;
  if (const auto refusal = message.parse(bytes)) {
    answer = refusal->respond ? refusal->status : k_drop;
    reason = refusal->reason;
  } else if (message.is_request()) {
    if (const auto judged = judge_request(message)) {
      answer = judged->status;
      reason = judged->reason;
    }
  }
  EXPECT_EQ(answer, row.answer) << reason;
  EXPECT_NE(reason.find(row.reason), std::string::npos) << reason;
}

TEST(Torture, Rfc4475) {
  // 3.1.1: valid.
  check("rfc4475", {"wsinv", k_accept, ""});
  check("rfc4475", {"intmeth", 501, "Not Implemented"});
  check("rfc4475", {"esc01", k_accept, ""});
  check("rfc4475", {"escnull", k_accept, ""});
  check("rfc4475", {"esc02", 501, "Not Implemented"});  // "%47" is no escape in a method
  check("rfc4475", {"lwsdisp", k_accept, ""});
  check("rfc4475", {"longreq", k_accept, ""});
  check("rfc4475", {"dblreq", k_accept, ""});  // and the second request is not part of it
  check("rfc4475", {"semiuri", k_accept, ""});
  check("rfc4475", {"transports", k_accept, ""});
  check("rfc4475", {"mpart01", 405, "Method Not Allowed"});
  check("rfc4475", {"unreason", k_accept, ""});
  check("rfc4475", {"noreason", k_accept, ""});
  // 3.1.2: invalid.
  check("rfc4475", {"badinv01", 400, "Malformed Via"});
  check("rfc4475", {"clerr", 400, "shorter than its Content-Length"});
  check("rfc4475", {"ncl", 400, "Malformed Content-Length"});
  check("rfc4475", {"scalar02", 400, "Malformed CSeq"});
  check("rfc4475", {"scalarlg", k_drop, "Malformed CSeq"});
  check("rfc4475", {"quotbal", 400, "Malformed To"});
  check("rfc4475", {"ltgtruri", 400, "Malformed Request-URI"});
  check("rfc4475", {"lwsruri", 400, "Malformed Request-URI"});
  check("rfc4475", {"lwsstart", 400, "white space in the request line"});
  check("rfc4475", {"trws", 400, "white space in the request line"});
  check("rfc4475", {"escruri", 400, "Request-URI with headers"});
  check("rfc4475", {"baddate", k_accept, ""});  // we do not read Date
  check("rfc4475", {"regbadct", 400, "Malformed Contact"});
  check("rfc4475", {"badaspec", 400, "Malformed To"});
  check("rfc4475", {"baddn", 400, "Malformed From"});
  check("rfc4475", {"badvers", 505, "Version Not Supported"});
  check("rfc4475", {"mismatch01", 400, "CSeq method"});
  check("rfc4475", {"mismatch02", 400, "CSeq method"});
  check("rfc4475", {"bigcode", k_drop, "Not SIP"});
  // 3.2: transactions.
  check("rfc4475", {"badbranch", k_accept, ""});
  // 3.3: the application's.
  check("rfc4475", {"insuf", 400, "Missing From"});
  check("rfc4475", {"unkscm", 416, "Unsupported URI Scheme"});
  check("rfc4475", {"novelsc", 416, "Unsupported URI Scheme"});
  check("rfc4475", {"unksm2", 400, "To is not a SIP URI"});
  check("rfc4475", {"bext01", 420, "Bad Extension"});
  check("rfc4475", {"invut", 415, "Unsupported Media Type"});
  check("rfc4475", {"regaut01", k_accept, ""});  // and challenged: see digest_test
  check("rfc4475", {"multi01", 400, "More than one"});
  check("rfc4475", {"mcl01", 400, "More than one"});
  check("rfc4475", {"bcast", k_accept, ""});  // a response to nothing we sent
  check("rfc4475", {"zeromf", k_accept, ""});  // OPTIONS ends here anyhow
  check("rfc4475", {"cparam01", k_accept, ""});
  check("rfc4475", {"cparam02", k_accept, ""});
  check("rfc4475", {"regescrt", k_accept, ""});
  check("rfc4475", {"sdp01", 406, "Not Acceptable"});
  // 3.4: of RFC 2543.
  check("rfc4475", {"inv2543", k_accept, ""});
}

TEST(Torture, Rfc5118) {
  check("rfc5118", {"ipv6-good", k_accept, ""});
  check("rfc5118", {"ipv6-bad", 400, "Malformed Request-URI"});
  check("rfc5118", {"port-ambiguous", k_accept, ""});
  check("rfc5118", {"port-unambiguous", k_accept, ""});
  check("rfc5118", {"via-received-param-with-delim", k_accept, ""});
  check("rfc5118", {"via-received-param-no-delim", k_accept, ""});
  check("rfc5118", {"ipv6-in-sdp", k_accept, ""});
  check("rfc5118", {"mult-ip-in-header", k_accept, ""});
  check("rfc5118", {"mult-ip-in-sdp", k_accept, ""});
  check("rfc5118", {"ipv4-mapped-ipv6", k_accept, ""});
  check("rfc5118", {"ipv6-bug-abnf-3-colons", k_accept, ""});
  check("rfc5118", {"ipv6-correct-abnf-2-colons", k_accept, ""});
}

Message parse(const std::string& bytes) {
  Message message;
  const auto refusal = message.parse(bytes);
  EXPECT_FALSE(refusal) << refusal->reason;
  return message;
}

TEST(Torture, AShortTortuousInviteSaysWhatItMeans) {
  const std::string bytes = read_file("tests/wire/rfc4475/wsinv.dat");
  const Message message = parse(bytes);
  EXPECT_EQ(message.to().uri.host, "chair-dnrc.example.com");
  EXPECT_EQ(message.to().tag(), "1918181833n");
  EXPECT_EQ(message.from().tag(), "98asjd8");
  EXPECT_EQ(unquote(message.from().display_name), "J Rosenberg \\\"");
  EXPECT_EQ(message.max_forwards(), 68u);
  EXPECT_EQ(message.cseq().number, 9u);
  EXPECT_EQ(message.top_via().host, "192.0.2.2");
  EXPECT_EQ(message.top_via().branch(), "390skdjuw");
  const auto vias = message.values(HeaderName::via);
  ASSERT_EQ(vias.size(), 3u);
  EXPECT_EQ(parse_via(vias[1])->host, "spindle.example.com");
  EXPECT_EQ(parse_via(vias[1])->transport, "TCP");
  EXPECT_EQ(parse_via(vias[2])->branch(), "z9hG4bK30239");
  const auto contact = parse_name_addr(message.first(HeaderName::contact));
  ASSERT_TRUE(contact);
  EXPECT_EQ(unquote(contact->display_name), "Quoted string \"\"");
  EXPECT_EQ(contact->parameter("newparam"), "newvalue");
  EXPECT_EQ(contact->parameter("secondparam"), "");
  EXPECT_EQ(contact->parameter("q"), "0.33");
  EXPECT_EQ(message.first(HeaderName::subject), "");
  EXPECT_TRUE(message.has(HeaderName::subject));
  EXPECT_EQ(message.body().size(), 150u);
}

TEST(Torture, UnusualCharactersComeThrough) {
  const std::string bytes = read_file("tests/wire/rfc4475/intmeth.dat");
  const Message message = parse(bytes);
  const auto uri = parse_uri(message.request_uri());
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  EXPECT_EQ(uri->password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  EXPECT_EQ(uri->host, "example.com");
  EXPECT_EQ(unquote(message.to().display_name), "BEL: NUL: DEL:");
  EXPECT_EQ(message.from().display_name, "token1~` token2'+_ token3*%!.-");
  EXPECT_EQ(message.from().tag(), "_token~1'+`*%!-.");
  EXPECT_EQ(message.from().parameter("fromParam''~+*_!.-%"), "работающий");
  EXPECT_EQ(message.call_id(), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
}

TEST(Torture, EscapesAreResolvedOnceAndOnlyWhereTheyAreEscapes) {
  const std::string bytes = read_file("tests/wire/rfc4475/esc01.dat");
  const Message message = parse(bytes);
  EXPECT_EQ(unescape(message.to().uri.user), "user");
  EXPECT_EQ(unescape(message.from().uri.user), "I have spaces");
  const auto contact = parse_name_addr(message.first(HeaderName::contact));
  EXPECT_EQ(unescape(contact->uri.user), "caller");
  EXPECT_EQ(unescape(*contact->uri.parameter("n%61me")), "value%41");
  const std::string null_bytes = read_file("tests/wire/rfc4475/escnull.dat");
  const Message null_message = parse(null_bytes);
  EXPECT_EQ(unescape(null_message.to().uri.user), std::string("null-\0-null", 11));
  EXPECT_EQ(null_message.values(HeaderName::contact).size(), 2u);
}

TEST(Torture, TheSecondRequestOfADatagramIsNotPartOfTheFirst) {
  const std::string bytes = read_file("tests/wire/rfc4475/dblreq.dat");
  const Message message = parse(bytes);
  EXPECT_EQ(message.body(), "");
  EXPECT_TRUE(message.raw().ends_with("Content-Length: 0\r\n\r\n"));
}

TEST(Torture, Ipv6HostsAndPortsAreToldApart) {
  const auto uri_of = [](const char* name, std::string& bytes) {
    bytes = read_file(std::string("tests/wire/rfc5118/") + name + ".dat");
    return *parse_uri(parse(bytes).request_uri());
  };
  std::string bytes;
  EXPECT_EQ(uri_of("ipv6-good", bytes).host, "2001:db8::10");
  EXPECT_EQ(uri_of("port-ambiguous", bytes).host, "2001:db8::10:5070");
  EXPECT_EQ(uri_of("port-ambiguous", bytes).port, 0);
  EXPECT_EQ(uri_of("port-unambiguous", bytes).host, "2001:db8::10");
  EXPECT_EQ(uri_of("port-unambiguous", bytes).port, 5070);
  bytes = read_file("tests/wire/rfc5118/via-received-param-with-delim.dat");
  EXPECT_EQ(parse(bytes).top_via().parameter("received"), "[2001:db8::9:255]");
  bytes = read_file("tests/wire/rfc5118/mult-ip-in-header.dat");
  EXPECT_EQ(parse(bytes).top_via().port, 6050);
}

TEST(Torture, UnsupportedExtensionsAreListed) {
  const std::string bytes = read_file("tests/wire/rfc4475/bext01.dat");
  EXPECT_EQ(judge_request(parse(bytes))->extra_headers,
            "Unsupported: nothingSupportsThis, nothingSupportsThisEither\r\n");
}

}  // namespace
}  // namespace firstring::sip

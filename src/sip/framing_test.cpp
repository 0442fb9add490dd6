#include "sip/framing.h"

#include <gtest/gtest.h>

#include <vector>

namespace firstring::sip {
namespace {

using Kind = FrameReader::Kind;

std::string message(const std::string& body, const std::string& length) {
  return "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\n"
         "Content-Length: " + length + "\r\n\r\n" + body;
}

struct Seen {
  std::vector<std::string> messages;
  int pings = 0;
  std::string broken;
  int status = 0;
  friend bool operator==(const Seen&, const Seen&) = default;
};

Seen read_all(std::string_view stream, std::size_t fragment) {
  FrameReader reader;
  Seen seen;
  while (!stream.empty()) {
    reader.feed(stream.substr(0, fragment));
    stream.remove_prefix(std::min(fragment, stream.size()));
    for (auto frame = reader.next(); frame.kind != Kind::none; frame = reader.next()) {
      if (frame.kind == Kind::message) seen.messages.emplace_back(frame.bytes);
      if (frame.kind == Kind::ping) ++seen.pings;
      if (frame.kind == Kind::broken) {
        seen.broken = frame.reason;
        seen.status = frame.status;
        return seen;
      }
    }
  }
  return seen;
}

TEST(FrameReader, CutsAlikeAtEveryFragmentSize) {
  const std::string a = message("hello", "5");
  const std::string b = message("", " 0");
  const std::string c =
      "SIP/2.0 200 OK\r\nl:\r\n  3\r\nX: a\r\n Content-Length: 9\r\n\r\n\r\n\r";
  const std::string stream = "\r\n\r\n" + a + "\r\n" + b + "\r\n\r\n\r\n\r\n" + c + "\r\n\r\n";
  Seen expected;
  expected.messages = {a, b, c};
  expected.pings = 4;
  for (std::size_t fragment = 1; fragment <= stream.size(); ++fragment) {
    EXPECT_EQ(read_all(stream, fragment), expected) << fragment;
  }
}

TEST(FrameReader, ALengthThatIsNoneBreaksTheStreamSafely) {
  for (const char* length : {"-1", "-999", "2147483648", "4294967295", "4294967296",
                             "9223372036854775808", "999999999999999999999999999999", "0x10", "+5",
                             "5 5", "", "5;x", "65536", "65535"}) {
    for (const std::size_t fragment : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
      const Seen seen = read_all(message("hello", length), fragment);
      EXPECT_TRUE(seen.messages.empty()) << length;
      EXPECT_FALSE(seen.broken.empty()) << length;
      EXPECT_TRUE(seen.status == 400 || seen.status == 513) << length;
    }
  }
}

TEST(FrameReader, AMissingOrRepeatedLengthBreaksTheStream) {
  const std::string line = "OPTIONS sip:a@b SIP/2.0\r\n";
  EXPECT_EQ(read_all(line + "Via: x\r\n\r\n", 9).status, 400);
  EXPECT_EQ(read_all(line + "l: 0\r\nContent-Length: 0\r\n\r\n", 9).status, 400);
}

TEST(FrameReader, TheLargestMessagePassesAndOneByteMoreDoesNot) {
  const std::size_t head = message("", "65000").size();
  const std::size_t fits = FrameReader::k_bytes_max - head;
  const std::string whole = message(std::string(fits, 'x'), std::to_string(fits));
  ASSERT_EQ(whole.size(), FrameReader::k_bytes_max);
  EXPECT_EQ(read_all(whole, 1000).messages.size(), 1u);
  const Seen more = read_all(message(std::string(fits + 1, 'x'), std::to_string(fits + 1)), 1000);
  EXPECT_EQ(more.broken, "message too long");
  EXPECT_EQ(more.status, 513);
}

TEST(FrameReader, EndlessHeadersAreCutOffAtTheLimit) {
  FrameReader reader;
  std::size_t fed = 0;
  const std::string line = "X: " + std::string(97, 'y') + "\r\n";
  reader.feed("OPTIONS sip:a@b SIP/2.0\r\n");
  while (reader.next().kind == Kind::none && fed < 200'000) {
    reader.feed(line);
    fed += line.size();
  }
  EXPECT_EQ(reader.next().kind, Kind::broken);
  EXPECT_LT(fed, 70'000u);
  const std::size_t held = reader.pending();
  reader.feed(line);
  EXPECT_EQ(reader.pending(), held);
}

TEST(FrameReader, TheHeadersOfAnOversizeRequestCanStillBeAnswered) {
  FrameReader reader;
  reader.feed(message("", "70000"));
  const auto frame = reader.next();
  EXPECT_EQ(frame.kind, Kind::broken);
  EXPECT_EQ(frame.bytes, message("", "70000"));
  EXPECT_EQ(reader.next().kind, Kind::broken);
}

}  // namespace
}  // namespace firstring::sip

#include "http/target.h"

#include <gtest/gtest.h>

namespace firstring::http {
namespace {

using Query = std::multimap<std::string, std::string>;

TEST(Target, IsDecodedOnce) {
  const auto target = parse_target("/api/v1/calls/a%20b%2525?x=1+2&y=%C3%A9&flag&x=&=v").value();
  EXPECT_EQ(target.path, "/api/v1/calls/a b%25");
  EXPECT_EQ(target.query,
            (Query{{"x", "1 2"}, {"x", ""}, {"y", "é"}, {"flag", ""}, {"", "v"}}));
  EXPECT_EQ(parse_target("/").value().path, "/");
  EXPECT_EQ(parse_target("/a//b/").value().path, "/a//b/");
  EXPECT_EQ(parse_target("/a+b").value().path, "/a+b");
  EXPECT_EQ(parse_target("/?").value().query, Query{});
}

TEST(Target, AbsoluteFormLosesItsHost) {
  const auto target = parse_target("http://evil.example:99/a?b=c").value();
  EXPECT_EQ(target.path, "/a");
  EXPECT_EQ(target.query, (Query{{"b", "c"}}));
  EXPECT_FALSE(parse_target("http://evil.example"));
  EXPECT_FALSE(parse_target("http://evil.example?/a"));
}

TEST(Target, NobodyClimbsOut) {
  for (const char* target :
       {"", "*", "a", "/..", "/../etc/passwd", "/a/../b", "/a/%2e%2e/b", "/a/%2E./b", "/a/.",
        "/%2e", "/a%2fb", "/a%5cb", "/a\\..\\b", "/a%00b", "/a%0d%0aX-Evil:1", "/%7f", "/%c0%ae",
        "/%ff", "/%ed%a0%80", "/%f4%90%80%80", "/%", "/%4", "/%zz", "/%%41", "/a#b", "/?a=%00",
        "/?a=%zz", "/?%ff=1", "/?a=%"}) {
    EXPECT_FALSE(parse_target(target)) << target;
  }
}

TEST(Target, QueryIsBounded) {
  std::string target = "/?";
  for (int i = 0; i < 100; ++i) target += "a&";
  EXPECT_TRUE(parse_target(target));
  EXPECT_FALSE(parse_target(target + "a"));
}

TEST(PercentEncode, IsUndoneByDecode) {
  const std::string text = "Ab-1._~ /?&=+%é\"<";
  EXPECT_EQ(percent_encode(text), "Ab-1._~%20%2F%3F%26%3D%2B%25%C3%A9%22%3C");
  EXPECT_EQ(percent_decode(percent_encode(text), Plus::kept), text);
}

TEST(Origin, OnlyTheHostAskedForIsTheSame) {
  struct Row { const char* origin; const char* host; bool same; };
  for (const auto& row : std::initializer_list<Row>{
           {"http://127.0.0.1:8080", "127.0.0.1:8080", true},
           {"http://LOCALHOST:8080", "localhost:8080", true},
           {"http://a.example", "a.example:80", true},
           {"https://a.example:443", "a.example", true},
           {"https://a.example", "a.example:80", false},
           {"http://127.0.0.1:8081", "127.0.0.1:8080", false},
           {"http://evil.example", "127.0.0.1:8080", false},
           {"http://127.0.0.1:8080.evil.example", "127.0.0.1:8080", false},
           {"null", "127.0.0.1:8080", false},
           {"file://127.0.0.1:8080", "127.0.0.1:8080", false},
           {"http://", "", false},
           {"", "", false}}) {
    EXPECT_EQ(is_same_origin(row.origin, row.host), row.same) << row.origin << ' ' << row.host;
  }
}

}  // namespace
}  // namespace firstring::http

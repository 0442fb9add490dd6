#include "http/answer.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace firstring::http {
namespace {

using Kind = Range::Kind;

TEST(Range, FollowsTheRfc) {
  struct Row { const char* header; std::int64_t size; Range range; };
  for (const auto& row : std::initializer_list<Row>{
           {"bytes=0-0", 100, {Kind::part, 0, 1}},
           {"bytes=10-19", 100, {Kind::part, 10, 10}},
           {"Bytes=10-", 100, {Kind::part, 10, 90}},
           {"bytes=-30", 100, {Kind::part, 70, 30}},
           {"bytes=-300", 100, {Kind::part, 0, 100}},
           {"bytes=90-1000", 100, {Kind::part, 90, 10}},
           {"bytes=90-99999999999999999999999", 100, {Kind::part, 90, 10}},
           {"bytes=99-99", 100, {Kind::part, 99, 1}},
           {"bytes=100-", 100, {Kind::unsatisfiable, 0, 0}},
           {"bytes=99999999999999999999999-", 100, {Kind::unsatisfiable, 0, 0}},
           {"bytes=-0", 100, {Kind::unsatisfiable, 0, 0}},
           {"bytes=0-", 0, {Kind::unsatisfiable, 0, 0}},
           {"bytes=-5", 0, {Kind::unsatisfiable, 0, 0}},
           // Not understood, or several: the whole (RFC 9110 §14.2).
           {"bytes=5-4", 100, {Kind::whole, 0, 100}},
           {"bytes=0-1,5-6", 100, {Kind::whole, 0, 100}},
           {"bytes=", 100, {Kind::whole, 0, 100}},
           {"bytes=-", 100, {Kind::whole, 0, 100}},
           {"bytes=--5", 100, {Kind::whole, 0, 100}},
           {"bytes=a-b", 100, {Kind::whole, 0, 100}},
           {"bytes=1 -2", 100, {Kind::whole, 0, 100}},
           {"lines=0-1", 100, {Kind::whole, 0, 100}},
           {"", 100, {Kind::whole, 0, 100}}}) {
    const auto range = parse_range(row.header, row.size);
    EXPECT_EQ(range.kind, row.range.kind) << row.header;
    if (row.range.kind != Kind::unsatisfiable) {
      EXPECT_EQ(range, row.range) << row.header;
    }
  }
}

TEST(EntityTag, ListsAndWeakTagsMatch) {
  EXPECT_TRUE(tag_matches("\"a\"", "\"a\""));
  EXPECT_TRUE(tag_matches("\"b\", W/\"a\"", "\"a\""));
  EXPECT_TRUE(tag_matches(" * ", "\"a\""));
  EXPECT_FALSE(tag_matches("\"b\",\"c\"", "\"a\""));
  EXPECT_FALSE(tag_matches("", "\"a\""));
}

const std::string* value_of(const Answer& answer, std::string_view name) {
  for (const auto& header : answer.headers) {
    if (header.first == name) return &header.second;
  }
  return nullptr;
}

std::string text(const Answer& answer, std::string_view name) {
  const auto* value = value_of(answer, name);
  return value ? *value : "(none)";
}

class FileAnswer : public testing::Test {
 protected:
  FileAnswer() {
    path_ = std::filesystem::temp_directory_path() /
            ("firstring-answer-" + std::to_string(::getpid()));
    std::ofstream(path_) << "0123456789";
  }
  ~FileAnswer() override { std::filesystem::remove(path_); }

  Answer ask(std::map<std::string, std::string> headers, std::string method = "GET") {
    Request request{.method = std::move(method), .path = "/f", .headers = std::move(headers)};
    return prepare(request, {.content_type = "audio/wav", .file = path_}, Scheme::http);
  }
  std::string content(const Answer& answer) {
    std::string out(static_cast<std::size_t>(answer.file_size), '\0');
    out.resize(answer.file.read(out.data(), out.size(), answer.file_from));
    return out;
  }
  std::filesystem::path path_;
};

TEST_F(FileAnswer, WholeAndInPart) {
  const auto whole = ask({});
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(content(whole), "0123456789");
  EXPECT_EQ(text(whole, "Content-Length"), "10");
  EXPECT_EQ(text(whole, "Accept-Ranges"), "bytes");
  EXPECT_EQ(text(whole, "Content-Type"), "audio/wav");
  const auto part = ask({{"range", "bytes=3-5"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(content(part), "345");
  EXPECT_EQ(text(part, "Content-Range"), "bytes 3-5/10");
  EXPECT_EQ(text(part, "Content-Length"), "3");
}

TEST_F(FileAnswer, RangeBeyondTheEndIs416) {
  const auto answer = ask({{"range", "bytes=10-"}});
  EXPECT_EQ(answer.status, 416);
  EXPECT_EQ(text(answer, "Content-Range"), "bytes */10");
  EXPECT_EQ(text(answer, "Content-Type"), "application/problem+json");
}

TEST_F(FileAnswer, TagsDecide) {
  const auto tag = text(ask({}), "ETag");
  EXPECT_EQ(ask({{"if-none-match", tag}}).status, 304);
  EXPECT_EQ(ask({{"range", "bytes=0-1"}, {"if-range", tag}}).status, 206);
  EXPECT_EQ(ask({{"range", "bytes=0-1"}, {"if-range", "\"other\""}}).status, 200);
  std::ofstream(path_, std::ios::app) << "more";
  EXPECT_NE(text(ask({}), "ETag"), tag);
  EXPECT_EQ(ask({{"range", "bytes=0-1"}, {"if-range", tag}}).status, 200);
}

TEST_F(FileAnswer, HeadHasTheLengthAndNoBody) {
  const auto answer = ask({{"range", "bytes=0-1"}}, "HEAD");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(text(answer, "Content-Length"), "10");
  EXPECT_FALSE(answer.file);
}

TEST_F(FileAnswer, OnlyRegularFilesAreGivenOut) {
  const auto link = path_.string() + "-link";
  std::filesystem::create_symlink(path_, link);
  for (const std::string& file : {link, std::string("/tmp"), std::string("/dev/zero"),
                                 path_.string() + "-not-there"}) {
    const auto answer = prepare({.method = "GET"}, {.file = file}, Scheme::http);
    EXPECT_EQ(answer.status, 404) << file;
    EXPECT_EQ(answer.body.find(file), std::string::npos) << "a path of ours is nobody's business";
  }
  std::filesystem::remove(link);
}

TEST(Answer, EveryoneIsProtected) {
  const auto answer = prepare({.method = "GET", .id = "req_1"}, {.body = "{}"}, Scheme::https);
  EXPECT_EQ(text(answer, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(text(answer, "Cache-Control"), "no-store");
  EXPECT_EQ(text(answer, "X-Request-Id"), "req_1");
  EXPECT_EQ(text(answer, "Strict-Transport-Security"), "max-age=31536000");
  const auto policy = text(answer, "Content-Security-Policy");
  EXPECT_NE(policy.find("default-src 'self'"), std::string::npos);
  EXPECT_NE(policy.find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(policy.find("unsafe"), std::string::npos);
}

TEST(Answer, AHeaderStaysOnItsLine) {
  const auto answer = prepare({.method = "GET"},
                              {.headers = {{"X-Name", "a\r\nX-Evil: 1"}}, .body = "x"},
                              Scheme::http);
  EXPECT_EQ(text(answer, "X-Name"), "a  X-Evil: 1");
}

TEST(Answer, ProblemIsJsonWhateverItSays) {
  const auto response = problem(400, "a \"b\" \\ \n c", "req_1");
  EXPECT_EQ(response.body,
            "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
            "\"detail\":\"a \\\"b\\\" \\\\  c\",\"instance\":\"req_1\","
            "\"request_id\":\"req_1\"}\n");
}

}  // namespace
}  // namespace firstring::http

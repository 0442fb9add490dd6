#include "http/answer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

namespace firstring::http {
namespace {

// Nothing on our pages is inline or from elsewhere, so nothing else may run (OWASP ASVS 3.4).
constexpr std::string_view k_content_policy =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

// A header's value must stay on its line, whatever it was made from.
std::string clean(std::string_view text) {
  std::string out(text);
  std::replace_if(
      out.begin(), out.end(),
      [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; }, ' ');
  return out;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; };
    return lower(x) == lower(y);
  });
}

const std::string* find(const std::vector<std::pair<std::string, std::string>>& headers,
                        std::string_view name) {
  for (const auto& header : headers) {
    if (same_name(header.first, name)) return &header.second;
  }
  return nullptr;
}

void add_missing(Answer& answer, std::string_view name, std::string_view value) {
  if (!find(answer.headers, name)) answer.headers.emplace_back(name, value);
}

std::string hex(std::uint64_t value) {
  char text[16];
  const auto end = std::to_chars(text, text + sizeof text, value, 16).ptr;
  return {text, end};
}

// Changes whenever the content may have: file, size and time of the last write.
std::string tag_of(const struct stat& facts) {
  const auto ns = static_cast<std::uint64_t>(facts.st_mtim.tv_sec) * 1'000'000'000 +
                  static_cast<std::uint64_t>(facts.st_mtim.tv_nsec);
  return '"' + hex(facts.st_ino) + '-' + hex(static_cast<std::uint64_t>(facts.st_size)) + '-' +
         hex(ns) + '"';
}

void set_problem(Answer& answer, const Request& request, int status, std::string_view detail) {
  auto response = problem(status, detail, request.id);
  answer.status = status;
  answer.body = std::move(response.body);
  answer.headers.emplace_back("Content-Type", response.content_type);
}

void put_file(Answer& answer, const Request& request, const Response& response) {
  // A link in the folder must not lead elsewhere, and a FIFO must not hang us.
  OpenFile file(::open(response.file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (!file || ::fstat(file.fd(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    set_problem(answer, request, 404, "The file is not there.");
    return;
  }
  const auto tag = tag_of(facts);
  answer.headers.emplace_back("ETag", tag);
  answer.headers.emplace_back("Accept-Ranges", "bytes");
  Range range{.kind = Range::Kind::whole, .from = 0, .size = facts.st_size};
  const auto* asked = request.header("range");
  const auto* only_if = request.header("if-range");
  if (asked && request.method == "GET" && (!only_if || *only_if == tag)) {
    range = parse_range(*asked, facts.st_size);
  }
  if (range.kind == Range::Kind::unsatisfiable) {
    answer.headers.emplace_back("Content-Range", "bytes */" + std::to_string(facts.st_size));
    set_problem(answer, request, 416, "The range lies outside the file.");
    return;
  }
  if (range.kind == Range::Kind::part) {
    answer.status = 206;
    answer.headers.emplace_back(
        "Content-Range", "bytes " + std::to_string(range.from) + '-' +
                             std::to_string(range.from + range.size - 1) + '/' +
                             std::to_string(facts.st_size));
  }
  answer.headers.emplace_back("Content-Type", clean(response.content_type));
  answer.file = std::move(file);
  answer.file_from = range.from;
  answer.file_size = range.size;
}

void add_safety(Answer& answer, Scheme scheme) {
  add_missing(answer, "Cache-Control", "no-store");
  add_missing(answer, "Content-Security-Policy", k_content_policy);
  add_missing(answer, "X-Content-Type-Options", "nosniff");
  add_missing(answer, "X-Frame-Options", "DENY");
  add_missing(answer, "Referrer-Policy", "no-referrer");
  add_missing(answer, "Cross-Origin-Opener-Policy", "same-origin");
  add_missing(answer, "Cross-Origin-Resource-Policy", "same-origin");
  if (scheme == Scheme::https) {
    add_missing(answer, "Strict-Transport-Security", "max-age=31536000");
  }
}

bool is_unchanged(const Answer& answer, const Request& request) {
  if (answer.status != 200 || (request.method != "GET" && request.method != "HEAD")) return false;
  const auto* seen = request.header("if-none-match");
  const auto* tag = find(answer.headers, "ETag");
  return seen && tag && tag_matches(*seen, *tag);
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.front() == '-' || end != text.data() + text.size()) return std::nullopt;
  // More than 63 bits: further than any file reaches.
  if (error == std::errc::result_out_of_range) return INT64_MAX;
  return value;
}

}  // namespace

OpenFile::~OpenFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::size_t OpenFile::read(char* out, std::size_t size, std::int64_t offset) const {
  const auto got = ::pread(fd_, out, size, offset);
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

Range parse_range(std::string_view header, std::int64_t size) {
  const Range whole{.kind = Range::Kind::whole, .from = 0, .size = size};
  constexpr std::string_view k_unit = "bytes=";
  if (header.size() < k_unit.size() || !same_name(header.substr(0, k_unit.size()), k_unit)) {
    return whole;
  }
  header.remove_prefix(k_unit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos || header.find(',') != std::string_view::npos) return whole;
  const auto first = header.substr(0, dash), last = header.substr(dash + 1);
  if (first.empty()) {  // the last n bytes
    const auto count = number(last);
    if (!count) return whole;
    if (*count == 0 || size == 0) return {.kind = Range::Kind::unsatisfiable};
    const auto length = std::min(*count, size);
    return {.kind = Range::Kind::part, .from = size - length, .size = length};
  }
  const auto from = number(first);
  const auto to = last.empty() ? std::optional<std::int64_t>(INT64_MAX) : number(last);
  if (!from || !to || *to < *from) return whole;
  if (*from >= size) return {.kind = Range::Kind::unsatisfiable};
  return {.kind = Range::Kind::part, .from = *from, .size = std::min(*to, size - 1) - *from + 1};
}

bool tag_matches(std::string_view header, std::string_view tag) {
  const auto strong = [](std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    if (text.starts_with("W/")) text.remove_prefix(2);
    return text;
  };
  while (!header.empty()) {
    const auto one = header.substr(0, header.find(','));
    header.remove_prefix(std::min(one.size() + 1, header.size()));
    if (strong(one) == "*" || strong(one) == strong(tag)) return true;
  }
  return false;
}

std::string_view phrase_of(int status) {
  static constexpr std::pair<int, std::string_view> k_phrases[] = {
      {200, "OK"}, {201, "Created"}, {202, "Accepted"}, {204, "No Content"},
      {206, "Partial Content"}, {304, "Not Modified"}, {400, "Bad Request"},
      {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
      {405, "Method Not Allowed"}, {408, "Request Timeout"}, {409, "Conflict"},
      {413, "Content Too Large"}, {415, "Unsupported Media Type"}, {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"}, {422, "Unprocessable Content"}, {426, "Upgrade Required"},
      {429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"}, {501, "Not Implemented"}, {503, "Service Unavailable"},
      {504, "Gateway Timeout"}, {507, "Insufficient Storage"}};
  for (const auto& [code, phrase] : k_phrases) {
    if (code == status) return phrase;
  }
  return "Unknown";
}

Response problem(int status, std::string_view detail, std::string_view request_id) {
  Response out{.status = status, .content_type = "application/problem+json"};
  out.body = R"({"type":"about:blank","title":")" + std::string(phrase_of(status)) +
             R"(","status":)" + std::to_string(status) + R"(,"detail":")";
  // Our own sentences may quote, but never hold what a stranger sent.
  for (const char c : detail) {
    if (c == '"' || c == '\\') out.body += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out.body += c;
  }
  out.body += '"';
  if (!request_id.empty()) {
    out.body += R"(,"instance":")" + std::string(request_id) + R"(","request_id":")" +
                std::string(request_id) + '"';
  }
  out.body += "}\n";
  return out;
}

Answer prepare(const Request& request, Response response, Scheme scheme) {
  Answer answer;
  answer.status = response.status;
  for (auto& [name, value] : response.headers) answer.headers.emplace_back(name, clean(value));
  if (!request.id.empty()) add_missing(answer, "X-Request-Id", request.id);
  if (!response.file.empty()) {
    put_file(answer, request, response);
  } else {
    answer.body = std::move(response.body);
    if (!answer.body.empty()) {
      answer.headers.emplace_back("Content-Type", clean(response.content_type));
    }
  }
  add_safety(answer, scheme);
  if (is_unchanged(answer, request)) {
    answer.status = 304;
    answer.body.clear();
    answer.file = {};
    answer.file_size = 0;
    return answer;
  }
  if (answer.status == 204) return answer;
  const auto length =
      answer.file ? answer.file_size : static_cast<std::int64_t>(answer.body.size());
  answer.headers.emplace_back("Content-Length", std::to_string(length));
  if (request.method == "HEAD") {
    answer.body.clear();
    answer.file = {};
    answer.file_size = 0;
  }
  return answer;
}

}  // namespace firstring::http

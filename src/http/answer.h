// answer: what really goes back for a Response: headers that every answer has, ranges, 304, HEAD.
//
// Ranges by RFC 9110 §14 (one range; several are answered with the whole), entity tags by §8.8.3,
// If-None-Match and If-Range by §13. Knows files, but no sockets.
// Lives on: HTTP thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/server.h"

namespace firstring::http {

// An open file, closed with its owner.
class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int fd) : fd_(fd) {}
  ~OpenFile();
  OpenFile(OpenFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  explicit operator bool() const { return fd_ >= 0; }
  // Up to `size` bytes at `offset`; 0 at the end or when the disk fails.
  std::size_t read(char* out, std::size_t size, std::int64_t offset) const;
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Answer {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;  // all of them, cleaned
  std::string body;              // empty for HEAD, 304, and when `file` is the body
  OpenFile file;
  std::int64_t file_from = 0, file_size = 0;                 // the part of it to send
};

enum class Scheme { http, https };

// Makes the answer to `request`. A file that cannot be opened becomes a 404.
Answer prepare(const Request& request, Response response, Scheme scheme);

// An answer of the server's own, as problem+json (RFC 9457).
Response problem(int status, std::string_view detail, std::string_view request_id);
std::string_view phrase_of(int status);

// What a Range header asks of something of `size` bytes.
struct Range {
  enum class Kind { whole, part, unsatisfiable };
  Kind kind = Kind::whole;
  std::int64_t from = 0, size = 0;
  friend bool operator==(const Range&, const Range&) = default;
};
Range parse_range(std::string_view header, std::int64_t size);

// Is `tag` in this If-None-Match or If-Match list? Weak comparison (RFC 9110 §8.8.3.2).
bool tag_matches(std::string_view header, std::string_view tag);

}  // namespace firstring::http

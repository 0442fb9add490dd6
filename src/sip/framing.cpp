#include "sip/framing.h"

#include "sip/message.h"
#include "sip/scan.h"

namespace firstring::sip {

void FrameReader::feed(std::string_view bytes) {
  if (broken_) return;
  if (start_ > 0) {
    buffer_.erase(0, start_);
    start_ = 0;
  }
  buffer_.append(bytes);
}

FrameReader::Frame FrameReader::next() {
  if (broken_) return {Kind::broken, {}, broken_reason_, broken_status_};
  const std::string_view rest = std::string_view(buffer_).substr(start_);
  if (headers_ == 0) {
    if (rest.empty()) return {};
    if (rest.front() == '\r' || rest.front() == '\n') return take_keep_alive(rest);
    // Three bytes back: the end may have come in pieces.
    const std::size_t from = searched_ > 3 ? searched_ - 3 : 0;
    const std::size_t end = rest.find("\r\n\r\n", from);
    if (end == std::string_view::npos) {
      searched_ = rest.size();
      if (rest.size() >= k_bytes_max) return broken({}, "headers too long", 513);
      return {};
    }
    headers_ = end + 4;
    if (headers_ > k_bytes_max) return broken({}, "headers too long", 513);
    if (!read_length(rest.substr(0, headers_))) {
      return broken(rest.substr(0, headers_), "no usable Content-Length", 400);
    }
    if (length_ > k_bytes_max - headers_) {
      return broken(rest.substr(0, headers_), "message too long", 513);
    }
  }
  const std::size_t size = headers_ + length_;
  if (rest.size() < size) return {};
  start_ += size;
  headers_ = length_ = searched_ = 0;
  return {Kind::message, rest.substr(0, size)};
}

// Between messages: CR LF CR LF is a ping, a single CR LF a pong or an empty line (RFC 3261 §7.5).
// The second CR LF may be on its way, so a lone one is kept until something follows.
FrameReader::Frame FrameReader::take_keep_alive(std::string_view rest) {
  constexpr std::string_view k_ping = "\r\n\r\n";
  const std::string_view seen = rest.substr(0, k_ping.size());
  if (seen == k_ping) {
    start_ += k_ping.size();
    return {Kind::ping, {}};
  }
  if (k_ping.starts_with(seen)) return {};
  if (!seen.starts_with("\r\n")) return broken({}, "stray line end", 400);
  start_ += 2;
  return next();
}

// Exactly one Content-Length, digits only. Two of them, or one that a more lenient reader might
// take for another number, is how requests are smuggled past a filter.
bool FrameReader::read_length(std::string_view headers) {
  bool found = false;
  for (std::size_t at = headers.find("\r\n"); at != std::string_view::npos;) {
    const std::size_t line_start = at + 2;
    at = headers.find("\r\n", line_start);
    if (at == std::string_view::npos) break;
    std::string_view line = headers.substr(line_start, at - line_start);
    // A folded line belongs to the header before it.
    while (at + 2 < headers.size() && (headers[at + 2] == ' ' || headers[at + 2] == '\t')) {
      at = headers.find("\r\n", at + 2);
      if (at == std::string_view::npos) return false;
      line = headers.substr(line_start, at - line_start);
    }
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (header_name_of(trim(line.substr(0, colon))) != HeaderName::content_length) continue;
    const auto number = parse_number(trim(line.substr(colon + 1)));
    if (!number || found) return false;
    length_ = *number;
    found = true;
  }
  return found;
}

FrameReader::Frame FrameReader::broken(std::string_view bytes, const char* reason, int status) {
  broken_ = true;
  broken_reason_ = reason;
  broken_status_ = status;
  return {Kind::broken, bytes, reason, status};
}

}  // namespace firstring::sip

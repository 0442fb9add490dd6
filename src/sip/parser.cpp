#include <array>
#include <bit>
#include <cstring>

#include "sip/message.h"
#include "sip/scan.h"
#include "sip/slices.h"

namespace firstring::sip {
namespace {

constexpr std::size_t k_message_bytes_max = 65'535;
constexpr std::size_t k_headers_max = 200;
constexpr int k_headers_of_a_kind_max = 64;
constexpr std::size_t k_kinds = static_cast<std::size_t>(HeaderName::other) + 1;

// The first byte below 0x20 in [at, end), eight at a time; `end` if there is none.
const char* find_control(const char* at, const char* end) {
  if constexpr (std::endian::native == std::endian::little) {
    while (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, sizeof word);
      const std::uint64_t hits =
          (word - 0x2020'2020'2020'2020u) & ~word & 0x8080'8080'8080'8080u;
      if (hits != 0) return at + std::countr_zero(hits) / 8;
      at += 8;
    }
  }
  while (at < end && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return at;
}

bool is_single(HeaderName name) {
  switch (name) {
    case HeaderName::from:
    case HeaderName::to:
    case HeaderName::call_id:
    case HeaderName::cseq:
    case HeaderName::max_forwards:
    case HeaderName::content_length:
    case HeaderName::content_type:
    case HeaderName::expires:
      return true;
    default:
      return false;
  }
}

}  // namespace

// Reads one message from front to back. It goes on after the first fault, so that the refusal of a
// request can carry the Via, From, To, Call-ID and CSeq that stand behind it.
class Parser {
 public:
  explicit Parser(Message& message) : message_(message) {}
  std::optional<Message::Refusal> parse(std::string_view bytes);

 private:
  bool read_start_line();
  bool read_status_line(std::string_view line);
  bool read_request_line(std::string_view line);
  void check_request_uri();
  void read_headers();
  const char* find_line_end(bool folding);
  void add_header(std::string_view line);
  void read_parts();
  void read_top_via();
  void read_cseq();
  void read_max_forwards();
  void read_body();
  std::string_view line_of(HeaderName name) const {
    const std::uint8_t i = first_[static_cast<std::size_t>(name)];
    return i == k_none ? std::string_view{} : message_.headers_[i].value;
  }
  bool has(HeaderName name) const { return first_[static_cast<std::size_t>(name)] != k_none; }
  void fault(const char* reason, int status = 400) {
    if (fault_status_ == 0) {
      fault_status_ = status;
      fault_reason_ = reason;
    }
  }
  std::optional<Message::Refusal> verdict() const;

  static constexpr std::uint8_t k_none = 0xff;
  static_assert(k_headers_max < k_none);

  Message& message_;
  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::array<std::uint8_t, k_kinds> first_;  // index of the first header of a kind
  std::array<std::uint8_t, k_kinds> count_{};
  int fault_status_ = 0;
  const char* fault_reason_ = "";
};

std::optional<Message::Refusal> Parser::parse(std::string_view bytes) {
  first_.fill(k_none);
  if (bytes.size() > k_message_bytes_max) return Message::Refusal{513, "Message Too Large", false};
  // Empty lines before a message are ignored (RFC 3261 §7.5).
  while (bytes.starts_with("\r\n")) bytes.remove_prefix(2);
  message_.raw_ = bytes;
  at_ = bytes.data();
  end_ = at_ + bytes.size();
  if (!read_start_line()) return Message::Refusal{400, "Not SIP", false};
  read_headers();
  read_parts();
  read_body();
  return verdict();
}

std::optional<Message::Refusal> Parser::verdict() const {
  if (fault_status_ == 0) return std::nullopt;
  // A response is never answered, nor an ACK; nor can be what does not say where it comes from.
  const bool respond = message_.is_request() && message_.method_text_ != "ACK" &&
                       !message_.top_via_.host.empty();
  return Message::Refusal{fault_status_, fault_reason_, respond};
}

// False: not SIP at all.
bool Parser::read_start_line() {
  const char* line_end = find_line_end(false);
  if (line_end == nullptr) return false;
  const std::string_view line(at_, static_cast<std::size_t>(line_end - at_));
  at_ = line_end + 2;
  // "/" is no character of a method, and every SIP version has one.
  const std::string_view first_word = line.substr(0, line.find(' '));
  return first_word.find('/') != std::string_view::npos ? read_status_line(line)
                                                        : read_request_line(line);
}

bool Parser::read_status_line(std::string_view line) {
  constexpr std::string_view k_version = "SIP/2.0 ";
  if (line.size() < k_version.size() + 3) return false;
  if (!equals_ignoring_case(line.substr(0, k_version.size()), k_version)) return false;
  line.remove_prefix(k_version.size());
  const auto status = parse_number(line.substr(0, line.find(' ')));
  if (line.size() > 3 && line[3] != ' ') return false;
  if (!status || *status < 100 || *status > 699) return false;
  message_.status_ = static_cast<int>(*status);
  message_.reason_ = line.size() > 4 ? line.substr(4) : std::string_view{};
  return true;
}

// Method SP Request-URI SP SIP-Version, single spaces (§7.1). What looks like a request but is not
// quite one is refused and not mended: guessing what was meant is how filters are got around.
bool Parser::read_request_line(std::string_view line) {
  Scanner scanner(line);
  message_.method_text_ = scanner.take_token();
  if (message_.method_text_.empty() || !scanner.take(' ')) return false;
  message_.method_ = method_of(message_.method_text_);

  std::string_view rest = scanner.rest();
  const std::string_view trimmed = trim(rest);
  const std::size_t last_space = trimmed.rfind(' ');
  const std::string_view version =
      last_space == std::string_view::npos ? trimmed : trimmed.substr(last_space + 1);
  if (version.size() < 5 || !equals_ignoring_case(version.substr(0, 4), "SIP/")) return false;
  if (!equals_ignoring_case(version, "SIP/2.0")) fault("Version Not Supported", 505);
  if (last_space == std::string_view::npos) {
    fault("Missing Request-URI");
    return true;
  }
  message_.request_uri_ = trim(trimmed.substr(0, last_space));
  if (trimmed.size() != rest.size() || message_.request_uri_.size() != last_space) {
    fault("Stray white space in the request line");
  }
  check_request_uri();
  return true;
}

void Parser::check_request_uri() {
  Uri uri;
  if (!read_uri(message_.request_uri_, uri)) return fault("Malformed Request-URI");
  // Headers in a Request-URI would be smuggled ones (§19.1.1, table 1).
  if (!uri.headers.empty()) fault("Request-URI with headers");
}

// The CR LF that ends the line at at_; with `folding`, lines that go on behind it with white space
// belong to it (§7.3.1). Null if there is none. Tabs and whatever is escaped in a quoted string may
// stand in a line; any other control character is a fault.
const char* Parser::find_line_end(bool folding) {
  const char* at = at_;
  while (true) {
    at = find_control(at, end_);
    if (at == end_) return nullptr;
    if (at[0] == '\r' && at + 1 < end_ && at[1] == '\n') {
      const bool goes_on = folding && at + 2 < end_ && (at[2] == ' ' || at[2] == '\t');
      if (!goes_on) return at;
      at += 2;
      continue;
    }
    const bool escaped = at > at_ && at[-1] == '\\' && *at != '\r' && *at != '\n';
    if (*at != '\t' && !escaped) fault("Stray control character");
    ++at;
  }
}

void Parser::read_headers() {
  message_.headers_.reserve(24);
  while (true) {
    if (end_ - at_ >= 2 && at_[0] == '\r' && at_[1] == '\n') {
      at_ += 2;
      return;
    }
    const char* line_end = find_line_end(true);
    if (line_end == nullptr) {
      at_ = end_;
      return fault("Header section without an end");
    }
    add_header({at_, static_cast<std::size_t>(line_end - at_)});
    at_ = line_end + 2;
  }
}

void Parser::add_header(std::string_view line) {
  Scanner scanner(line);
  const std::string_view name_text = scanner.take_token();
  while (scanner.peek() == ' ' || scanner.peek() == '\t') scanner.step();
  if (name_text.empty() || !scanner.take(':')) return fault("Malformed header line");
  if (message_.headers_.size() == k_headers_max) return fault("Too many headers");
  const HeaderName name = header_name_of(name_text);
  const auto kind = static_cast<std::size_t>(name);
  if (first_[kind] == k_none) {
    first_[kind] = static_cast<std::uint8_t>(message_.headers_.size());
  } else if (is_single(name)) {
    fault("More than one of a header that may stand once");
  }
  if (++count_[kind] > k_headers_of_a_kind_max && name != HeaderName::other) {
    return fault("Too many headers of one kind");
  }
  message_.headers_.push_back({name, name_text, trim(scanner.rest())});
}

void Parser::read_parts() {
  read_top_via();
  if (!has(HeaderName::from)) fault("Missing From");
  if (!has(HeaderName::to)) fault("Missing To");
  if (has(HeaderName::from) && !read_name_addr(line_of(HeaderName::from), message_.from_)) {
    fault("Malformed From");
  }
  if (has(HeaderName::to) && !read_name_addr(line_of(HeaderName::to), message_.to_)) {
    fault("Malformed To");
  }
  message_.call_id_ = line_of(HeaderName::call_id);
  if (!has(HeaderName::call_id)) fault("Missing Call-ID");
  for (const char c : message_.call_id_) {
    if (is_space(c)) fault("Malformed Call-ID");
  }
  if (message_.call_id_.empty()) fault("Malformed Call-ID");
  read_cseq();
  read_max_forwards();
}

void Parser::read_top_via() {
  if (!has(HeaderName::via)) return fault("Missing Via");
  Scanner scanner(line_of(HeaderName::via));
  if (!read_via(take_list_element(scanner), message_.top_via_)) fault("Malformed Via");
}

void Parser::read_cseq() {
  if (!has(HeaderName::cseq)) return fault("Missing CSeq");
  Scanner scanner(line_of(HeaderName::cseq));
  const auto number = parse_number(scanner.take_class(k_digit_char));
  const bool spaced = is_space(scanner.peek());
  scanner.skip_space();
  CSeq& cseq = message_.cseq_;
  cseq.method_text = scanner.take_token();
  cseq.method = method_of(cseq.method_text);
  if (!message_.is_request()) {
    message_.method_ = cseq.method;
    message_.method_text_ = cseq.method_text;
  }
  // Below 2^31: RFC 3261 §8.1.1.5.
  if (!number || *number >= 0x8000'0000u || !spaced || cseq.method_text.empty() ||
      !scanner.at_end()) {
    return fault("Malformed CSeq");
  }
  cseq.number = *number;
  if (message_.is_request() && cseq.method_text != message_.method_text_) {
    fault("CSeq method does not match the request's");
  }
}

void Parser::read_max_forwards() {
  // Its absence is no fault: RFC 2543 did not know it (RFC 4475 §3.4.1).
  if (!has(HeaderName::max_forwards)) return;
  const auto number = parse_number(line_of(HeaderName::max_forwards));
  if (!number || *number > 255) return fault("Malformed Max-Forwards");
  message_.max_forwards_ = *number;
}

void Parser::read_body() {
  const auto rest = static_cast<std::size_t>(end_ - at_);
  message_.body_ = {at_, rest};
  if (!has(HeaderName::content_length)) return;
  const auto length = parse_number(line_of(HeaderName::content_length));
  if (!length) return fault("Malformed Content-Length");
  if (*length > rest) return fault("Body shorter than its Content-Length");
  // What follows is not part of the message (§18.3).
  message_.body_ = {at_, *length};
  message_.raw_ = message_.raw_.substr(0, message_.raw_.size() - (rest - *length));
}

std::optional<Message::Refusal> Message::parse(std::string_view bytes) {
  std::vector<Header> headers = std::move(headers_);
  headers.clear();  // its memory is used again
  *this = Message{};
  headers_ = std::move(headers);
  return Parser(*this).parse(bytes);
}

}  // namespace firstring::sip

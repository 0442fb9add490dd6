#include "server/api/query.h"

#include <algorithm>
#include <charconv>

#include "http/target.h"
#include "server/api/status.h"

namespace firstring::api {
namespace {

constexpr std::size_t k_value_bytes_max = 200;

// Days since 1970-01-01 of a date of the Gregorian calendar.
std::int64_t days_of(std::int64_t year, int month, int day) {
  if (month <= 2) year -= 1;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = year - era * 400;
  const auto day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const auto day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

int days_in(int year, int month) {
  constexpr int k_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : k_days[month - 1];
}

// Reads fixed digits and marks off the front of a text.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}
  int digits(int count, int low, int high) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (text_.empty() || text_.front() < '0' || text_.front() > '9') return fail();
      value = value * 10 + (text_.front() - '0');
      text_.remove_prefix(1);
    }
    return value < low || value > high ? fail() : value;
  }
  void mark(std::string_view choices) {
    if (text_.empty() || choices.find(text_.front()) == std::string_view::npos) {
      fail();
    } else {
      text_.remove_prefix(1);
    }
  }
  char peek() const { return text_.empty() ? '\0' : text_.front(); }
  std::size_t left() const { return text_.size(); }
  bool good() const { return good_; }

 private:
  int fail() {
    good_ = false;
    return 0;
  }
  std::string_view text_;
  bool good_ = true;
};

}  // namespace

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  Scan scan(text);
  const int year = scan.digits(4, 1970, 2200);
  scan.mark("-");
  const int month = scan.digits(2, 1, 12);
  scan.mark("-");
  const int day = scan.digits(2, 1, 31);
  scan.mark("Tt ");
  const int hour = scan.digits(2, 0, 23);
  scan.mark(":");
  const int minute = scan.digits(2, 0, 59);
  scan.mark(":");
  const int second = scan.digits(2, 0, 59);
  std::int64_t ns = 0;
  if (scan.good() && scan.peek() == '.') {
    scan.mark(".");
    std::int64_t unit = 100'000'000;
    do {
      ns += unit * scan.digits(1, 0, 9);
      unit /= 10;
    } while (scan.good() && unit > 0 && scan.peek() >= '0' && scan.peek() <= '9');
  }
  int offset_minutes = 0;
  if (scan.peek() == '+' || scan.peek() == '-') {
    const int sign = scan.peek() == '+' ? 1 : -1;
    scan.mark("+-");
    offset_minutes = 60 * scan.digits(2, 0, 23);
    scan.mark(":");
    offset_minutes = sign * (offset_minutes + scan.digits(2, 0, 59));
  } else {
    scan.mark("Zz");
  }
  if (!scan.good() || scan.left() > 0 || day > days_in(year, month)) return std::nullopt;
  const auto whole_minutes = days_of(year, month, day) * 1440 + hour * 60 + minute - offset_minutes;
  return WallTime{(whole_minutes * 60 + second) * 1'000'000'000 + ns};
}

const std::string* Query::take(std::string_view name) {
  asked_.emplace_back(name);
  const auto [first, last] = request_.query.equal_range(std::string(name));
  if (first == last) return nullptr;
  if (std::next(first) != last) {
    complain(name, "repeated", "This is there twice.");
    return nullptr;
  }
  if (first->second.size() > k_value_bytes_max) {
    complain(name, "too_long", "This is too long.");
    return nullptr;
  }
  return &first->second;
}

void Query::complain(std::string_view name, std::string_view code, std::string detail) {
  complaints_.push_back({'?' + std::string(name), std::string(code), std::move(detail)});
}

std::string Query::text(std::string_view name) {
  const auto* value = take(name);
  return value ? *value : std::string();
}

int Query::integer(std::string_view name, int low, int high, int fallback) {
  const auto* value = take(name);
  if (!value) return fallback;
  int number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error == std::errc{} && end == value->data() + value->size() && number >= low &&
      number <= high) {
    return number;
  }
  complain(name, "out_of_range",
           "This must be a number from " + std::to_string(low) + " to " + std::to_string(high) +
               ".");
  return fallback;
}

std::optional<bool> Query::yes_or_no(std::string_view name) {
  const auto* value = take(name);
  if (!value) return std::nullopt;
  if (*value == "true" || value->empty()) return true;
  if (*value == "false") return false;
  complain(name, "not_a_choice", "This must be true or false.");
  return std::nullopt;
}

std::optional<WallTime> Query::time(std::string_view name) {
  const auto* value = take(name);
  if (!value) return std::nullopt;
  const auto time = parse_rfc3339(*value);
  if (!time) {
    complain(name, "not_a_time", "This must be a time such as 2026-11-22T06:12:03Z.");
  }
  return time;
}

std::uint64_t Query::cursor() {
  const auto* value = take("cursor");
  if (!value) return 0;
  const auto number = decode_base32(*value);
  if (!number || *number == 0) {
    complain("cursor", "not_a_cursor", "Take next_cursor of the answer before as it is.");
    return 0;
  }
  return *number;
}

std::uint64_t Query::raw_id(std::string_view name, std::string_view prefix) {
  const auto* value = take(name);
  if (!value) return 0;
  const auto number = parse_id(prefix, *value);
  if (!number || *number == 0) {
    complain(name, "not_an_id", "This must be an id such as " + std::string(prefix) + "….");
    return 0;
  }
  return *number;
}

std::optional<Problem> Query::problem() {
  for (const auto& [name, value] : request_.query) {
    if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
    std::string detail = "This parameter is not known here";
    if (!asked_.empty()) detail += "; known are:";
    for (const auto& one : asked_) detail += ' ' + one;
    complain(name.substr(0, 100), "unknown_parameter", detail + '.');
    if (complaints_.size() >= 20) break;
  }
  if (complaints_.empty()) return std::nullopt;
  return Problem{{Code::invalid, "The parameters of the request are not as they must be."},
                 complaints_};
}

std::string cursor_of(std::uint64_t value) { return encode_base32(value); }

http::Response list(const http::Request& request, const std::vector<std::string>& items,
                    std::optional<std::uint64_t> next) {
  std::string body = R"({"data":[)";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) body += ',';
    body += items[i];
  }
  body += R"(],"next_cursor":)" + (next ? '"' + cursor_of(*next) + '"' : std::string("null")) + "}";
  auto response = ok(std::move(body));
  if (next) {
    std::string link = '<' + request.path + '?';
    for (const auto& [name, value] : request.query) {
      if (name == "cursor") continue;
      link += http::percent_encode(name) + '=' + http::percent_encode(value) + '&';
    }
    response.headers.emplace_back("Link", link + "cursor=" + cursor_of(*next) + ">; rel=\"next\"");
  }
  return response;
}

}  // namespace firstring::api

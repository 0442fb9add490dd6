#include <algorithm>
#include <charconv>
#include <cstring>
#include <unordered_map>

#include "call/fact_table.h"
#include "call/facts.h"

namespace firstring::call {
namespace {

constexpr std::int64_t k_ns_per_ms = 1'000'000;
constexpr int k_skip_depth_max = 16;

// The keys of the table, once each, so that a fact read back may point to them.
const std::unordered_map<std::string_view, std::string_view>& known_keys() {
  static const auto keys = [] {
    std::unordered_map<std::string_view, std::string_view> made;
    for (const FactRow& row : fact_table()) {
      std::string_view rest = row.fields;
      while (!rest.empty()) {
        std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        if (word.starts_with('@')) continue;
        while (!word.empty() && std::strchr("?#%!", word.back()) != nullptr) word.remove_suffix(1);
        if (!word.empty()) made.emplace(word, word);
      }
    }
    return made;
  }();
  return keys;
}

std::int64_t days_from_civil(std::int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto yoe = static_cast<std::int64_t>(year - era * 400);
  const std::int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const std::int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146'097 + doe - 719'468;
}

// "2026-11-22T06:12:03.412Z" exactly, as append_time writes it.
std::optional<WallTime> parse_time(std::string_view text) {
  constexpr std::string_view k_shape = "dddd-dd-ddTdd:dd:dd.dddZ";
  if (text.size() != k_shape.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (k_shape[i] == 'd' ? !digit : text[i] != k_shape[i]) return std::nullopt;
  }
  const auto number = [text](std::size_t from, std::size_t length) {
    unsigned value = 0;
    for (const char c : text.substr(from, length))
      value = value * 10 + static_cast<unsigned>(c - '0');
    return value;
  };
  const unsigned year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const unsigned hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  // What WallTime can hold: 1677 to 2262.
  if (year < 1678 || year > 2261 || month < 1 || month > 12 || day < 1 || day > 31) {
    return std::nullopt;
  }
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::int64_t in_day = hour * 3600 + minute * 60 + second;
  const std::int64_t ms =
      (days_from_civil(year, month, day) * 86'400 + in_day) * 1000 + number(20, 3);
  return WallTime{ms * k_ns_per_ms};
}

void append_utf8(std::string& out, unsigned c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 63));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 63));
    out += static_cast<char>(0x80 | (c >> 6 & 63));
    out += static_cast<char>(0x80 | (c & 63));
  }
}

// Reads JSON from left to right, as little of it as a fact needs. Every function returns false at
// the first thing that is not as it must be; then the whole line counts as unreadable.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool take(char c) {
    skip_blanks();
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }
  bool next_is(char c) {
    skip_blanks();
    return at_ != end_ && *at_ == c;
  }
  bool at_end() {
    skip_blanks();
    return at_ == end_;
  }

  // `out` points into the text when nothing was escaped, else into `unescaped_`.
  bool string(std::string_view& out) {
    if (!take('"')) return false;
    const char* start = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\') {
      if (static_cast<unsigned char>(*at_) < 0x20) return false;
      ++at_;
    }
    if (at_ == end_) return false;
    if (*at_ == '"') {
      out = {start, static_cast<std::size_t>(at_++ - start)};
      return true;
    }
    unescaped_.assign(start, at_);
    if (!escaped_rest()) return false;
    out = unescaped_;
    return true;
  }

  bool integer(std::int64_t& out) {
    skip_blanks();
    const auto [end, error] = std::from_chars(at_, end_, out);
    if (error != std::errc{}) return false;
    at_ = end;
    return true;
  }
  bool natural(std::uint64_t& out) {
    skip_blanks();
    const auto [end, error] = std::from_chars(at_, end_, out);
    if (error != std::errc{}) return false;
    at_ = end;
    return true;
  }

  // A value a field can hold. `kept` is false for null and for what is nested (a later version's).
  bool value(FieldValue& out, bool& kept) {
    skip_blanks();
    kept = true;
    if (at_ == end_) return false;
    switch (*at_) {
      case '"': {
        std::string_view text;
        if (!string(text)) return false;
        out.emplace<std::string>(text);
        return true;
      }
      case 't':
        out = true;
        return word("true");
      case 'f':
        out = false;
        return word("false");
      default:
        break;
    }
    if (*at_ == '-' || (*at_ >= '0' && *at_ <= '9')) return number(out);
    kept = false;
    return skip(0);
  }

  bool skip(int depth) {
    if (depth > k_skip_depth_max || at_end()) return false;
    if (*at_ == 'n') return word("null");
    if (*at_ == '{') return skip_object(depth);
    if (*at_ == '[') return skip_array(depth);
    FieldValue ignored;
    bool kept = false;
    if (*at_ != '"' && *at_ != 't' && *at_ != 'f' && *at_ != '-' && (*at_ < '0' || *at_ > '9')) {
      return false;
    }
    return value(ignored, kept);
  }

 private:
  void skip_blanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
  }

  bool word(std::string_view expected) {
    if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(expected)) {
      return false;
    }
    at_ += expected.size();
    return true;
  }

  bool number(FieldValue& out) {
    const char* stop = at_;
    bool whole = true;
    while (stop != end_ && std::strchr("+-.0123456789eE", *stop) != nullptr && *stop != '\0') {
      whole = whole && *stop != '.' && *stop != 'e' && *stop != 'E';
      ++stop;
    }
    if (whole) {
      std::int64_t value = 0;
      const auto [end, error] = std::from_chars(at_, stop, value);
      if (error != std::errc{} || end != stop) return false;
      out = value;
    } else {
      double value = 0;
      const auto [end, error] = std::from_chars(at_, stop, value);
      if (error != std::errc{} || end != stop) return false;
      out = value;
    }
    at_ = stop;
    return true;
  }

  bool hex4(unsigned& out) {
    if (end_ - at_ < 4) return false;
    const auto [end, error] = std::from_chars(at_, at_ + 4, out, 16);
    if (error != std::errc{} || end != at_ + 4) return false;
    at_ += 4;
    return true;
  }

  // Behind the backslash of "\uXXXX"; two of them when they are a surrogate pair.
  bool unicode_escape() {
    unsigned c = 0;
    if (!hex4(c)) return false;
    if (c >= 0xD800 && c < 0xE000) {
      unsigned low = 0;
      const char* back = at_;
      const bool pair = c < 0xDC00 && end_ - at_ >= 6 && at_[0] == '\\' && at_[1] == 'u';
      if (pair) at_ += 2;
      if (pair && hex4(low) && low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
      } else {
        at_ = back;
        c = 0xFFFD;
      }
    }
    append_utf8(unescaped_, c);
    return true;
  }

  bool escaped_rest() {
    while (at_ != end_) {
      const char c = *at_++;
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        unescaped_ += c;
        continue;
      }
      if (at_ == end_) return false;
      const char escape = *at_++;
      switch (escape) {
        case '"':
        case '\\':
        case '/':
          unescaped_ += escape;
          break;
        case 'n':
          unescaped_ += '\n';
          break;
        case 'r':
          unescaped_ += '\r';
          break;
        case 't':
          unescaped_ += '\t';
          break;
        case 'b':
          unescaped_ += '\b';
          break;
        case 'f':
          unescaped_ += '\f';
          break;
        case 'u':
          if (!unicode_escape()) return false;
          break;
        default:
          return false;
      }
    }
    return false;
  }

  bool skip_object(int depth) {
    ++at_;
    if (take('}')) return true;
    do {
      std::string_view key;
      if (!string(key) || !take(':') || !skip(depth + 1)) return false;
    } while (take(','));
    return take('}');
  }

  bool skip_array(int depth) {
    ++at_;
    if (take(']')) return true;
    do {
      if (!skip(depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  const char* at_;
  const char* end_;
  std::string unescaped_;
};

bool read_fields(Scanner& scanner, Fact& fact) {
  if (!scanner.take('{')) return false;
  if (scanner.take('}')) return true;
  const auto& keys = known_keys();
  fact.fields.reserve(8);
  do {
    std::string_view key;
    FieldValue value;
    bool kept = false;
    if (!scanner.string(key) || !scanner.take(':')) return false;
    // Found before the value is read: the value may overwrite what an escaped key points to.
    const auto known = keys.find(key);
    if (!scanner.value(value, kept)) return false;
    if (kept && known != keys.end()) {
      fact.fields.push_back({known->second, std::move(value)});
    }
  } while (scanner.take(','));
  return scanner.take('}');
}

template <typename Tag>
bool read_id(Scanner& scanner, std::string_view prefix, Id<Tag>& out) {
  std::string_view text;
  if (!scanner.string(text)) return false;
  const auto value = parse_id(prefix, text);
  if (!value) return false;
  out.value = *value;
  return true;
}

bool read_text(Scanner& scanner, std::string& out) {
  std::string_view text;
  if (!scanner.string(text)) return false;
  out = text;
  return true;
}

bool read_member(Scanner& scanner, std::string_view key, Fact& fact) {
  if (key == "seq") return scanner.natural(fact.sequence);
  if (key == "type") {
    std::string_view name;
    if (!scanner.string(name)) return false;
    const auto type = fact_type_of(name);
    if (!type) return false;
    fact.type = *type;
    return true;
  }
  if (key == "at") {
    std::string_view text;
    if (!scanner.string(text)) return false;
    const auto time = parse_time(text);
    if (!time) return false;
    fact.wall = *time;
    return true;
  }
  if (key == "mono_us") {
    std::int64_t us = 0;
    if (!scanner.integer(us) || us > INT64_MAX / 1000 || us < INT64_MIN / 1000) return false;
    fact.mono.ns = us * 1000;
    return true;
  }
  if (key == "tenant") return read_text(scanner, fact.tenant);
  if (key == "call") return read_id(scanner, "call_", fact.call);
  if (key == "leg") return read_id(scanner, "leg_", fact.leg);
  if (key == "agent") return read_text(scanner, fact.agent);
  if (key == "queue") return read_text(scanner, fact.queue);
  if (key == "data") return read_fields(scanner, fact);
  return scanner.skip(0);
}

}  // namespace

std::optional<Fact> parse_fact(std::string_view json) {
  Scanner scanner(json);
  Fact fact;
  if (!scanner.take('{')) return std::nullopt;
  do {
    std::string_view key;
    if (!scanner.string(key) || !scanner.take(':')) return std::nullopt;
    if (!read_member(scanner, key, fact)) return std::nullopt;
  } while (scanner.take(','));
  if (!scanner.take('}') || !scanner.at_end()) return std::nullopt;
  if (fact.type == FactType{}) return std::nullopt;
  return fact;
}

}  // namespace firstring::call

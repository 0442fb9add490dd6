#include "call/facts.h"

#include <charconv>
#include <cmath>
#include <unordered_map>

#include "call/fact_table.h"

namespace firstring::call {
namespace {

constexpr std::int64_t k_ns_per_ms = 1'000'000;

template <typename Whole>
void append_number(std::string& out, Whole value) {
  char text[24];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
}

// Shortest text that reads back as the same value; always with '.' or 'e', so that it stays a
// double when read back.
void append_real(std::string& out, double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  const std::string_view written(text, static_cast<std::size_t>(end - text));
  out += written;
  if (written.find_first_of(".e") == std::string_view::npos) out += ".0";
}

// How many bytes of `text` at `at` are one whole UTF-8 character; 0 if they are none. Overlong
// forms, surrogates and what is above U+10FFFF are none (Unicode 15, table 3-7).
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const auto byte = [text](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [byte](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(at + 1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned second = byte(at + 1);
    if (first == 0xE0 && second < 0xA0) return 0;
    if (first == 0xED && second > 0x9F) return 0;
    return tail(at + 1) && tail(at + 2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned second = byte(at + 1);
    if (first == 0xF0 && second < 0x90) return 0;
    if (first == 0xF4 && second > 0x8F) return 0;
    return tail(at + 1) && tail(at + 2) && tail(at + 3) ? 4 : 0;
  }
  return 0;
}

void append_control(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view k_hex = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(c);
  out += "\\u00";
  out += k_hex[value >> 4];
  out += k_hex[value & 15];
}

void append_string(std::string& out, std::string_view text) {
  out += '"';
  std::size_t run = 0;  // start of what is copied as it is
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c < 0x7F && c != '"' && c != '\\') {
      ++i;
      continue;
    }
    const std::size_t length = c < 0x80 ? 0 : utf8_length(text, i);
    if (length > 0) {
      i += length;
      continue;
    }
    out.append(text, run, i - run);
    if (c < 0x80)
      append_control(out, text[i]);
    else
      out += "\xEF\xBF\xBD";  // U+FFFD in place of a byte that is no UTF-8
    run = ++i;
  }
  out.append(text, run, text.size() - run);
  out += '"';
}

// The date is worked out once a second; the thread keeps the last one.
void append_time(std::string& out, WallTime time) {
  struct Last {
    std::int64_t second = INT64_MIN;
    std::string text;  // "2026-11-22T06:12:03."
  };
  thread_local Last last;
  std::int64_t ms = time.ns / k_ns_per_ms;
  if (time.ns % k_ns_per_ms < 0) ms -= 1;
  std::int64_t second = ms / 1000;
  std::int64_t in_second = ms % 1000;
  if (in_second < 0) {
    in_second += 1000;
    second -= 1;
  }
  if (second != last.second) {
    last.text = to_rfc3339(time).substr(0, 20);
    last.second = second;
  }
  out += last.text;
  out += static_cast<char>('0' + in_second / 100);
  out += static_cast<char>('0' + in_second / 10 % 10);
  out += static_cast<char>('0' + in_second % 10);
  out += 'Z';
}

void append_fields(std::string& out, const std::vector<Field>& fields) {
  bool first = true;
  for (const Field& field : fields) {
    const double* real = std::get_if<double>(&field.value);
    if (real != nullptr && !std::isfinite(*real)) continue;  // JSON has no word for it
    if (!first) out += ',';
    first = false;
    append_string(out, field.key);
    out += ':';
    if (const auto* text = std::get_if<std::string>(&field.value))
      append_string(out, *text);
    else if (const auto* whole = std::get_if<std::int64_t>(&field.value))
      append_number(out, *whole);
    else if (real != nullptr)
      append_real(out, *real);
    else
      out += std::get<bool>(field.value) ? "true" : "false";
  }
}

}  // namespace

std::string_view name_of(FactType type) {
  const auto number = static_cast<std::size_t>(type);
  const auto table = fact_table();
  return number >= 1 && number <= table.size() ? table[number - 1].name : std::string_view("?");
}

std::optional<FactType> fact_type_of(std::string_view name) {
  static const auto by_name = [] {
    std::unordered_map<std::string_view, FactType> made;
    for (const FactRow& row : fact_table()) made.emplace(row.name, row.type);
    return made;
  }();
  const auto found = by_name.find(name);
  if (found == by_name.end()) return std::nullopt;
  return found->second;
}

const std::string* Fact::text(std::string_view key) const {
  for (const Field& field : fields) {
    if (field.key == key) return std::get_if<std::string>(&field.value);
  }
  return nullptr;
}

std::optional<std::int64_t> Fact::integer(std::string_view key) const {
  for (const Field& field : fields) {
    if (field.key != key) continue;
    const auto* value = std::get_if<std::int64_t>(&field.value);
    if (value != nullptr) return *value;
    return std::nullopt;
  }
  return std::nullopt;
}

std::optional<double> Fact::number(std::string_view key) const {
  for (const Field& field : fields) {
    if (field.key != key) continue;
    if (const auto* real = std::get_if<double>(&field.value)) return *real;
    if (const auto* whole = std::get_if<std::int64_t>(&field.value)) {
      return static_cast<double>(*whole);
    }
    return std::nullopt;
  }
  return std::nullopt;
}

void append_json(std::string& out, const Fact& fact) {
  out += "{\"seq\":";
  append_number(out, fact.sequence);
  out += ",\"type\":\"";
  out += name_of(fact.type);
  out += "\",\"at\":\"";
  append_time(out, fact.wall);
  out += "\",\"mono_us\":";
  append_number(out, fact.mono.ns / 1000);
  out += ",\"tenant\":";
  append_string(out, fact.tenant);
  if (fact.call) {
    out += ",\"call\":\"call_";
    out += encode_base32(fact.call.value);
    out += '"';
  }
  if (fact.leg) {
    out += ",\"leg\":\"leg_";
    out += encode_base32(fact.leg.value);
    out += '"';
  }
  if (!fact.agent.empty()) {
    out += ",\"agent\":";
    append_string(out, fact.agent);
  }
  if (!fact.queue.empty()) {
    out += ",\"queue\":";
    append_string(out, fact.queue);
  }
  out += ",\"data\":{";
  append_fields(out, fact.fields);
  out += "}}";
}

}  // namespace firstring::call

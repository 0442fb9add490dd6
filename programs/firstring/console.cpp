#include "console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <clocale>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <cwchar>
#include <optional>

namespace firstring::cli {
namespace {

constexpr int k_cell_max = 40;

// The next character and how many bytes it takes; 0 bytes: broken.
struct Rune {
  char32_t code = 0;
  std::size_t bytes = 0;
};

Rune next_rune(std::string_view text) {
  const auto byte = [&](std::size_t i) -> int {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
  };
  const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const int lead = byte(0);
  if (lead < 0x80) return {static_cast<char32_t>(lead), 1};
  if (lead >= 0xC2 && lead < 0xE0 && tail(1)) {
    return {static_cast<char32_t>((lead & 31) << 6 | (byte(1) & 63)), 2};
  }
  if (lead >= 0xE0 && lead < 0xF0 && tail(1) && tail(2)) {
    const auto code =
        static_cast<char32_t>((lead & 15) << 12 | (byte(1) & 63) << 6 | (byte(2) & 63));
    if (code >= 0x800 && (code < 0xD800 || code > 0xDFFF)) return {code, 3};
  }
  if (lead >= 0xF0 && lead < 0xF5 && tail(1) && tail(2) && tail(3)) {
    const auto code = static_cast<char32_t>((lead & 7) << 18 | (byte(1) & 63) << 12 |
                                            (byte(2) & 63) << 6 | (byte(3) & 63));
    if (code >= 0x10000 && code <= 0x10FFFF) return {code, 4};
  }
  return {};
}

bool is_harmful(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) ||      // C0, DEL, C1
         code == 0x061C || code == 0x200E || code == 0x200F ||  // directions
         (code >= 0x2028 && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
         code == 0xFEFF || (code >= 0xE0000 && code <= 0xE007F);  // invisible tags
}

int columns_of(char32_t code) {
  static const bool ready = std::setlocale(LC_CTYPE, "C.UTF-8") != nullptr;
  const int columns = ready ? ::wcwidth(static_cast<wchar_t>(code)) : 1;
  return columns < 0 ? 1 : columns;
}

bool shows_colour() {
  static const bool shows = ::isatty(STDOUT_FILENO) && !std::getenv("NO_COLOR");
  return shows;
}

}  // namespace

std::string safe(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto rune = next_rune(text);
    const auto bytes = std::max<std::size_t>(rune.bytes, 1);
    if (rune.bytes == 0 || is_harmful(rune.code)) {
      out += '?';
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

int width_of(std::string_view text) {
  int columns = 0;
  while (!text.empty()) {
    const auto rune = next_rune(text);
    columns += rune.bytes == 0 ? 1 : columns_of(rune.code);
    text.remove_prefix(std::max<std::size_t>(rune.bytes, 1));
  }
  return columns;
}

std::string fit(std::string_view text, int columns) {
  const int width = width_of(text);
  if (width <= columns) {
    return std::string(text) + std::string(static_cast<std::size_t>(columns - width), ' ');
  }
  std::string out;
  int used = 0;
  while (!text.empty()) {
    const auto rune = next_rune(text);
    const auto bytes = std::max<std::size_t>(rune.bytes, 1);
    const int wide = rune.bytes == 0 ? 1 : columns_of(rune.code);
    if (used + wide > columns - 1) break;
    out += text.substr(0, bytes);
    used += wide;
    text.remove_prefix(bytes);
  }
  out += "…";
  for (++used; used < columns; ++used) out += ' ';
  return out;
}

std::string coloured(Colour colour, std::string_view text) {
  if (!shows_colour() || colour == Colour::plain) return std::string(text);
  const char* code = "0";
  switch (colour) {
    case Colour::plain: break;
    case Colour::dim: code = "2"; break;
    case Colour::bold: code = "1"; break;
    case Colour::green: code = "32"; break;
    case Colour::yellow: code = "33"; break;
    case Colour::red: code = "31"; break;
  }
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

std::string Table::to_text(int columns_max) const {
  std::vector<std::vector<std::string>> rows;
  std::vector<int> widths(rows_.front().size());
  for (const auto& row : rows_) {
    auto& cells = rows.emplace_back();
    for (std::size_t i = 0; i < widths.size(); ++i) {
      cells.push_back(i < row.size() ? safe(row[i]) : "");
      widths[i] = std::min(k_cell_max, std::max(widths[i], width_of(cells.back())));
    }
  }
  // Too wide: the widest column gives way, again and again.
  const auto total = [&] {
    int sum = 2 * static_cast<int>(widths.size() - 1);
    for (const int width : widths) sum += width;
    return sum;
  };
  while (total() > columns_max) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= 6) break;
    *widest -= 1;
  }
  std::string out;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      auto cell = fit(rows[r][i], widths[i]);
      if (std::find(right_.begin(), right_.end(), i) != right_.end()) {
        const auto end = cell.find_last_not_of(' ') + 1;
        cell = std::string(cell.size() - end, ' ') + cell.substr(0, end);
      }
      line += (i > 0 ? "  " : "") + cell;
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out += (r == 0 ? coloured(Colour::dim, line) : line) + '\n';
  }
  return out;
}

int terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40) return 120;
  return size.ws_col;
}

std::string duration(double seconds) {
  const auto whole = static_cast<long>(std::lround(std::max(0.0, seconds)));
  char text[32];
  if (whole >= 3600) {
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  }
  return text;
}

std::string since_start(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%+.3f", seconds);
  return text;
}

std::string local_time(const std::string& rfc3339, WallTime now) {
  std::tm utc{};
  if (!::strptime(rfc3339.c_str(), "%Y-%m-%dT%H:%M:%S", &utc)) return rfc3339;
  const std::time_t then = ::timegm(&utc), today = now.ns / 1'000'000'000;
  std::tm local{}, here{};
  ::localtime_r(&then, &local);
  ::localtime_r(&today, &here);
  const bool same_day = local.tm_yday == here.tm_yday && local.tm_year == here.tm_year;
  char text[32];
  std::strftime(text, sizeof text, same_day ? "%H:%M:%S" : "%e %b %H:%M", &local);
  return text;
}

}  // namespace firstring::cli

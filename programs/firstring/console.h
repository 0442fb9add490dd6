// console: text for a terminal: safe, aligned, coloured only where someone looks.
//
// What came from outside (names, numbers, reasons) goes through safe(): a caller's name must not
// move the cursor, ring the bell or turn the line around.
// Lives on: the program's one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"

namespace firstring::cli {

// Control characters, broken UTF-8 and marks that change the direction of writing become "?".
std::string safe(std::string_view text);
// Columns on the terminal of a text that is safe.
int width_of(std::string_view text);
// Padded, or cut with "…", to this many columns.
std::string fit(std::string_view text, int columns);

enum class Colour { plain, dim, bold, green, yellow, red };
// Nothing is coloured when the output is no terminal or NO_COLOR is set.
std::string coloured(Colour colour, std::string_view text);

// Rows of cells, aligned; the first row is the head. Cells are made safe here.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : rows_{std::move(head)} {}
  void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  void right(std::size_t column) { right_.push_back(column); }
  bool empty() const { return rows_.size() == 1; }
  std::string to_text(int columns_max) const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> right_;
};

int terminal_columns();                       // 120 where the output is no terminal
std::string duration(double seconds);         // "1:05", "1:02:03"
std::string since_start(double seconds);      // "+12.345"
// "2026-11-22T06:12:03.412Z" -> local "06:12:03", or "22 Nov 06:12" when it is another day.
std::string local_time(const std::string& rfc3339, WallTime now);

}  // namespace firstring::cli

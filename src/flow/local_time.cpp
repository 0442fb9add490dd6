#include "flow/local_time.h"

#include <date/tz.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace firstring::flow {
namespace {

using SystemTime = date::sys_time<std::chrono::nanoseconds>;

// The library throws for an unknown name; that stops here.
const date::time_zone* find_zone(const std::string& zone) {
  try {
    return date::locate_zone(zone.empty() ? "Etc/UTC" : zone);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

date::local_time<std::chrono::nanoseconds> local_of(const std::string& zone, WallTime wall) {
  const SystemTime instant{std::chrono::nanoseconds(wall.ns)};
  const date::time_zone* found = find_zone(zone);
  if (found == nullptr) found = find_zone("Etc/UTC");
  if (found != nullptr) return found->to_local(instant);
  return date::local_time<std::chrono::nanoseconds>(instant.time_since_epoch());
}

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
  int number = 0;
  const char* const end = text.data() + at + digits;
  const auto [stop, error] = std::from_chars(text.data() + at, end, number);
  if (error != std::errc{} || stop != end || number < 0) return std::nullopt;
  return number;
}

WallTime wall_of(const std::string& zone, date::local_time<std::chrono::nanoseconds> local) {
  const date::time_zone* found = find_zone(zone);
  if (found == nullptr) return {local.time_since_epoch().count()};
  return {found->to_sys(local, date::choose::earliest).time_since_epoch().count()};
}

}  // namespace

bool is_known_zone(const std::string& zone) { return !zone.empty() && find_zone(zone) != nullptr; }

LocalTime local_time(const std::string& zone, WallTime wall) {
  const auto local = local_of(zone, wall);
  const auto day = date::floor<date::days>(local);
  const date::year_month_day calendar{day};
  return {.date = date::format("%F", day),
          .day = static_cast<int>(static_cast<unsigned>(calendar.day())),
          .month = static_cast<int>(static_cast<unsigned>(calendar.month())),
          .weekday = static_cast<int>(date::weekday{day}.iso_encoding()) - 1,
          .minute = static_cast<int>(
              std::chrono::duration_cast<std::chrono::minutes>(local - day).count())};
}

std::string_view name_of_weekday(int weekday) {
  static constexpr std::array<std::string_view, 7> k_names = {
      "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  return k_names.at(static_cast<std::size_t>(weekday));
}

// Where summer time begins at midnight the day begins at the first instant that exists.
WallTime start_of_day(const std::string& zone, WallTime wall) {
  return wall_of(zone, date::floor<date::days>(local_of(zone, wall)));
}

std::optional<WallTime> instant_of(const std::string& zone, std::string_view text) {
  if (text.size() != 16 || text[4] != '-' || text[7] != '-' || text[13] != ':') return {};
  if (text[10] != ' ' && text[10] != 'T') return {};
  const auto year = number_at(text, 0, 4);
  const auto month = number_at(text, 5, 2), day = number_at(text, 8, 2);
  const auto hour = number_at(text, 11, 2), minute = number_at(text, 14, 2);
  if (!year || !month || !day || !hour || !minute || *hour > 23 || *minute > 59) return {};
  const date::year_month_day date{date::year{*year}, date::month(static_cast<unsigned>(*month)),
                                  date::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return {};
  return wall_of(zone, date::local_days{date} + std::chrono::hours(*hour) +
                           std::chrono::minutes(*minute));
}

}  // namespace firstring::flow

#include <date/tz.h>

#include <charconv>
#include <optional>

#include "config/parts.h"
#include "flow/local_time.h"

namespace firstring::config {
namespace {

constexpr std::string_view k_days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};

std::optional<int> minute_of(std::string_view text) {  // "09:30" -> 570; "24:00" is allowed
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  int hour = 0, minute = 0;
  const auto h = std::from_chars(text.data(), text.data() + 2, hour);
  const auto m = std::from_chars(text.data() + 3, text.data() + 5, minute);
  if (h.ec != std::errc{} || m.ec != std::errc{} || h.ptr != text.data() + 2 ||
      m.ptr != text.data() + 5) {
    return std::nullopt;
  }
  if (hour < 0 || minute < 0 || minute > 59 || hour * 60 + minute > 24 * 60) return std::nullopt;
  return hour * 60 + minute;
}

// "2026-12-25 10:00"; "2026-12-25" is its midnight. Empty when it is neither.
std::string clock_time(std::string text) {
  if (text.size() == 10) text += " 00:00";
  if (text.size() == 16 && text[10] == 'T') text[10] = ' ';
  return flow::instant_of("Etc/UTC", text) ? text : std::string();
}

bool is_date(std::string_view text) {
  return text.size() == 10 && !clock_time(std::string(text)).empty();
}

// A leap year: 02-29 is a holiday in the years that have it.
bool is_yearly_date(std::string_view text) {
  return text.size() == 5 && is_date("2024-" + std::string(text));
}

void read_holidays(const Value& value, flow::Hours& hours) {
  value.each_member([&](const std::string& date, const Value& name) {
    if (!is_date(date) && !is_yearly_date(date)) {
      name.complain("the date \"" + date + "\"", "12-25 for every year, or 2026-04-03 for once");
    }
    hours.holidays[date] = name.required_text("the name of the holiday");
  });
}

void read_overrides(const Value& value, flow::Hours& hours) {
  value.each_item([&](const Value& item) {
    item.allow({"from", "to", "open", "reason"});
    flow::Override exception;
    const auto read_time = [&](std::string_view key) {
      const Value place = item.member(key);
      const std::string text = place.required_text("a local time such as 2026-12-24 12:00");
      const std::string time = clock_time(text);
      if (time.empty() && !text.empty()) place.complain("a local time such as 2026-12-24 12:00");
      return time;
    };
    exception.from = read_time("from");
    exception.to = read_time("to");
    exception.open = item.member("open").boolean(false);
    exception.reason = item.member("reason").text("override");
    if (!exception.to.empty() && exception.from >= exception.to) {
      item.member("to").complain("a time after " + exception.from);
    }
    hours.overrides.push_back(std::move(exception));
  });
}

void check_zone(const Value& value, const std::string& zone) {
  try {
    date::locate_zone(zone);
  } catch (const std::runtime_error&) {
    std::vector<std::string> known;
    for (const auto& z : date::get_tzdb().zones) known.push_back(z.name());
    value.complain("\"" + zone + "\"",
                   "a time zone such as America/New_York" + suggestion(zone, known));
  }
}

}  // namespace

std::vector<flow::OpenSpan> read_spans(const Value& value) {
  std::vector<flow::OpenSpan> spans;
  for (const std::string& text : value.texts()) {
    if (text == "closed") continue;
    const auto dash = text.find('-');
    const auto from = minute_of(std::string_view(text).substr(0, std::min(dash, text.size())));
    const auto to = dash == std::string::npos ? std::nullopt
                                              : minute_of(std::string_view(text).substr(dash + 1));
    if (!from || !to || *from >= *to) {
      value.complain("\"" + text + "\"", "a span such as 09:00-17:30, a list of them, or closed");
      continue;
    }
    spans.push_back({*from, *to});
  }
  return spans;
}

void read_hours(const Value& value, std::string_view default_zone, flow::Configuration& out) {
  value.each_member([&](const std::string& name, const Value& entry) {
    entry.allow({"zone", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
                 "sunday", "weekdays", "weekend", "dates", "holidays", "overrides"});
    flow::Hours& hours = out.hours[name];
    hours.zone = entry.member("zone").text(std::string(default_zone));
    check_zone(entry.member("zone"), hours.zone);
    for (std::size_t day = 0; day < 7; ++day) {
      const Value own = entry.member(k_days[day]);
      const Value group = entry.member(day < 5 ? "weekdays" : "weekend");
      hours.week[day] = read_spans(own.present() ? own : group);
    }
    read_holidays(entry.member("holidays"), hours);
    read_overrides(entry.member("overrides"), hours);
    entry.member("dates").each_member([&](const std::string& date, const Value& spans) {
      if (!is_date(date)) spans.complain("the date \"" + date + "\"", "a date such as 2026-12-25");
      hours.dates[date] = read_spans(spans);
    });
  });
}

}  // namespace firstring::config

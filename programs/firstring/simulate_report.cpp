// What a simulation found, as text, as JSON and as a page that needs nothing from elsewhere.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "console.h"
#include "flow/local_time.h"
#include "simulate.h"

namespace firstring::cli {
namespace {

std::string with(const char* format, double value) {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

double scale_of(insight::Unit unit) { return unit == insight::Unit::share ? 100 : 1; }
const char* sign_of(insight::Unit unit) {
  if (unit == insight::Unit::share) return " %";
  return unit == insight::Unit::seconds ? " s" : "";
}

std::string shown(const std::optional<sim::Interval>& value, insight::Unit unit,
                  const char* format = "%.1f") {
  if (!value) return "-";
  std::string text = with(format, value->mean * scale_of(unit));
  if (value->runs > 1) text += " ± " + with("%.1f", value->half_width * scale_of(unit));
  return text + sign_of(unit);
}

// Whether the interval leaves out "no difference".
bool is_sure(const sim::Compared& one) {
  return one.difference && one.difference->runs > 1 &&
         std::abs(one.difference->mean) > one.difference->half_width;
}

Json json_of(const std::optional<sim::Interval>& value) {
  if (!value) return Json();
  return {{"mean", value->mean}, {"half_width", value->half_width}, {"runs", value->runs}};
}

Json json_of(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

// ---- the page ----

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : safe(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

constexpr double k_width = 900, k_height = 260, k_left = 50, k_bottom = 30, k_top = 12;

struct Plot {
  double length_s = 1, offered_max = 1;
  double x(Duration at) const {
    return k_left + (k_width - k_left - 10) * seconds(at) / length_s;
  }
  double y(double share) const {
    return k_top + (k_height - k_top - k_bottom) * (1 - share);
  }
};

std::string line_of(const Plot& plot, const std::vector<sim::HalfHour>& course,
                    std::optional<double> sim::HalfHour::* which, const char* name) {
  std::string path;
  bool drawing = false;
  for (const sim::HalfHour& one : course) {
    if (!(one.*which)) {
      drawing = false;
      continue;
    }
    path += (drawing ? "L" : "M") + with("%.1f", plot.x(one.at + 15min)) + " " +
            with("%.1f", plot.y(*(one.*which)));
    drawing = true;
  }
  return "<path class='" + std::string(name) + "' d='" + path + "'/>\n";
}

// Service level through the day as lines, callers as bars behind them.
std::string course_plot(const SimulateReport& report) {
  const auto& course = report.comparison.half_hours;
  if (course.empty()) return "";
  Plot plot{.length_s = seconds(course.back().at + 30min)};
  for (const auto& one : course) plot.offered_max = std::max(plot.offered_max, one.offered);
  std::string svg =
      "<svg viewBox='0 0 900 260' role='img' aria-label='Service level by half hour'>\n";
  for (const auto& one : course) {
    const double top = plot.y(one.offered / plot.offered_max);
    svg += "<rect class='callers' x='" + with("%.1f", plot.x(one.at)) + "' y='" +
           with("%.1f", top) + "' width='" +
           with("%.1f", std::max(plot.x(one.at + 30min) - plot.x(one.at) - 1, 0.5)) + "' height='" +
           with("%.1f", plot.y(0) - top) + "'><title>" + with("%.1f", one.offered) +
           " callers</title></rect>\n";
  }
  for (const int percent : {0, 20, 40, 60, 80, 100}) {
    const std::string y = with("%.1f", plot.y(percent / 100.0));
    svg += "<line class='grid' x1='50' x2='890' y1='" + y + "' y2='" + y + "'/><text x='44' y='" +
           y + "' class='right'>" + std::to_string(percent) + " %</text>\n";
  }
  for (Duration at{}; at <= course.back().at; at += 2h) {
    const auto local = flow::local_time(report.zone, report.begins + at);
    svg += "<text class='middle' x='" + with("%.1f", plot.x(at)) + "' y='252'>" +
           std::to_string(local.minute / 60) + ":" + (local.minute % 60 < 10 ? "0" : "") +
           std::to_string(local.minute % 60) + "</text>\n";
  }
  svg += line_of(plot, course, &sim::HalfHour::before, "before");
  svg += line_of(plot, course, &sim::HalfHour::after, "after");
  return svg + "</svg>\n";
}

// Each difference as its interval around no difference, in widths of the widest.
std::string difference_bar(const sim::Compared& one) {
  if (!one.difference) return "";
  const double low = one.difference->mean - one.difference->half_width;
  const double high = one.difference->mean + one.difference->half_width;
  const double reach = std::max({std::abs(low), std::abs(high), 1e-12});
  const auto x = [reach](double value) { return 100 + 90 * value / reach; };
  return "<svg class='bar' viewBox='0 0 200 16'><line class='grid' x1='100' x2='100' y1='0' "
         "y2='16'/><line class='reach' x1='" +
         with("%.1f", x(low)) + "' x2='" + with("%.1f", x(high)) +
         "' y1='8' y2='8'/><circle cx='" + with("%.1f", x(one.difference->mean)) +
         "' cy='8' r='4'/></svg>";
}

constexpr const char* k_style = R"(<style>
body{font:15px/1.45 system-ui,sans-serif;max-width:62rem;margin:2rem auto;
padding:0 1rem;color:#1c2733}
table{border-collapse:collapse;width:100%}td,th{text-align:right;padding:.25rem .5rem;
border-bottom:1px solid #dde3e8}td:first-child,th:first-child{text-align:left}
svg{width:100%;height:auto}svg.bar{width:200px}text{font-size:11px;fill:#5a6875}
.right{text-anchor:end;dominant-baseline:middle}.middle{text-anchor:middle}
.grid{stroke:#dde3e8}.callers{fill:#e3e9ee}.before,.after{fill:none;stroke-width:2.5}
.before{stroke:#8794a1}.after{stroke:#0b6bcb}.reach{stroke:#0b6bcb;stroke-width:3}
circle{fill:#0b6bcb}.sure{font-weight:600}.key{color:#5a6875}
</style>
)";

std::string rows_of(const SimulateReport& report) {
  const bool two = !report.after.empty();
  std::string rows;
  for (const sim::Compared& one : report.comparison.figures) {
    rows += "<tr><td>" + escaped(one.title) + "</td><td>" + shown(one.before, one.unit) + "</td>";
    if (two) {
      rows += "<td>" + shown(one.after, one.unit) + "</td><td" +
              (is_sure(one) ? " class='sure'" : "") + ">" +
              shown(one.difference, one.unit, "%+.1f") + "</td><td>" + difference_bar(one) +
              "</td>";
    }
    rows += "</tr>\n";
  }
  return rows;
}

std::string about(const SimulateReport& report) {
  const int runs = report.comparison.runs;
  return report.title + (report.queue.empty() ? "" : ", queue " + report.queue) + "; " +
         std::to_string(runs) + (runs == 1 ? " run" : " runs") + ", seeds " +
         std::to_string(report.first_seed) + " to " + std::to_string(report.first_seed + runs - 1);
}

}  // namespace

std::string to_text(const SimulateReport& report) {
  std::string text = safe(about(report)) + "\n";
  const bool two = !report.after.empty();
  text +=
      "Before: " + safe(report.before) + (two ? "\nAfter:  " + safe(report.after) : "") + "\n\n";
  Table table(two ? std::vector<std::string>{"FIGURE", "BEFORE", "AFTER", "DIFFERENCE", ""}
                  : std::vector<std::string>{"FIGURE", "VALUE"});
  for (const std::size_t column : {1, 2, 3}) table.right(column);
  for (const sim::Compared& one : report.comparison.figures) {
    std::vector<std::string> cells = {one.title, shown(one.before, one.unit)};
    if (two) {
      cells.push_back(shown(one.after, one.unit));
      cells.push_back(shown(one.difference, one.unit, "%+.1f"));
      cells.emplace_back(is_sure(one) ? "*" : "");
    }
    table.add(std::move(cells));
  }
  text += table.to_text(terminal_columns());
  text += "\n± is the interval of 95 %." +
          std::string(two ? " *: the difference is not chance.\n" : "\n");
  if (!report.comparison.complaint.empty()) {
    text += "The switchboard did what no exchange can: " + safe(report.comparison.complaint) + "\n";
  }
  return text;
}

Json to_json(const SimulateReport& report) {
  Json json = {{"title", report.title},
               {"before", report.before},
               {"after", report.after.empty() ? Json() : Json(report.after)},
               {"queue", report.queue.empty() ? Json() : Json(report.queue)},
               {"begins", to_rfc3339(report.begins)},
               {"runs", report.comparison.runs},
               {"first_seed", report.first_seed}};
  Json figures = Json::array(), course = Json::array();
  for (const sim::Compared& one : report.comparison.figures) {
    figures.push_back({{"id", one.id},
                       {"title", one.title},
                       {"unit", name_of(one.unit)},
                       {"before", json_of(one.before)},
                       {"after", json_of(one.after)},
                       {"difference", json_of(one.difference)},
                       {"sure", is_sure(one)}});
  }
  for (const sim::HalfHour& one : report.comparison.half_hours) {
    course.push_back({{"at", to_rfc3339(report.begins + one.at)},
                      {"offered", one.offered},
                      {"before", json_of(one.before)},
                      {"after", json_of(one.after)}});
  }
  json["figures"] = std::move(figures);
  json["service_level_by_half_hour"] = std::move(course);
  return json;
}

std::string to_html(const SimulateReport& report) {
  const bool two = !report.after.empty();
  std::string page = "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
                     "<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; "
                     "style-src 'unsafe-inline'\"><title>Simulation</title>\n";
  page += k_style;
  page += "</head><body>\n<h1>" + escaped(report.title) + "</h1>\n<p>" + escaped(about(report)) +
          "</p>\n<p class='key'>Before: " + escaped(report.before) +
          (two ? "; after: " + escaped(report.after) : "") +
          "</p>\n<table>\n<tr><th>Figure</th><th>" +
          (two ? "Before</th><th>After</th><th>Difference</th><th></th>" : "Value</th>") +
          "</tr>\n" + rows_of(report) + "</table>\n<p class='key'>± is the interval of 95 %";
  if (two) page += "; in bold what is not chance, paired by seed";
  page += ".</p>\n<h2>Service level by half hour</h2>\n" + course_plot(report);
  page += std::string("<p class='key'>Grey bars: callers. Grey line: before") +
          (two ? "; blue line: after" : "") + ".</p>\n";
  if (!report.comparison.complaint.empty()) {
    page += "<p>The switchboard did what no exchange can: " + escaped(report.comparison.complaint) +
            "</p>\n";
  }
  return page + "</body></html>\n";
}

}  // namespace firstring::cli

#include "bench/load/report.h"

#include <algorithm>

#include "io/clock.h"

namespace firstring::load {
namespace {

double percent(Duration part, Duration whole) {
  return whole > Duration::zero() ? rounded(100 * seconds(part) / seconds(whole)) : 0.0;
}

Report calls_of(const Callers& callers) {
  const Callers::Counts& counts = callers.counts();
  Report refused = Report::object();
  for (const auto& [status, count] : counts.refused) refused[std::to_string(status)] = count;
  return {{"started", counts.started},       {"answered", counts.answered},
          {"completed", counts.completed},   {"failed", counts.failed()},
          {"refused", refused},              {"unanswered", counts.unanswered},
          {"cut_off", counts.cut_off},       {"badly_ended", counts.badly_ended},
          {"repeated", counts.repeated},     {"heard_again", counts.heard_again},
          {"odd_messages", counts.odd},      {"most_at_once", callers.in_progress_most()}};
}

Report agents_of(const Agents& agents) {
  const Agents::Counts& counts = agents.counts();
  Report report = {{"offered", counts.offered},
                   {"confirmed", counts.confirmed},
                   {"ended", counts.ended},
                   {"repeated", counts.repeated},
                   {"heard_again", counts.heard_again},
                   {"left_standing", agents.in_progress()},
                   {"offered_while_busy", counts.offered_while_busy},
                   {"odd_messages", counts.odd}};
  if (agents.reached_after().count() > 0) {
    report["reached_after_ms"] = report_of(agents.reached_after());
  }
  if (agents.free_for().count() > 0) report["free_for_ms"] = report_of(agents.free_for());
  return report;
}

Report media_of(const RtpEnds::Figures& figures) {
  const double received = static_cast<double>(figures.received);
  const double longer = static_cast<double>(figures.spacing.longer_than(40ms));
  Report report = {{"received", figures.received},
                   {"lost", figures.lost},
                   {"silent", figures.silent},
                   {"unmarked", figures.unmarked},
                   {"odd", figures.odd},
                   {"strangers", figures.strangers},
                   {"spacing_ms", report_of(figures.spacing)},
                   {"spacing_over_40ms_ppm", rounded(longer * 1e6 / std::max(received, 1.0))}};
  if (figures.delay.count() > 0) report["delay_ms"] = report_of(figures.delay);
  if (figures.first_packet.count() > 0) report["first_packet_ms"] = report_of(figures.first_packet);
  if (figures.send_lateness.count() > 0) report["send_late_ms"] = report_of(figures.send_lateness);
  return report;
}

// A number of the report by its path, e.g. "/calls/failed"; nothing if it is not there.
std::string part(const Report& report, const char* name, const char* path) {
  const nlohmann::ordered_json::json_pointer pointer(path);
  if (!report.contains(pointer)) return {};
  return std::string(" ") + name + "=" + report.at(pointer).dump();
}

}  // namespace

Meter::Meter(const Plan& plan)
    : plan_(plan), began_(io::read_mono()), server_(use_of(plan.server)), own_(own_cpu()),
      machine_(machine_use()) {}

void Meter::report(Report& report, std::uint64_t completed) const {
  const Duration length = io::read_mono() - began_;
  const ProcessUse server = use_of(plan_.server);
  const Duration server_cpu = server.cpu - server_.cpu;
  const Duration own = own_cpu() - own_;
  const MachineUse machine = machine_use();
  report["seconds"] = rounded(seconds(length));
  report["completed_per_second"] = rounded(static_cast<double>(completed) / seconds(length));
  if (!plan_.server.empty()) {
    const double calls = static_cast<double>(completed);
    report["server"] = {
        {"is_alive", server.is_alive},
        {"cpu_ms", in_milliseconds(server_cpu)},
        {"cpu_percent", percent(server_cpu, length)},
        {"cpu_us_per_call", calls > 0 ? rounded(seconds(server_cpu) * 1e6 / calls) : 0.0},
        {"resident_kb_before", server_.resident_kb},
        {"resident_kb", server.resident_kb}};
  }
  report["own_cpu_percent"] = percent(own, length);
  // Without --pid the server's own use is among that of others.
  const Duration others = machine.busy - machine_.busy - server_cpu - own;
  report["machine"] = {{"others_cpu_percent", std::max(0.0, percent(others, length))},
                       {"stolen_percent", percent(machine.stolen - machine_.stolen, length)}};
}

Report report_of(const Plan& plan, const FarEnds& ends) {
  Report report;
  report["mode"] = plan.mode_name;
  report["label"] = plan.label;
  report["number"] = plan.callers.user;
  report["rate"] = plan.rate;
  report["calls"] = calls_of(*ends.callers);
  report["repeated"] = ends.repeated();
  report["heard_again"] = ends.heard_again();
  report["dropped_here"] = ends.dropped();
  report["unsent_here"] = ends.unsent();
  report["answered_after_ms"] = report_of(ends.callers->answered_after());
  if (ends.callers->refused_after().count() > 0) {
    report["refused_after_ms"] = report_of(ends.callers->refused_after());
  }
  if (ends.agents) report["agents"] = agents_of(*ends.agents);
  if (plan.callers.media != MediaUse::none) report["media"] = media_of(ends.rtp->take_figures());
  return report;
}

std::string line_of(const Report& report) {
  std::string line = report.at("mode").get<std::string>();
  constexpr std::pair<const char*, const char*> parts[] = {
      {"rate", "/rate"},
      {"completed", "/calls/completed"},
      {"failed", "/calls/failed"},
      {"repeated", "/repeated"},
      {"answer_p99_ms", "/answered_after_ms/p99"},
      {"server_us_a_call", "/server/cpu_us_per_call"},
      {"server_percent", "/steady/server_cpu_percent"},
      {"spacing_p99_ms", "/media/spacing_ms/p99"},
      {"lost", "/media/lost"},
      {"delay_p99_ms", "/media/delay_ms/p99"},
      {"reached_p99_ms", "/agents/reached_after_ms/p99"},
      {"free_p99_ms", "/agents/free_for_ms/p99"},
      {"served_share", "/overload/served_share_of_best"},
      {"refused_p99_ms", "/overload/refused_after_ms/p99"},
      {"normal_again_ms", "/overload/normal_again_ms"},
      {"own_percent", "/own_cpu_percent"},
      {"others_percent", "/machine/others_cpu_percent"}};
  for (const auto& [name, path] : parts) line += part(report, name, path);
  return line;
}

}  // namespace firstring::load

// doctor: looks at what usually goes wrong, and says what to do about it. Also config validate.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "commands.h"
#include "console.h"
#include "io/clock.h"

namespace firstring::cli {
namespace {

enum class Verdict { good, warning, bad };

class Report {
 public:
  void add(Verdict verdict, const std::string& what, const std::string& found,
           const std::string& advice = "") {
    static constexpr const char* k_names[] = {"ok", "warning", "problem"};
    worst_ = std::max(worst_, verdict);
    findings_.push_back({{"check", what},
                         {"verdict", k_names[static_cast<int>(verdict)]},
                         {"found", found},
                         {"advice", advice.empty() ? Json() : Json(advice)}});
  }
  int print(Output output) const {
    if (output == Output::json) {
      print_json({{"data", findings_}});
      return worst_ == Verdict::bad ? 1 : 0;
    }
    for (const auto& one : findings_) {
      const auto verdict = text_of(one, "verdict");
      const auto colour = verdict == "ok" ? Colour::green
                          : verdict == "warning" ? Colour::yellow : Colour::red;
      std::printf("%s  %s %s\n", coloured(colour, fit(verdict, 7)).c_str(),
                  fit(safe(text_of(one, "check")), 14).c_str(),
                  safe(text_of(one, "found")).c_str());
      if (!field(one, "advice").is_null()) {
        std::printf("%25s→ %s\n", "", safe(text_of(one, "advice")).c_str());
      }
    }
    std::printf("\n%s\n", worst_ == Verdict::good ? "All is well."
                          : worst_ == Verdict::warning
                              ? "It works; look at the warnings when you can."
                              : "Something needs you: see the problems above.");
    return worst_ == Verdict::bad ? 1 : 0;
  }

 private:
  Json findings_ = Json::array();
  Verdict worst_ = Verdict::good;
};

bool is_free(int type, std::uint16_t port) {
  const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0) return true;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return free;
}

void look_at_ports(Report& report) {
  for (const auto& [name, type, port] :
       {std::tuple<const char*, int, std::uint16_t>{"port 8080/tcp", SOCK_STREAM, 8080},
        {"port 5060/udp", SOCK_DGRAM, 5060},
        {"port 5060/tcp", SOCK_STREAM, 5060}}) {
    if (is_free(type, port)) {
      report.add(Verdict::good, name, "free on 127.0.0.1");
    } else {
      report.add(Verdict::warning, name, "taken by another program",
                 "firstringd takes one of the next ports and says which; see what holds it with: "
                 "ss -lntup");
    }
  }
}

void look_at_disk(Report& report, const std::string& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) {
    report.add(Verdict::warning, "data folder", folder + " cannot be looked at",
               "Name it with --data or FIRSTRING_DATA, and run this as the server's user.");
    return;
  }
  const double free_gb =
      static_cast<double>(disk.f_bavail) * static_cast<double>(disk.f_frsize) / 1e9;
  char text[96];
  std::snprintf(text, sizeof text, "%.1f GB free for %s", free_gb, folder.c_str());
  const auto verdict = free_gb < 0.2 ? Verdict::bad
                       : free_gb < 2 ? Verdict::warning : Verdict::good;
  const char* advice = "Free some space: an hour of recording is 115 MB as WAV, a tenth as opus.";
  report.add(verdict, "disk space", text, verdict == Verdict::good ? "" : advice);
}

void look_at_clock(Report& report, const std::string& server_now) {
  const double ahead = seconds_between(to_rfc3339(io::read_wall()), server_now);
  char text[96];
  std::snprintf(text, sizeof text, "server and this machine differ by %.1f s", std::abs(ahead));
  const bool good = std::abs(ahead) < 2;
  report.add(good ? Verdict::good : Verdict::warning, "clock", text,
             good ? "" : "Let both follow a time server: timedatectl set-ntp true");
}

// Sockets are files: two for each leg of a call, and one for each connection.
void look_at_files(Report& report, const std::string& data_folder) {
  std::ifstream running_file(data_folder + "/running.json");
  const auto running = Json::parse(running_file, nullptr, false);
  const auto pid = static_cast<long>(number_of(running, "pid"));
  if (pid <= 0) return;
  std::ifstream limits("/proc/" + std::to_string(pid) + "/limits");
  std::string line;
  while (std::getline(limits, line)) {
    if (!line.starts_with("Max open files")) continue;
    std::istringstream rest(line.substr(14));
    long limit = 0;
    rest >> limit;
    report.add(limit >= 4096 ? Verdict::good : Verdict::warning, "open files",
               "the server may hold " + std::to_string(limit) + " at once",
               limit >= 4096 ? "" : "Start it with: ulimit -n 65536");
  }
}

bool look_at_server(Report& report, Client& client) {
  const auto alive = client.ask("GET", "/livez", std::nullopt);
  if (!alive) {
    report.add(Verdict::bad, "server", "no answer from " + client.place().url,
               "Start it with ./run or systemctl start firstring; or say where it is with --url.");
    return false;
  }
  if (alive->status != 200) {
    report.add(Verdict::bad, "server", "answers, but its control loop does not",
               "Keep its log and a core (gcore), then restart it.");
    return true;
  }
  char text[200];
  std::snprintf(text, sizeof text, "%s answers in %.0f ms", client.place().url.c_str(),
                1000 * alive->seconds);
  report.add(Verdict::good, "server", text);
  const auto ready = client.ask("GET", "/readyz?verbose", std::nullopt);
  if (!ready) return true;
  const auto checks = Json::parse(ready->body, nullptr, false);
  for (const auto& check : field(checks, "checks")) {
    const bool good = field(check, "good") == true;
    report.add(good ? Verdict::good : Verdict::bad, text_of(check, "name"),
               text_of(check, "detail"), good ? "" : "No call is taken until this is well again.");
  }
  return true;
}

void look_at_office(Report& report, const Json& live, const Json& configuration) {
  int reachable = 0, signed_in = 0, all = 0;
  for (const auto& agent : field(live, "agents")) {
    const auto state = text_of(agent, "state");
    all += 1;
    signed_in += state != "signed_out";
    reachable += state != "signed_out" && state != "unreachable";
  }
  report.add(reachable > 0 ? Verdict::good : Verdict::warning, "agents",
             std::to_string(reachable) + " of " + std::to_string(all) + " can be rung, " +
                 std::to_string(signed_in) + " are signed in, " +
                 text_of(configuration, "phones_registered") + " phones are registered",
             reachable > 0 ? ""
                           : "Register a phone: ./run prints server, user and password; callers "
                             "wait until an agent can be rung.");
  if (field(live, "alarms").empty()) report.add(Verdict::good, "alarms", "none");
  for (const auto& alarm : field(live, "alarms")) {
    report.add(Verdict::bad, "alarm", words(text_of(alarm, "name")), text_of(alarm, "detail"));
  }
}

}  // namespace

int run_doctor(Client& client, Output output) {
  Report report;
  const auto& place = client.place();
  const bool reached = look_at_server(report, client);
  look_at_disk(report, place.data_folder);
  if (!reached) {
    look_at_ports(report);
    return report.print(output);
  }
  look_at_files(report, place.data_folder);
  const auto live = client.get("/api/v1/live");
  const auto configuration = client.get("/api/v1/configuration");
  if (!live || !configuration) {
    const auto& failed = live ? configuration : live;
    report.add(Verdict::bad, "token",
               place.token.empty() ? "none was found" : failed.error().detail,
               "It is in secrets/api-token of the data folder; give it with --token or --data.");
    return report.print(output);
  }
  report.add(Verdict::good, "token", "known to the server");
  report.add(Verdict::good, "configuration",
             text_of(*configuration, "name") + ", version " + text_of(*configuration, "version"));
  look_at_clock(report, text_of(*live, "now"));
  look_at_office(report, *live, *configuration);
  return report.print(output);
}

}  // namespace firstring::cli

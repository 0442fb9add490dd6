// How long figures take over a million calls: counting all of them anew from the event log, and
// asking for them.
//
//   figures_bench make FOLDER [CALLS]   writes a log of so many calls (1,000,000: about 5 GB)
//   figures_bench measure FOLDER        counts them anew, asks, and says how long that took
//   figures_bench ask FOLDER            only asks
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "insight/test_history.h"
#include "io/clock.h"
#include "server/calendar.h"
#include "server/figures_book.h"
#include "store/event_log.h"

namespace {

using namespace firstring;
using insight::Dimension;
using insight::Question;

constexpr const char* k_zone = "America/New_York";
constexpr const char* k_tenant = "t";
constexpr WallTime k_starts{1'793'419'200'000'000'000};
constexpr int k_calls_of_one = 10'000;      // made at once
constexpr Duration k_length_of_one = 21h;  // 100 of them: 88 days

double cpu_s() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
         static_cast<double>(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

std::unique_ptr<store::EventLog> open_log(const std::string& folder) {
  auto log =
      store::EventLog::open({.folder = folder + "/events", .reserve_bytes = 0, .sync = false},
                            [](const store::EventLog::Committed&) {});
  if (!log) std::fprintf(stderr, "%s\n", log.error().detail.c_str()), std::exit(1);
  return std::move(log).value();
}

int make(const std::string& folder, int calls) {
  const auto log = open_log(folder);
  std::string line;
  for (int part = 0; part * k_calls_of_one < calls; ++part) {
    const insight::TestHistory history({.seed = static_cast<std::uint64_t>(part + 1),
                                        .calls = k_calls_of_one,
                                        .starts = k_starts + part * (k_length_of_one + 5min),
                                        .lasts = k_length_of_one,
                                        .agents = 40,
                                        .crashes_a_day = 0.2});
    for (const call::Fact& fact : history.facts()) {
      line.clear();
      call::append_json(line, fact);
      while (!log->append(line)) log->flush(1s);
    }
    if (!log->flush(60s)) return 1;
  }
  std::printf("%llu facts\n", static_cast<unsigned long long>(log->committed().up_to));
  return 0;
}

struct Asked {
  const char* name;
  std::vector<Dimension> by;
  std::vector<const char*> kpis;  // none: the main ones; "all"
  Duration lasts = 95 * 24h;
};

void ask(const server::FiguresBook& book, const Asked& asked) {
  Question question;
  question.from_ms = k_starts.ns / 1'000'000;
  question.until_ms = (k_starts + asked.lasts).ns / 1'000'000;
  question.by = asked.by;
  question.days = server::days_between(k_zone, k_starts, k_starts + asked.lasts);
  question.half_hours = server::half_hours_between(k_zone, k_starts, k_starts + asked.lasts);
  const bool all = !asked.kpis.empty() && std::strcmp(asked.kpis.front(), "all") == 0;
  if (all || asked.kpis.empty()) {
    for (const insight::KpiRow& row : insight::kpi_rows()) {
      if (all || row.main) question.kpis.push_back(&row);
    }
  } else {
    for (const char* id : asked.kpis) question.kpis.push_back(insight::find_kpi(id));
  }
  double best = 1e9, worst = 0, cpu = cpu_s();
  std::size_t groups = 0;
  for (int i = 0; i < 5; ++i) {
    const MonoTime began = io::read_mono();
    const auto answer = book.answer(question);
    const double took = seconds(io::read_mono() - began) * 1000;
    best = std::min(best, took);
    worst = std::max(worst, took);
    groups = answer ? answer->groups.size() : 0;
  }
  cpu = (cpu_s() - cpu) * 1000 / 5;
  std::printf("%-48s %6zu groups  %7.1f to %.1f ms, %.1f of CPU\n", asked.name, groups, best,
              worst, cpu);
}

void ask_all(const server::FiguresBook& book) {
  ask(book, {.name = "main figures, the whole", .by = {}, .kpis = {}});
  ask(book, {.name = "main figures by queue and day",
             .by = {Dimension::queue, Dimension::day},
             .kpis = {}});
  ask(book, {.name = "main figures by half hour", .by = {Dimension::half_hour}, .kpis = {}});
  ask(book, {.name = "main figures by agent", .by = {Dimension::agent}, .kpis = {}});
  ask(book, {.name = "service level by queue and half hour",
               .by = {Dimension::queue, Dimension::half_hour},
               .kpis = {"service_level_4"}});
  ask(book, {.name = "patience and waits by queue",
               .by = {Dimension::queue},
               .kpis = {"patience_p50", "patience_mean", "wait_p50", "answer_p90"}});
  ask(book, {.name = "first-contact resolution by queue", .by = {Dimension::queue},
               .kpis = {"fcr_net", "fcr_strict"}});
  ask(book, {.name = "occupancy by agent and day", .by = {Dimension::agent, Dimension::day},
               .kpis = {"occupancy"}});
  ask(book, {.name = "every figure there is, the whole", .by = {}, .kpis = {"all"}});
  ask(book, {.name = "every figure there is, one day by half hour",
               .by = {Dimension::half_hour},
               .kpis = {"all"},
               .lasts = 24h});
}

int measure(const std::string& folder) {
  for (const char* suffix : {"", "-wal", "-shm"}) {
    std::filesystem::remove(folder + "/figures.db" + suffix);
  }
  const auto log = open_log(folder);
  const std::uint64_t facts = log->committed().up_to;
  auto book = server::FiguresBook::open(folder + "/figures.db", k_tenant, *log);
  if (!book) return 1;
  const MonoTime began = io::read_mono();
  const double cpu = cpu_s();
  if (!(*book)->flush(facts, 10min)) return 1;
  std::printf("counted anew: %llu facts in %.1f s (%.1f s of CPU, one core)\n",
              static_cast<unsigned long long>(facts), seconds(io::read_mono() - began),
              cpu_s() - cpu);
  ask_all(**book);
  return 0;
}

// Of what measure() has counted.
int ask_again(const std::string& folder) {
  const auto log = open_log(folder);
  const auto book = server::FiguresBook::open(folder + "/figures.db", k_tenant, *log);
  if (book) ask_all(**book);
  return book ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (argc > 2 && what == "make") return make(argv[2], argc > 3 ? std::atoi(argv[3]) : 1'000'000);
  if (argc > 2 && what == "measure") return measure(argv[2]);
  if (argc > 2 && what == "ask") return ask_again(argv[2]);
  std::fprintf(stderr, "figures_bench make FOLDER [CALLS] | measure FOLDER | ask FOLDER\n");
  return 2;
}

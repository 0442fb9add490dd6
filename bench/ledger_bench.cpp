// Measures the keeping of facts: what a fact costs to write, to read, to log durably, and how long
// a start takes after 100,000 calls. CPU is of the whole process.
//
//   ledger_bench json                     a fact to JSON and back
//   ledger_bench log FOLDER RATE SECONDS  RATE facts a second into the event log (0: all it takes)
//   ledger_bench fill FOLDER CALLS        a ledger with so many calls, then killed
//   ledger_bench start FOLDER             opens it, times it, looks up one call
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "insight/test_story.h"
#include "io/clock.h"
#include "server/history.h"
#include "server/ledger.h"

namespace {

using namespace firstring;

double cpu_s() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto s = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return s(usage.ru_utime) + s(usage.ru_stime);
}

double seconds_since(MonoTime start) {
  return seconds(io::read_mono() - start);
}

std::vector<call::Fact> some_facts(int steps) {
  insight::Story story(1);
  story.run(steps);
  return story.take();
}

int measure_json() {
  const auto facts = some_facts(20'000);
  std::vector<std::string> lines(facts.size());
  double start = cpu_s();
  for (std::size_t i = 0; i < facts.size(); ++i) call::append_json(lines[i], facts[i]);
  const double write_s = cpu_s() - start;
  std::size_t bytes = 0, read = 0;
  start = cpu_s();
  for (const std::string& line : lines) {
    bytes += line.size();
    read += call::parse_fact(line).has_value() ? 1 : 0;
  }
  const double read_s = cpu_s() - start;
  const auto count = static_cast<double>(facts.size());
  std::printf("%zu facts of %.0f bytes: written in %.2f us, read in %.2f us each\n", read,
              static_cast<double>(bytes) / count, write_s / count * 1e6, read_s / count * 1e6);
  return read == facts.size() ? 0 : 1;
}

int measure_log(const std::string& folder, int rate, int length_s) {
  const auto facts = some_facts(5000);
  std::vector<std::string> lines;
  for (const call::Fact& fact : facts) call::append_json(lines.emplace_back(), fact);
  std::atomic<int> commits = 0;
  auto log = store::EventLog::open({.folder = folder, .reserve_bytes = 0},
                                   [&commits](store::EventLog::Committed) { commits += 1; });
  if (!log) return std::puts(log.error().detail.c_str()), 1;
  const double cpu = cpu_s();
  const MonoTime start = io::read_mono();
  std::uint64_t sent = 0, refused = 0;
  while (io::read_mono() - start < Duration(1s) * length_s) {
    const double due = rate == 0 ? 1e18 : seconds_since(start) * rate;
    for (int i = 0; i < 1000 && static_cast<double>(sent) < due; ++i) {
      if ((*log)->append(lines[sent % lines.size()]))
        sent += 1;
      else
        refused += 1;
    }
    if (rate != 0 || refused > 0) ::usleep(1000);
    refused = 0;
  }
  const bool flushed = (*log)->flush(60s);
  const double took = seconds_since(start);
  std::printf("%.0f facts/s on disk, %.0f commits/s, %.1f %% of a core%s\n",
              static_cast<double>(sent) / took, commits / took, (cpu_s() - cpu) / took * 100,
              flushed ? "" : ", NOT FLUSHED");
  return 0;
}

struct Opened {
  ManualClock clock{io::read_wall()};
  std::unique_ptr<server::Ledger> ledger;
};

bool open_ledger(Opened& opened, const std::string& folder) {
  server::LedgerOptions options;
  options.folder = folder;
  options.tenant = "demo";
  options.log.reserve_bytes = 0;
  auto ledger = server::Ledger::open({opened.clock, [](std::function<void()>) {}}, options);
  if (!ledger) return std::puts(ledger.error().detail.c_str()), false;
  opened.ledger = std::move(*ledger);
  return true;
}

int fill(const std::string& folder, int calls) {
  Opened opened;
  if (!open_ledger(opened, folder)) return 1;
  insight::Story story(1, {1'000'000'000}, opened.clock.wall_now(), 20ms);
  const double cpu = cpu_s();
  double story_cpu = 0;
  int received = 0;
  while (received < calls) {
    const double before = cpu_s();
    story.run(500);
    auto facts = story.take();
    story_cpu += cpu_s() - before;
    for (const call::Fact& fact : facts) {
      if (fact.type == call::FactType::call_received) received += 1;
    }
    opened.clock.advance_to(story.now());
    opened.ledger->append(facts);
    opened.ledger->every_second();
    while (opened.ledger->appended() - opened.ledger->committed() > 50'000) {
      opened.ledger->every_second();
      ::usleep(1000);
    }
  }
  const bool flushed = opened.ledger->flush(120s);
  std::printf("%d calls, %llu facts, %.1f us of CPU a call%s\n", received,
              static_cast<unsigned long long>(opened.ledger->appended()),
              (cpu_s() - cpu - story_cpu) / received * 1e6, flushed ? "" : ", NOT FLUSHED");
  std::fflush(stdout);
  ::_exit(0);  // as if killed
}

int measure_start(const std::string& folder) {
  Opened opened;
  const double cpu = cpu_s();
  MonoTime start = io::read_mono();
  if (!open_ledger(opened, folder)) return 1;
  const server::Ledger& ledger = *opened.ledger;
  std::printf(
      "open after %.3f s (%.3f s of CPU), %llu facts replayed, %zu calls closed, figures %s\n",
      seconds_since(start), cpu_s() - cpu,
      static_cast<unsigned long long>(ledger.recovered().facts_replayed),
      ledger.recovered().calls_ended.size(),
      ledger.figures_complete() ? "complete" : "still being counted");
  while (!ledger.figures_complete()) {
    ::usleep(10'000);
    opened.ledger->every_second();
  }
  std::printf("figures complete after %.3f s: %lld calls today\n", seconds_since(start),
              static_cast<long long>(ledger.tally().calls().received));
  const server::History history(ledger.history_path(), "demo", ledger.log());
  api::CallQuery query;
  start = io::read_mono();
  const auto page = history.calls(query);
  if (!page || page->empty()) return 1;
  std::printf("newest %zu calls in %.2f ms\n", page->size(), seconds_since(start) * 1e3);
  query.received_before = page->back().received - 1h;
  query.agent = "anna";
  query.outcome = "answered";
  start = io::read_mono();
  const auto older = history.calls(query);
  if (!older || older->empty()) return 1;
  std::printf("%zu filtered calls in %.2f ms\n", older->size(), seconds_since(start) * 1e3);
  const auto& call = older->front();
  start = io::read_mono();
  const auto facts = history.facts_of(call.id, call.first_sequence, call.last_sequence, 1000);
  if (!facts) return 1;
  std::printf("the %zu facts of one call in %.2f ms\n", facts->size(), seconds_since(start) * 1e3);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.size() == 1 && words[0] == "json") return measure_json();
  if (words.size() == 4 && words[0] == "log") {
    return measure_log(words[1], std::atoi(words[2].c_str()), std::atoi(words[3].c_str()));
  }
  if (words.size() == 3 && words[0] == "fill") return fill(words[1], std::atoi(words[2].c_str()));
  if (words.size() == 2 && words[0] == "start") return measure_start(words[1]);
  std::puts("ledger_bench json | log FOLDER RATE SECONDS | fill FOLDER CALLS | start FOLDER");
  return 2;
}

#include "server/ledger.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "io/clock.h"
#include "server/live_ledger.h"

namespace firstring::server {
namespace {

using call::Fact;
using call::FactType;

constexpr Duration k_checkpoint_every = 2s;
constexpr Duration k_close_patience = 5s;
constexpr std::size_t k_handed_together = 200;       // calls
constexpr std::uint64_t k_figures_at_once = 20'000;  // facts counted without leaving the loop
constexpr std::int64_t k_day_ns = 86'400'000'000'000;

std::int64_t floor_to(std::int64_t value, std::int64_t step) {
  const std::int64_t rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

}  // namespace

LiveLedger::LiveLedger(Given given, LedgerOptions options)
    : given_(std::move(given)),
      options_(std::move(options)),
      history_path_(options_.folder + "/history.db"),
      tally_(options_.rules) {}

LiveLedger::~LiveLedger() {
  after_commit_.clear();  // who waited may be gone
  if (log_ != nullptr && history_ != nullptr) flush(k_close_patience);
  history_.reset();
  log_.reset();
}

// ---- the way of facts ----

void LiveLedger::append(std::vector<Fact>& facts) {
  for (Fact& fact : facts) append_one(fact);
  facts.clear();
  if (watched_) log_->hurry();
}

// Times are kept as the log keeps them, so that what is derived now is what would be derived from
// the log.
void LiveLedger::append_one(Fact& fact) {
  appended_ += 1;
  fact.sequence = appended_;
  fact.mono.ns = floor_to(fact.mono.ns, 1000);
  fact.wall.ns = floor_to(fact.wall.ns, 1'000'000);
  line_.clear();
  call::append_json(line_, fact);
  if (!overflow_.empty() || !log_->append(line_)) overflow_.push_back(line_);
  waiting_.push_back(std::move(fact));
}

void LiveLedger::retry_overflow() {
  while (!overflow_.empty() && log_->append(overflow_.front())) overflow_.pop_front();
}

bool LiveLedger::accepting() const {
  if (!overflow_.empty() || log_->lines_waiting() > options_.log.lines_waiting_max / 2)
    return false;
  switch (log_->health()) {
    case store::EventLog::Health::good:
    case store::EventLog::Health::slow:
      return true;
    case store::EventLog::Health::full:
    case store::EventLog::Health::failed:
      return false;
  }
  assertion_failed("a known Health", __FILE__, __LINE__);
}

void LiveLedger::after_commit(std::function<void()> then) {
  if (committed_ == appended_) return then();
  after_commit_.emplace_back(appended_, std::move(then));
  log_->hurry();
}

void LiveLedger::apply_committed() {
  const std::uint64_t up_to = log_->committed().up_to;
  if (up_to > committed_) {
    std::vector<Fact> facts = std::exchange(batch_, {});
    facts.clear();
    while (!waiting_.empty() && waiting_.front().sequence <= up_to) {
      facts.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    committed_ = up_to;
    apply(facts);
    batch_ = std::move(facts);
    retry_overflow();
    run_after_commit();
  }
  look_at_health();
  hand_over(Hand::when_due);
}

void LiveLedger::apply(const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    derivation_.add(fact);
    if (!figures_) tally_.add(fact);
  }
  for (const auto& on_committed : subscribers_) on_committed(facts);
}

void LiveLedger::run_after_commit() {
  while (!after_commit_.empty() && after_commit_.front().first <= committed_) {
    const auto then = std::move(after_commit_.front().second);
    after_commit_.pop_front();
    then();
  }
}

bool LiveLedger::flush(Duration patience) {
  const MonoTime until = io::read_mono() + patience;
  const auto left = [until] { return std::max<Duration>(until - io::read_mono(), 0ns); };
  do {
    retry_overflow();
    if (!log_->flush(left())) break;
    apply_committed();
  } while (committed_ < appended_ && left() > 0ns);
  if (committed_ < appended_) return false;
  while (history_behind_ || catching_up_) {
    if (!history_->flush(left())) return false;
    look_after_history();
  }
  hand_over(Hand::now);
  return history_->flush(left());
}

void LiveLedger::every_second() {
  apply_committed();
  retry_overflow();
  const WallTime midnight = midnight_before(given_.clock.wall_now());
  if (midnight > day_began_ && !figures_) start_day(midnight);
  look_at_health();
  look_after_history();
  look_after_figures();
  look_at_books();
  hand_over(Hand::when_due);
}

// ---- the history ----

// Changed rows go to the history's thread, with a checkpoint every few seconds. When that thread
// cannot keep up (the file is locked) for so long that memory would grow, rows are dropped: they
// are read again from the log when it can.
void LiveLedger::hand_over(Hand when) {
  const MonoTime now = given_.clock.now();
  const bool due_by_now = now - handed_at_ >= options_.history_every_min;
  // Much at a time would keep the calls waiting.
  if (when == Hand::when_due && !due_by_now && derivation_.changed_calls() < k_handed_together) {
    return;
  }
  handed_at_ = now;
  Changes changes = derivation_.take_changes();
  const bool lags = history_->waiting() > options_.records_waiting_max;
  if (history_behind_ || lags) {
    history_behind_ = true;
    derivation_.let_go(now);
    return;
  }
  // While nothing is stuck, what was handed over is readable before it is let go of.
  if (history_->problem().empty()) derivation_.let_go(now);
  std::optional<Checkpoint> checkpoint;
  const bool due = when == Hand::now || now - checkpoint_at_ >= k_checkpoint_every;
  if (due && committed_ != checkpoint_sequence_) {
    checkpoint = derivation_.checkpoint(committed_);
    checkpoint_sequence_ = committed_;
    checkpoint_at_ = now;
  }
  const std::size_t weight = changes.size();
  if (weight == 0 && !checkpoint) return;
  history_->put(
      [tenant = options_.tenant, changes = std::move(changes),
       checkpoint = std::move(checkpoint)](SQLite::Database& database) {
        write_changes(database, tenant, changes);
        if (checkpoint) write_checkpoint(database, tenant, *checkpoint);
      },
      weight + 1);
}

void LiveLedger::look_after_history() {
  const int new_files = history_->new_files();
  if (new_files != new_files_seen_) {
    new_files_seen_ = new_files;
    history_behind_ = true;
  }
  if (catching_up_ && history_->done() >= *catching_up_) {
    catching_up_.reset();
    alarm(!read_problem_.empty(), "history_incomplete",
          "Some calls are missing in the history: the event log cannot be read. " + read_problem_);
  }
  if (history_behind_ && !catching_up_ && history_->waiting() == 0) catch_up_history();
  const std::string problem = history_->problem();
  alarm(!problem.empty(), "history_stuck",
        "Ended calls are not written to the history at the moment; nothing is lost. " + problem);
  alarm(history_behind_ || catching_up_, "history_behind",
        "The history is being read again from the event log; some calls are not in it yet.");
}

// The job covers everything up to now; what comes later is handed over behind it.
void LiveLedger::catch_up_history() {
  history_behind_ = false;
  (void)derivation_.take_changes();
  catching_up_ = history_->put(
      [this, last = committed_](SQLite::Database& database) {
        const auto rebuilt = rebuild_tables(database, *log_, options_.tenant, last);
        read_problem_ = rebuilt ? std::string() : rebuilt.error().detail;
      },
      1);
}

// ---- figures ----

void LiveLedger::set_rules(std::map<std::string, insight::QueueRules> rules) {
  options_.rules = rules;
  tally_.set_rules(std::move(rules));
}

WallTime LiveLedger::midnight_before(WallTime now) const {
  return options_.start_of_day ? options_.start_of_day(now) : WallTime{floor_to(now.ns, k_day_ns)};
}

// Counting begins anew after fact `committed_`; the history keeps where, for a restart.
void LiveLedger::start_day(WallTime midnight) {
  day_began_ = midnight;
  const MonoTime now{floor_to(given_.clock.now().ns, 1000)};
  tally_.start_day(now);
  DayStart day{.began = midnight,
               .mono = now,
               .checkpoint = derivation_.checkpoint(committed_),
               .agents = derivation_.standing().agents()};
  history_->put(
      [tenant = options_.tenant, day = std::move(day),
       wall = given_.clock.wall_now()](SQLite::Database& database) {
        write_day(database, tenant, day);
        remove_expired_phones(database, tenant, wall);
      },
      1);
}

// Counts what the history's thread left over, or gives it some more to count.
void LiveLedger::look_after_figures() {
  if (!figures_) return;
  if (figures_job_ && history_->done() < *figures_job_) return;
  figures_job_.reset();
  if (!figures_problem_.empty()) return finish_figures();
  if (committed_ + 1 - figures_->next() <= k_figures_at_once) return finish_figures();
  figures_job_ = history_->put(
      [this](SQLite::Database&) {
        const std::uint64_t last = log_->committed().up_to;
        const auto counted = figures_->go_on(*log_, last, last);
        figures_problem_ = counted ? std::string() : counted.error().detail;
      },
      0);
}

void LiveLedger::finish_figures() {
  const auto counted = figures_->go_on(*log_, committed_, k_figures_at_once);
  if (!counted) figures_problem_ = counted.error().detail;
  alarm(!figures_problem_.empty(), "figures_incomplete",
        "Today's figures are incomplete: the event log cannot be read. " + figures_problem_);
  const bool in_today = figures_->in_today();
  tally_ = figures_->take();
  tally_.set_rules(options_.rules);
  figures_.reset();
  if (!in_today) start_day(midnight_before(given_.clock.wall_now()));
}

// ---- alarms ----

void LiveLedger::raise_alarm(std::string_view name, std::string_view detail) {
  const auto at = std::ranges::find(alarms_, name, &LedgerAlarm::name);
  if (at != alarms_.end()) {
    at->detail = detail;
    return;
  }
  alarms_.push_back({std::string(name), std::string(detail), given_.clock.wall_now()});
  Fact fact;
  fact.type = FactType::alarm_raised;
  fact.mono = given_.clock.now();
  fact.wall = given_.clock.wall_now();
  fact.tenant = options_.tenant;
  fact.fields.push_back({"alarm", std::string(name)});
  fact.fields.push_back({"detail", std::string(detail)});
  append_one(fact);
}

void LiveLedger::clear_alarm(std::string_view name) {
  if (std::erase_if(alarms_, [name](const LedgerAlarm& alarm) { return alarm.name == name; }) ==
      0) {
    return;
  }
  Fact fact;
  fact.type = FactType::alarm_cleared;
  fact.mono = given_.clock.now();
  fact.wall = given_.clock.wall_now();
  fact.tenant = options_.tenant;
  fact.fields.push_back({"alarm", std::string(name)});
  append_one(fact);
}

void LiveLedger::alarm(bool wrong, std::string_view name, std::string_view detail) {
  if (wrong)
    raise_alarm(name, detail);
  else
    clear_alarm(name);
}

void LiveLedger::look_at_health() {
  using Health = store::EventLog::Health;
  const Health health = log_->health();
  if (health == health_seen_) return;
  health_seen_ = health;
  const std::string problem = health == Health::good ? "" : log_->committed().problem;
  alarm(health == Health::full, "disk_full",
        "The disk of the data folder is full. New calls are refused, calls in progress go on; make "
        "room. " +
            problem);
  alarm(health == Health::failed, "disk_failing",
        "The event log cannot be written. New calls are refused, calls in progress go on. " +
            problem);
  alarm(health == Health::slow, "disk_slow",
        "The disk has not taken the event log for more than a second.");
}

void LiveLedger::look_at_books() {
  if (figures_) return;
  const auto violations = tally_.violations(given_.clock.now());
  alarm(!violations.empty(), "books",
        violations.empty()
            ? std::string()
            : "The books do not balance: " + violations[0].law + " " + violations[0].detail);
}

Result<std::unique_ptr<Ledger>> Ledger::open(Given given, LedgerOptions options) {
  auto ledger = std::make_unique<LiveLedger>(std::move(given), std::move(options));
  TRY(ledger->load());
  return std::unique_ptr<Ledger>(std::move(ledger));
}

}  // namespace firstring::server

// What a ledger does when it opens: find what a former run left, and close it.
#include <algorithm>
#include <filesystem>

#include <SQLiteCpp/SQLiteCpp.h>

#include "io/clock.h"
#include "server/live_ledger.h"
#include "server/work_rows.h"

namespace firstring::server {
namespace {

using call::Fact;

constexpr std::uint64_t k_figures_at_open = 100'000;  // facts; more are counted in the background
constexpr std::uint64_t k_step = 5000;                // facts between two hand-overs
constexpr Duration k_log_patience = 10s, k_tables_patience = 60s;

}  // namespace

Result<void> LiveLedger::load() {
  const MonoTime began = io::read_mono();
  day_began_ = midnight_before(given_.clock.wall_now());
  TRY(open_files());
  TRY(read_tables());
  TRY(replay_tail());
  TRY(start_figures());
  close_former_run();
  recovered_.took = io::read_mono() - began;
  return {};
}

Result<void> LiveLedger::open_files() {
  std::error_code error;
  std::filesystem::create_directories(options_.folder, error);
  if (error) {
    return Error{Code::io, "cannot make the folder " + options_.folder + ": " + error.message()};
  }
  options_.log.folder = options_.folder + "/events";
  log_ = TRY(store::EventLog::open(options_.log, [this](const store::EventLog::Committed&) {
    given_.post([this] { apply_committed(); });
  }));
  for (const std::string& note : log_->notes()) recovered_.notes.push_back(note);
  appended_ = committed_ = log_->committed().up_to;
  recovered_.first_start = committed_ == 0;
  auto opened = TRY(store::DatabaseWriter::open({.path = history_path_,
                                                 .migrations = history_migrations(),
                                                 .commit_every_min = options_.history_every_min}));
  history_ = std::move(opened.writer);
  if (!opened.note.empty()) recovered_.notes.push_back(opened.note);
  return {};
}

Result<void> LiveLedger::read_tables() {
  std::vector<AgentPresence> agents;
  std::vector<Registration> phones;
  std::vector<work::Item> items;
  std::vector<flow::KeptTurn> turns;
  auto database = TRY(store::open_to_read(history_path_));
  const auto read = store::guarded([&] {
    found_ = read_checkpoint(*database, options_.tenant);
    found_day_ = read_day(*database, options_.tenant);
    agents = read_agents(*database, options_.tenant);
    phones = read_phones(*database, options_.tenant);
    items = read_work(*database, options_.tenant);
    turns = read_turns(*database, options_.tenant);
  });
  const bool foreign = found_ && found_->sequence > committed_;
  const bool foreign_day = found_day_ && found_day_->checkpoint.sequence > committed_;
  if (!read || !found_ || foreign || foreign_day) {
    if (committed_ > 0) {
      const char* why = !read ? "could not be read" : foreign ? "is of another log" : "was lost";
      recovered_.notes.push_back(std::string("the history ") + why +
                                 "; it is made anew from the event log");
    }
    found_.reset();
    found_day_.reset();
    history_->put(
        [tenant = options_.tenant](SQLite::Database& tables) { clear_tenant(tables, tenant); }, 1);
    return {};
  }
  derivation_.restore(*found_);
  for (AgentPresence& presence : agents) derivation_.restore(std::move(presence));
  for (Registration& phone : phones) derivation_.restore(std::move(phone));
  for (work::Item& item : items) derivation_.restore(std::move(item));
  for (flow::KeptTurn& turn : turns) derivation_.restore(std::move(turn));
  return {};
}

// From the checkpoint to the end of the log; all of it, when there is no checkpoint.
Result<void> LiveLedger::replay_tail() {
  if (found_) {
    TRY(replay_open(*log_, found_->open, [this](const Fact& fact) { derivation_.add_old(fact); }));
    checkpoint_sequence_ = found_->sequence;
  }
  TRY(replay(*log_, committed_, committed_,
             [this](const Fact& fact) { derivation_.restore(fact.mono, fact.wall); }));
  const std::uint64_t first = checkpoint_sequence_ + 1;
  const auto hand_on = [this](MonoTime mono) {
    Changes changes = derivation_.take_changes();
    derivation_.let_go(mono);
    const std::size_t weight = changes.size();
    history_->put([tenant = options_.tenant, changes = std::move(changes)](
                      SQLite::Database& tables) { write_changes(tables, tenant, changes); },
                  weight);
    if (history_->waiting() > options_.records_waiting_max) history_->flush(k_tables_patience);
  };
  MonoTime last_mono;
  TRY(replay(*log_, first, committed_, [&](const Fact& fact) {
    derivation_.add(fact);
    if (const auto id = removed_recording(fact)) recovered_.recordings_removed.push_back(*id);
    last_mono = fact.mono;
    if (fact.sequence % k_step == 0) hand_on(fact.mono);
  }));
  recovered_.facts_replayed = committed_ + 1 - first;
  hand_on(last_mono);
  // Not on a file that was begun anew meanwhile: there, all before this is missing.
  const auto begin = [this](SQLite::Database& tables) {
    if (history_->new_files() == 0) begin_checkpoints(tables, options_.tenant);
  };
  if (!found_) history_->put(begin, 1);
  if (!derivation_.standing().stopped_cleanly()) history_->put_check();
  return {};
}

Result<void> LiveLedger::start_figures() {
  figures_.emplace(options_.rules, day_began_);
  if (found_day_) TRY(figures_->begin(*log_, *found_day_));
  TRY(figures_->go_on(*log_, committed_, k_figures_at_open));
  if (figures_->next() > committed_)
    finish_figures();
  else
    look_after_figures();
  return {};
}

// The facts that the former run did not come to write. They bear the time of its last sign of life;
// this run begins with system.recovered.
void LiveLedger::close_former_run() {
  Standing standing = derivation_.standing();
  recovered_.calls_ended = standing.open_calls();
  std::vector<Fact> facts = standing.closing_facts(options_.tenant);
  if (!facts.empty() || !standing.stopped_cleanly()) {
    Fact& fact = facts.emplace_back();
    fact.type = call::FactType::system_recovered;
    fact.mono = given_.clock.now();
    fact.wall = given_.clock.wall_now();
    fact.tenant = options_.tenant;
    fact.fields.push_back(
        {"calls_ended", static_cast<std::int64_t>(recovered_.calls_ended.size())});
  }
  for (const Fact& fact : facts) standing.add(fact);
  tell_recovered(standing);
  if (facts.empty()) return;
  append(facts);
  // A disk that is full now takes them later; until then no call is accepted.
  if (log_->flush(k_log_patience)) apply_committed();
  hand_over(Hand::now);
}

void LiveLedger::tell_recovered(const Standing& standing) {
  recovered_.agents = standing.agents();
  recovered_.registrations = standing.registrations(given_.clock.wall_now());
  recovered_.turns = standing.turns().in_order();
  recovered_.id_floor = standing.id_floor();
}

}  // namespace firstring::server

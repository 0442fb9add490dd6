#include "server/replay.h"

#include <algorithm>

#include "server/work_rows.h"

namespace firstring::server {

using call::Fact;

namespace {

constexpr std::uint64_t k_read_on_max = 500;    // lines passed over rather than sought anew
constexpr std::uint64_t k_rebuild_step = 5000;  // facts between two writes

// Reads the lines of these sequences (rising) and nothing else.
Result<void> read_lines(const store::EventLog& log, const std::vector<std::uint64_t>& sequences,
                        const FactVisitor& visit) {
  std::size_t at = 0;
  while (at < sequences.size()) {
    const std::size_t before = at;
    TRY(log.read(sequences[at], [&](std::uint64_t sequence, std::string_view line) {
      if (sequence != sequences[at]) return true;
      at += 1;
      if (const auto fact = call::parse_fact(line)) visit(*fact);
      return at < sequences.size() && sequences[at] - sequence <= k_read_on_max;
    }));
    if (at == before) break;  // not (or no longer) in the log
  }
  return {};
}

}  // namespace

Result<void> replay(const store::EventLog& log, std::uint64_t first, std::uint64_t last,
                    const FactVisitor& visit) {
  if (first > last) return {};
  return log.read(first, [&](std::uint64_t sequence, std::string_view line) {
    if (sequence > last) return false;
    if (const auto fact = call::parse_fact(line)) visit(*fact);
    return sequence < last;
  });
}

Result<void> replay_open(const store::EventLog& log,
                         const std::vector<std::pair<CallId, Timeline>>& open,
                         const FactVisitor& visit) {
  std::vector<std::uint64_t> sequences;
  for (const auto& [call, timeline] : open) {
    sequences.insert(sequences.end(), timeline.begin(), timeline.end());
  }
  std::ranges::sort(sequences);
  return read_lines(log, sequences, visit);
}

Result<std::vector<Fact>> read_timeline(const store::EventLog& log, const Timeline& timeline,
                                        std::size_t limit) {
  Timeline wanted(timeline.begin(),
                  timeline.begin() + static_cast<std::ptrdiff_t>(std::min(limit, timeline.size())));
  std::vector<Fact> facts;
  TRY(read_lines(log, wanted, [&facts](const Fact& fact) { facts.push_back(fact); }));
  return facts;
}

Result<void> rebuild_tables(SQLite::Database& database, const store::EventLog& log,
                            const std::string& tenant, std::uint64_t last) {
  Derivation derivation;
  const auto checkpoint = read_checkpoint(database, tenant);
  if (checkpoint) {
    derivation.restore(*checkpoint);
    for (AgentPresence& presence : read_agents(database, tenant)) {
      derivation.restore(std::move(presence));
    }
    for (Registration& phone : read_phones(database, tenant)) derivation.restore(std::move(phone));
    for (work::Item& item : read_work(database, tenant)) derivation.restore(std::move(item));
    for (flow::KeptTurn& turn : read_turns(database, tenant)) derivation.restore(std::move(turn));
    TRY(replay_open(log, checkpoint->open,
                    [&derivation](const Fact& fact) { derivation.add_old(fact); }));
  } else {
    clear_tenant(database, tenant);
  }
  const std::uint64_t first = checkpoint ? checkpoint->sequence + 1 : 1;
  TRY(replay(log, first, last, [&](const Fact& fact) {
    derivation.add(fact);
    if (fact.sequence % k_rebuild_step != 0) return;
    write_changes(database, tenant, derivation.take_changes());
    derivation.let_go(fact.mono);
  }));
  write_changes(database, tenant, derivation.take_changes());
  begin_checkpoints(database, tenant);
  write_checkpoint(database, tenant, derivation.checkpoint(last));
  return {};
}

Result<void> FiguresReplay::begin(const store::EventLog& log, const DayStart& day) {
  TRY(replay_open(log, day.checkpoint.open, [this](const Fact& fact) { tally_->add(fact); }));
  for (const AgentPresence& presence : day.agents) {
    Fact fact;
    fact.type = presence.state == "signed_out" ? call::FactType::agent_signed_out
                                               : call::FactType::agent_state;
    fact.mono = day.mono;
    fact.agent = presence.agent;
    fact.fields.push_back({"state", presence.state});
    tally_->add(fact);
  }
  tally_->start_day(day.mono);
  next_ = day.checkpoint.sequence + 1;
  in_today_ = day.began >= today_;
  return {};
}

void FiguresReplay::add(const Fact& fact) {
  if (!in_today_ && fact.wall >= today_) {
    tally_->start_day(fact.mono);
    in_today_ = true;
  }
  tally_->add(fact);
}

Result<void> FiguresReplay::go_on(const store::EventLog& log, std::uint64_t last,
                                  std::uint64_t count_max) {
  last = std::min(last, next_ + count_max - 1);
  TRY(replay(log, next_, last, [this](const Fact& fact) { add(fact); }));
  next_ = std::max(next_, last + 1);
  return {};
}

}  // namespace firstring::server

#include "server/figures_book.h"

#include <SQLiteCpp/SQLiteCpp.h>

#include <algorithm>
#include <set>

#include "server/replay.h"

namespace firstring::server {
namespace {

// So many facts are counted in one transaction: some two seconds' work, after which questions see
// what was reached, and the next portion follows.
constexpr std::uint64_t k_portion = 1'000'000;

}  // namespace

Result<std::unique_ptr<FiguresBook>> FiguresBook::open(const std::string& path,
                                                       const std::string& tenant,
                                                       const store::EventLog& log) {
  std::unique_ptr<FiguresBook> book(new FiguresBook(path, tenant, log));
  auto opened = TRY(store::DatabaseWriter::open({.path = path,
                                                 .migrations = measure_migrations(),
                                                 .commit_every_min = 200ms}));
  book->writer_ = std::move(opened.writer);
  return book;
}

FiguresBook::FiguresBook(std::string path, std::string tenant, const store::EventLog& log)
    : path_(std::move(path)), tenant_(std::move(tenant)), log_(log) {}

FiguresBook::~FiguresBook() = default;

void FiguresBook::follow(std::uint64_t committed) {
  if (writer_->done() < job_) return;  // the last portion is still being counted
  job_ = writer_->put(
      [this, committed](SQLite::Database& database) { catch_up(database, committed); }, 1);
}

bool FiguresBook::flush(std::uint64_t committed, Duration patience) {
  for (std::uint64_t at = 0; at <= committed / k_portion; ++at) {
    job_ = writer_->put(
        [this, committed](SQLite::Database& database) { catch_up(database, committed); }, 1);
  }
  return writer_->flush(patience);
}

std::string FiguresBook::problem() const { return writer_->problem(); }

// The tables say where counting stands. A job that was rolled back and runs again, or finds a file
// that was begun anew, so takes up what is there.
void FiguresBook::take_up(SQLite::Database& database, std::uint64_t committed) {
  measuring_ = insight::Measuring();
  sequence_ = 0;
  taken_up_ = true;
  const auto checkpoint = read_measure_checkpoint(database, tenant_);
  if (!checkpoint || checkpoint->sequence > committed) return clear_measures(database, tenant_);
  const insight::Names names = read_names(database, tenant_);
  for (std::uint32_t i = 1; i < names.size(); ++i) measuring_.restore_name(names.text(i));
  for (const auto& agent : checkpoint->agents) measuring_.restore(agent);
  measuring_.restore(checkpoint->last, checkpoint->as_of);
  sequence_ = checkpoint->sequence;
  if (checkpoint->open.empty()) return;
  std::set<CallId> open;
  std::uint64_t first = sequence_;
  for (const auto& one : checkpoint->open) {
    open.insert(one.call);
    first = std::min(first, one.first_sequence);
  }
  const auto read = replay(log_, first, sequence_, [&](const call::Fact& fact) {
    if (open.contains(fact.call)) measuring_.add_old(fact);
  });
  if (!read) taken_up_ = false;
}

void FiguresBook::catch_up(SQLite::Database& database, std::uint64_t committed) {
  const auto checkpoint = [&]() -> std::uint64_t {
    SQLite::Statement find(database,
                           "SELECT sequence FROM measure_checkpoints WHERE tenant = ?");
    find.bind(1, tenant_);
    return find.executeStep() ? static_cast<std::uint64_t>(find.getColumn(0).getInt64()) : 0;
  }();
  if (!taken_up_ || checkpoint != sequence_) take_up(database, committed);
  if (!taken_up_ || sequence_ >= committed) return;
  const std::uint64_t last = std::min(committed, sequence_ + k_portion);
  const auto read = replay(log_, sequence_ + 1, last, [this](const call::Fact& fact) {
    if (fact.tenant == tenant_) measuring_.add(fact);
  });
  if (!read) {  // half a portion is in memory now: begin again from the tables
    taken_up_ = false;
    return;
  }
  write_measures(database, tenant_, measuring_, last);
  sequence_ = last;
}

Result<insight::Answer> FiguresBook::answer(const insight::Question& question) const {
  const auto database = TRY(store::open_to_read(path_));
  insight::Answer out;
  TRY(store::guarded([&] {
    // A question reads up to some hundred megabytes once: from the page cache, without copying.
    database->exec("PRAGMA mmap_size = 4294967296");
    out = server::answer(*database, tenant_, question);
  }));
  return out;
}

}  // namespace firstring::server

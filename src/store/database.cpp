#include "store/database.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <utility>
#include <vector>

#include "io/clock.h"
#include "io/thread.h"

namespace firstring::store {
namespace {

constexpr Duration k_retry_first = 20ms, k_retry_max = 1s;
constexpr std::size_t k_jobs_in_one_commit = 256;
constexpr int k_lock_patience_ms = 1000;  // when opening
constexpr int k_read_patience_ms = 250;

bool is_damage(int code) {
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

Error error_of(const std::string& path, const SQLite::Exception& thrown) {
  const int code = thrown.getErrorCode() & 0xFF;
  const bool busy = code == SQLITE_BUSY || code == SQLITE_LOCKED;
  return {busy ? Code::unavailable : Code::io, path + ": " + thrown.what()};
}

void migrate(SQLite::Database& database, std::span<const Migration> migrations) {
  const int done = database.execAndGet("PRAGMA user_version").getInt();
  for (std::size_t i = static_cast<std::size_t>(done); i < migrations.size(); ++i) {
    SQLite::Transaction transaction(database);
    database.exec(std::string(migrations[i].sql));
    database.exec("PRAGMA user_version = " + std::to_string(i + 1));
    transaction.commit();
  }
}

std::unique_ptr<SQLite::Database> open_to_write(const std::string& path,
                                                std::span<const Migration> migrations) {
  auto database = std::make_unique<SQLite::Database>(
      path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
      k_lock_patience_ms);
  database->exec("PRAGMA journal_mode = WAL");
  database->exec("PRAGMA synchronous = NORMAL");
  database->exec("PRAGMA foreign_keys = ON");
  database->exec("PRAGMA journal_size_limit = 67108864");
  migrate(*database, migrations);
  database->setBusyTimeout(0);  // the writer thread waits by itself, and can be stopped meanwhile
  return database;
}

// The file and what belongs to it get another name, so that a person can look at them.
std::string put_aside(const std::string& path) {
  std::string aside;
  for (int n = 1; aside.empty() || std::filesystem::exists(aside); ++n) {
    aside = path + ".damaged-" + std::to_string(n);
  }
  std::error_code ignored;
  std::filesystem::rename(path, aside, ignored);
  for (const char* suffix : {"-wal", "-shm"}) {
    std::filesystem::rename(path + suffix, aside + suffix, ignored);
  }
  return aside;
}

class Writer final : public DatabaseWriter {
 public:
  Writer(Options options, std::unique_ptr<SQLite::Database> database)
      : options_(std::move(options)), database_(std::move(database)) {
    thread_.start({.name = "history", .cpu = {}, .background = true},
                  [this] { write_until_stopped(); });
  }
  ~Writer() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_.notify_one();
    thread_.join();
  }

  std::uint64_t put(Job job, std::size_t weight) override {
    std::uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back({std::move(job), weight});
      waiting_ += weight;
      number = ++jobs_put_;
    }
    work_.notify_one();
    return number;
  }
  void put_check() override {
    put([this](SQLite::Database& database) {
      damaged_ = database.execAndGet("PRAGMA quick_check(1)").getString() != "ok";
    }, 0);
  }
  std::uint64_t done() const override {
    const std::lock_guard lock(mutex_);
    return jobs_done_;
  }
  std::string problem() const override {
    const std::lock_guard lock(mutex_);
    return problem_;
  }
  int new_files() const override {
    const std::lock_guard lock(mutex_);
    return new_files_;
  }
  std::size_t waiting() const override {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }
  bool flush(Duration patience) override {
    const MonoTime until = io::read_mono() + patience;
    std::unique_lock lock(mutex_);
    const std::uint64_t goal = jobs_put_;
    while (jobs_done_ < goal) {
      const Duration left = until - io::read_mono();
      if (left <= 0ns) return false;
      hurry_ = true;
      work_.notify_one();
      done_.wait_for(lock, left);
    }
    return true;
  }

 private:
  struct Queued {
    Job job;
    std::size_t weight = 0;
  };

  void write_until_stopped();
  bool take_batch();
  bool try_batch();  // false: to be tried again
  void begin_anew();
  void tell(const std::string& problem);

  const Options options_;
  // The writer thread's.
  std::unique_ptr<SQLite::Database> database_;
  std::vector<Queued> batch_;
  MonoTime committed_at_;
  bool damaged_ = false;
  // Of all, under the mutex.
  mutable std::mutex mutex_;
  std::condition_variable work_, done_;
  std::deque<Queued> jobs_;
  std::size_t waiting_ = 0;
  std::uint64_t jobs_put_ = 0, jobs_done_ = 0;
  bool hurry_ = false, stopping_ = false;
  std::string problem_;
  int new_files_ = 0;
  io::Thread thread_;  // last: ends before what it uses
};

void Writer::write_until_stopped() {
  while (take_batch()) {
    Duration pause = k_retry_first;
    while (!try_batch()) {
      std::unique_lock lock(mutex_);
      if (work_.wait_for(lock, pause, [this] { return stopping_; })) return;
      pause = std::min(pause * 2, k_retry_max);
    }
  }
}

bool Writer::take_batch() {
  std::unique_lock lock(mutex_);
  work_.wait(lock, [this] { return !jobs_.empty() || stopping_; });
  const Duration rest = committed_at_ + options_.commit_every_min - io::read_mono();
  if (rest > 0ns) work_.wait_for(lock, rest, [this] { return hurry_ || stopping_; });
  if (jobs_.empty()) return false;
  batch_.clear();
  while (!jobs_.empty() && batch_.size() < k_jobs_in_one_commit) {
    batch_.push_back(std::move(jobs_.front()));
    jobs_.pop_front();
  }
  if (jobs_.empty()) hurry_ = false;
  return true;
}

bool Writer::try_batch() {
  try {
    if (database_ == nullptr) begin_anew();
    SQLite::Transaction transaction(*database_, SQLite::TransactionBehavior::IMMEDIATE);
    for (const Queued& queued : batch_) queued.job(*database_);
    if (!damaged_) transaction.commit();
  } catch (const SQLite::Exception& thrown) {
    if (is_damage(thrown.getErrorCode() & 0xFF)) database_.reset();
    tell(error_of(options_.path, thrown).detail);
    return false;
  }
  if (std::exchange(damaged_, false)) {
    database_.reset();
    tell(options_.path + " is damaged inside");
    return false;
  }
  committed_at_ = io::read_mono();
  tell("");
  {
    const std::lock_guard lock(mutex_);
    for (const Queued& queued : batch_) waiting_ -= queued.weight;
    jobs_done_ += batch_.size();
  }
  done_.notify_all();
  return true;
}

// What was queued still runs, on empty tables; who sees new_files() grow writes the rest again.
void Writer::begin_anew() {
  put_aside(options_.path);
  database_ = open_to_write(options_.path, options_.migrations);
  const std::lock_guard lock(mutex_);
  new_files_ += 1;
}

void Writer::tell(const std::string& problem) {
  const std::lock_guard lock(mutex_);
  problem_ = problem;
}

}  // namespace

Result<void> guarded(const std::function<void()>& work) {
  try {
    work();
  } catch (const SQLite::Exception& thrown) {
    return error_of("the history", thrown);
  } catch (const std::exception& thrown) {
    return Error{Code::io, std::string("the history: ") + thrown.what()};
  }
  return {};
}

Result<std::unique_ptr<SQLite::Database>> open_to_read(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    return Error{Code::not_found, path + " does not exist"};
  }
  try {
    return std::make_unique<SQLite::Database>(path, SQLite::OPEN_READONLY | SQLite::OPEN_NOMUTEX,
                                              k_read_patience_ms);
  } catch (const SQLite::Exception& thrown) {
    return error_of(path, thrown);
  }
}

Result<DatabaseWriter::Opened> DatabaseWriter::open(Options options) {
  Opened opened;
  opened.is_new = !std::filesystem::exists(options.path);
  for (int attempt = 0;; ++attempt) {
    try {
      auto database = open_to_write(options.path, options.migrations);
      opened.writer = std::make_unique<Writer>(std::move(options), std::move(database));
      return opened;
    } catch (const SQLite::Exception& thrown) {
      if (attempt > 0 || !is_damage(thrown.getErrorCode() & 0xFF)) {
        return error_of(options.path, thrown);
      }
      opened.is_new = true;
      opened.note = options.path + " was damaged (" + thrown.what() + "); it was put aside as " +
                    put_aside(options.path) + " and is made anew from the log";
    }
  }
}

}  // namespace firstring::store

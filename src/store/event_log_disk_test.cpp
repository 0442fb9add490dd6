// The event log on disks that fill, fail, hang and lose power, and in processes that are killed.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>

#include "base/random.h"
#include "store/disk.h"
#include "store/event_log.h"
#include "store/segment.h"
#include "store/test_folder.h"

namespace firstring::store {
namespace {

std::string line_of(std::uint64_t sequence) {
  return "fact " + std::to_string(sequence) + " " + std::string(sequence * 13 % 200, 'y');
}

// Reads all lines; each must be what was appended under its number.
std::uint64_t count_lines(const EventLog& log) {
  std::uint64_t count = 0;
  const auto result = log.read(1, [&count](std::uint64_t sequence, std::string_view bytes) {
    EXPECT_EQ(sequence, ++count);
    EXPECT_EQ(bytes, line_of(sequence));
    return true;
  });
  EXPECT_TRUE(result) << (result ? "" : result.error().detail);
  return count;
}

// Waits for what the writer thread reports.
class Reports {
 public:
  void put(const EventLog::Committed& report) {
    const std::lock_guard lock(mutex_);
    last_ = report;
    changed_.notify_all();
  }
  bool wait_for(EventLog::Health health) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [this, health] { return last_.health == health; });
  }
  bool wait_up_to(std::uint64_t sequence) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [this, sequence] { return last_.up_to >= sequence; });
  }
  EventLog::Committed last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  EventLog::Committed last_;
};

// A disk of so many bytes. The reserve counts as used while it stands.
class SmallDisk final : public Disk {
 public:
  ssize_t write_at(int fd, const char* bytes, std::size_t size, off_t offset) override {
    const std::lock_guard lock(mutex_);
    if (error_ != 0) return fail(error_);
    const std::size_t fits = std::min(size, room_);
    if (fits == 0) return fail(ENOSPC);
    room_ -= fits;  // a short write, then ENOSPC: as real disks do
    return Disk::write_at(fd, bytes, fits, offset);
  }
  int sync(int fd) override {
    const std::lock_guard lock(mutex_);
    return sync_error_ != 0 ? fail(sync_error_) : Disk::sync(fd);
  }
  int allocate(int fd, std::size_t size) override {
    const std::lock_guard lock(mutex_);
    if (room_ < size) return fail(ENOSPC);
    room_ -= size;
    return Disk::allocate(fd, size);
  }
  std::uint64_t room(const std::string&) override {
    const std::lock_guard lock(mutex_);
    return room_;
  }
  void set_room(std::size_t room) {
    const std::lock_guard lock(mutex_);
    room_ = room;
  }
  void set_errors(int of_write, int of_sync) {
    const std::lock_guard lock(mutex_);
    error_ = of_write;
    sync_error_ = of_sync;
  }

 private:
  static int fail(int error) {
    errno = error;
    return -1;
  }
  std::mutex mutex_;
  std::size_t room_ = 1 << 30;
  int error_ = 0, sync_error_ = 0;
};

// Commits once a minute while nobody waits; its first line is on disk.
class PatientLog : public ::testing::Test {
 protected:
  void SetUp() override {
    EventLogOptions options{.folder = folder_.path(), .reserve_bytes = 0};
    options.commit_every_max = 60s;
    auto opened =
        EventLog::open(options, [this](const EventLog::Committed& now) { reports_.put(now); });
    ASSERT_TRUE(opened);
    log_ = std::move(*opened);
    ASSERT_TRUE(log_->append(line_of(1)));
    ASSERT_TRUE(reports_.wait_up_to(1));  // the first after a rest goes at once
  }

  const TestFolder folder_;
  Reports reports_;
  std::unique_ptr<EventLog> log_;
};

TEST_F(PatientLog, WhoWaitsForALineDoesNotWaitForTheOthersToCome) {
  for (std::uint64_t sequence = 2; sequence < 50; ++sequence) {
    ASSERT_TRUE(log_->append(line_of(sequence)));
    EXPECT_EQ(log_->committed().up_to, sequence - 1);
    log_->hurry();
    ASSERT_TRUE(reports_.wait_up_to(sequence));
  }
  EXPECT_EQ(count_lines(*log_), 49U);
}

TEST_F(PatientLog, ManyLinesAreNotWaitedForEither) {
  for (std::uint64_t sequence = 2; sequence <= 501; ++sequence) {
    ASSERT_TRUE(log_->append(line_of(sequence)));
  }
  EXPECT_TRUE(reports_.wait_up_to(501));
}

TEST(EventLogOnAFullDisk, WaitsInMemoryThenGoesOnByItself) {
  const TestFolder folder;
  SmallDisk disk;
  Reports reports;
  auto log = EventLog::open({.folder = folder.path(),
                             .reserve_bytes = 0,
                             .lines_waiting_max = 500,
                             .commit_every_min = 0ms,
                             .disk = &disk},
                            [&reports](EventLog::Committed c) { reports.put(c); });
  ASSERT_TRUE(log);
  disk.set_room(10'000);
  std::uint64_t accepted = 0;
  while ((*log)->append(line_of(accepted + 1))) accepted += 1;
  EXPECT_GE(accepted, 500U);
  ASSERT_TRUE(reports.wait_for(EventLog::Health::full));
  EXPECT_NE(reports.last().problem.find("disk is full"), std::string::npos);
  EXPECT_EQ((*log)->health(), EventLog::Health::full);
  EXPECT_LT((*log)->committed().up_to, accepted);
  disk.set_room(1 << 20);
  ASSERT_TRUE(reports.wait_up_to(accepted));
  EXPECT_EQ((*log)->health(), EventLog::Health::good);
  EXPECT_EQ(reports.last().problem, "");
  EXPECT_EQ(count_lines(**log), accepted);
}

TEST(EventLogOnAFullDisk, UsesTheReserveAndMakesItAnewWhenThereIsRoom) {
  const TestFolder folder;
  SmallDisk disk;
  Reports reports;
  auto log = EventLog::open(
      {.folder = folder.path(), .reserve_bytes = 1 << 20, .commit_every_min = 0ms, .disk = &disk},
      [&reports](EventLog::Committed c) { reports.put(c); });
  ASSERT_TRUE(log);
  ASSERT_EQ(std::filesystem::file_size(folder.at("reserve")), 1U << 20);
  disk.set_room(0);
  std::uint64_t sequence = 0;
  ASSERT_TRUE((*log)->append(line_of(++sequence)));
  // The writer removes the reserve; our small disk then has its room.
  while (std::filesystem::exists(folder.at("reserve"))) ::sched_yield();
  disk.set_room(1 << 20);
  ASSERT_TRUE(reports.wait_up_to(sequence));
  EXPECT_EQ(reports.last().health, EventLog::Health::full);
  EXPECT_NE(reports.last().problem.find("reserve"), std::string::npos);
  for (int i = 0; i < 100; ++i) ASSERT_TRUE((*log)->append(line_of(++sequence)));
  ASSERT_TRUE((*log)->flush(10s));
  EXPECT_EQ((*log)->health(), EventLog::Health::full);  // new calls stay refused
  disk.set_room(1 << 30);
  ASSERT_TRUE(reports.wait_for(EventLog::Health::good));
  EXPECT_EQ(std::filesystem::file_size(folder.at("reserve")), 1U << 20);
  EXPECT_EQ(count_lines(**log), sequence);
}

TEST(EventLogOnAFullDisk, ARealOneOfFourMegabytes) {
  const TestFolder folder;
  const std::string mounted = folder.at("small");
  std::filesystem::create_directory(mounted);
  if (::mount("none", mounted.c_str(), "tmpfs", 0, "size=4m") != 0) {
    GTEST_SKIP() << "may not mount a small disk here";
  }
  std::uint64_t accepted = 0;
  {
    Reports reports;
    auto log = EventLog::open({.folder = mounted + "/events",
                               .reserve_bytes = 0,
                               .lines_waiting_max = 60'000,
                               .commit_every_min = 0ms},
                              [&reports](EventLog::Committed c) { reports.put(c); });
    EXPECT_TRUE(log);
    write_file(mounted + "/recordings", std::string(1 << 20, 'r'));
    while (accepted < 50'000 && (*log)->append(line_of(accepted + 1))) accepted += 1;
    EXPECT_TRUE(reports.wait_for(EventLog::Health::full));
    std::filesystem::resize_file(mounted + "/recordings", 0);
    ::mount("none", mounted.c_str(), "tmpfs", MS_REMOUNT, "size=64m");
    EXPECT_TRUE(reports.wait_up_to(accepted));
    EXPECT_EQ(count_lines(**log), accepted);
  }
  ::umount(mounted.c_str());
}

TEST(EventLogOnAFailingDisk, TriesAgainAndLosesNothing) {
  for (const auto& [write_error, sync_error] : {std::pair{EIO, 0}, std::pair{0, EIO}}) {
    const TestFolder folder;
    SmallDisk disk;
    Reports reports;
    auto log = EventLog::open(
        {.folder = folder.path(), .reserve_bytes = 0, .commit_every_min = 0ms, .disk = &disk},
        [&reports](EventLog::Committed c) { reports.put(c); });
    ASSERT_TRUE(log);
    ASSERT_TRUE((*log)->append(line_of(1)));
    ASSERT_TRUE((*log)->flush(10s));
    disk.set_errors(write_error, sync_error);
    for (std::uint64_t i = 2; i <= 20; ++i) ASSERT_TRUE((*log)->append(line_of(i)));
    ASSERT_TRUE(reports.wait_for(EventLog::Health::failed));
    EXPECT_EQ((*log)->committed().up_to, 1U);  // nothing is acknowledged that is not on disk
    EXPECT_FALSE((*log)->flush(1ms));
    EXPECT_EQ(count_lines(**log), 1U);
    disk.set_errors(0, 0);
    ASSERT_TRUE(reports.wait_up_to(20));
    EXPECT_EQ((*log)->health(), EventLog::Health::good);
    EXPECT_EQ(count_lines(**log), 20U);
  }
}

TEST(EventLogOnAFailingDisk, ClosingDoesNotHangAndKeepsWhatWasAcknowledged) {
  const TestFolder folder;
  SmallDisk disk;
  {
    auto log = EventLog::open({.folder = folder.path(), .reserve_bytes = 0, .disk = &disk}, {});
    ASSERT_TRUE(log);
    ASSERT_TRUE((*log)->append(line_of(1)));
    ASSERT_TRUE((*log)->flush(10s));
    disk.set_errors(EIO, EIO);
    ASSERT_TRUE((*log)->append(line_of(2)));
  }
  const auto log = EventLog::open({.folder = folder.path(), .reserve_bytes = 0}, {});
  ASSERT_TRUE(log);
  EXPECT_EQ(count_lines(**log), 1U);
}

// A disk that forgets what was not synced, in part, when the power goes.
class PowerCutDisk final : public Disk {
 public:
  int create(const std::string& path) override {
    const int fd = Disk::create(path);
    files_[fd] = {path, 0, 0};
    return fd;
  }
  ssize_t write_at(int fd, const char* bytes, std::size_t size, off_t offset) override {
    if (writes_left_ == 0) return fail();
    writes_left_ -= 1;
    const ssize_t wrote = Disk::write_at(fd, bytes, size, offset);
    files_[fd].written = static_cast<std::uint64_t>(offset + wrote);
    return wrote;
  }
  int sync(int fd) override {
    if (writes_left_ == 0) return fail();
    files_[fd].durable = files_[fd].written;
    return 0;
  }
  void cut_after(int writes) { writes_left_ = writes; }
  void lose_power(Random& random) {
    for (const auto& [fd, file] : files_) {
      const std::uint64_t lost = file.written - file.durable;
      if (lost == 0 || !std::filesystem::exists(file.path)) continue;
      std::filesystem::resize_file(file.path, file.durable + random.below(lost + 1));
    }
  }

 private:
  struct Written {
    std::string path;
    std::uint64_t written = 0, durable = 0;
  };
  static int fail() {
    errno = EIO;
    return -1;
  }
  std::map<int, Written> files_;
  int writes_left_ = 1'000'000;
};

TEST(EventLogAfterAPowerCut, HasEveryLineThatWasAcknowledged) {
  Random random(11);
  for (int round = 0; round < 60; ++round) {
    const TestFolder folder;
    std::uint64_t acknowledged = 0;
    PowerCutDisk disk;
    {
      auto log = EventLog::open({.folder = folder.path(),
                                 .segment_bytes_max = 3000,
                                 .reserve_bytes = 0,
                                 .commit_every_min = 0ms,
                                 .disk = &disk},
                                {});
      ASSERT_TRUE(log);
      disk.cut_after(static_cast<int>(random.below(30)));
      for (std::uint64_t i = 1; i <= 200; ++i) {
        ASSERT_TRUE((*log)->append(line_of(i)));
        if (i % 10 == 0 && !(*log)->flush(20ms)) break;
      }
      acknowledged = (*log)->committed().up_to;
    }
    disk.lose_power(random);
    auto log = EventLog::open(
        {.folder = folder.path(), .segment_bytes_max = 3000, .reserve_bytes = 0}, {});
    ASSERT_TRUE(log) << log.error().detail;
    EXPECT_GE(count_lines(**log), acknowledged);
  }
}

// ---- kill -9 ----

// The child: appends as fast as it can and writes to the pipe what was acknowledged.
[[noreturn]] void append_until_killed(const std::string& folder, int pipe) {
  auto log = EventLog::open({.folder = folder,
                             .segment_bytes_max = 200'000,
                             .reserve_bytes = 4096,
                             .lines_waiting_max = 1000,
                             .commit_every_min = 1ms},
                            [pipe](EventLog::Committed committed) {
                              const auto up_to = committed.up_to;
                              if (::write(pipe, &up_to, sizeof up_to) < 0) ::_exit(3);
                            });
  if (!log) ::_exit(2);
  for (;;) {
    if (!(*log)->append(line_of((*log)->next_sequence()))) ::sched_yield();
  }
}

TEST(EventLogAfterKill, HasEveryAcknowledgedLineOnceAndInOrder) {
  const TestFolder folder;
  Random random(1234);
  std::uint64_t acknowledged = 0;
  for (int kills = 0; kills < 50; ++kills) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      ::close(ends[0]);
      append_until_killed(folder.path(), ends[1]);
    }
    ::close(ends[1]);
    // It lives for a number of commits, then a little longer.
    const std::uint64_t commits = 1 + random.below(6);
    std::uint64_t up_to = 0;
    for (std::uint64_t i = 0; i < commits; ++i) {
      ASSERT_EQ(::read(ends[0], &up_to, sizeof up_to), static_cast<ssize_t>(sizeof up_to));
    }
    ::poll(nullptr, 0, static_cast<int>(random.below(4)));
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << WEXITSTATUS(status);
    while (::read(ends[0], &up_to, sizeof up_to) == static_cast<ssize_t>(sizeof up_to)) {
    }
    ::close(ends[0]);
    ASSERT_GT(up_to, acknowledged);
    acknowledged = up_to;
    const auto log = EventLog::open({.folder = folder.path(), .reserve_bytes = 4096}, {});
    ASSERT_TRUE(log) << log.error().detail;
    ASSERT_GE((*log)->next_sequence(), acknowledged + 1);
    if (kills % 10 == 9) {
      EXPECT_EQ(count_lines(**log) + 1, (*log)->next_sequence());
    }
  }
}

}  // namespace
}  // namespace firstring::store

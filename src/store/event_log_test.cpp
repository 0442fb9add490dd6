#include "store/event_log.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>

#include "base/random.h"
#include "store/disk.h"
#include "store/segment.h"
#include "store/test_folder.h"

namespace firstring::store {
namespace {

EventLogOptions options_for(const TestFolder& folder) {
  return {.folder = folder.path(), .reserve_bytes = 0, .commit_every_min = 0ms, .sync = false};
}

std::unique_ptr<EventLog> open_log(EventLogOptions options,
                                   std::function<void(EventLog::Committed)> on_committed = {}) {
  auto log = EventLog::open(std::move(options), std::move(on_committed));
  EXPECT_TRUE(log) << (log ? "" : log.error().detail);
  return log ? std::move(*log) : nullptr;
}

std::string line_of(std::uint64_t sequence) {
  return "{\"n\":" + std::to_string(sequence) + ",\"pad\":\"" +
         std::string(sequence * 7 % 90, 'x') + "\"}";
}

void append_lines(EventLog& log, int count) {
  for (int i = 0; i < count; ++i) ASSERT_TRUE(log.append(line_of(log.next_sequence())));
  ASSERT_TRUE(log.flush(10s));
}

// All lines from `first` on; each must be the one that was appended under its number.
std::uint64_t count_lines(const EventLog& log, std::uint64_t first = 1) {
  std::uint64_t expected = first;
  const auto result = log.read(first, [&expected](std::uint64_t sequence, std::string_view bytes) {
    EXPECT_EQ(sequence, expected);
    EXPECT_EQ(bytes, line_of(sequence));
    expected += 1;
    return true;
  });
  EXPECT_TRUE(result) << (result ? "" : result.error().detail);
  return expected - first;
}

std::vector<std::string> files_of(const TestFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST(EventLog, GivesBackWhatWasAppendedAfterReopening) {
  const TestFolder folder;
  {
    auto log = open_log(options_for(folder));
    EXPECT_EQ(log->next_sequence(), 1U);
    append_lines(*log, 100);
    EXPECT_EQ(log->next_sequence(), 101U);
    EXPECT_EQ(log->committed().up_to, 100U);
  }
  auto log = open_log(options_for(folder));
  EXPECT_EQ(log->next_sequence(), 101U);
  EXPECT_EQ(count_lines(*log), 100U);
  append_lines(*log, 50);
  EXPECT_EQ(count_lines(*log), 150U);
  EXPECT_TRUE(log->notes().empty());
}

TEST(EventLog, StandsInFilesOfLimitedSizeNamedByTheirFirstLine) {
  const TestFolder folder;
  auto options = options_for(folder);
  options.segment_bytes_max = 1000;
  auto log = open_log(options);
  append_lines(*log, 100);
  for (const std::string& name : files_of(folder)) {
    const std::string text = read_file(folder.at(name));
    EXPECT_LE(text.size(), 1000U) << name;
    EXPECT_EQ(name, segment_name(*claimed_sequence(text)));
  }
  EXPECT_GT(files_of(folder).size(), 5U);
  EXPECT_EQ(count_lines(*log), 100U);
  log.reset();
  EXPECT_EQ(count_lines(*open_log(options)), 100U);
}

TEST(EventLog, ALineLongerThanAFileHasOneToItself) {
  const TestFolder folder;
  auto options = options_for(folder);
  options.segment_bytes_max = 50;
  const std::vector<std::string> lines = {"short", std::string(500, 'l'), "short again", ""};
  {
    auto log = open_log(options);
    for (const std::string& line : lines) ASSERT_TRUE(log->append(line));
    ASSERT_TRUE(log->flush(10s));
  }
  std::vector<std::string> back;
  const auto log = open_log(options);
  EXPECT_TRUE(log->read(1, [&back](std::uint64_t, std::string_view bytes) {
    back.emplace_back(bytes);
    return true;
  }));
  EXPECT_EQ(back, lines);
}

TEST(EventLog, ReadsFromEveryLineOnAndStopsWhenAsked) {
  const TestFolder folder;
  auto options = options_for(folder);
  options.segment_bytes_max = 40'000;  // bisection and several files
  auto log = open_log(options);
  append_lines(*log, 3000);
  for (std::uint64_t first = 1; first <= 3000; first += 37) {
    std::vector<std::uint64_t> seen;
    EXPECT_TRUE(log->read(first, [&seen](std::uint64_t sequence, std::string_view bytes) {
      EXPECT_EQ(bytes, line_of(sequence));
      seen.push_back(sequence);
      return seen.size() < 3;
    }));
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.front(), first);
    EXPECT_EQ(seen.size(), std::min<std::uint64_t>(3, 3001 - first));
  }
  EXPECT_EQ(count_lines(*log, 2500), 501U);
  EXPECT_EQ(count_lines(*log, 3001), 0U);
  EXPECT_EQ(count_lines(*log, 999'999), 0U);
}

TEST(EventLog, TellsEachCommitOnceAndInOrder) {
  const TestFolder folder;
  std::mutex mutex;
  std::vector<std::uint64_t> told;
  auto log = open_log(options_for(folder), [&](EventLog::Committed committed) {
    const std::lock_guard lock(mutex);
    told.push_back(committed.up_to);
  });
  append_lines(*log, 500);
  log.reset();  // flush() may be back before its commit is told
  const std::lock_guard lock(mutex);
  ASSERT_FALSE(told.empty());
  EXPECT_TRUE(std::is_sorted(told.begin(), told.end()));
  EXPECT_EQ(std::adjacent_find(told.begin(), told.end()), told.end());
  EXPECT_EQ(told.back(), 500U);
}

TEST(EventLog, LinesThatComeTogetherAreCommittedTogether) {
  const TestFolder folder;
  std::atomic<int> commits = 0;
  auto options = options_for(folder);
  options.commit_every_min = 10s;  // the first line goes at once, the others wait for flush()
  auto log = open_log(options, [&commits](EventLog::Committed) { commits += 1; });
  append_lines(*log, 1);
  append_lines(*log, 1000);
  EXPECT_LE(commits.load(), 3);
  EXPECT_EQ(count_lines(*log), 1001U);
}

TEST(EventLog, AnotherProcessCannotOpenTheSameFolder) {
  const TestFolder folder;
  const auto log = open_log(options_for(folder));
  const auto second = EventLog::open(options_for(folder), {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  EXPECT_NE(second.error().detail.find("in use by another firstringd"), std::string::npos);
}

TEST(EventLog, AFolderThatCannotBeMadeIsAClearError) {
  const TestFolder folder;
  write_file(folder.at("file"), "x");
  auto options = options_for(folder);
  options.folder = folder.at("file/events");
  const auto log = EventLog::open(options, {});
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().detail.find(options.folder), std::string::npos);
  EXPECT_NE(log.error().detail.find("Not a directory"), std::string::npos);
}

TEST(EventLog, AFolderWithoutWriteRightIsAClearError) {
  const TestFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0555));
  const auto child = ::fork();  // as nobody: root may write anywhere
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65534) != 0) ::_exit(9);
    const auto log = EventLog::open(options_for(folder), {});
    const bool clear = !log && log.error().detail.find("Permission denied") != std::string::npos &&
                       log.error().detail.find(folder.path()) != std::string::npos;
    ::_exit(clear ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// ---- damage ----

TEST(EventLog, EveryCutOffEndIsMendedAndKeptBeside) {
  const TestFolder master;
  {
    auto log = open_log(options_for(master));
    append_lines(*log, 12);
  }
  const std::string whole = read_file(master.at(segment_name(1)));
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const TestFolder folder;
    const std::string cut = whole.substr(0, length);
    write_file(folder.at(segment_name(1)), cut);
    const auto lines = static_cast<std::uint64_t>(std::count(cut.begin(), cut.end(), '\n'));
    const std::size_t good = lines == 0 ? 0 : cut.rfind('\n') + 1;
    {
      auto log = open_log(options_for(folder));
      ASSERT_EQ(log->next_sequence(), lines + 1) << length;
      ASSERT_EQ(log->notes().size(), good == length ? 0U : 1U) << length;
      append_lines(*log, 3);
    }
    EXPECT_EQ(count_lines(*open_log(options_for(folder))), lines + 3);
    const std::string torn =
        folder.at("events-00000000000000000001." + std::to_string(lines + 1) + ".torn");
    if (good != length) {
      EXPECT_EQ(read_file(torn), cut.substr(good));
    }
  }
}

TEST(EventLog, BlocksOfZerosAfterAPowerCutAreATornEnd) {
  const TestFolder folder;
  append_lines(*open_log(options_for(folder)), 10);
  const std::string path = folder.at(segment_name(1));
  const std::string whole = read_file(path);
  write_file(path, whole + std::string(700, '\0') + "rest of a line\n");
  const auto log = open_log(options_for(folder));
  EXPECT_EQ(log->notes().size(), 1U);
  EXPECT_EQ(count_lines(*log), 10U);
  EXPECT_EQ(read_file(path), whole);
}

TEST(EventLog, AFlippedBitIsNeverReadAsAFact) {
  const TestFolder master;
  {
    auto log = open_log(options_for(master));
    append_lines(*log, 6);
  }
  const std::string whole = read_file(master.at(segment_name(1)));
  const TestFolder folder;
  const std::string path = folder.at(segment_name(1));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int bit = 0; bit < 8; bit += 3) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ 1 << bit);
      write_file(path, flipped);
      const auto log = EventLog::open(options_for(folder), {});
      if (at + 1 < whole.size()) {
        ASSERT_FALSE(log) << "byte " << at << " bit " << bit;
        const std::size_t line = at == 0 ? 0 : whole.rfind('\n', at - 1) + 1;
        EXPECT_EQ(log.error().detail.find(path + ": damaged at byte " + std::to_string(line) + " "),
                  0U)
            << log.error().detail;
        EXPECT_EQ(read_file(path), flipped);  // nothing was changed
      } else {
        ASSERT_TRUE(log) << "byte " << at << " bit " << bit;
        EXPECT_EQ((*log)->next_sequence(), 6U);  // a line without its end was torn
      }
    }
  }
}

TEST(EventLog, DamageInAnOlderFileIsNamedByWhoeverReadsIt) {
  const TestFolder folder;
  auto options = options_for(folder);
  options.segment_bytes_max = 1000;
  append_lines(*open_log(options), 100);
  const std::string path = folder.at(segment_name(1));
  std::string text = read_file(path);
  const std::size_t second = text.find('\n') + 1;
  text[second + 20] ^= 1;
  write_file(path, text);
  const auto log = open_log(options);
  std::uint64_t seen = 0;
  const auto result = log->read(1, [&seen](std::uint64_t, std::string_view) { return ++seen > 0; });
  ASSERT_FALSE(result);
  EXPECT_EQ(seen, 1U);
  EXPECT_NE(result.error().detail.find(path + ": damaged at byte " + std::to_string(second)),
            std::string::npos)
      << result.error().detail;
  EXPECT_EQ(count_lines(*log, 50), 51U);
}

TEST(EventLog, AMissingFileRefusesTheStart) {
  const TestFolder folder;
  auto options = options_for(folder);
  options.segment_bytes_max = 1000;
  append_lines(*open_log(options), 100);
  const auto names = files_of(folder);
  std::filesystem::remove(folder.at(names[2]));
  const auto log = EventLog::open(options, {});
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().detail.find(names[1] + " ends with line "), std::string::npos);
  EXPECT_NE(log.error().detail.find(names[3] + " follows"), std::string::npos);
}

}  // namespace
}  // namespace firstring::store

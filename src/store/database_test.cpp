#include "store/database.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include <array>

#include "store/test_folder.h"

namespace firstring::store {
namespace {

constexpr std::array k_first = {Migration{"CREATE TABLE t (n INTEGER PRIMARY KEY)"}};
constexpr std::array k_both = {Migration{"CREATE TABLE t (n INTEGER PRIMARY KEY)"},
                               Migration{"ALTER TABLE t ADD COLUMN note TEXT DEFAULT 'old'"}};

DatabaseWriter::Opened open_writer(const std::string& path, std::span<const Migration> migrations) {
  auto opened =
      DatabaseWriter::open({.path = path, .migrations = migrations, .commit_every_min = 0ms});
  EXPECT_TRUE(opened) << (opened ? "" : opened.error().detail);
  return opened ? std::move(*opened) : DatabaseWriter::Opened{};
}

DatabaseWriter::Job insert(int n) {
  return [n](SQLite::Database& database) {
    database.exec("INSERT OR REPLACE INTO t (n) VALUES (" + std::to_string(n) + ")");
  };
}

std::string rows_of(const std::string& path, const std::string& column) {
  auto database = open_to_read(path);
  EXPECT_TRUE(database);
  SQLite::Statement statement(
      **database, "SELECT group_concat(" + column + ") FROM (SELECT * FROM t ORDER BY n)");
  statement.executeStep();
  return statement.getColumn(0).getString();
}

TEST(DatabaseWriter, WritesJobsInOrderAndTellsWhenTheyAreDone) {
  const TestFolder folder;
  const auto opened = open_writer(folder.at("a.db"), k_first);
  EXPECT_TRUE(opened.is_new);
  std::uint64_t last = 0;
  for (int n = 1; n <= 5; ++n) last = opened.writer->put(insert(n), 10);
  ASSERT_TRUE(opened.writer->flush(10s));
  EXPECT_EQ(opened.writer->done(), last);
  EXPECT_EQ(opened.writer->waiting(), 0U);
  EXPECT_EQ(rows_of(folder.at("a.db"), "n"), "1,2,3,4,5");
}

TEST(DatabaseWriter, BringsOlderTablesUpAndKeepsWhatIsInThem) {
  const TestFolder folder;
  {
    const auto old = open_writer(folder.at("a.db"), k_first);
    old.writer->put(insert(7), 1);
    ASSERT_TRUE(old.writer->flush(10s));
  }
  const auto opened = open_writer(folder.at("a.db"), k_both);
  EXPECT_FALSE(opened.is_new);
  EXPECT_EQ(rows_of(folder.at("a.db"), "note"), "old");
}

TEST(DatabaseWriter, AJobThatFailsIsTriedAgainWithAllOfItsTransaction) {
  const TestFolder folder;
  const auto opened = open_writer(folder.at("a.db"), k_first);
  int tries = 0;
  opened.writer->put(insert(1), 1);
  opened.writer->put(
      [&tries](SQLite::Database& database) {
        database.exec("INSERT INTO t (n) VALUES (2)");
        if (++tries < 3) throw SQLite::Exception("no room", 13);  // SQLITE_FULL
      },
      1);
  ASSERT_TRUE(opened.writer->flush(10s));
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(rows_of(folder.at("a.db"), "n"), "1,2");
  EXPECT_EQ(opened.writer->problem(), "");
}

TEST(DatabaseWriter, WaitsForALockAndSaysSo) {
  const TestFolder folder;
  const auto opened = open_writer(folder.at("a.db"), k_first);
  SQLite::Database other(folder.at("a.db"), SQLite::OPEN_READWRITE);
  other.exec("BEGIN EXCLUSIVE");
  opened.writer->put(insert(1), 1);
  EXPECT_FALSE(opened.writer->flush(100ms));
  EXPECT_NE(opened.writer->problem().find("locked"), std::string::npos);
  EXPECT_EQ(opened.writer->waiting(), 1U);
  EXPECT_EQ(rows_of(folder.at("a.db"), "n"), "");  // reading goes on
  other.exec("COMMIT");
  ASSERT_TRUE(opened.writer->flush(10s));
  EXPECT_EQ(opened.writer->problem(), "");
  EXPECT_EQ(rows_of(folder.at("a.db"), "n"), "1");
}

TEST(DatabaseWriter, EndsWhileALockIsHeld) {
  const TestFolder folder;
  SQLite::Database other(folder.at("a.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  {
    const auto opened = open_writer(folder.at("a.db"), k_first);
    other.exec("BEGIN EXCLUSIVE");
    opened.writer->put(insert(1), 1);
  }
  other.exec("ROLLBACK");
}

TEST(DatabaseWriter, PutsADamagedFileAsideAndBeginsAnew) {
  const TestFolder folder;
  write_file(folder.at("a.db"), std::string(9000, 'x'));
  const auto opened = open_writer(folder.at("a.db"), k_first);
  EXPECT_TRUE(opened.is_new);
  EXPECT_NE(opened.note.find("a.db.damaged-1"), std::string::npos) << opened.note;
  EXPECT_EQ(read_file(folder.at("a.db.damaged-1")), std::string(9000, 'x'));
  opened.writer->put(insert(1), 1);
  ASSERT_TRUE(opened.writer->flush(10s));
  // And found only later, by a job:
  bool thrown = false;
  opened.writer->put(
      [&thrown](SQLite::Database&) {
        if (!std::exchange(thrown, true))
          throw SQLite::Exception("malformed", 11);  // SQLITE_CORRUPT
      },
      1);
  opened.writer->put(insert(2), 1);
  ASSERT_TRUE(opened.writer->flush(10s));
  EXPECT_EQ(opened.writer->new_files(), 1);
  EXPECT_EQ(rows_of(folder.at("a.db"), "n"), "2");
  EXPECT_TRUE(std::filesystem::exists(folder.at("a.db.damaged-2")));
}

TEST(DatabaseWriter, AFolderThatIsNotThereIsAnError) {
  const auto opened = DatabaseWriter::open({.path = "/nonexistent/a.db", .migrations = k_first});
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("/nonexistent/a.db"), std::string::npos);
}

}  // namespace
}  // namespace firstring::store

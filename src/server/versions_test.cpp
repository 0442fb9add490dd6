#include "server/versions.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "store/test_folder.h"

namespace firstring::server {
namespace {

using store::TestFolder;

Version version(const std::string& hash) {
  return {.hash = hash, .at = WallTime{1'000'000'000}, .author = "anna", .message = "für morgen"};
}

TEST(Versions, WithoutAnyThereIsNothingToFind) {
  const TestFolder folder;
  const Versions versions(folder.path());
  EXPECT_EQ(versions.newest(), 0);
  EXPECT_TRUE(versions.list(0, 10).value().empty());
  EXPECT_EQ(versions.find(0).error().code, Code::not_found);
  EXPECT_EQ(versions.text_of(1).error().code, Code::not_found);
}

TEST(Versions, AreNumberedKeptAndGivenBackNewestFirst) {
  const TestFolder folder;
  const Versions versions(folder.path());
  for (const char* hash : {"a", "b", "c"}) {
    EXPECT_TRUE(versions.add(version(hash), std::string("text of ") + hash));
  }
  const Versions again(folder.path());  // as after a restart
  EXPECT_EQ(again.newest(), 3);
  const auto all = again.list(0, 2).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].number, 3);
  EXPECT_EQ(all[1].hash, "b");
  EXPECT_EQ(all[1].author, "anna");
  EXPECT_EQ(all[1].message, "für morgen");
  EXPECT_EQ(all[1].at, WallTime{1'000'000'000});
  EXPECT_EQ(again.list(2, 10).value().size(), 1u);
  EXPECT_EQ(again.text_of(1).value(), "text of a");
}

TEST(Versions, OneThatNeverCameIntoForceIsGone) {
  const TestFolder folder;
  const Versions versions(folder.path());
  const auto kept = versions.add(version("a"), "a").value();
  const auto failed = versions.add(version("b"), "b").value();
  versions.take_back(failed.number);
  EXPECT_EQ(versions.newest(), kept.number);
  EXPECT_EQ(versions.text_of(failed.number).error().code, Code::not_found);
}

TEST(Versions, ADamagedOneIsAnErrorThatNamesTheFile) {
  const TestFolder folder;
  const Versions versions(folder.path());
  EXPECT_TRUE(versions.add(version("a"), "a"));
  std::ofstream(folder.path() + "/configurations/000001.json") << "{ half";
  const auto found = versions.find(1);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().detail.find("000001.json"), std::string::npos);
}

TEST(Versions, AreNobodyElsesToRead) {
  const TestFolder folder;
  EXPECT_TRUE(Versions(folder.path()).add(version("a"), "password: x"));
  struct stat status{};
  ASSERT_EQ(::stat((folder.path() + "/configurations").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700u);
  ASSERT_EQ(::stat((folder.path() + "/configurations/000001.yaml").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(ReplaceFile, KeepsPermissionsAndLeavesNothingBeside) {
  const TestFolder folder;
  const std::string path = folder.at("firstring.yaml");
  std::ofstream(path) << "old";
  ::chmod(path.c_str(), 0640);
  ASSERT_TRUE(replace_file(path, "new"));
  EXPECT_EQ(store::read_file(path), "new");
  struct stat status{};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(ReplaceFile, WhereItCannotBeWrittenTheOldOneStays) {
  const TestFolder folder;
  const std::string path = folder.at("firstring.yaml");
  std::ofstream(path) << "old";
  std::filesystem::create_directory(path + ".new");  // in the way
  const auto done = replace_file(path, "new");
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().detail.find("firstring.yaml.new"), std::string::npos);
  EXPECT_EQ(store::read_file(path), "old");
}

}  // namespace
}  // namespace firstring::server

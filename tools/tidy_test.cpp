// The house rules, as far as a machine can check them. Each refusal names the place and the remedy.
// Run from the top of the source tree.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct SourceFile {
  std::string path;                 // "src/acd/queue.cpp"
  std::string module;               // "acd"; "" outside src/
  std::vector<std::string> lines;
  bool is_header = false, is_test = false;
};

std::vector<SourceFile> read_tree(const std::vector<std::string>& folders) {
  std::vector<SourceFile> files;
  for (const std::string& folder : folders) {
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".cpp" && extension != ".h")) continue;
      SourceFile file;
      file.path = entry.path().generic_string();
      if (file.path.starts_with("src/")) {
        file.module = file.path.substr(4, file.path.find('/', 4) - 4);
      }
      file.is_header = extension == ".h";
      file.is_test = file.path.ends_with("_test.cpp") || file.path.starts_with("tools/");
      std::ifstream in(file.path);
      for (std::string line; std::getline(in, line);) file.lines.push_back(line);
      files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files =
      read_tree({"src", "sim", "programs", "fuzz", "bench", "tools"});
  return files;
}

std::string at(const SourceFile& file, std::size_t line) {
  return file.path + ":" + std::to_string(line + 1) + ": ";
}

std::size_t columns(const std::string& line) {  // characters, not bytes, of UTF-8
  return static_cast<std::size_t>(
      std::count_if(line.begin(), line.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string without_comment(const std::string& line) {
  const auto slashes = line.find("//");
  return slashes == std::string::npos ? line : line.substr(0, slashes);
}

std::map<std::string, std::set<std::string>> allowed_modules() {
  std::map<std::string, std::set<std::string>> allowed;
  std::ifstream in(MODULES_FILE);
  for (std::string line; std::getline(in, line);) {
    const auto colon = line.find(':');
    if (colon == std::string::npos) continue;
    auto& set = allowed[line.substr(0, colon)];
    set.insert(line.substr(0, colon));
    std::istringstream rest(line.substr(colon + 1));
    for (std::string name; rest >> name;) set.insert(name);
  }
  return allowed;
}

TEST(Tidy, IncludesPointOnlyWhereTheModuleListAllows) {
  const auto allowed = allowed_modules();
  ASSERT_GE(allowed.size(), 8u) << MODULES_FILE;
  const std::regex include(R"re(^\s*#\s*include\s+"([a-z_]+)/)re");
  for (const SourceFile& file : tree()) {
    if (file.module.empty()) continue;
    ASSERT_TRUE(allowed.contains(file.module)) << file.path << " is in no module";
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      std::smatch match;
      if (!std::regex_search(file.lines[i], match, include)) continue;
      EXPECT_TRUE(allowed.at(file.module).contains(match[1]))
          << at(file, i) << file.module << " may not include " << match[1]
          << "; say it in the module's CMakeLists.txt if it should";
    }
  }
}

TEST(Tidy, LinesFilesAndSpaces) {
  for (const SourceFile& file : tree()) {
    EXPECT_LE(file.lines.size(), 800u) << file.path << " is too long: split it by concept";
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      EXPECT_LE(columns(line), 100u) << at(file, i) << "over 100 columns";
      EXPECT_EQ(line.find('\t'), std::string::npos) << at(file, i) << "a tab";
      EXPECT_FALSE(!line.empty() && line.back() == ' ') << at(file, i) << "trailing blank";
    }
  }
}

TEST(Tidy, FunctionsFitOnAScreen) {
  for (const SourceFile& file : tree()) {
    if (file.is_test) continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      const bool opens = !line.empty() && line.back() == '{' && line.front() != ' ' &&
                         line.find('(') != std::string::npos;
      if (!opens) continue;
      std::size_t end = i;
      while (end < file.lines.size() && !file.lines[end].starts_with("}")) ++end;
      EXPECT_LE(end - i, 65u) << at(file, i) << "a function of " << end - i << " lines: split it";
    }
  }
}

struct Ban {
  std::string pattern, instead;
  std::vector<std::string> allowed;  // prefixes of paths
  bool tests_too = false;
};

// Each word that is not for everybody, and where it may stand.
const std::vector<Ban>& bans() {
  static const std::vector<Ban> all = {
      {R"(\bstd::(mutex|shared_mutex|recursive_mutex|condition_variable|lock_guard|unique_lock)\b)",
       "an io::Mailbox", {"src/io/", "src/store/", "src/http/", "src/media/", "src/sip/edge"}},
      {R"(\bstd::(thread|jthread|async)\b)", "io::Thread",
       {"src/io/", "src/store/", "src/http/", "bench/", "src/media/"}},
      {R"(\b(system_clock|steady_clock|high_resolution_clock|clock_gettime)\b)",
       "the Clock that is handed in", {"src/io/", "src/http/", "src/sip/edge", "bench/", "sim/"}},
      {R"(\b(sleep_for|sleep_until|usleep|nanosleep)\b)", "a Timer", {"src/io/", "bench/"}, true},
      {R"(\bstd::random_device\b|\bstd::\w+_distribution\b|\bstd::shuffle\b|\b(rand|srand)\()",
       "base/random.h", {}, true},
      {R"(\bstd::views\b|\bco_await\b|\bco_return\b)", "plain loops and state machines", {}, true},
      {R"(\bFIXME\b|\bTODO\b)", "an issue", {"tools/"}, true},
      {R"(\bthrow\b)", "Result or ASSERT",
       {"src/base/assert.cpp", "src/config/yaml_reader.cpp", "fuzz/"}},
  };
  return all;
}

TEST(Tidy, BannedWords) {
  for (const Ban& ban : bans()) {
    const std::regex pattern(ban.pattern);
    for (const SourceFile& file : tree()) {
      if (file.path == "tools/tidy_test.cpp" || (file.is_test && !ban.tests_too)) continue;
      const bool allowed = std::any_of(
          ban.allowed.begin(), ban.allowed.end(),
          [&](const std::string& prefix) { return file.path.starts_with(prefix); });
      if (allowed) continue;
      for (std::size_t i = 0; i < file.lines.size(); ++i) {
        EXPECT_FALSE(std::regex_search(without_comment(file.lines[i]), pattern))
            << at(file, i) << file.lines[i] << "\n  use " << ban.instead;
      }
    }
  }
}

TEST(Tidy, DecisionsDoNotDependOnTheOrderOfHashTables) {
  const std::regex declares(R"(unordered_(map|set)<.*>\s+(\w+);)");
  for (const SourceFile& file : tree()) {
    const std::array<std::string_view, 5> pure = {"call", "acd", "flow", "insight", "work"};
    if (std::find(pure.begin(), pure.end(), file.module) == pure.end()) continue;
    std::set<std::string> names;
    for (const std::string& line : file.lines) {
      std::smatch match;
      if (std::regex_search(line, match, declares)) names.insert(match[2]);
    }
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      for (const std::string& name : names) {
        const std::regex walks("for \\(.*: (state_->|this->)?" + name + "\\)");
        EXPECT_FALSE(std::regex_search(file.lines[i], walks))
            << at(file, i) << "walks a hash table: sort, or use an ordered map";
      }
    }
  }
}

TEST(Tidy, HeadersSayWhatTheyAreAndWhereTheyLive) {
  for (const SourceFile& file : tree()) {
    if (!file.is_header || file.module.empty()) continue;
    ASSERT_FALSE(file.lines.empty()) << file.path;
    EXPECT_TRUE(file.lines[0].starts_with("// ")) << file.path << ": begins without what it is";
    bool lives = false;
    for (const std::string& line : file.lines) {
      if (!line.starts_with("//")) break;
      lives = lives || line.find("Lives on:") != std::string::npos;
    }
    EXPECT_TRUE(lives) << file.path << ": no \"Lives on: <thread>\" in its opening lines";
  }
}

TEST(Tidy, NoMachineOrMakerIsNamed) {
  const std::regex forbidden(R"((^|[^a-z])/(work|tmp|root|home)/(main|shared|build|\.))");
  for (const SourceFile& file : tree()) {
    if (file.path == "tools/tidy_test.cpp") continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      EXPECT_FALSE(std::regex_search(file.lines[i], forbidden)) << at(file, i) << file.lines[i];
    }
  }
}

}  // namespace

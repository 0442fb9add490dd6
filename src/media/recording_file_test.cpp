#include "media/recording_file.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>
#include <signal.h>
#include <sndfile.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "media/tone.h"

namespace firstring::media {
namespace {

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "recordingXXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

struct ReadBack {
  int channels = 0, rate = 0;
  std::vector<std::int16_t> left, right;
};

ReadBack read_back(const std::string& path) {
  SF_INFO format{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &format);
  if (file == nullptr) {
    ADD_FAILURE() << path << ": " << sf_strerror(nullptr);
    return {};
  }
  ReadBack sound{.channels = format.channels, .rate = format.samplerate};
  std::vector<std::int16_t> block(4800 * 2);
  for (sf_count_t count; (count = sf_readf_short(file, block.data(), 4800)) > 0;) {
    for (sf_count_t i = 0; i < count; ++i) {
      sound.left.push_back(block[static_cast<std::size_t>(2 * i)]);
      sound.right.push_back(block[static_cast<std::size_t>(2 * i + 1)]);
    }
  }
  sf_close(file);
  return sound;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string sha256_of(const std::string& bytes) {
  unsigned char sum[32];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), sum);
  std::string hex;
  for (const auto byte : sum) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", byte);
    hex += text;
  }
  return hex;
}

// 600 Hz on the left, 1500 Hz on the right, in frames of 20 ms.
Result<void> write_tones(RecordingFile& recording, int rate, int ms) {
  Tone left_tone(600, rate), right_tone(1500, rate);
  std::vector<std::int16_t> left(static_cast<std::size_t>(rate / 50)), right(left.size());
  for (int at = 0; at < ms; at += 20) {
    left_tone.fill(left);
    right_tone.fill(right);
    if (auto written = recording.write(left, right); !written) return written.error();
  }
  return {};
}

struct Kind {
  RecordingFormat format;
  int rate;
};

class Recording : public ::testing::TestWithParam<Kind> {
 protected:
  Folder folder;
  RecordingOptions options{.path = folder.file("call"), .format = GetParam().format,
                           .sample_rate = GetParam().rate};
  std::string path = options.path + std::string(suffix_of(options.format));
};
INSTANTIATE_TEST_SUITE_P(Formats, Recording,
                         ::testing::Values(Kind{RecordingFormat::wav, 8000},
                                           Kind{RecordingFormat::wav, 16000},
                                           Kind{RecordingFormat::ogg_opus, 8000},
                                           Kind{RecordingFormat::ogg_opus, 16000}));

TEST_P(Recording, IsReadBackWithEachSideInItsPlace) {
  auto recording = RecordingFile::create(options);
  ASSERT_TRUE(recording) << recording.error().detail;
  ASSERT_TRUE(write_tones(**recording, options.sample_rate, 3500));
  const auto finished = (*recording)->finish();
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->path, path);
  EXPECT_EQ(finished->duration_ms, 3500);
  const auto bytes = bytes_of(path);
  EXPECT_EQ(finished->bytes, static_cast<std::int64_t>(bytes.size()));
  EXPECT_EQ(finished->sha256, sha256_of(bytes));
  const auto sound = read_back(path);
  ASSERT_EQ(sound.channels, 2);
  EXPECT_NEAR(static_cast<double>(sound.left.size()) / sound.rate, 3.5, 0.001)
      << "no padding, no encoder delay";
  const auto middle = [&](const std::vector<std::int16_t>& side) {
    return std::span(side).subspan(side.size() / 4, side.size() / 2);
  };
  EXPECT_GT(tone_share(middle(sound.left), 600, sound.rate), 0.95);
  EXPECT_GT(tone_share(middle(sound.right), 1500, sound.rate), 0.95);
  EXPECT_NEAR(level_dbm0(middle(sound.left)), -10, 1);
}

TEST_P(Recording, ASoundIsWhereItWasInTime) {
  auto recording = RecordingFile::create(options);
  ASSERT_TRUE(recording);
  // A beep of 40 ms on the left at 1.00 s, on the right at 1.50 s; silence else. Odd piece lengths.
  const auto rate = static_cast<std::size_t>(options.sample_rate);
  std::vector<std::int16_t> left(rate * 2), right(rate * 2);
  Tone(1000, options.sample_rate).fill(std::span(left).subspan(rate, rate / 25));
  Tone(1000, options.sample_rate).fill(std::span(right).subspan(rate * 3 / 2, rate / 25));
  for (std::size_t at = 0; at < left.size();) {
    const auto count = std::min<std::size_t>(133 + at % 50, left.size() - at);
    ASSERT_TRUE((*recording)->write({left.data() + at, count}, {right.data() + at, count}));
    at += count;
  }
  ASSERT_TRUE((*recording)->finish());
  const auto sound = read_back(path);
  const auto beginning = [&sound](const std::vector<std::int16_t>& side) {
    std::size_t i = 0;
    while (i < side.size() && std::abs(side[i]) < 3000) ++i;
    return static_cast<double>(i) / sound.rate;
  };
  EXPECT_NEAR(beginning(sound.left), 1.0, 0.005);
  EXPECT_NEAR(beginning(sound.right), 1.5, 0.005);
}

TEST_P(Recording, KilledItLosesAtMostASecond) {
  const auto child = fork();
  if (child == 0) {
    auto recording = RecordingFile::create(options);
    if (!recording || !write_tones(**recording, options.sample_rate, 4900)) _exit(1);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it was to die, not to end";
  const auto sound = read_back(path);
  EXPECT_GE(static_cast<double>(sound.left.size()) / sound.rate, 3.89);
  EXPECT_GT(tone_share(std::span(sound.right).subspan(sound.right.size() / 4), 1500, sound.rate),
            0.95);
}

TEST_P(Recording, AnEmptyOneIsAFileToo) {
  auto recording = RecordingFile::create(options);
  ASSERT_TRUE(recording);
  const auto finished = (*recording)->finish();
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->duration_ms, 0);
  EXPECT_EQ(read_back(path).left.size(), 0u);
}

TEST_P(Recording, NeverReplacesAFileOrFollowsALink) {
  std::ofstream(path) << "precious";
  const auto existing = RecordingFile::create(options);
  ASSERT_FALSE(existing);
  EXPECT_EQ(existing.error().code, Code::conflict);
  EXPECT_EQ(bytes_of(path), "precious");
  const auto target = folder.file("target");
  std::filesystem::remove(path);
  std::filesystem::create_symlink(target, path);
  EXPECT_FALSE(RecordingFile::create(options));
  EXPECT_FALSE(std::filesystem::exists(target));
}

TEST_P(Recording, AFolderThatIsNotThereIsSaidInASentence) {
  options.path = folder.file("no/such/call");
  const auto recording = RecordingFile::create(options);
  ASSERT_FALSE(recording);
  EXPECT_EQ(recording.error().code, Code::io);
  EXPECT_NE(recording.error().detail.find(options.path), std::string::npos);
}

TEST_P(Recording, AFullDiskEndsItWithASentenceAndWhatWasWrittenPlays) {
  // A limit on the size of files stands for the full disk: write() fails half-way likewise.
  const auto child = fork();
  if (child == 0) {
    signal(SIGXFSZ, SIG_IGN);
    const auto limit = static_cast<rlim_t>(options.format == RecordingFormat::wav ? 150'000
                                                                                  : 15'000);
    const rlimit bound{limit, limit};
    setrlimit(RLIMIT_FSIZE, &bound);
    auto recording = RecordingFile::create(options);
    if (!recording) _exit(1);
    const auto written = write_tones(**recording, options.sample_rate, 60'000);
    if (written || written.error().code != Code::io) _exit(2);
    if (written.error().detail.find("cannot be written") == std::string::npos) _exit(3);
    if ((*recording)->finish()) _exit(4);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  ASSERT_EQ(WEXITSTATUS(status), 0);
  EXPECT_GT(read_back(path).left.size(), 0u);
}

TEST_P(Recording, IsForTheServersEyesOnly) {
  ASSERT_TRUE(RecordingFile::create(options));
  using std::filesystem::perms;
  const auto rights = std::filesystem::status(path).permissions();
  EXPECT_EQ(rights & (perms::others_all | perms::group_write), perms::none);
}

TEST(RecordingFormat, WordsAreReadAndOthersRefused) {
  EXPECT_EQ(recording_format_of("wav"), RecordingFormat::wav);
  EXPECT_EQ(recording_format_of("opus"), RecordingFormat::ogg_opus);
  EXPECT_FALSE(recording_format_of("mp3"));
  EXPECT_FALSE(RecordingFile::create({.path = "/nowhere/x", .sample_rate = 44100}));
}

}  // namespace
}  // namespace firstring::media

// Recordings of real bridges: which side says what, when, and what if the disk does not play along.
#include <sndfile.h>
#include <signal.h>
#include <sys/resource.h>

#include <openssl/evp.h>

#include <array>
#include <fstream>

#include "media/test_phone.h"

namespace firstring::media::test {
namespace {

struct Stereo {
  int rate = 0;
  std::vector<std::int16_t> left, right;
};

Stereo read_stereo(const std::string& path) {
  SF_INFO about{};
  SNDFILE* file = sf_open(path.c_str(), SFM_READ, &about);
  if (file == nullptr) {
    ADD_FAILURE() << path << ": " << sf_strerror(nullptr);
    return {};
  }
  EXPECT_EQ(about.channels, 2);
  std::vector<std::int16_t> all(static_cast<std::size_t>(about.frames) * 2);
  sf_readf_short(file, all.data(), about.frames);
  sf_close(file);
  Stereo stereo{.rate = about.samplerate};
  for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
    stereo.left.push_back(all[i]);
    stereo.right.push_back(all[i + 1]);
  }
  return stereo;
}

std::size_t first_sound(const std::vector<std::int16_t>& pcm) {
  for (std::size_t i = 0; i < pcm.size(); ++i) {
    if (std::abs(pcm[i]) > 1000) return i;
  }
  return pcm.size();
}

std::string sha256_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::array<unsigned char, 32> hash;
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, EVP_sha256(), nullptr);
  std::string hex;
  for (const unsigned char byte : hash) {
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

TEST_F(EngineTest, RecordsEachSideOnItsOwnInTime) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  engine->record(5, a, b, folder + "/call", "wav");
  run(1s);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  run(3s);
  const auto relayed = agent.heard.size();
  EXPECT_EQ(relayed, 150u);
  for (const Heard& heard : agent.heard) {
    EXPECT_EQ(heard.at.ns % 20'000'000, 0) << "recording must not delay";
  }
  engine->stop_record(5);
  run(1ms);
  ASSERT_EQ(reported<RecordingEnded>().size(), 1u);
  const RecordingEnded ended = reported<RecordingEnded>()[0];
  EXPECT_FALSE(ended.failed) << ended.reason;
  EXPECT_EQ(ended.reason, "");
  EXPECT_NEAR(static_cast<double>(ended.duration_ms), 4000, 2);
  const Stereo stereo = read_stereo(folder + "/call.wav");
  EXPECT_EQ(stereo.rate, 8000);
  EXPECT_EQ(ended.bytes, static_cast<std::int64_t>(
                             std::filesystem::file_size(folder + "/call.wav")));
  EXPECT_EQ(ended.sha256, sha256_of(folder + "/call.wav"));
  EXPECT_NEAR(static_cast<double>(first_sound(stereo.left)), 8000, 160);
  EXPECT_NEAR(static_cast<double>(first_sound(stereo.left)),
              static_cast<double>(first_sound(stereo.right)), 160);
  const auto left = std::span(stereo.left).subspan(10'000, 20'000);
  const auto right = std::span(stereo.right).subspan(10'000, 20'000);
  EXPECT_GT(tone_share(left, 440, 8000), 0.98);
  EXPECT_LT(tone_share(left, 1000, 8000), 0.001);
  EXPECT_GT(tone_share(right, 1000, 8000), 0.98);
  EXPECT_LT(tone_share(right, 440, 8000), 0.001);
}

TEST_F(EngineTest, RecordsATranscodedCallAsOpus) {
  Phone caller, agent;
  const StreamId a = connect(caller, Codec::pcma);
  const StreamId b = connect(agent, Codec::opus);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcma, 8);
  agent.talk(1000, Codec::opus, 111);
  engine->record(6, a, b, folder + "/call", "opus");
  run(4s);
  engine->stop_record(6);
  run(1ms);
  ASSERT_EQ(reported<RecordingEnded>().size(), 1u);
  EXPECT_FALSE(reported<RecordingEnded>()[0].failed) << reported<RecordingEnded>()[0].reason;
  const Stereo stereo = read_stereo(folder + "/call.opus");
  ASSERT_GT(stereo.left.size(), static_cast<std::size_t>(stereo.rate) * 3);
  EXPECT_GT(tone_share(middle(stereo.left), 440, stereo.rate), 0.95);
  EXPECT_GT(tone_share(middle(stereo.right), 1000, stereo.rate), 0.95);
}

TEST_F(EngineTest, AMessageHasOneSideAndNoQuietEnd) {
  Phone caller;
  const StreamId a = connect(caller);
  engine->record(9, a, {}, folder + "/message", "wav", {.report_after = 2s, .cut_end = true});
  run(1s);
  caller.talk(440, Codec::pcmu, 0);
  run(2s);
  caller.hush();
  run(1500ms);
  EXPECT_TRUE(reported<RecordingWentQuiet>().empty());
  run(1200ms);
  ASSERT_EQ(reported<RecordingWentQuiet>().size(), 1u);
  EXPECT_EQ(reported<RecordingWentQuiet>()[0].recording, 9u);
  engine->stop_record(9);
  run(1ms);
  ASSERT_EQ(reported<RecordingEnded>().size(), 1u);
  EXPECT_NEAR(static_cast<double>(reported<RecordingEnded>()[0].duration_ms), 3000, 250);
  const Stereo stereo = read_stereo(folder + "/message.wav");
  EXPECT_GT(tone_share(std::span(stereo.left).subspan(9'000, 14'000), 440, 8000), 0.98);
  EXPECT_EQ(first_sound(stereo.right), stereo.right.size());
  engine->erase_recording(folder + "/message");
  run(1ms);
  EXPECT_FALSE(std::filesystem::exists(folder + "/message.wav"));
}

TEST_F(EngineTest, AMutedSideIsSilentInTheRecordingToo) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  engine->record(7, a, b, folder + "/call", "wav");
  run(1s);
  engine->mute(a, true);
  run(1s);
  engine->stop_record(7);
  run(1ms);
  const Stereo stereo = read_stereo(folder + "/call.wav");
  EXPECT_GT(level_dbm0(std::span(stereo.left).first(7000)), -15);
  EXPECT_EQ(level_dbm0(std::span(stereo.left).subspan(8200, 7000)), -100);
  EXPECT_GT(level_dbm0(std::span(stereo.right).subspan(8200, 7000)), -15);
}

TEST_F(EngineTest, AnAgentWhoHangsUpLeavesTheRecordingRunning) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  agent.talk(1000, Codec::pcmu, 0);
  engine->record(8, a, b, folder + "/call", "wav");
  run(1s);
  close(b);
  run(1s);
  EXPECT_TRUE(reported<RecordingEnded>().empty());
  close(a);   // nobody is left: it ends by itself
  ASSERT_EQ(reported<RecordingEnded>().size(), 1u);
  const Stereo stereo = read_stereo(folder + "/call.wav");
  EXPECT_NEAR(static_cast<double>(stereo.left.size()), 16'000, 200);
  EXPECT_GT(tone_share(middle(stereo.left), 440, 8000), 0.98);
  EXPECT_LT(level_dbm0(std::span(stereo.right).subspan(9000, 6000)), -90);
}

TEST_F(EngineTest, WithoutASecondSideTheRightIsSilent) {
  Phone caller;
  const StreamId a = connect(caller);
  caller.talk(440, Codec::pcmu, 0);
  engine->record(9, a, StreamId{}, folder + "/message", "wav");
  run(1s);
  engine->stop_record(9);
  run(1ms);
  const Stereo stereo = read_stereo(folder + "/message.wav");
  EXPECT_GT(tone_share(middle(stereo.left), 440, 8000), 0.98);
  EXPECT_EQ(level_dbm0(stereo.right), -100);
}

TEST_F(EngineTest, ARecordingThatCannotBeWrittenIsReportedAndTheCallGoesOn) {
  Phone caller, agent;
  const StreamId a = connect(caller);
  const StreamId b = connect(agent);
  engine->bridge(a, b);
  caller.talk(440, Codec::pcmu, 0);
  engine->record(1, a, b, folder + "/no/such/folder/call", "wav");
  engine->record(2, a, b, folder + "/call", "mp3");
  engine->record(3, StreamId{77}, b, folder + "/call", "wav");
  std::ofstream(folder + "/taken.wav") << "somebody else's";
  engine->record(4, a, b, folder + "/taken", "wav");
  run(1s);
  for (std::uint64_t recording = 1; recording <= 4; ++recording) engine->stop_record(recording);
  run(10ms);
  const auto ended = reported<RecordingEnded>();
  ASSERT_EQ(ended.size(), 4u);
  for (const auto& one : ended) {
    EXPECT_TRUE(one.failed) << one.recording;
    EXPECT_NE(one.reason, "") << one.recording;
  }
  EXPECT_GE(agent.heard.size(), 49u);
  std::ifstream in(folder + "/taken.wav");
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(in)), {}), "somebody else's");
}

TEST_F(EngineTest, AFullDiskEndsTheRecordingAndNotTheCall) {
  // A device that is full from the first byte on stands for the disk.
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
  std::vector<RecordingEnded> ended;
  RecordingWriter writer([&ended](RecordingEnded one) { ended.push_back(std::move(one)); });
  const rlimit before = [] {
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    return limit;
  }();
  signal(SIGXFSZ, SIG_IGN);
  writer.begin(1, {.path = folder + "/call", .format = RecordingFormat::wav});
  writer.run_pending();
  rlimit small = before;
  small.rlim_cur = 100'000;
  setrlimit(RLIMIT_FSIZE, &small);
  for (int i = 0; i < 100; ++i) {
    writer.write(1, std::vector<std::int16_t>(1600), std::vector<std::int16_t>(1600));
    writer.run_pending();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  writer.end(1);
  writer.run_pending();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_TRUE(ended[0].failed);
  EXPECT_NE(ended[0].reason, "");
}

TEST_F(EngineTest, ADiskThatIsTooSlowLeavesSilenceInPlaceOfWhatWasLost) {
  std::vector<RecordingEnded> ended;
  RecordingWriter writer([&ended](RecordingEnded one) { ended.push_back(std::move(one)); });
  writer.begin(1, {.path = folder + "/call", .format = RecordingFormat::wav});
  std::size_t refused = 0;
  const std::vector<std::int16_t> sound(16, 1000);
  for (int i = 0; i < 5000; ++i) {
    if (!writer.write(1, sound, sound)) refused += 16;
  }
  EXPECT_EQ(refused, (5000u - 4096u) * 16);
  writer.run_pending();
  writer.skip(1, refused);
  writer.write(1, sound, sound);
  writer.end(1);
  writer.run_pending();
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_FALSE(ended[0].failed);
  EXPECT_NE(ended[0].reason.find("too slow: 1808 ms"), std::string::npos) << ended[0].reason;
  const Stereo stereo = read_stereo(folder + "/call.wav");
  ASSERT_EQ(stereo.left.size(), 5001u * 16);
  EXPECT_EQ(stereo.left[4096 * 16 - 1], 1000);
  EXPECT_EQ(stereo.left[4096 * 16], 0);
  EXPECT_EQ(stereo.left[5000 * 16], 1000);
}

}  // namespace
}  // namespace firstring::media::test

#include "work/board.h"

#include <gtest/gtest.h>

#include "work/test_story.h"

namespace firstring::work {
namespace {

std::string message_line(int number) {
  return "message.queued c1 node=text to=+1555 text=Hello message=msg_" +
         encode_base32(static_cast<std::uint64_t>(number));
}

TEST(Board, TextsThatNobodySendsDoNotGrowWithoutEnd) {
  Board board;
  Story story;
  for (int i = 1; i <= 10'002; ++i) {
    board.add(story.fact(message_line(i)));
    const auto changes = board.take_changes();
    ASSERT_EQ(changes.size(), i > 10'000 ? 2u : 1u);
    EXPECT_EQ(changes[0].gone, i > 10'000);
  }
  EXPECT_EQ(board.messages().size(), 10'000u);
  EXPECT_EQ(board.messages().begin()->first, "msg_" + encode_base32(3));
}

TEST(Board, SeenToVoicemailMakesRoomForNewAndOthersAreKept) {
  Board board;
  for (std::uint64_t i = 1; i <= 20'000; ++i) {
    board.restore(Voicemail{.id = {i}, .state = i == 7 ? Voicemail::State::done
                                                       : Voicemail::State::waiting});
  }
  Story story;
  for (const std::uint64_t id : {30'001, 30'002}) {
    const std::string name = to_text(RecordingId{id});
    board.add(story.fact("voicemail.started c1 queue=desk node=box recording=" + name));
    board.add(story.fact("voicemail.left c1 queue=desk duration_ms=9 bytes=9 recording=" + name));
  }
  EXPECT_EQ(board.find(RecordingId{7}), nullptr);
  EXPECT_EQ(board.voicemails().size(), 20'001u);  // what nobody has seen to is never dropped
}

}  // namespace
}  // namespace firstring::work

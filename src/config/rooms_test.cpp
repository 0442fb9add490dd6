// Rooms, numbers that lead into them, and who may supervise, as they stand in a file.
#include <gtest/gtest.h>

#include <string>

#include "config/loader.h"
#include "flow/rehearsal.h"

namespace firstring::config {
namespace {

std::string texts(const std::vector<Problem>& problems) {
  std::string all;
  for (const auto& problem : problems) all += problem.to_text() + "\n";
  return all;
}

std::string business(const std::string& rooms, const std::string& number = "{room: board}",
                     const std::string& supervises = "[desk]") {
  return "business:\n  slug: dentist\n  numbers: {\"100\": main, \"700\": " + number + "}\n" +
         "  rooms: " + rooms +
         "\n  flows:\n"
         "    main:\n"
         "      start: room\n"
         "      tests:\n"
         "        - name: into the room\n"
         "          at: 2026-11-23 10:00\n"
         "          number: \"100\"\n"
         "          steps: [{hears: PIN}, {presses: \"4711\"},\n"
         "                  {tells: conference.joined room=board}, {hangs_up: yes},\n"
         "                  {ends: yes}]\n"
         "      nodes:\n"
         "        room: {conference: board, prompt: Your PIN please., wrong: Wrong.,\n"
         "               refused: people}\n"
         "        people: {queue: desk}\n"
         "  queues:\n"
         "    desk: {}\n"
         "  agents:\n"
         "    anna: {extension: \"1001\", password: {generate: p}, queues: [desk], supervises: " +
         supervises + "}\n";
}

TEST(Rooms, AreReadWithAllThatTheyHave) {
  const Loaded loaded = load_text(
      business(R"({board: {name: The board, pin: "4711", moderator_pin: "9090", tries: 2,)"
               R"( members_max: 12, announce: no, ends_with_moderator: yes, music: soft.wav}})",
               "{room: board, prompt: PIN please.}", R"(["desk", "*"])"),
      "x.yaml");
  ASSERT_EQ(texts(loaded.problems), "");
  EXPECT_EQ(loaded.business->rooms.at("board"), (flow::RoomSpec{.slug = "board",
                                                                .name = "The board",
                                                                .pin = "4711",
                                                                .moderator_pin = "9090",
                                                                .tries_max = 2,
                                                                .members_max = 12,
                                                                .announce = false,
                                                                .ends_with_moderator = true,
                                                                .music = "soft.wav"}));
  const flow::Flow& made = loaded.business->flows.at(loaded.business->numbers.at("700").flow);
  const auto& node = std::get<flow::ConferenceNode>(made.nodes.at(made.start).kind);
  EXPECT_EQ(node.room, "board");
  EXPECT_EQ(node.prompt.any.value, "PIN please.");
  EXPECT_EQ(loaded.business->agents.at("anna").supervises,
            (std::vector<std::string>{"desk", "*"}));
}

TEST(Rooms, AFlowThatLeadsIntoOneIsRehearsed) {
  const Loaded loaded = load_text(business(R"({board: {pin: "4711"}})"), "x.yaml");
  ASSERT_EQ(texts(loaded.problems), "");
  ASSERT_EQ(loaded.business->rehearsals.size(), 1U);
  const auto result = flow::rehearse(*loaded.business, loaded.business->rehearsals[0]);
  EXPECT_TRUE(result.passed) << result.failure;
}

TEST(Rooms, WhatIsWrongWithOneIsSaidWithItsPlace) {
  const std::pair<std::string, std::string> all[] = {
      {business(R"({board: {pin: "12"}})"),
       "x.yaml:4:24: business.rooms.board.pin: found a PIN that nobody could key, expected 4 to 16 "
       "digits, in quotation marks\n"},
      {business(R"({board: {pin: "47a1"}})"), "a PIN that nobody could key"},
      {business(R"({board: {pin: "4711", moderator_pin: "4711"}})"), "the PIN of everybody"},
      {business("{board: {members_max: 33}}"), "members_max"},
      {business("{board: {members: 3}}"), "the unknown name \"members\""},
      {business("{Board!: {}, board: {}}"), "the name \"Board!\""},
      {business("{board: {}}", "{room: bord}"),
       "x.yaml:3:40: business.numbers.700.room: found \"bord\", expected a room\n"},
      {business("{tea: {}}", "main"),
       "business.flows.main.nodes.room.conference: found \"board\", expected a room"},
      {business("{board: {}}", "main", "[dessk]"),
       "business.agents.anna.supervises: found \"dessk\", expected a queue, or \"*\" for all; did "
       "you mean \"desk\"?\n"}};
  for (const auto& [yaml, problem] : all) {
    const std::string found = texts(load_text(yaml, "x.yaml").problems);
    EXPECT_NE(found.find(problem), std::string::npos) << problem << "\nis not in\n" << found;
  }
}

}  // namespace
}  // namespace firstring::config

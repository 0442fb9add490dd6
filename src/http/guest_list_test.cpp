#include "http/guest_list.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace firstring::http {
namespace {

struct Person final : Guest {
  explicit Person(bool lingering = true) : lingering_(lingering) {}
  bool lingers() const override { return lingering_; }
  void turn_out() override { out = true; }
  void say_goodbye() override {}
  bool out = false;
  bool lingering_;
};

TEST(GuestList, TheOldestWhoLingersMakesRoom) {
  GuestList list(2, 10);
  Person busy(false), silent;
  for (auto* person : {&busy, &silent}) {
    ASSERT_TRUE(list.make_room("a"));
    list.came(*person, "a");
  }
  EXPECT_TRUE(list.make_room("b")) << "another address is not concerned";
  EXPECT_FALSE(silent.out);
  EXPECT_TRUE(list.make_room("a"));
  EXPECT_TRUE(silent.out);
  EXPECT_FALSE(busy.out);
  EXPECT_EQ(list.size(), 1u);
}

TEST(GuestList, FullOfServedGuestsRefuses) {
  GuestList list(1, 10);
  Person busy(false);
  list.came(busy, "a");
  EXPECT_FALSE(list.make_room("a"));
  list.left(busy);
  EXPECT_TRUE(list.make_room("a"));
}

TEST(GuestList, AllTogetherAreBounded) {
  GuestList list(10, 3);
  std::vector<std::unique_ptr<Person>> people;
  for (int i = 0; i < 3; ++i) {
    people.push_back(std::make_unique<Person>(i != 0));
    list.came(*people.back(), "address " + std::to_string(i));
  }
  EXPECT_TRUE(list.make_room("new"));
  EXPECT_TRUE(people[1]->out);
  list.left(*people[1]);  // a second word of it changes nothing
  EXPECT_EQ(list.size(), 2u);
}

}  // namespace
}  // namespace firstring::http

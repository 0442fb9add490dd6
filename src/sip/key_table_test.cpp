#include "sip/key_table.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "base/random.h"
#include "sip/keyed_hash.h"

namespace firstring::sip {
namespace {

// Keys that collide on purpose: few low bits, so that gaps must be closed rightly.
TEST(KeyTable, BehavesAsAMapWhateverIsPutAndTaken) {
  Random random(7);
  KeyTable<std::unique_ptr<int>> table;
  std::map<std::uint64_t, int> model;
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t key = 1 + random.below(40) + (random.below(50) << 32);
    if (random.chance(0.5)) {
      EXPECT_EQ(table.insert(key, std::make_unique<int>(i)), model.emplace(key, i).second);
    } else {
      const auto taken = table.take(key);
      const auto found = model.find(key);
      ASSERT_EQ(taken != nullptr, found != model.end());
      if (taken) {
        EXPECT_EQ(*taken, found->second);
        model.erase(found);
      }
    }
    ASSERT_EQ(table.size(), model.size());
  }
  for (const auto& [key, value] : model) {
    ASSERT_NE(table.find(key), nullptr);
    EXPECT_EQ(**table.find(key), value);
  }
  int visited = 0;
  table.for_each([&visited](auto&) { visited += 1; });
  EXPECT_EQ(visited, static_cast<int>(model.size()));
}

TEST(KeyTable, KeyZeroIsNeverThere) {
  KeyTable<bool> table;
  EXPECT_EQ(table.find(0), nullptr);
  table.insert(5, true);
  EXPECT_EQ(table.find(0), nullptr);
  EXPECT_FALSE(table.take(0));
  EXPECT_EQ(table.size(), 1u);
}

TEST(KeyedHash, DependsOnKeyPieceAndWhatCameBefore) {
  Random one(1), two(2);
  const KeyedHash hash(one), other(two);
  EXPECT_EQ(hash.of("abc"), hash.of("abc"));
  EXPECT_NE(hash.of("abc"), other.of("abc"));
  EXPECT_NE(hash.of("abc"), hash.of("abd"));
  EXPECT_NE(hash.of("abc"), hash.of(std::string_view("abc\0", 4)));
  EXPECT_NE(hash.of("b", hash.of("a")), hash.of("a", hash.of("b")));
}

}  // namespace
}  // namespace firstring::sip

#include "console.h"

#include <gtest/gtest.h>

namespace firstring::cli {
namespace {

TEST(Console, NothingFromACallerMovesTheCursor) {
  EXPECT_EQ(safe("Pat\x1b[2J\x1b]0;title\x07"), "Pat?[2J?]0;title?");
  EXPECT_EQ(safe("a\r\nb\tc\x7f"), "a??b?c?");
  EXPECT_EQ(safe("\xC2\x9B" "31m"), "?31m") << "the C1 form of ESC [";
  EXPECT_EQ(safe("\xE2\x80\xAE" "abc\xE2\x81\xA6"), "?abc?") << "right-to-left override, isolate";
  EXPECT_EQ(safe("\xFF\xC0\xAF\xED\xA0\x80"), "??????") << "no UTF-8";
  EXPECT_EQ(safe("Zoë 李 🙂"), "Zoë 李 🙂");
}

TEST(Console, ColumnsAreThoseOfTheTerminal) {
  EXPECT_EQ(width_of("abc"), 3);
  EXPECT_EQ(width_of("é李"), 3);
  EXPECT_EQ(fit("abc", 5), "abc  ");
  EXPECT_EQ(fit("abcdef", 4), "abc…");
  EXPECT_EQ(fit("李李李", 4), "李… ") << "half a wide character is not cut";
}

TEST(Console, TableIsAlignedAndFits) {
  Table table({"NAME", "N"});
  table.right(1);
  table.add({"Anna\x1b[0m", "5"});
  table.add({"Zoë", "12"});
  EXPECT_EQ(table.to_text(80),
            "NAME       N\n"
            "Anna?[0m   5\n"
            "Zoë       12\n");
  Table wide({"A", "B"});
  wide.add({std::string(200, 'x'), "y"});
  EXPECT_EQ(wide.to_text(20), "A                  B\n" + std::string(16, 'x') + "…  y\n");
}

TEST(Console, DurationsReadLikeAClock) {
  EXPECT_EQ(duration(0), "0:00");
  EXPECT_EQ(duration(65.4), "1:05");
  EXPECT_EQ(duration(3725), "1:02:05");
  EXPECT_EQ(duration(-3), "0:00");
  EXPECT_EQ(since_start(1.23456), "+1.235");
}

}  // namespace
}  // namespace firstring::cli

#include "store/crc32c.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace firstring::store {
namespace {

// RFC 3720 appendix B.4, and the check value of the CRC catalogue.
TEST(Crc32c, GivesTheValuesOfTheStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xff')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, IsTheSameWithAndWithoutTheInstruction) {
  Random random(5);
  std::string bytes;
  for (int length = 0; length < 200; ++length) {
    EXPECT_EQ(crc32c(bytes), crc32c_by_table(bytes)) << length;
    bytes += static_cast<char>(random.next());
  }
}

}  // namespace
}  // namespace firstring::store

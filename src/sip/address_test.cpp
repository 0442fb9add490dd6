#include "sip/address.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

namespace firstring::sip {
namespace {

TEST(Address, ReadsAndWritesBothFamilies) {
  struct Row {
    const char* ip;
    const char* text;
    bool v4;
  };
  for (const Row& row : {Row{"198.51.100.7", "198.51.100.7:5060", true},
                         Row{"0.0.0.0", "0.0.0.0:5060", true},
                         Row{"2001:DB8::0:1", "[2001:db8::1]:5060", false},
                         Row{"[2001:db8::1]", "[2001:db8::1]:5060", false},
                         Row{"::ffff:198.51.100.7", "198.51.100.7:5060", true},
                         Row{"::1", "[::1]:5060", false}}) {
    const auto address = Address::parse(row.ip, 5060);
    ASSERT_TRUE(address) << row.ip;
    EXPECT_EQ(address->to_text(), row.text);
    EXPECT_EQ(address->is_v4(), row.v4) << row.ip;
    sockaddr_storage raw;
    const unsigned size = address->to_sockaddr(raw);
    EXPECT_EQ(raw.ss_family, row.v4 ? AF_INET : AF_INET6);
    EXPECT_GT(size, 0u);
    EXPECT_EQ(Address::from_sockaddr(raw), *address);
  }
}

// Octal, decimal and shortened forms are how address lists are fooled.
TEST(Address, RefusesWhatIsNotOne) {
  for (const std::string_view ip :
       {"", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256", "010.0.0.1", "0x7f.0.0.1", "2130706433",
        "1.2.3.4 ", " 1.2.3.4", "::1%lo", "[1.2.3.4]", "[]", "[::1", "1::2::3", ":::",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999",
        "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc"}) {
    EXPECT_FALSE(Address::parse(ip, 1)) << ip;
  }
  EXPECT_FALSE(Address::parse(std::string_view("1.2.3.4\0x", 9), 1));
}

TEST(Address, NamesAPeer) {
  const Peer peer{.transport = Transport::wss, .address = *Address::parse("::1", 5061)};
  EXPECT_EQ(to_text(peer), "wss:[::1]:5061");
  EXPECT_EQ(name_of(Transport::udp), "UDP");
}

}  // namespace
}  // namespace firstring::sip

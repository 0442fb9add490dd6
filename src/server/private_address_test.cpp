#include "server/private_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace firstring::server {
namespace {

bool is_public(const std::string& text) {
  sockaddr_storage storage{};
  if (text.find(':') == std::string::npos) {
    sockaddr_in four{};
    four.sin_family = AF_INET;
    EXPECT_EQ(inet_pton(AF_INET, text.c_str(), &four.sin_addr), 1) << text;
    std::memcpy(&storage, &four, sizeof four);
  } else {
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &six.sin6_addr), 1) << text;
    std::memcpy(&storage, &six, sizeof six);
  }
  return is_public_address(reinterpret_cast<const sockaddr&>(storage));
}

TEST(PrivateAddress, WhatIsNotOfThePublicInternetIsRefused) {
  for (const char* address :
       {"0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.255.255", "169.254.169.254",
        "172.16.0.1", "172.31.255.255", "192.0.2.1", "192.168.1.1", "198.18.0.1", "224.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "fe80::1",
        "fc00::1", "fd12::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1",
        "2001:db8::1"}) {
    EXPECT_FALSE(is_public(address)) << address;
  }
}

TEST(PrivateAddress, WhatIsOfThePublicInternetIsNot) {
  for (const char* address : {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.0.1", "100.128.0.1",
                              "126.0.0.1", "128.0.0.1", "172.15.0.1", "172.32.0.1", "192.167.0.1",
                              "223.255.255.255", "2606:4700::1", "2a00:1450:4001::1",
                              "::ffff:1.1.1.1"}) {
    EXPECT_TRUE(is_public(address)) << address;
  }
}

}  // namespace
}  // namespace firstring::server

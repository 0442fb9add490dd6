#include "io/udp_socket.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

namespace firstring::io {
namespace {

struct Inbox final : UdpSocket::Receiver {
  void on_datagram(std::string_view bytes, const sockaddr_storage& from) override {
    datagrams.emplace_back(bytes);
    last_from = from;
  }
  void on_unreachable(const sockaddr_storage& to) override { unreachable.push_back(to); }

  std::vector<std::string> datagrams;
  std::vector<sockaddr_storage> unreachable;
  sockaddr_storage last_from{};
};

sockaddr_storage loopback(std::uint16_t port) {
  sockaddr_storage address{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(address);
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

class UdpSocketTest : public ::testing::Test {
 protected:
  std::unique_ptr<UdpSocket> open(UdpSocket::Options options = {}) {
    auto socket = UdpSocket::open(loop, inbox, std::move(options));
    EXPECT_TRUE(socket) << socket.error().detail;
    return std::move(socket).value();
  }
  bool run_until(const std::function<bool()>& condition) {
    const MonoTime deadline = read_mono() + Duration(10s);
    while (!condition() && read_mono() < deadline) loop.run_once(100ms);
    return condition();
  }

  Loop loop;
  Inbox inbox;
};

TEST_F(UdpSocketTest, BurstArrivesWholeAndInOrder) {
  const auto a = open(), b = open();
  std::vector<std::string> sent;
  for (int i = 0; i < 200; ++i) sent.push_back("datagram " + std::to_string(i));
  const sockaddr_storage to = loopback(b->port());
  for (const auto& text : sent) EXPECT_TRUE(a->send(to, sizeof(sockaddr_in), text));
  EXPECT_EQ(a->queued(), 200u);
  a->flush();
  EXPECT_EQ(a->queued(), 0u);
  EXPECT_TRUE(run_until([&] { return inbox.datagrams.size() == sent.size(); }));
  EXPECT_EQ(inbox.datagrams, sent);
  EXPECT_EQ(port_of(inbox.last_from), a->port());
}

TEST_F(UdpSocketTest, WhatStillWaitsAfterAFullBatchIsTold) {
  const auto a = open(), b = open();
  for (int i = 0; i < 150; ++i) {
    EXPECT_TRUE(a->send(loopback(b->port()), sizeof(sockaddr_in), std::string(500, 'x')));
  }
  EXPECT_EQ(b->backlog().bytes, 0u);  // nobody has looked yet
  a->flush();
  EXPECT_TRUE(run_until([&] { return inbox.datagrams.size() >= 64; }));
  ASSERT_EQ(inbox.datagrams.size(), 64u);
  EXPECT_GE(b->backlog().bytes, 86u * 500);
  EXPECT_GE(b->backlog().bytes_max, b->backlog().bytes);
  EXPECT_TRUE(run_until([&] { return inbox.datagrams.size() == 150; }));
  EXPECT_EQ(b->backlog().bytes, 0u);
}

TEST_F(UdpSocketTest, TheLargestDatagramAndTheEmptyOneArrive) {
  const auto a = open(), b = open();
  const std::string large(65'507, 'x');
  EXPECT_TRUE(a->send(loopback(b->port()), sizeof(sockaddr_in), large));
  EXPECT_TRUE(a->send(loopback(b->port()), sizeof(sockaddr_in), ""));
  a->flush();
  EXPECT_TRUE(run_until([&] { return inbox.datagrams.size() == 2; }));
  EXPECT_EQ(inbox.datagrams, (std::vector<std::string>{large, ""}));
}

TEST_F(UdpSocketTest, ATakenPortIsAConflict) {
  const auto a = open();
  const auto second = UdpSocket::open(loop, inbox, {.port = a->port()});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  EXPECT_FALSE(UdpSocket::open(loop, inbox, {.ip = "localhost"}));
}

TEST_F(UdpSocketTest, AFullQueueSaysSoAndKeepsWhatItHas) {
  const auto a = open({.queue_datagrams_max = 2}), b = open();
  EXPECT_TRUE(a->send(loopback(b->port()), sizeof(sockaddr_in), "1"));
  EXPECT_TRUE(a->send(loopback(b->port()), sizeof(sockaddr_in), "2"));
  EXPECT_FALSE(a->send(loopback(b->port()), sizeof(sockaddr_in), "3"));
  EXPECT_EQ(a->counts().refused, 1u);
  a->flush();
  EXPECT_TRUE(run_until([&] { return inbox.datagrams.size() == 2; }));
  EXPECT_EQ(inbox.datagrams, (std::vector<std::string>{"1", "2"}));
}

TEST_F(UdpSocketTest, OneThatCannotBeSentDoesNotStopTheNext) {
  const auto a = open(), b = open();
  EXPECT_TRUE(a->send(loopback(b->port()), sizeof(sockaddr_in), std::string(65'508, 'x')));
  EXPECT_TRUE(a->send(loopback(b->port()), sizeof(sockaddr_in), "fits"));
  a->flush();
  EXPECT_TRUE(run_until([&] { return !inbox.datagrams.empty(); }));
  EXPECT_EQ(inbox.datagrams, std::vector<std::string>{"fits"});
  EXPECT_EQ(a->counts().failed, 1u);
}

TEST_F(UdpSocketTest, AnUnreachablePortIsReportedAndTheSocketLivesOn) {
  const auto a = open(), b = open();
  std::uint16_t closed_port = 0;
  {
    const auto gone = open();
    closed_port = gone->port();
  }
  EXPECT_TRUE(a->send(loopback(closed_port), sizeof(sockaddr_in), "hello?"));
  a->flush();
  EXPECT_TRUE(run_until([&] { return !inbox.unreachable.empty(); }));
  EXPECT_EQ(port_of(inbox.unreachable.at(0)), closed_port);
  EXPECT_TRUE(a->send(loopback(b->port()), sizeof(sockaddr_in), "still here"));
  a->flush();
  EXPECT_TRUE(run_until([&] { return !inbox.datagrams.empty(); }));
  EXPECT_EQ(inbox.datagrams, std::vector<std::string>{"still here"});
}

TEST_F(UdpSocketTest, SpeaksIpv6) {
  const auto a = UdpSocket::open(loop, inbox, {.ip = "::1"});
  if (!a) GTEST_SKIP() << "no IPv6 here: " << a.error().detail;
  const auto b = open({.ip = "::1"});
  sockaddr_storage to{};
  auto& v6 = reinterpret_cast<sockaddr_in6&>(to);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(b->port());
  v6.sin6_addr = in6addr_loopback;
  EXPECT_TRUE((*a)->send(to, sizeof v6, "six"));
  (*a)->flush();
  EXPECT_TRUE(run_until([&] { return !inbox.datagrams.empty(); }));
  EXPECT_EQ(inbox.datagrams, std::vector<std::string>{"six"});
}

}  // namespace
}  // namespace firstring::io

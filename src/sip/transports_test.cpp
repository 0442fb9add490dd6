#include "sip/transports.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace firstring::sip {
namespace {

struct Inbox final : TransportEvents {
  void on_message(std::string_view bytes, const Peer& peer) override {
    messages.emplace_back(bytes, peer);
  }
  void on_connection_closed(const Peer& peer) override { closed.push_back(peer); }
  void on_unreachable(const Peer& peer) override { unreachable.push_back(peer); }

  std::vector<std::pair<std::string, Peer>> messages;
  std::vector<Peer> closed, unreachable;
};

class TransportsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Transports> open(std::vector<ListenerSpec> listeners, Inbox& inbox) {
    auto opened = Transports::open(loop, inbox, {.listeners = std::move(listeners)});
    EXPECT_TRUE(opened) << opened.error().detail;
    return std::move(opened).value();
  }
  bool run_until(Transports& transports, const std::function<bool()>& condition) {
    const MonoTime deadline = io::read_mono() + Duration(10s);
    while (!condition() && io::read_mono() < deadline) {
      loop.run_once(50ms);
      transports.flush();
    }
    return condition();
  }
  static Peer loopback_peer(Transport transport, std::uint16_t port) {
    return {.transport = transport, .address = *Address::parse("127.0.0.1", port)};
  }

  io::Loop loop;
  Inbox ours, theirs;
};

TEST_F(TransportsTest, UdpGoesThereAndBackByTheListenerItCameIn) {
  const auto us = open({{.port = 0}, {.port = 0}}, ours);
  const auto them = open({{.port = 0}}, theirs);
  them->send(loopback_peer(Transport::udp, us->listeners()[1].port), "question");
  them->flush();
  ASSERT_TRUE(run_until(*us, [&] { return !ours.messages.empty(); }));
  const auto [bytes, peer] = ours.messages.at(0);
  EXPECT_EQ(bytes, "question");
  EXPECT_EQ(peer.listener, 1);
  EXPECT_EQ(peer.address.port, them->listeners()[0].port);
  us->send(peer, "answer");
  ASSERT_TRUE(run_until(*us, [&] { return !theirs.messages.empty(); }));
  EXPECT_EQ(theirs.messages.at(0).first, "answer");
  EXPECT_EQ(theirs.messages.at(0).second.address.port, us->listeners()[1].port);
}

TEST_F(TransportsTest, UdpKeepAlivesEndHere) {
  const auto us = open({{.port = 0}}, ours);
  const auto them = open({{.port = 0}}, theirs);
  for (const std::string_view bytes :
       {std::string_view(""), std::string_view("\r\n\r\n"), std::string_view("\0\0\0\0", 4),
        std::string_view("REGISTER")}) {
    them->send(loopback_peer(Transport::udp, us->listeners()[0].port), bytes);
  }
  them->flush();
  ASSERT_TRUE(run_until(*us, [&] { return !ours.messages.empty(); }));
  ASSERT_EQ(ours.messages.size(), 1u);
  EXPECT_EQ(ours.messages[0].first, "REGISTER");
}

TEST_F(TransportsTest, TakesTheNextPortWhenOneIsTaken) {
  const auto first = open({{.port = 0}}, theirs);
  const std::uint16_t taken = first->listeners()[0].port;
  const auto second = open({{.port = taken, .ports_to_try = 20}}, ours);
  EXPECT_GT(second->listeners()[0].port, taken);
  EXPECT_EQ(second->listeners()[0].spec.port, taken);
  const auto refused = Transports::open(loop, ours, {.listeners = {{.port = taken}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::conflict);
}

TEST_F(TransportsTest, AnUnreachableUdpPeerIsReported) {
  const auto us = open({{.port = 0}}, ours);
  std::uint16_t closed_port = 0;
  closed_port = open({{.port = 0}}, theirs)->listeners()[0].port;
  us->send(loopback_peer(Transport::udp, closed_port), "hello?");
  ASSERT_TRUE(run_until(*us, [&] { return !ours.unreachable.empty(); }));
  EXPECT_EQ(ours.unreachable[0], loopback_peer(Transport::udp, closed_port));
}

TEST_F(TransportsTest, SaysWhereThePeerReachesUs) {
  const auto us = open({{.port = 0},
                        {.ip = "0.0.0.0", .port = 0},
                        {.port = 0, .advertised_host = "sip.example.com"},
                        {.port = 0, .advertised_host = "2001:db8::1", .advertised_port = 5080}},
                       ours);
  const auto at = [&](std::uint16_t listener) {
    Peer peer = loopback_peer(Transport::udp, 5060);
    peer.listener = listener;
    return us->local_host_port(peer);
  };
  const auto port = [&](std::size_t i) { return std::to_string(us->listeners()[i].port); };
  EXPECT_EQ(at(0), "127.0.0.1:" + port(0));
  EXPECT_EQ(at(1), "127.0.0.1:" + port(1));  // found by asking the kernel for the route
  EXPECT_EQ(at(2), "sip.example.com:" + port(2));
  EXPECT_EQ(at(3), "[2001:db8::1]:5080");
  EXPECT_EQ(at(99), at(0));                  // no such listener: the first that suits
}

TEST_F(TransportsTest, UdpAndTcpOfOnePortMoveTogether) {
  const auto first = open({{.transport = Transport::tcp, .port = 0}}, theirs);
  const std::uint16_t taken = first->listeners()[0].port;
  const auto us = open({{.transport = Transport::udp, .port = taken, .ports_to_try = 20},
                        {.transport = Transport::tcp, .port = taken, .ports_to_try = 20}},
                       ours);
  EXPECT_GT(us->listeners()[0].port, taken);
  EXPECT_EQ(us->listeners()[0].port, us->listeners()[1].port);
}

TEST_F(TransportsTest, TcpIsOpenedWhenNeededAndAnsweredOnTheSameConnection) {
  const auto us = open({{.port = 0}, {.transport = Transport::tcp, .port = 0}}, ours);
  const auto them = open({{.port = 0}}, theirs);
  const std::string question = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
  const std::string answer = "SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";
  const Peer to = loopback_peer(Transport::tcp, us->listeners()[1].port);
  them->send(to, question);
  ASSERT_TRUE(run_until(*us, [&] { return ours.messages.size() == 1; }));
  const auto [bytes, peer] = ours.messages[0];
  EXPECT_EQ(bytes, question);
  EXPECT_EQ(peer.transport, Transport::tcp);
  EXPECT_EQ(peer.listener, 1);
  EXPECT_NE(peer.connection, 0u);
  us->send(peer, answer);
  ASSERT_TRUE(run_until(*us, [&] { return theirs.messages.size() == 1; }));
  EXPECT_EQ(theirs.messages[0].first, answer);

  them->send(to, question);  // the same connection again
  ASSERT_TRUE(run_until(*us, [&] { return ours.messages.size() == 2; }));
  EXPECT_EQ(ours.messages[1].second, peer);
}

TEST_F(TransportsTest, AConnectionThatCannotBeOpenedIsReportedAsItWasAskedFor) {
  const auto us = open({{.port = 0}}, ours);
  Peer nobody;
  {
    const auto gone = open({{.transport = Transport::tcp, .port = 0}}, theirs);
    nobody = loopback_peer(Transport::tcp, gone->listeners()[0].port);
  }
  us->send(nobody, "OPTIONS");
  ASSERT_TRUE(run_until(*us, [&] { return !ours.closed.empty(); }));
  EXPECT_EQ(ours.closed, std::vector{nobody});
}

TEST_F(TransportsTest, WhatNoListenerCanSendIsCounted) {
  const auto us = open({{.port = 0}}, ours);
  us->send({.transport = Transport::udp, .address = *Address::parse("::1", 5060)}, "x");
  EXPECT_EQ(us->lost_count(), 1u);
}

}  // namespace
}  // namespace firstring::sip

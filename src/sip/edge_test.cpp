#include "sip/edge.h"

#include <sys/resource.h>
#include <sys/time.h>

#include <algorithm>

#include "sip/edge_test_bench.h"

namespace firstring::sip {
namespace {

TEST(EdgeTcp, AMessageArrivesWholeAtEveryFragmentSize) {
  EdgeBench bench;
  const std::uint16_t port = bench.listen(Transport::tcp);
  RawClient client(port);
  std::vector<std::string> sent;
  const std::string longest = sip_request(999);
  for (std::size_t size = 1; size <= longest.size(); size += size < 20 ? 1 : 37) {
    sent.push_back(sip_request(static_cast<int>(size)));
    for (std::size_t at = 0; at < sent.back().size(); at += size) {
      client.send(std::string_view(sent.back()).substr(at, size));
    }
  }
  ASSERT_TRUE(bench.wait_for_messages(sent.size()));
  EXPECT_EQ(bench.messages(), sent);
  EXPECT_EQ(bench.last_peer().listener, 7);
  EXPECT_EQ(bench.last_peer().address.ip_text(), "127.0.0.1");
}

TEST(EdgeTcp, PipelinedRequestsArriveInOrder) {
  EdgeBench bench;
  RawClient client(bench.listen(Transport::tcp));
  std::vector<std::string> sent;
  std::string all;
  for (int i = 0; i < 100; ++i) all += sent.emplace_back(sip_request(i));
  client.send(all);
  ASSERT_TRUE(bench.wait_for_messages(sent.size()));
  EXPECT_EQ(bench.messages(), sent);
}

TEST(EdgeTcp, APingIsAnsweredAndIsNoMessage) {
  EdgeBench bench;
  RawClient client(bench.listen(Transport::tcp));
  client.send("\r\n\r\n");
  EXPECT_EQ(client.receive(2), "\r\n");
  client.send("\r\n" + sip_request(1));  // an empty line before a message
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_EQ(bench.messages(), std::vector{sip_request(1)});
}

TEST(EdgeTcp, AnswersGoBackByTheSameConnection) {
  EdgeBench bench;
  const std::uint16_t port = bench.listen(Transport::tcp);
  RawClient first(port);
  first.send(sip_request(1));
  ASSERT_TRUE(bench.wait_for_messages(1));
  const Peer first_peer = bench.last_peer();
  RawClient second(port);
  second.send(sip_request(2));
  ASSERT_TRUE(bench.wait_for_messages(2));
  const Peer second_peer = bench.last_peer();
  bench.edge->send(second_peer, "for the second");
  bench.edge->send(first_peer, "for the first");
  EXPECT_EQ(first.receive(13), "for the first");
  EXPECT_EQ(second.receive(14), "for the second");
}

TEST(EdgeTcp, ATooLongMessageIsAnswered513AndTheConnectionCloses) {
  EdgeBench bench;
  RawClient client(bench.listen(Transport::tcp));
  std::string request = sip_request(1, "");
  request.replace(request.find("Content-Length: 0"), 17, "Content-Length: 70000");
  client.send(request);
  const std::string answer = client.receive_until("\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("SIP/2.0 513 ")) << answer;
  EXPECT_NE(answer.find("Call-ID: call-1\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(client.is_closed_by_peer());
  client.close();
  EXPECT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
  EXPECT_TRUE(bench.messages().empty());
}

TEST(EdgeTcp, HeadersWithoutEndAreCutOff) {
  EdgeBench bench;
  RawClient client(bench.listen(Transport::tcp));
  client.send("MESSAGE sip:a SIP/2.0\r\nSubject: ");
  const std::string more(1'024, 'x');
  for (int i = 0; i < 1'024 && client.send(more); ++i) {}
  EXPECT_TRUE(client.is_closed_by_peer());
  EXPECT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
  EXPECT_EQ(bench.closings()[0], "headers too long");
}

TEST(EdgeTcp, AMessageThatIsNeverFinishedIsCutOff) {
  EdgeBench bench({.partial_message_max = 80ms});
  RawClient client(bench.listen(Transport::tcp));
  client.send("MESSAGE sip:a SIP/2.0\r\n");
  EXPECT_TRUE(client.is_closed_by_peer());
  ASSERT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
  EXPECT_EQ(bench.closings()[0], "message not complete in time");
}

TEST(EdgeTcp, ASlowBodyDoesNotGainTimeByItsDrops) {
  EdgeBench bench({.partial_message_max = 80ms});
  RawClient client(bench.listen(Transport::tcp));
  std::string request = sip_request(1, std::string(5'000, 'x'));
  std::size_t sent = 0;
  // A byte every few milliseconds would take long; the limit ends it before.
  ASSERT_TRUE(bench.run_until([&] {
    if (sent < request.size()) client.send(request.substr(sent++, 1));
    bench.loop.run_once(2ms);
    return !bench.closings().empty();
  }));
  EXPECT_LT(sent, request.size());
  EXPECT_EQ(bench.closings()[0], "message not complete in time");
}

TEST(EdgeTcp, AStrangerMayNotIdleButWhoIsKeptMay) {
  EdgeBench bench({.idle_max = 500ms});
  const std::uint16_t port = bench.listen(Transport::tcp);
  RawClient stranger(port), known(port);
  known.send(sip_request(1));
  ASSERT_TRUE(bench.wait_for_messages(1));
  const Peer kept = bench.last_peer();
  EXPECT_TRUE(bench.edge->keep(kept, 60s));
  EXPECT_TRUE(stranger.is_closed_by_peer());
  ASSERT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
  EXPECT_EQ(bench.closings()[0], "idle");
  EXPECT_NE(bench.last_peer(), kept);
  bench.run_for(700ms);
  EXPECT_TRUE(bench.edge->send(kept, "still there"));
  EXPECT_EQ(known.receive(11), "still there");
}

TEST(EdgeTcp, ConnectionsOfOneAddressAreLimited) {
  EdgeBench bench({.connections_per_address_max = 2});
  const std::uint16_t port = bench.listen(Transport::tcp);
  RawClient first(port), second(port);
  first.send(sip_request(1));
  second.send(sip_request(2));
  ASSERT_TRUE(bench.wait_for_messages(2));
  RawClient third(port);
  EXPECT_TRUE(third.is_closed_by_peer());
  first.close();
  ASSERT_TRUE(bench.run_until([&] { return !bench.closings().empty(); }));
  RawClient fourth(port);
  fourth.send(sip_request(4));
  EXPECT_TRUE(bench.wait_for_messages(3));
}

TEST(EdgeTcp, AllConnectionsTogetherAreLimited) {
  EdgeBench bench({.connections_max = 1});
  const std::uint16_t port = bench.listen(Transport::tcp);
  RawClient first(port);
  first.send(sip_request(1));
  ASSERT_TRUE(bench.wait_for_messages(1));
  RawClient second(port);
  EXPECT_TRUE(second.is_closed_by_peer());
}

TEST(EdgeTcp, SilentConnectionsDoNotHinderAnHonestOne) {
  EdgeBench bench({.connections_per_address_max = 500});
  const std::uint16_t port = bench.listen(Transport::tcp);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 200; ++i) silent.push_back(std::make_unique<RawClient>(port));
  for (int i = 0; i < 100; ++i) silent[static_cast<std::size_t>(i)]->send("INVITE sip:");
  RawClient honest(port);
  honest.send(sip_request(1));
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_EQ(bench.messages(), std::vector{sip_request(1)});
}

TEST(EdgeTcp, SendingToAConnectionThatIsGoneIsReported) {
  EdgeBench bench;
  RawClient client(bench.listen(Transport::tcp));
  client.send(sip_request(1));
  ASSERT_TRUE(bench.wait_for_messages(1));
  const Peer peer = bench.last_peer();
  client.close();
  ASSERT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
  EXPECT_EQ(bench.last_peer(), peer);
  EXPECT_TRUE(bench.edge->send(peer, "too late"));
  ASSERT_TRUE(bench.run_until([&] { return bench.closings().size() == 2; }));
  EXPECT_EQ(bench.last_peer(), peer);
  EXPECT_EQ(bench.closings()[1], "is gone");
}

TEST(EdgeTcp, APeerThatDoesNotReadIsClosedBeforeItCostsMuch) {
  EdgeBench bench({.output_bytes_max = 100'000});
  RawClient client(bench.listen(Transport::tcp));
  client.send(sip_request(1));
  ASSERT_TRUE(bench.wait_for_messages(1));
  const Peer peer = bench.last_peer();
  const std::string large(50'000, 'x');
  ASSERT_TRUE(bench.run_until([&] {
    EXPECT_TRUE(bench.edge->send(peer, large));
    bench.loop.run_once(1ms);
    return !bench.closings().empty();
  }));
  EXPECT_EQ(bench.closings()[0], "does not read");
}

// A connection closed, and one reset, after every byte of a message.
TEST(EdgeTcp, ClosingAtEveryByteDoesNoHarm) {
  EdgeBench bench({.connections_per_address_max = 1'000});
  const std::uint16_t port = bench.listen(Transport::tcp);
  const std::string request = sip_request(1);
  for (std::size_t size = 0; size < request.size(); ++size) {
    RawClient closes(port), resets(port);
    closes.send(std::string_view(request).substr(0, size));
    resets.send(std::string_view(request).substr(0, size));
    resets.reset();
  }
  RawClient honest(port);
  honest.send(sip_request(2));
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_EQ(bench.messages(), std::vector{sip_request(2)});
}

TEST(EdgeTcp, WhenControlIsSlowNothingIsLostAndNothingGrows) {
  EdgeBench bench({.letters_max = 4});
  bench.takes_letters = false;
  RawClient client(bench.listen(Transport::tcp));
  std::vector<std::string> sent;
  std::string all;
  for (int i = 0; i < 400; ++i) all += sent.emplace_back(sip_request(i));
  ASSERT_TRUE(client.send(all));
  bench.run_for(50ms);
  EXPECT_TRUE(bench.messages().empty());
  bench.takes_letters = true;
  ASSERT_TRUE(bench.run_until([&] {
    bench.take_now();
    return bench.messages().size() == sent.size();
  }));
  EXPECT_EQ(bench.messages(), sent);
}

// With every file descriptor taken, accept() fails at once, again and again.
TEST(EdgeTcp, NoFileDescriptorsMakeCallersWaitButNoLoopSpin) {
  EdgeBench bench;
  const std::uint16_t port = bench.listen(Transport::tcp);
  RawClient client(0);  // its descriptor is made while there are some
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  std::vector<int> taken;
  const rlimit low{.rlim_cur = static_cast<rlim_t>(client.fd()) + 20, .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &low);
  for (int fd = dup(client.fd()); fd >= 0; fd = dup(client.fd())) taken.push_back(fd);

  client.connect_to(port);  // into the backlog
  client.send(sip_request(1));
  rusage start{}, end{};
  getrusage(RUSAGE_SELF, &start);
  bench.run_for(300ms);
  getrusage(RUSAGE_SELF, &end);
  EXPECT_TRUE(bench.messages().empty());
  timeval used{};
  timersub(&end.ru_utime, &start.ru_utime, &used);
  EXPECT_TRUE(used.tv_sec == 0 && used.tv_usec < 150'000) << used.tv_usec;

  for (const int fd : taken) close(fd);
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_EQ(bench.messages(), std::vector{sip_request(1)});
}

TEST(EdgeTcp, WhatIsQueuedIsSentBeforeTheEdgeEnds) {
  auto bench = std::make_unique<EdgeBench>();
  RawClient client(bench->listen(Transport::tcp));
  client.send(sip_request(1));
  ASSERT_TRUE(bench->wait_for_messages(1));
  std::string expected;
  for (int i = 0; i < 50; ++i) {
    expected += sip_request(i);
    EXPECT_TRUE(bench->edge->send(bench->last_peer(), sip_request(i)));
  }
  bench.reset();
  EXPECT_EQ(client.receive_to_end(), expected);
}

TEST(EdgeTcp, WhatIsSentBeforeTheConnectionStandsWaitsForIt) {
  EdgeBench us, them;
  const std::uint16_t port = them.listen(Transport::tcp);
  us.edge->start();
  std::vector<std::string> sent;
  for (int i = 0; i < 20; ++i) {
    sent.push_back(sip_request(i));
    EXPECT_TRUE(us.edge->send(loopback_peer(Transport::tcp, port), sent.back()));
  }
  ASSERT_TRUE(them.wait_for_messages(sent.size()));
  EXPECT_EQ(them.messages(), sent);
  for (const auto& letter : them.letters) {
    EXPECT_EQ(letter.peer.connection, them.last_peer().connection);  // one connection for all
  }
}

TEST(EdgeTcp, AConnectionThatWeOpenedIsReportedGoneByNumberAndByAddress) {
  EdgeBench us;
  auto them = std::make_unique<EdgeBench>();
  const Peer to = loopback_peer(Transport::tcp, them->listen(Transport::tcp));
  us.edge->start();
  EXPECT_TRUE(us.edge->send(to, sip_request(1)));
  ASSERT_TRUE(them->wait_for_messages(1));
  them.reset();
  ASSERT_TRUE(us.run_until([&] { return us.closings().size() == 2; }));
  EXPECT_NE(us.letters[us.letters.size() - 2].peer.connection, 0u);
  EXPECT_EQ(us.last_peer(), to);

  EXPECT_TRUE(us.edge->send(to, sip_request(2)));  // nobody listens there any more
  ASSERT_TRUE(us.run_until([&] { return us.closings().size() == 3; }));
  EXPECT_EQ(us.last_peer(), to);
}

TEST(EdgeTcp, NobodyCanConnectToABrowser) {
  EdgeBench us;
  us.edge->start();
  const Peer browser = loopback_peer(Transport::wss, 443);
  EXPECT_TRUE(us.edge->send(browser, "x"));
  ASSERT_TRUE(us.run_until([&] { return us.closings().size() == 1; }));
  EXPECT_EQ(us.last_peer(), browser);
}

}  // namespace
}  // namespace firstring::sip

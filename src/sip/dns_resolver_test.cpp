#include "sip/dns_resolver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>

#include "io/udp_socket.h"

namespace firstring::sip {
namespace {

constexpr int k_a = 1, k_aaaa = 28, k_srv = 33;

std::string number16(unsigned value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value & 0xff)};
}

// "a.example" as labels.
std::string labels(const std::string& name) {
  std::string bytes, label;
  for (const char c : name + ".") {
    if (c != '.') {
      label += c;
    } else if (!label.empty()) {
      bytes += static_cast<char>(label.size());
      bytes += std::exchange(label, {});
    }
  }
  return bytes + '\0';
}

struct Query {
  std::string id;        // two bytes
  std::string name;      // "a.example"
  std::string question;  // as it came
  int type = 0;
};

Query read_query(std::string_view bytes) {
  Query query{.id = std::string(bytes.substr(0, 2))};
  std::size_t at = 12;
  while (at < bytes.size() && bytes[at] != 0) {
    const auto size = static_cast<unsigned char>(bytes[at]);
    if (!query.name.empty()) query.name += '.';
    query.name += bytes.substr(at + 1, size);
    at += size + 1u;
  }
  query.type = static_cast<unsigned char>(bytes[at + 2]);
  query.question = bytes.substr(12, at + 5 - 12);
  return query;
}

struct Record {
  int type;
  unsigned ttl;
  std::string content;
};

Record a(const std::string& ip, unsigned ttl = 60) {
  in_addr address{};
  inet_pton(AF_INET, ip.c_str(), &address);
  return {k_a, ttl, std::string(reinterpret_cast<const char*>(&address), 4)};
}

Record srv(unsigned priority, unsigned port, const std::string& target, unsigned ttl = 60) {
  return {k_srv, ttl, number16(priority) + number16(1) + number16(port) + labels(target)};
}

constexpr unsigned k_truncated = 0x0200;

std::string reply(const Query& query, const std::vector<Record>& records, unsigned code = 0,
                  unsigned flags = 0) {
  std::string bytes = query.id + number16(0x8180 | code | flags) + number16(1) +
                      number16(static_cast<unsigned>(records.size())) + std::string(4, '\0') +
                      query.question;
  for (const Record& record : records) {
    bytes += std::string("\xc0\x0c", 2) + number16(static_cast<unsigned>(record.type)) +
             number16(1) + number16(record.ttl >> 16) + number16(record.ttl & 0xffff) +
             number16(static_cast<unsigned>(record.content.size())) + record.content;
  }
  return bytes;
}

// A name server on the test's own loop. `answer` gives the datagrams for a query, in their order.
class StubDns final : private io::UdpSocket::Receiver {
 public:
  explicit StubDns(io::Loop& loop)
      : socket_(io::UdpSocket::open(loop, *this, {}).value()) {}

  std::string address() const { return "127.0.0.1:" + std::to_string(socket_->port()); }
  std::uint16_t port() const { return socket_->port(); }
  int asked(const std::string& name, int type) const {
    const auto found = asked_.find({name, type});
    return found == asked_.end() ? 0 : found->second;
  }

  std::function<std::vector<std::string>(const Query&)> answer;

 private:
  void on_datagram(std::string_view bytes, const sockaddr_storage& from) override {
    const Query query = read_query(bytes);
    asked_[{query.name, query.type}] += 1;
    for (const auto& datagram : answer(query)) socket_->send(from, sizeof(sockaddr_in), datagram);
    socket_->flush();
  }
  void on_unreachable(const sockaddr_storage&) override {}

  std::map<std::pair<std::string, int>, int> asked_;
  std::unique_ptr<io::UdpSocket> socket_;
};

// The same by TCP, for answers that were cut off. On the port of the UDP one, if that is free.
class StubDnsByTcp {
 public:
  StubDnsByTcp(io::Loop& loop, std::uint16_t port,
               std::function<std::string(const Query&)> answer)
      : loop_(loop), answer_(std::move(answer)),
        listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listens_ = bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
               listen(listener_, 4) == 0;
    if (listens_) loop_.watch(listener_, EPOLLIN, [this](std::uint32_t) { accept_one(); });
  }
  ~StubDnsByTcp() {
    for (const int fd : {listener_, connection_}) {
      if (fd < 0) continue;
      loop_.unwatch(fd);
      close(fd);
    }
  }
  bool listens() const { return listens_; }

 private:
  void accept_one() {
    const int fd = accept(listener_, nullptr, nullptr);
    if (connection_ >= 0) return void(close(fd));
    connection_ = fd;
    loop_.watch(fd, EPOLLIN, [this](std::uint32_t) { read_some(); });
  }
  void read_some() {
    char bytes[2048];
    const ssize_t size = recv(connection_, bytes, sizeof bytes, 0);
    if (size <= 0) return loop_.unwatch(connection_);
    read_.append(bytes, static_cast<std::size_t>(size));
    if (read_.size() < 14) return;
    const std::string reply_bytes = answer_(read_query(std::string_view(read_).substr(2)));
    const std::string framed =
        number16(static_cast<unsigned>(reply_bytes.size())) + reply_bytes;
    EXPECT_EQ(send(connection_, framed.data(), framed.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(framed.size()));
    read_.clear();
  }

  io::Loop& loop_;
  std::function<std::string(const Query&)> answer_;
  int listener_, connection_ = -1;
  bool listens_ = false;
  std::string read_;
};

class DnsResolverTest : public ::testing::Test {
 protected:
  void open(DnsOptions options = {}) {
    options.servers = dns.address();
    options.want_v6 = false;
    options.try_max = 100ms;
    auto created = DnsResolver::create(loop, Random(1), options);
    ASSERT_TRUE(created) << created.error().detail;
    resolver = std::move(created).value();
  }
  bool run_until(const std::function<bool()>& condition) {
    const MonoTime deadline = io::read_mono() + Duration(10s);
    while (!condition() && io::read_mono() < deadline) loop.run_once(50ms);
    return condition();
  }
  // "udp:192.0.2.1:5060 …" or the error's code as text.
  std::string resolve(const Target& target) {
    std::string result;
    Lookup lookup(*resolver);
    lookup.start(target, [&result](Result<Resolver::Candidates> candidates) {
      if (!candidates) {
        result = candidates.error().code == Code::not_found ? "absent" : "failed";
        return;
      }
      for (const Peer& peer : *candidates) result += (result.empty() ? "" : " ") + to_text(peer);
    });
    EXPECT_TRUE(run_until([&] { return !result.empty(); }));
    EXPECT_FALSE(lookup.is_running());
    return result;
  }
  static std::vector<std::string> absent(const Query& query) { return {reply(query, {}, 3)}; }
  static std::vector<std::string> servfail(const Query& query) { return {reply(query, {}, 2)}; }
  static std::vector<std::string> silent(const Query&) { return {}; }
  void answer_all_with(const Record& record) {
    dns.answer = [record](const Query& query) -> std::vector<std::string> {
      if (query.type != record.type) return {reply(query, {})};
      return {reply(query, {record})};
    };
  }

  io::Loop loop;
  StubDns dns{loop};
  std::unique_ptr<DnsResolver> resolver;
};

TEST_F(DnsResolverTest, AnAddressIsKnownAtOnce) {
  open();
  dns.answer = silent;
  std::string result;
  Lookup lookup(*resolver);
  lookup.start({.host = "192.0.2.1"}, [&result](Result<Resolver::Candidates> candidates) {
    result = to_text(candidates->at(0));
  });
  EXPECT_EQ(result, "udp:192.0.2.1:5060");
}

TEST_F(DnsResolverTest, FollowsServicesToAddresses) {
  open();
  dns.answer = [](const Query& query) -> std::vector<std::string> {
    if (query.name == "_sip._udp.carrier.example") {
      return {reply(query, {srv(20, 5062, "b.carrier.example"),
                            srv(10, 5061, "a.carrier.example")})};
    }
    if (query.name == "a.carrier.example") return {reply(query, {a("192.0.2.1"), a("192.0.2.2")})};
    if (query.name == "b.carrier.example") return {reply(query, {a("192.0.2.3")})};
    return absent(query);
  };
  EXPECT_EQ(resolve({.host = "carrier.example"}),
            "udp:192.0.2.1:5061 udp:192.0.2.2:5061 udp:192.0.2.3:5062");
}

TEST_F(DnsResolverTest, AsksOnceWhileAnAnswerIsFresh) {
  open();
  answer_all_with(a("192.0.2.1"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
  }
  EXPECT_EQ(dns.asked("a.example", k_a), 1);
}

TEST_F(DnsResolverTest, ATtlOfZeroServesThoseWhoAskedAndNobodyAfter) {
  open();
  answer_all_with(a("192.0.2.1", 0));
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
  answer_all_with(a("192.0.2.2", 0));
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.2:5060");
  EXPECT_EQ(dns.asked("a.example", k_a), 2);
}

TEST_F(DnsResolverTest, ManyAskersOfOneNameAreOneQuestion) {
  open();
  answer_all_with(a("192.0.2.1"));
  std::vector<std::unique_ptr<Lookup>> lookups;
  int done = 0;
  for (int i = 0; i < 50; ++i) {
    lookups.push_back(std::make_unique<Lookup>(*resolver));
    lookups.back()->start({.host = "a.example", .port = 5060},
                          [&done](Result<Resolver::Candidates> found) { done += found ? 1 : 0; });
  }
  EXPECT_TRUE(run_until([&] { return done == 50; }));
  EXPECT_EQ(dns.asked("a.example", k_a), 1);
}

TEST_F(DnsResolverTest, AbsenceIsSaidAndRemembered) {
  open();
  dns.answer = absent;
  EXPECT_EQ(resolve({.host = "gone.example"}), "absent");
  EXPECT_EQ(resolve({.host = "gone.example"}), "absent");
  EXPECT_EQ(dns.asked("gone.example", k_a), 1);
  EXPECT_EQ(dns.asked("_sip._udp.gone.example", k_srv), 1);
}

TEST_F(DnsResolverTest, ServfailWithNothingKnownIsAFailure) {
  open();
  dns.answer = servfail;
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "failed");
}

TEST_F(DnsResolverTest, AfterAFailureWhatWasKnownIsStillUsed) {
  open();
  answer_all_with(a("192.0.2.1", 0));
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
  dns.answer = servfail;
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
  const int asked = dns.asked("a.example", k_a);
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
  EXPECT_EQ(dns.asked("a.example", k_a), asked);  // and not asked for at every call
}

TEST_F(DnsResolverTest, NotForLongerThanAllowed) {
  open({.stale_max = 0s});
  answer_all_with(a("192.0.2.1", 0));
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
  dns.answer = servfail;
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "failed");
}

TEST_F(DnsResolverTest, ASlowServerDoesNotHoldUpWhatWasKnown) {
  open({.stale_after = 30ms});
  answer_all_with(a("192.0.2.1", 0));
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
  dns.answer = silent;
  const MonoTime start = io::read_mono();
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
  EXPECT_GE(io::read_mono() - start, Duration(30ms));
}

TEST_F(DnsResolverTest, ASilentServerEndsInAFailureInTime) {
  open({.tries = 10, .stale_after = 20ms, .lookup_max = 150ms});
  dns.answer = silent;
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "failed");
}

TEST_F(DnsResolverTest, ALostQueryIsSentAgain) {
  open();
  int queries = 0;
  dns.answer = [&queries](const Query& query) -> std::vector<std::string> {
    queries += 1;
    if (queries == 1) return {};
    return {reply(query, {a("192.0.2.1")})};
  };
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
  EXPECT_EQ(queries, 2);
}

TEST_F(DnsResolverTest, ForgedAnswersAreNotTaken) {
  open();
  dns.answer = [](const Query& query) -> std::vector<std::string> {
    Query wrong_id = query, wrong_name = query;
    wrong_id.id[0] = static_cast<char>(wrong_id.id[0] ^ 0x55);
    wrong_name.question = labels("b.example") + query.question.substr(query.question.size() - 4);
    return {reply(wrong_id, {a("203.0.113.66")}), reply(wrong_name, {a("203.0.113.66")}),
            reply(query, {a("192.0.2.1")})};
  };
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
}

TEST_F(DnsResolverTest, NonsenseIsNotTaken) {
  open();
  dns.answer = [](const Query& query) -> std::vector<std::string> {
    const std::string good = reply(query, {srv(1, 5060, "a.example")});
    return {"", "x", query.id, good.substr(0, 20), good.substr(0, good.size() - 3)};
  };
  EXPECT_EQ(resolve({.host = "example.org"}), "failed");
}

TEST_F(DnsResolverTest, AnAnswerThatWasCutOffIsAskedForByTcp) {
  open();
  dns.answer = [](const Query& query) -> std::vector<std::string> {
    return {reply(query, {}, 0, k_truncated)};
  };
  StubDnsByTcp by_tcp(loop, dns.port(),
                      [](const Query& query) { return reply(query, {a("192.0.2.1")}); });
  if (!by_tcp.listens()) GTEST_SKIP() << "the port is taken";
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "udp:192.0.2.1:5060");
}

TEST_F(DnsResolverTest, AnAnswerThatWasCutOffWithoutTcpIsAFailure) {
  open();
  dns.answer = [](const Query& query) -> std::vector<std::string> {
    return {reply(query, {}, 0, k_truncated)};
  };
  EXPECT_EQ(resolve({.host = "a.example", .port = 5060}), "failed");
}

TEST_F(DnsResolverTest, ALookupMayEndBeforeItsAnswer) {
  open();
  answer_all_with(a("192.0.2.1"));
  bool told = false;
  {
    Lookup lookup(*resolver);
    lookup.start({.host = "a.example", .port = 5060}, [&told](const auto&) { told = true; });
  }
  EXPECT_EQ(resolve({.host = "b.example", .port = 5060}), "udp:192.0.2.1:5060");
  EXPECT_FALSE(told);
}

TEST_F(DnsResolverTest, ALookupMayBeDestroyedByItsAnswer) {
  open();
  answer_all_with(a("192.0.2.1"));
  auto lookup = std::make_unique<Lookup>(*resolver);
  lookup->start({.host = "a.example", .port = 5060}, [&lookup](const auto&) { lookup.reset(); });
  EXPECT_TRUE(run_until([&] { return lookup == nullptr; }));
}

TEST_F(DnsResolverTest, TheResolverMayEndWithQuestionsOpen) {
  open();
  dns.answer = silent;
  Lookup lookup(*resolver);
  lookup.start({.host = "a.example"}, [](const auto&) { FAIL(); });
  EXPECT_TRUE(run_until([&] { return dns.asked("_sip._udp.a.example", k_srv) > 0; }));
  lookup.stop();
  resolver.reset();
}

TEST_F(DnsResolverTest, ABadServerListIsAnError) {
  EXPECT_FALSE(DnsResolver::create(loop, Random(1), {.servers = "not an address"}));
}

TEST_F(DnsResolverTest, MoreLookupsThanAllowedAreRefused) {
  open({.lookups_max = 1});
  dns.answer = silent;
  Lookup first(*resolver);
  first.start({.host = "a.example"}, [](const auto&) {});
  EXPECT_EQ(resolve({.host = "b.example"}), "failed");
}

}  // namespace
}  // namespace firstring::sip

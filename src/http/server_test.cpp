#include "http/server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "http/test_client.h"

namespace firstring::http {
namespace {

using namespace std::string_literals;

// Answers with what it was asked, so that a test sees what the server understood.
void echo(Request request, std::unique_ptr<Responder> responder) {
  std::string body = request.method + ' ' + request.path;
  for (const auto& [name, value] : request.query) body += " [" + name + '=' + value + ']';
  body += " {" + request.body + '}';
  responder->respond({.content_type = "text/plain", .body = body});
}

std::unique_ptr<Server> start(ServerOptions options = {}, Server::Handlers handlers = {echo, {}}) {
  return Server::start(std::move(options), std::move(handlers)).value();
}

std::string ask(const Server& server, std::string_view request) {
  TestClient client(server.port());
  client.send(request);
  return client.read_answer();
}

TEST(HttpServer, AnswersAndKeepsTheConnection) {
  const auto server = start();
  TestClient client(server->port());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /a%20b?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answer = client.read_answer();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(body_of(answer), "GET /a b [x=1] {}");
    EXPECT_NE(answer.find("\r\nX-Request-Id: req_"), std::string::npos);
    EXPECT_NE(answer.find("\r\nContent-Security-Policy: "), std::string::npos);
  }
}

TEST(HttpServer, ByteByByteIsTheSame) {
  const auto server = start();
  TestClient client(server->port());
  client.send_byte_by_byte("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(body_of(client.read_answer()), "POST /p {hello}");
}

TEST(HttpServer, ChunkedBodyIsPutTogether) {
  const auto server = start();
  EXPECT_EQ(body_of(ask(*server,
                        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
                        "3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n")),
            "POST / {abcde}");
}

TEST(HttpServer, HundredPipelinedRequestsAreAnsweredInOrder) {
  const auto server = start();
  TestClient client(server->port());
  std::string all;
  for (int i = 0; i < 100; ++i) {
    all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  }
  client.send(all);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(body_of(client.read_answer()), "GET /" + std::to_string(i) + " {}");
  }
}

TEST(HttpServer, HeadHasNoBody) {
  const auto server = start();
  TestClient client(server->port());
  client.send("HEAD /abc HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto answer = client.read_to_end();
  EXPECT_NE(answer.find("Content-Length: 12\r\n"), std::string::npos);
  EXPECT_EQ(body_of(answer), "");
}

TEST(HttpServer, ExpectationIsMet) {
  const auto server = start();
  TestClient client(server->port());
  client.send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.read_exactly(25), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("ok");
  EXPECT_EQ(body_of(client.read_answer()), "PUT / {ok}");
}

// What two readers could understand differently, or nobody at all.
TEST(HttpServer, UnclearRequestsAreRefusedAndTheConnectionEnds) {
  const auto server = start();
  struct Row { int status; std::string request; };
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n", post = "POST / HTTP/1.1\r\nHost: h\r\n";
  for (const auto& row : std::vector<Row>{
           {400, post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
           {400, post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"},
           {501, post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"},
           {501, post + "Transfer-Encoding: identity\r\n\r\n"},
           {501, post + "Transfer-Encoding: xchunked\r\n\r\n"},
           {400, post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"},
           {400, post + "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"},
           {400, post + "Content-Length: 3, 3\r\n\r\nabc"},
           {400, post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"},
           {400, post + "Content-Length: -1\r\n\r\n"},
           {400, post + "Content-Length: 0x3\r\n\r\nabc"},
           {400, post + "Content-Length: 99999999999999999999\r\n\r\n"},
           {400, post + "Content-Length : 3\r\n\r\nabc"},
           {413, post + "Content-Length: 1048577\r\n\r\n"},
           {413, post + "Content-Length: 9223372036854775807\r\n\r\n"},
           {400, post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"},
           {400, post + "Transfer-Encoding: chunked\r\n\r\n-1\r\n"},
           {400, post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"},
           {413, post + "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n"},
           {400, post + "Transfer-Encoding: chunked\r\n\r\n3\r\nabcXX\r\n"},
           {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
           {400, "GET / HTTP/1.1\r\n\r\n"},
           {400, get + "Host: other\r\n\r\n"},
           {400, "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
           {400, "GET / HTTP/1.7\r\nHost: h\r\n\r\n"},
           {400, "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
           {400, "GET /../x HTTP/1.1\r\nHost: h\r\n\r\n"},
           {400, "GET /%2e%2e/x HTTP/1.1\r\nHost: h\r\n\r\n"},
           {400, "GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n"},
           {400, "GET /a\0b HTTP/1.1\r\nHost: h\r\n\r\n"s},
           {400, get + "X: a\0b\r\n\r\n"s},
           {400, get + "X\r\n\r\n"},
           {400, get + ": x\r\n\r\n"},
           {417, get + "Expect: the-unexpected\r\n\r\n"},
           {431, "GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"},
           {431, get + "X: " + std::string(70'000, 'a') + "\r\n\r\n"},
           {431, get + "X: " + std::string(8200, 'a')},
           {400, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello, TLS\r\n\r\n"}}) {
    TestClient client(server->port());
    client.send(row.request);
    const auto answer = client.read_to_end();
    EXPECT_EQ(status_of(answer), row.status) << row.request.substr(0, 120);
    EXPECT_TRUE(client.closed_by_server());
    EXPECT_NE(answer.find("application/problem+json"), std::string::npos);
  }
}

TEST(HttpServer, SmuggledRequestIsNeverSeen) {
  std::atomic<int> seen = 0;
  const auto server = start({}, {[&](Request request, std::unique_ptr<Responder> responder) {
                                   seen += 1;
                                   echo(std::move(request), std::move(responder));
                                 },
                                 {}});
  TestClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 44\r\n"
              "Transfer-Encoding: chunked\r\n\r\n"
              "0\r\n\r\nGET /admin HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_to_end();
  EXPECT_EQ(seen, 0);
}

TEST(HttpServer, EndlessHeaderIsCutOff) {
  const auto server = start();
  TestClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n");
  for (int i = 0; i < 2000; ++i) client.send("X-" + std::to_string(i) + ": y\r\n");
  EXPECT_EQ(status_of(client.read_to_end()), 431);
}

TEST(HttpServer, EndlessChunksAreCutOff) {
  const auto server = start();
  TestClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "1000\r\n" + std::string(4096, 'x') + "\r\n";
  for (int i = 0; i < 300; ++i) client.send(chunk);
  EXPECT_EQ(status_of(client.read_to_end()), 413);
}

TEST(HttpServer, SlowHeaderIsClosed) {
  const auto server = start({.header_within = 50ms});
  TestClient client(server->port());
  client.send("GET / HTTP/1.1\r\nX-Slow:");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(client.closed_by_server());
}

TEST(HttpServer, SlowBodyIsClosed) {
  const auto server = start({.body_within = 50ms});
  TestClient client(server->port());
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(client.closed_by_server());
}

TEST(HttpServer, IdleAndSilentAreClosed) {
  const auto server = start({.header_within = 50ms, .idle_max = 50ms});
  TestClient silent(server->port());
  EXPECT_EQ(silent.read_to_end(), "");
  TestClient idle(server->port());
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(idle.read_answer()), 200);
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_TRUE(idle.closed_by_server());
}

// Cuts a request off after each of its bytes, politely and rudely; the server must not care.
TEST(HttpServer, ClosingAtEveryByteHurtsNobody) {
  const auto server = start();
  const std::string request =
      "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (std::size_t size = 0; size <= request.size(); ++size) {
    TestClient polite(server->port()), rude(server->port()), half(server->port());
    for (auto* client : {&polite, &rude, &half}) {
      client->send(std::string_view(request).substr(0, size));
    }
    polite.close();
    rude.reset();
    half.half_close();
    const auto answer = half.read_to_end();
    EXPECT_TRUE(half.closed_by_server());
    EXPECT_EQ(status_of(answer), size == request.size() ? 200 : -1) << size << ": " << answer;
  }
  EXPECT_EQ(status_of(ask(*server, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")), 200);
}

TEST(HttpServer, HangingConnectionsShutNobodyOut) {
  const auto server = start();
  std::vector<std::unique_ptr<TestClient>> hanging;
  for (int i = 0; i < 200; ++i) {
    hanging.push_back(std::make_unique<TestClient>(server->port()));
    hanging.back()->send("GET / HTTP/1.1\r\n");
    if (i % 20 == 19) {
      EXPECT_EQ(status_of(ask(*server, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")), 200);
    }
  }
  std::promise<std::size_t> count;
  server->post([&] { count.set_value(server->connection_count()); });
  EXPECT_LE(count.get_future().get(), 64u);
}

TEST(HttpServer, AnswerMayComeFromAnyThreadOrNever) {
  std::vector<std::unique_ptr<Responder>> waiting;
  std::promise<void> two;
  const auto server = start({}, {[&](Request, std::unique_ptr<Responder> responder) {
                                   waiting.push_back(std::move(responder));
                                   if (waiting.size() == 2) two.set_value();
                                 },
                                 {}});
  TestClient first(server->port()), second(server->port());
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  second.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  two.get_future().wait();
  waiting[0]->respond({.body = "late"});
  waiting[0]->respond({.body = "twice"});
  waiting[1].reset();
  const std::string both = first.read_answer() + second.read_answer();
  EXPECT_NE(both.find("late"), std::string::npos);
  EXPECT_EQ(both.find("twice"), std::string::npos);
  EXPECT_NE(both.find("HTTP/1.1 500 "), std::string::npos);
}

TEST(HttpServer, AnswerAfterTheServerIsGoneIsDropped) {
  std::unique_ptr<Responder> kept;
  std::promise<void> asked;
  auto server = start({}, {[&](Request, std::unique_ptr<Responder> responder) {
                             kept = std::move(responder);
                             asked.set_value();
                           },
                           {}});
  TestClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  asked.get_future().wait();
  server.reset();
  kept->respond({.body = "too late"});
  EXPECT_EQ(client.read_to_end(), "");
}

TEST(HttpServer, FileIsSentWholeAndInPart) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("firstring-server-" + std::to_string(::getpid()));
  std::string content(300'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 + i / 256);
  std::ofstream(path, std::ios::binary) << content;
  const auto server = start({}, {[&](Request, std::unique_ptr<Responder> responder) {
                                   responder->respond({.content_type = "audio/wav",
                                                       .file = path});
                                 },
                                 {}});
  EXPECT_EQ(body_of(ask(*server, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")), content);
  const auto part =
      ask(*server, "GET / HTTP/1.1\r\nHost: h\r\nRange: bytes=65530-200000\r\n\r\n");
  EXPECT_EQ(status_of(part), 206);
  EXPECT_EQ(body_of(part), content.substr(65530, 200001 - 65530));
  std::filesystem::remove(path);
}

TEST(HttpServer, ReaderThatStopsIsClosed) {
  const auto server = start({.send_within = 100ms}, {[](Request, std::unique_ptr<Responder> r) {
                              r->respond({.body = std::string(64 << 20, 'x')});
                            },
                            {}});
  TestClient client(server->port());
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.read_exactly(100);
  // Reads no more until the server has given up, which it shows by being alone again.
  for (bool alone = false; !alone;) {
    std::promise<bool> answer;
    server->post([&] { answer.set_value(server->connection_count() == 0); });
    alone = answer.get_future().get();
  }
  EXPECT_LT(client.read_to_end().size(), std::size_t{64} << 20);
}

TEST(HttpServer, TakenPortIsPassedOver) {
  const auto first = start();
  const auto second = Server::start({.port = first->port(), .ports_to_try = 20}, {echo, {}});
  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_GT((*second)->port(), first->port());
  const auto refused = Server::start({.port = first->port()}, {echo, {}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::io);
  EXPECT_NE(refused.error().detail.find(std::to_string(first->port())), std::string::npos);
}

TEST(HttpServer, BadOptionsAreExplained) {
  EXPECT_EQ(Server::start({.bind_ip = "somewhere"}, {echo, {}}).error().code, Code::invalid);
  EXPECT_EQ(Server::start({.certificate_file = "/x"}, {echo, {}}).error().code, Code::invalid);
  EXPECT_EQ(
      Server::start({.certificate_file = "/nowhere", .key_file = "/no"}, {echo, {}}).error().code,
      Code::io);
}

}  // namespace
}  // namespace firstring::http

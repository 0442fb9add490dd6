#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "sip/edge.h"
#include "sip/edge_test_bench.h"

namespace firstring::sip {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

constexpr std::string_view k_handshake =
    "GET / HTTP/1.1\r\nHost: desk.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: sip\r\nOrigin: https://desk.example\r\n\r\n";

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string result(text);
  return result.replace(result.find(what), what.size(), by);
}

std::string handshake_answer(std::uint16_t port, std::string_view handshake) {
  RawClient client(port);
  client.send(handshake);
  return client.receive_until("\r\n\r\n");
}

enum class Masked { yes, no };

// One frame by hand. RFC 6455 §5.2.
std::string frame(unsigned char first_byte, std::string_view payload, Masked masked = Masked::yes) {
  std::string bytes(1, static_cast<char>(first_byte));
  const unsigned char mask_bit = masked == Masked::yes ? 0x80 : 0;
  if (payload.size() < 126) {
    bytes += static_cast<char>(mask_bit | payload.size());
  } else {
    bytes += static_cast<char>(mask_bit | 126);
    bytes += static_cast<char>(payload.size() >> 8);
    bytes += static_cast<char>(payload.size() & 0xff);
  }
  if (masked == Masked::no) return bytes.append(payload);
  const std::string_view mask = "\x11\x22\x33\x44";
  bytes.append(mask);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    bytes += static_cast<char>(payload[i] ^ mask[i % 4]);
  }
  return bytes;
}

constexpr unsigned char k_text = 0x81, k_binary = 0x82, k_close = 0x88, k_ping = 0x89,
                        k_pong = 0x8a, k_text_begins = 0x01, k_continues = 0x00, k_ends = 0x80;

// Hand-made frames behind a good handshake.
class FrameClient : public RawClient {
 public:
  explicit FrameClient(std::uint16_t port) : RawClient(port) {
    send(k_handshake);
    EXPECT_TRUE(receive_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  }
};

class EdgeWebSocket : public ::testing::Test {
 protected:
  EdgeBench bench;
  const std::uint16_t port = bench.listen(Transport::ws);

  void expect_closed_without_message(FrameClient& client) {
    EXPECT_TRUE(client.is_closed_by_peer());
    client.close();
    EXPECT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
    EXPECT_TRUE(bench.messages().empty());
  }
};

TEST_F(EdgeWebSocket, MessagesGoBothWaysWithABeastClient) {
  asio::io_context context;
  websocket::stream<asio::ip::tcp::socket> client(context);
  client.next_layer().connect({asio::ip::address_v4::loopback(), port});
  client.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
    request.set(beast::http::field::sec_websocket_protocol, "sip");
  }));
  websocket::response_type answer;
  client.handshake(answer, "127.0.0.1", "/");
  EXPECT_EQ(answer[beast::http::field::sec_websocket_protocol], "sip");

  client.write(asio::buffer(sip_request(1)));
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_EQ(bench.messages(), std::vector{sip_request(1)});
  EXPECT_EQ(bench.last_peer().transport, Transport::ws);
  for (int i = 2; i < 12; ++i) EXPECT_TRUE(bench.edge->send(bench.last_peer(), sip_request(i)));
  for (int i = 2; i < 12; ++i) {
    beast::flat_buffer buffer;
    client.read(buffer);
    EXPECT_EQ(beast::buffers_to_string(buffer.data()), sip_request(i));
    EXPECT_TRUE(client.got_text());
  }
  client.close(websocket::close_code::normal);
  EXPECT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
}

TEST(EdgeSecureWebSocket, MessagesGoBothWaysWithABeastClient) {
  const TestFolder folder;
  const auto files = ensure_certificate(folder.path());
  ASSERT_TRUE(files);
  EdgeBench bench({.certificate_file = files->certificate_file, .key_file = files->key_file});
  const std::uint16_t port = bench.listen(Transport::wss);

  asio::io_context context;
  asio::ssl::context tls(asio::ssl::context::tls_client);
  tls.load_verify_file(files->certificate_file);
  tls.set_verify_mode(asio::ssl::verify_peer);
  websocket::stream<asio::ssl::stream<asio::ip::tcp::socket>> client(context, tls);
  client.next_layer().next_layer().connect({asio::ip::address_v4::loopback(), port});
  client.next_layer().handshake(asio::ssl::stream_base::client);
  client.set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
    request.set(beast::http::field::sec_websocket_protocol, "foo, sip");
  }));
  client.handshake("localhost", "/");
  client.binary(true);
  const std::string large = sip_request(1, std::string(60'000, 'x'));
  client.write(asio::buffer(large));
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_EQ(bench.messages(), std::vector{large});
  EXPECT_EQ(bench.last_peer().transport, Transport::wss);
  EXPECT_TRUE(bench.edge->send(bench.last_peer(), large));
  beast::flat_buffer buffer;
  client.read(buffer);
  EXPECT_EQ(beast::buffers_to_string(buffer.data()), large);
}

TEST_F(EdgeWebSocket, WrongHandshakesAreRefused) {
  struct Row {
    const char* what;
    const char* by;
    const char* answer;
  };
  for (const Row& row : {Row{"GET / ", "GET /elsewhere ", "HTTP/1.1 404 "},
                         Row{"GET / ", "GET /?x=1 ", "HTTP/1.1 101 "},
                         Row{"Protocol: sip", "Protocol: xmpp", "HTTP/1.1 400 "},
                         Row{"Sec-WebSocket-Protocol: sip\r\n", "", "HTTP/1.1 400 "},
                         Row{"Protocol: sip", "Protocol: xmpp, SIP", "HTTP/1.1 101 "},
                         Row{"Upgrade: websocket\r\n", "", "HTTP/1.1 426 "},
                         Row{"Version: 13", "Version: 8", "HTTP/1.1 4"},
                         Row{"Sec-WebSocket-Key", "Sec-Other", "HTTP/1.1 4"}}) {
    const std::string answer = handshake_answer(port, replaced(k_handshake, row.what, row.by));
    EXPECT_TRUE(answer.starts_with(row.answer)) << row.by << ": " << answer;
  }
  EXPECT_TRUE(bench.messages().empty());
}

TEST_F(EdgeWebSocket, WhatIsNoHttpIsCutOff) {
  for (const std::string& bytes : {sip_request(1), std::string("\x16\x03\x01\0\0", 5),
                                   "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x')}) {
    RawClient client(port);
    client.send(bytes);
    EXPECT_TRUE(client.is_closed_by_peer());
  }
}

TEST(EdgeWebSocketOrigin, OnlyPagesOnTheListMayConnect) {
  EdgeBench bench({.origins = {"https://desk.example"}});
  const std::uint16_t port = bench.listen(Transport::ws);
  EXPECT_TRUE(handshake_answer(port, k_handshake).starts_with("HTTP/1.1 101 "));
  EXPECT_TRUE(handshake_answer(port, replaced(k_handshake, "https://desk", "https://evil"))
                  .starts_with("HTTP/1.1 403 "));
  // No Origin, no browser: a phone.
  EXPECT_TRUE(handshake_answer(port, replaced(k_handshake, "Origin: https://desk.example\r\n", ""))
                  .starts_with("HTTP/1.1 101 "));
}

TEST(EdgeWebSocketLimits, AHandshakeThatIsNotFinishedIsCutOff) {
  EdgeBench bench({.handshake_max = 80ms});
  RawClient client(bench.listen(Transport::ws));
  client.send(k_handshake.substr(0, 40));
  EXPECT_TRUE(client.is_closed_by_peer());
}

TEST(EdgeWebSocketLimits, AMessageThatIsNeverFinishedIsCutOff) {
  EdgeBench bench({.partial_message_max = 80ms});
  FrameClient client(bench.listen(Transport::ws));
  client.send(frame(k_text_begins, "MESSAGE"));
  EXPECT_TRUE(client.is_closed_by_peer());
  ASSERT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
  EXPECT_EQ(bench.closings()[0], "message not complete in time");
}

TEST(EdgeWebSocketLimits, WhoDoesNotEndTheTcpConnectionAfterTheCloseIsCutOff) {
  EdgeBench bench({.partial_message_max = 80ms});
  FrameClient client(bench.listen(Transport::ws));
  client.send(frame(k_text, sip_request(1)));
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_TRUE(bench.edge->keep(bench.last_peer(), 3600s));
  client.send(frame(k_close, ""));
  EXPECT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
}

TEST(EdgeWebSocketLimits, ASilentBrowserIsPingedAndLivesByItsPongs) {
  EdgeBench bench({.idle_max = 400ms});
  FrameClient client(bench.listen(Transport::ws));
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(client.receive(2), std::string("\x89\0", 2));
    client.send(frame(k_pong, ""));
  }
  ASSERT_EQ(client.receive(2), std::string("\x89\0", 2));  // not answered
  EXPECT_TRUE(client.is_closed_by_peer());
  ASSERT_TRUE(bench.run_until([&] { return bench.closings().size() == 1; }));
  EXPECT_EQ(bench.closings()[0], "idle");
}

TEST_F(EdgeWebSocket, FragmentsWithAPingBetweenThemAreOneMessage) {
  FrameClient client(port);
  const std::string request = sip_request(1);
  client.send(frame(k_text_begins, request.substr(0, 50)));
  client.send(frame(k_ping, "are you there?"));
  client.send(frame(k_continues, ""));
  client.send(frame(k_continues, request.substr(50, 20)));
  client.send(frame(k_ends, request.substr(70)));
  EXPECT_EQ(client.receive(16), std::string("\x8a\x0e") + "are you there?");
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_EQ(bench.messages(), std::vector{request});
}

TEST_F(EdgeWebSocket, EmptyFramesAndKeepAlivesAreNoMessages) {
  FrameClient client(port);
  client.send(frame(k_text, ""));
  client.send(frame(k_text, "\r\n"));
  client.send(frame(k_text, "\r\n\r\n"));
  EXPECT_EQ(client.receive(4), "\x81\x02\r\n");
  client.send(frame(k_binary, sip_request(1)));
  ASSERT_TRUE(bench.wait_for_messages(1));
  EXPECT_EQ(bench.messages(), std::vector{sip_request(1)});
}

TEST_F(EdgeWebSocket, AnUnmaskedFrameEndsTheConnection) {
  FrameClient client(port);
  client.send(frame(k_text, sip_request(1), Masked::no));
  expect_closed_without_message(client);
}

TEST_F(EdgeWebSocket, AFrameOfTwoToTheSixtySecondEndsTheConnection) {
  FrameClient client(port);
  client.send(std::string("\x82\xff\x40\0\0\0\0\0\0\0\x11\x22\x33\x44zzzz", 18));
  expect_closed_without_message(client);
}

TEST_F(EdgeWebSocket, AMessageTooLongInFragmentsEndsTheConnection) {
  FrameClient client(port);
  client.send(frame(k_text_begins, std::string(60'000, 'x')));
  client.send(frame(k_continues, std::string(6'000, 'x')));
  expect_closed_without_message(client);
}

TEST_F(EdgeWebSocket, AFragmentedPingEndsTheConnection) {
  FrameClient client(port);
  client.send(frame(0x09, "half a ping"));
  expect_closed_without_message(client);
}

TEST_F(EdgeWebSocket, TextThatIsNotUtf8EndsTheConnection) {
  FrameClient client(port);
  client.send(frame(k_text, "MESSAGE \xc3\x28"));
  expect_closed_without_message(client);
}

TEST_F(EdgeWebSocket, ACloseIsAnswered) {
  FrameClient client(port);
  client.send(frame(k_close, std::string_view("\x03\xe8", 2)));
  EXPECT_EQ(client.receive(4), "\x88\x02\x03\xe8");
  expect_closed_without_message(client);
}

TEST_F(EdgeWebSocket, BytesThatAreNotUtf8GoOutAsBinary) {
  FrameClient client(port);
  client.send(frame(k_text, sip_request(1)));
  ASSERT_TRUE(bench.wait_for_messages(1));
  struct Row {
    std::string_view bytes;
    unsigned char kind;
  };
  for (const Row& row : {Row{"plain", k_text}, Row{"gr\xc3\xbc\xc3\x9f", k_text},
                         Row{"\xf0\x9f\x93\x9e", k_text}, Row{"latin \xfc", k_binary},
                         Row{"\xed\xa0\x80", k_binary}, Row{"\xc0\xaf", k_binary},
                         Row{"cut \xe2\x82", k_binary}, Row{"\xf4\x90\x80\x80", k_binary}}) {
    EXPECT_TRUE(bench.edge->send(bench.last_peer(), row.bytes));
    EXPECT_EQ(client.receive(2 + row.bytes.size()), frame(row.kind, row.bytes, Masked::no));
  }
}

TEST_F(EdgeWebSocket, ClosingAtEveryByteDoesNoHarm) {
  const std::string all = std::string(k_handshake) + frame(k_text, sip_request(1));
  for (std::size_t size = 0; size < all.size(); size += 5) {
    RawClient closes(port), resets(port);
    closes.send(std::string_view(all).substr(0, size));
    resets.send(std::string_view(all).substr(0, size));
    resets.reset();
  }
  FrameClient honest(port);
  honest.send(frame(k_text, sip_request(2)));
  ASSERT_TRUE(bench.run_until([&] {
    const auto messages = bench.messages();
    return !messages.empty() && messages.back() == sip_request(2);
  }));
}

}  // namespace
}  // namespace firstring::sip

// WebSocket over raw TCP: frames by hand, so that broken ones can be sent as well.
#include <gtest/gtest.h>

#include <future>
#include <mutex>

#include "http/server.h"
#include "http/test_client.h"

namespace firstring::http {
namespace {

constexpr std::string_view k_key = "dGhlIHNhbXBsZSBub25jZQ==";  // RFC 6455 §1.3
constexpr std::string_view k_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::string upgrade(std::string_view more = "", std::string_view path = "/stream") {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         std::string(k_key) + "\r\n" + std::string(more) + "\r\n";
}

enum class Masked { no, yes };

// A client's frame. `first`: FIN, RSV and opcode.
std::string frame(int first, std::string_view payload, Masked masked = Masked::yes) {
  std::string out(1, static_cast<char>(first));
  const int mask_bit = masked == Masked::yes ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
  } else if (payload.size() < 65536) {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size() & 255);
  } else {
    out += static_cast<char>(mask_bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8) {
      out += static_cast<char>((payload.size() >> shift) & 255);
    }
  }
  if (masked == Masked::no) return out + std::string(payload);
  const std::string key = "\x12\x34\x56\x78";
  out += key;
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ key[i % 4]);
  }
  return out;
}

struct Frame {
  int first = 0;
  std::string payload;
  int close_code() const {
    return payload.size() < 2 ? -1
                              : (static_cast<unsigned char>(payload[0]) << 8) |
                                    static_cast<unsigned char>(payload[1]);
  }
};

Frame read_frame(TestClient& client) {
  const auto head = client.read_exactly(2);
  if (head.size() < 2) return {};
  std::size_t size = static_cast<unsigned char>(head[1]) & 0x7F;
  const int more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (more > 0) {
    size = 0;
    for (const char c : client.read_exactly(static_cast<std::size_t>(more))) {
      size = size << 8 | static_cast<unsigned char>(c);
    }
  }
  return {static_cast<unsigned char>(head[0]), client.read_exactly(size)};
}

constexpr int k_text = 0x81, k_close = 0x88, k_ping = 0x89, k_pong = 0x8A;

// Sends back what it hears; "close" closes; "flood" sends more than the client reads.
class Echo final : public SocketEvents {
 public:
  Echo(std::shared_ptr<Socket> socket, std::promise<void>* closed)
      : socket_(std::move(socket)), closed_(closed) {}
  void on_text(std::string text) override {
    if (text == "close") return socket_->close(4000, "as asked");
    if (text == "flood") {
      for (int i = 0; i < 400; ++i) socket_->send(std::string(64 * 1024, 'x'));
      return;
    }
    socket_->send("echo " + text);
  }
  void on_closed() override {
    if (closed_) closed_->set_value();
  }

 private:
  const std::shared_ptr<Socket> socket_;
  std::promise<void>* closed_;
};

class SocketServer : public testing::Test {
 protected:
  void SetUp() override { begin({}); }
  void begin(ServerOptions options) {
    server_ = Server::start(
        std::move(options),
        {[](Request, std::unique_ptr<Responder> r) { r->respond({.status = 404}); },
         [this](const Request& request, std::shared_ptr<Socket> socket,
                Response& refusal) -> std::unique_ptr<SocketEvents> {
           if (request.path != "/stream") {
             refusal = {.status = 401, .body = "no"};
             return nullptr;
           }
           return std::make_unique<Echo>(std::move(socket), &closed_);
         }}).value();
  }
  // A client that is through the handshake.
  std::unique_ptr<TestClient> connect(std::string_view more = "") {
    auto client = std::make_unique<TestClient>(server_->port());
    client->send(upgrade(more));
    const auto answer = client->read_answer();
    EXPECT_EQ(status_of(answer), 101);
    EXPECT_NE(answer.find(k_accept), std::string::npos);
    return client;
  }
  std::promise<void> closed_;
  std::unique_ptr<Server> server_;
};

TEST_F(SocketServer, TextGoesBothWays) {
  auto client = connect();
  client->send(frame(k_text, "hello"));
  EXPECT_EQ(read_frame(*client).payload, "echo hello");
  client->send_byte_by_byte(frame(k_text, "slowly, byte by byte"));
  EXPECT_EQ(read_frame(*client).payload, "echo slowly, byte by byte");
}

TEST_F(SocketServer, FragmentsWithAPingBetweenArePutTogether) {
  auto client = connect();
  client->send(frame(0x01, "one, "));
  client->send(frame(k_ping, "are you there?"));
  client->send(frame(0x00, ""));
  client->send(frame(0x80, "two"));
  const auto pong = read_frame(*client);
  EXPECT_EQ(pong.first, k_pong);
  EXPECT_EQ(pong.payload, "are you there?");
  EXPECT_EQ(read_frame(*client).payload, "echo one, two");
}

TEST_F(SocketServer, BrokenFramesCloseWithTheRightCode) {
  struct Row { const char* what; std::string bytes; int code; };
  const std::string huge = std::string("\x81\xFF\x40\0\0\0\0\0\0\0", 10) + "\x12\x34\x56\x78";
  for (const auto& row : std::vector<Row>{
           {"unmasked", frame(k_text, "x", Masked::no), 1002},
           {"reserved bit", frame(0xC1, "x"), 1002},
           {"reserved opcode", frame(0x83, "x"), 1002},
           {"continuation of nothing", frame(0x80, "x"), 1002},
           {"new text inside fragments", frame(0x01, "x") + frame(0x81, "y"), 1002},
           {"fragmented ping", frame(0x09, "x"), 1002},
           {"ping of 126 bytes", frame(k_ping, std::string(126, 'x')), 1002},
           {"a frame of 2^62 bytes", huge, 1009},
           {"one byte too much", frame(k_text, std::string(64 * 1024 + 1, 'x')), 1009},
           {"fragments too large together",
            frame(0x01, std::string(60'000, 'x')) + frame(0x80, std::string(60'000, 'x')), 1009},
           {"no UTF-8", frame(k_text, "\xC0\xAE"), 1007},
           {"binary", frame(0x82, "x"), 1003},
           {"close code 1005", frame(k_close, "\x03\xED"), 1002},
           {"close of one byte", frame(k_close, "x"), 1002}}) {
    closed_ = {};
    auto client = connect();
    client->send(row.bytes);
    const auto answer = read_frame(*client);
    EXPECT_EQ(answer.first, k_close) << row.what;
    EXPECT_EQ(answer.close_code(), row.code) << row.what;
    client->close();
    closed_.get_future().wait();
  }
}

TEST_F(SocketServer, LargestTextIsTaken) {
  auto client = connect();
  const std::string text(64 * 1024, 'x');
  client->send(frame(k_text, text));
  EXPECT_EQ(read_frame(*client).payload, "echo " + text);
}

TEST_F(SocketServer, CloseIsAnswered) {
  auto client = connect();
  client->send(frame(k_close, "\x03\xE8"));
  EXPECT_EQ(read_frame(*client).close_code(), 1000);
  EXPECT_EQ(client->read_to_end(), "");
  client->close();
  closed_.get_future().wait();
}

TEST_F(SocketServer, WeCloseWithOurCode) {
  auto client = connect();
  client->send(frame(k_text, "before") + frame(k_text, "close"));
  EXPECT_EQ(read_frame(*client).payload, "echo before") << "what was said first is sent first";
  const auto close = read_frame(*client);
  EXPECT_EQ(close.close_code(), 4000);
  EXPECT_EQ(close.payload.substr(2), "as asked");
}

TEST_F(SocketServer, TooSlowAReaderIsDroppedWith4408) {
  auto client = connect();
  client->send(frame(k_text, "flood"));
  int code = 0;
  while (code == 0) {
    const auto one = read_frame(*client);
    if (one.first == k_close) code = one.close_code();
    if (one.first == 0) break;
  }
  EXPECT_EQ(code, 4408);
}

TEST_F(SocketServer, ClosingAtEveryByteHurtsNobody) {
  const auto bytes = upgrade() + frame(k_text, "hello") + frame(k_ping, "x");
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    closed_ = {};
    TestClient polite(server_->port());
    polite.send(std::string_view(bytes).substr(0, size));
    polite.half_close();
    polite.read_to_end();
    EXPECT_TRUE(polite.closed_by_server()) << size;
  }
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    closed_ = {};
    TestClient rude(server_->port());
    rude.send(std::string_view(bytes).substr(0, size));
    rude.reset();
    // Served in order: this one's answer means that the rude one's bytes were read, too.
    TestClient next(server_->port());
    next.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(status_of(next.read_answer()), 404);
  }
  closed_ = {};
  auto client = connect();
  client->send(frame(k_text, "still there?"));
  EXPECT_EQ(read_frame(*client).payload, "echo still there?");
}

TEST_F(SocketServer, OriginIsChecked) {
  begin({.origins = {"https://desk.example"}});
  struct Row { const char* origin; int status; };
  for (const auto& row : std::initializer_list<Row>{{"http://127.0.0.1", 101},
                                                    {"https://desk.example", 101},
                                                    {"http://evil.example", 403},
                                                    {"null", 403}}) {
    closed_ = {};
    TestClient client(server_->port());
    client.send(upgrade("Origin: " + std::string(row.origin) + "\r\n"));
    EXPECT_EQ(status_of(client.read_answer()), row.status) << row.origin;
    if (row.status != 101) continue;
    client.close();
    closed_.get_future().wait();
  }
}

TEST_F(SocketServer, ProtocolIsAgreedOnOnlyIfKnown) {
  begin({.socket_protocols = {"firstring.v1"}});
  TestClient client(server_->port());
  client.send(upgrade("Sec-WebSocket-Protocol: other, firstring.v1, bearer.secret\r\n"));
  const auto answer = client.read_answer();
  EXPECT_NE(answer.find("Sec-WebSocket-Protocol: firstring.v1\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("secret"), std::string::npos);
}

TEST_F(SocketServer, RefusalAndBadUpgradesAreAnswered) {
  TestClient refused(server_->port());
  refused.send(upgrade("", "/other"));
  EXPECT_EQ(status_of(refused.read_answer()), 401);
  TestClient early(server_->port());
  early.send(upgrade() + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(status_of(early.read_answer()), 400);
  TestClient old(server_->port());
  old.send("GET /stream HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
           "Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: x\r\n\r\n");
  EXPECT_EQ(status_of(old.read_answer()), 426);
}

TEST_F(SocketServer, EndOfTheServerClosesWith1001) {
  auto client = connect();
  client->send(frame(k_text, "hello"));
  EXPECT_EQ(read_frame(*client).payload, "echo hello");
  const auto end = std::async(std::launch::async, [this] { server_.reset(); });
  EXPECT_EQ(read_frame(*client).close_code(), 1001);
  client->close();
  end.wait();
  closed_.get_future().wait();
}

}  // namespace
}  // namespace firstring::http

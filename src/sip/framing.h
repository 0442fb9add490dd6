// FrameReader: cuts the bytes of a stream (TCP, TLS) into SIP messages (RFC 3261 §18.3, RFC 5626).
//
// Feed it what was read, then take messages until there is none. Memory is bounded: a message may
// have 65,535 bytes. Every message on a stream must have one Content-Length; without it nothing
// behind can be told apart, so the stream is broken for good and the connection is to be closed.
// WebSocket needs none of this: a frame is a message (RFC 7118).
// Lives on: the thread of the connection (an edge thread).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace firstring::sip {

class FrameReader {
 public:
  enum class Kind {
    none,          // feed more
    message,       // `bytes` is one whole message
    ping,          // the peer sent CRLF CRLF; answer with k_pong (RFC 5626 §3.5.1)
    broken,        // close the connection; `bytes` may hold the header section, for a 400 or 513
  };
  struct Frame {
    Kind kind = Kind::none;
    std::string_view bytes;  // valid until the next call
    const char* reason = "";  // broken: why
    int status = 0;           // broken: what a request in `bytes` is best answered with
  };
  static constexpr std::string_view k_pong = "\r\n";
  static constexpr std::size_t k_bytes_max = 65'535;

  void feed(std::string_view bytes);
  Frame next();
  // Bytes that wait for the rest of their message; for a timer on peers that never finish one.
  std::size_t pending() const { return buffer_.size() - start_; }

 private:
  Frame broken(std::string_view bytes, const char* reason, int status);
  Frame take_keep_alive(std::string_view rest);
  bool read_length(std::string_view headers);

  std::string buffer_;
  std::size_t start_ = 0;      // where the message under way begins
  std::size_t searched_ = 0;   // how far behind start_ the end of its headers was looked for
  std::size_t headers_ = 0;    // size of its header section; 0 while unknown
  std::size_t length_ = 0;     // of its body
  bool broken_ = false;
  const char* broken_reason_ = "";
  int broken_status_ = 0;
};

}  // namespace firstring::sip

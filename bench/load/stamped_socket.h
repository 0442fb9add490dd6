// StampedSocket: a UDP socket of 127.0.0.1 whose datagrams carry the kernel's time of arrival.
//
// What the load itself is slow at must not be put down to the server: the kernel stamps a datagram
// when it comes in, not when we get round to it, and counts what it dropped for want of room.
// Sending is at once, datagram by datagram, so that the time of sending is exact.
// Lives on: the loop's thread.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "io/loop.h"

namespace firstring::load {

sockaddr_in loopback(std::uint16_t port);

class StampedSocket {
 public:
  struct Datagram {
    std::string_view bytes;  // valid during the call only
    sockaddr_in from{};
    WallTime arrived;
  };
  class Receiver {
   public:
    virtual ~Receiver() = default;
    // `socket`: the number it was opened with.
    virtual void on_datagram(std::size_t socket, const Datagram& datagram) = 0;
  };
  struct Options {
    std::uint16_t port = 0;
    std::size_t number = 0;
    int kernel_buffer_bytes = 16 << 20;
  };

  static Result<std::unique_ptr<StampedSocket>> open(io::Loop& loop, Receiver& receiver,
                                                     Options options);
  ~StampedSocket();
  StampedSocket(const StampedSocket&) = delete;
  StampedSocket& operator=(const StampedSocket&) = delete;

  void send(const sockaddr_in& to, std::string_view bytes);

  std::uint16_t port() const { return options_.port; }
  std::uint64_t dropped() const { return dropped_; }  // came, and found the kernel's buffer full
  std::uint64_t unsent() const { return unsent_; }    // the kernel would not take it

 private:
  struct Buffers;
  StampedSocket(io::Loop& loop, Receiver& receiver, Options options, int fd);
  void receive();
  WallTime read_control(const msghdr& message);

  io::Loop& loop_;
  Receiver& receiver_;
  const Options options_;
  const int fd_;
  std::unique_ptr<Buffers> buffers_;
  std::uint64_t dropped_ = 0;
  std::uint64_t unsent_ = 0;
};

}  // namespace firstring::load

// UdpSocket: one bound UDP socket on a Loop; datagrams come and go in batches of up to 64.
//
// Incoming: one recvmmsg into buffers made beforehand, then one call of the receiver each; nothing
// is allocated. Outgoing: send() queues, flush() hands the queue to the kernel; what the kernel has
// no room for stays queued, in order, until it has. The queue is bounded; a full one says so.
// Lives on: the loop's thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/loop.h"

namespace firstring::io {

class UdpSocket {
 public:
  class Receiver {
   public:
    virtual ~Receiver() = default;
    // `bytes` are valid during the call only. The socket must not be destroyed in it.
    virtual void on_datagram(std::string_view bytes, const sockaddr_storage& from) = 0;
    // ICMP told us that what was sent to `to` cannot arrive (port, host or net unreachable). Only
    // a hint: anyone who can send us ICMP can forge one.
    virtual void on_unreachable(const sockaddr_storage& to) = 0;
  };

  struct Options {
    std::string ip = "127.0.0.1";      // IPv6 without brackets; "::" is IPv6 only
    std::uint16_t port = 0;            // 0: any
    int kernel_buffer_bytes = 4 << 20; // in and out, best effort
    std::size_t queue_datagrams_max = 16'384;
    std::size_t queue_bytes_max = 16 << 20;
  };

  struct Counts {
    std::uint64_t received = 0, sent = 0;
    std::uint64_t refused = 0;         // the queue was full
    std::uint64_t failed = 0;          // the kernel would not send it (no route, too big)
  };

  // Code::conflict: the port is taken.
  static Result<std::unique_ptr<UdpSocket>> open(Loop& loop, Receiver& receiver, Options options);
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  // Copies `bytes`. False: the queue is full, and the datagram is lost.
  bool send(const sockaddr_storage& to, socklen_t to_size, std::string_view bytes);
  void flush();

  // What waits in the kernel to be received, and how much may. One system call where the last batch
  // was a full one; else nothing to speak of waits, and it says 0.
  struct Backlog {
    std::size_t bytes = 0, bytes_max = 0;
  };
  Backlog backlog() const;

  std::uint16_t port() const { return port_; }
  const Counts& counts() const { return counts_; }
  std::size_t queued() const { return queue_.size() - queue_first_; }

 private:
  struct Buffers;
  struct Queued {
    sockaddr_in6 to;                   // sockaddr_in where it is IPv4
    socklen_t to_size;
    std::size_t offset, size;          // in queue_bytes_
  };

  UdpSocket(Loop& loop, Receiver& receiver, Options options, int fd);
  void on_ready(std::uint32_t events);
  void receive_batch();
  void receive_errors();
  void watch_output(bool wanted);
  void forget_sent();

  Loop& loop_;
  Receiver& receiver_;
  const Options options_;
  const int fd_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Buffers> buffers_;
  std::vector<Queued> queue_;
  std::size_t queue_first_ = 0;        // those before it are sent
  std::string queue_bytes_;
  bool output_watched_ = false;
  bool batch_was_full_ = false;
  Counts counts_;
};

}  // namespace firstring::io

// SocketConnection: one WebSocket (RFC 6455) over TCP or TLS, on Boost.Beast.
//
// Texts go out one at a time; what waits is bounded, and a client that lets more pile up is closed
// with 4408. Included by server.cpp only, for Beast is slow to compile.
// Lives on: HTTP thread. Kept alive by its own pending operations (shared_ptr: as Asio wants it).
#pragma once

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/assert.h"
#include "http/core.h"

namespace firstring::http {

template <typename Stream>
class SocketConnection final : public Guest,
                               public SocketDoor,
                               public std::enable_shared_from_this<SocketConnection<Stream>> {
 public:
  SocketConnection(Core& core, Stream stream, std::string remote, std::uint64_t number,
                   std::unique_ptr<SocketEvents> events)
      : core_(core), stream_(std::move(stream)), number_(number), events_(std::move(events)),
        close_timer_(core.context) {
    core_.guests.came(*this, remote);
    core_.sockets[number_] = this;
  }
  ~SocketConnection() { be_closed(); }

  void start(const beast::http::request<beast::http::empty_body>& request, std::string protocol) {
    namespace ws = beast::websocket;
    beast::get_lowest_layer(stream_).expires_never();  // it keeps time itself from here on
    // A ping after half the idle time: 20 s. Nobody home after twice that.
    stream_.set_option(ws::stream_base::timeout{std::chrono::seconds(10), std::chrono::seconds(40),
                                                true});
    stream_.set_option(ws::stream_base::decorator(
        [protocol = std::move(protocol)](ws::response_type& response) {
          if (!protocol.empty()) {
            response.set(beast::http::field::sec_websocket_protocol, protocol);
          }
          response.set(beast::http::field::server, "Firstring");
        }));
    stream_.read_message_max(k_text_bytes_max);
    stream_.auto_fragment(false);
    stream_.text(true);
    stream_.async_accept(request, [self = this->shared_from_this()](error_code error) {
      if (error) return self->be_closed();
      self->open_ = true;
      self->read_next();
      self->write_next();
    });
  }

  void send(std::string text) override {
    if (closing_ || !events_) return;
    lingers_ = false;
    queued_bytes_ += text.size();
    queue_.push_back(std::move(text));
    if (queued_bytes_ > k_queued_bytes_max) {
      // What waits is lost to this client; it resumes by sequence number.
      queue_.erase(queue_.begin() + (writing_ ? 1 : 0), queue_.end());
      close(k_close_too_slow, "too slow; resume");
      return;
    }
    if (queue_.size() == 1) write_next();
  }

  void close(std::uint16_t code, std::string reason) override {
    if (closing_ || !events_) return;
    closing_ = beast::websocket::close_reason(static_cast<beast::websocket::close_code>(code),
                                              reason.substr(0, 120));
    close_timer_.expires_after(std::chrono::seconds(5));
    close_timer_.async_wait([weak = this->weak_from_this()](error_code error) {
      if (const auto self = weak.lock(); self && !error) self->turn_out();
    });
    write_next();
  }

  bool lingers() const override { return lingers_; }
  void turn_out() override { beast::get_lowest_layer(stream_).close(); }
  void say_goodbye() override { close(1001, "the server stops"); }

 private:
  void read_next() {
    stream_.async_read(buffer_, [self = this->shared_from_this()](error_code error, std::size_t) {
      self->on_read(error);
    });
  }

  void on_read(error_code error) {
    if (error) return be_closed();
    if (!stream_.got_text()) {
      close(1003, "text only");
    } else if (!closing_ && events_) {
      events_->on_text(beast::buffers_to_string(buffer_.data()));
    }
    buffer_.consume(buffer_.size());
    read_next();
  }

  void write_next() {
    if (!open_ || writing_) return;
    if (!queue_.empty()) {
      writing_ = true;
      stream_.async_write(asio::buffer(queue_.front()),
                          [self = this->shared_from_this()](error_code error, std::size_t) {
                            self->on_written(error);
                          });
    } else if (closing_ && !close_sent_) {
      close_sent_ = true;
      stream_.async_close(*closing_, [self = this->shared_from_this()](error_code) {
        self->be_closed();
      });
    }
  }

  void on_written(error_code error) {
    writing_ = false;
    if (error) return turn_out();  // the pending read tells of the end
    ASSERT(!queue_.empty());
    queued_bytes_ -= std::min(queued_bytes_, queue_.front().size());
    queue_.pop_front();
    if (queue_.empty()) {
      queued_bytes_ = 0;
      if (events_ && !closing_) events_->on_sent();
    }
    write_next();
  }

  void be_closed() {
    if (!events_) return;
    close_timer_.cancel();
    core_.guests.left(*this);
    core_.sockets.erase(number_);
    // Gone from here before it is told, so that a late send() finds nothing.
    const auto events = std::move(events_);
    events->on_closed();
  }

  Core& core_;
  beast::websocket::stream<Stream, false> stream_;
  const std::uint64_t number_;
  std::unique_ptr<SocketEvents> events_;  // null: closed
  asio::steady_timer close_timer_;
  beast::flat_buffer buffer_{k_text_bytes_max + 16};
  std::deque<std::string> queue_;
  std::size_t queued_bytes_ = 0;
  std::optional<beast::websocket::close_reason> closing_;
  bool open_ = false, writing_ = false, close_sent_ = false, lingers_ = true;
};

}  // namespace firstring::http

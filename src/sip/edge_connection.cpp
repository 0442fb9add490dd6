#include "sip/edge_connection.h"

#include <boost/asio/ip/address.hpp>

#include <utility>

#include "base/assert.h"
#include "io/clock.h"

namespace firstring::sip {

EdgeConnection::EdgeConnection(EdgeHost& host, const Peer& peer, Side side)
    : host_(host), peer_(peer), side_(side), phase_since_(io::read_mono()),
      last_byte_(phase_since_) {}

void EdgeConnection::send(std::string bytes) {
  if (is_closed() || bytes.empty()) return;
  output_bytes_ += bytes.size();
  if (output_bytes_ > host_.options().output_bytes_max) return close("does not read");
  queue_.push_back(std::move(bytes));
  if (is_ready()) write_some();
}

bool EdgeConnection::take_output(std::size_t bytes_max) {
  if (!is_ready() || !writing_.empty() || queue_.empty()) return false;
  writing_ = std::move(queue_.front());
  queue_.pop_front();
  while (!queue_.empty() && writing_.size() + queue_.front().size() <= bytes_max) {
    writing_ += queue_.front();
    queue_.pop_front();
  }
  return true;
}

void EdgeConnection::written() {
  ASSERT(output_bytes_ >= writing_.size());
  output_bytes_ -= writing_.size();
  writing_.clear();
  write_some();
}

void EdgeConnection::enter(Phase phase) {
  phase_ = phase;
  phase_since_ = io::read_mono();
  if (phase != Phase::ready) return;
  note_bytes();
  was_ready_ = true;
  host_.opened(*this);
  write_some();
}

void EdgeConnection::close(std::string_view why) {
  if (is_closed()) return;
  phase_ = Phase::closed;
  const auto self = shared_from_this();  // the host lets go of us in closed()
  close_socket();
  host_.closed(*this, why);
}

void EdgeConnection::note_bytes() {
  last_byte_ = io::read_mono();
  pinged_ = false;
}

void EdgeConnection::note_partial(bool partial) {
  if (!partial) partial_since_.reset();
  else if (!partial_since_) partial_since_ = last_byte_;
}

void EdgeConnection::check_deadlines(MonoTime now) {
  const EdgeOptions& limits = host_.options();
  switch (phase_) {
    case Phase::connecting:
      if (now - phase_since_ > limits.connect_max) close("no connection in time");
      return;
    case Phase::shaking_hands:
      if (now - phase_since_ > limits.handshake_max) close("no handshake in time");
      return;
    case Phase::ready: break;
    case Phase::closed: return;
  }
  // While control is slow we do not read: that the peer cannot finish its message is our fault.
  if (!host_.may_read()) {
    last_byte_ = now;
    if (partial_since_) partial_since_ = now;
    return;
  }
  if (is_ending()) note_partial(true);
  if (partial_since_ && now - *partial_since_ > limits.partial_message_max) {
    return close("message not complete in time");
  }
  const Duration silent = now - last_byte_;
  if (silent > limits.idle_max && now > kept_until_) return close("idle");
  if (silent > limits.idle_max / 2 && !pinged_) {
    pinged_ = true;
    ping();
  }
}

boost::asio::ip::tcp::endpoint endpoint_of(const Address& address) {
  namespace ip = boost::asio::ip;
  const ip::address_v6 v6(address.ip);
  if (address.is_v4()) return {ip::make_address_v4(ip::v4_mapped, v6), address.port};
  return {v6, address.port};
}

}  // namespace firstring::sip

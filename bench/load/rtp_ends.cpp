#include "bench/load/rtp_ends.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "io/clock.h"

namespace firstring::load {
namespace {

constexpr std::size_t k_packet_bytes = k_rtp_header_bytes + k_payload_bytes;
constexpr std::size_t k_ports = 65'536;

void write_u16(std::uint16_t value, char* out) {
  out[0] = static_cast<char>(value >> 8);
  out[1] = static_cast<char>(value);
}

void write_u32(std::uint32_t value, char* out) {
  write_u16(static_cast<std::uint16_t>(value >> 16), out);
  write_u16(static_cast<std::uint16_t>(value), out + 2);
}

}  // namespace

RtpEnds::RtpEnds(io::Loop& loop)
    : loop_(loop), end_by_port_(k_sockets, std::vector<std::uint32_t>(k_ports)),
      send_timer_(loop.timers()) {}

Result<std::unique_ptr<RtpEnds>> RtpEnds::open(io::Loop& loop, std::uint16_t port_first) {
  std::unique_ptr<RtpEnds> ends(new RtpEnds(loop));
  for (std::size_t i = 0; i < k_sockets; ++i) {
    const auto port = static_cast<std::uint16_t>(port_first + 2 * i);
    ends->sockets_.push_back(TRY(StampedSocket::open(loop, *ends, {.port = port, .number = i})));
  }
  return ends;
}

RtpEnds::End RtpEnds::open_end(const Start& start) {
  if (free_.empty()) {
    free_.push_back(static_cast<End>(ends_.size()));
    ends_.emplace_back();
  }
  const End id = free_.back();
  free_.pop_back();
  OneEnd& end = ends_[id];
  end = {.open = true,
         .socket = start.socket,
         .peer = start.peer,
         .use = start.use,
         .answered = start.answered,
         .sequence = static_cast<std::uint16_t>(random_.next()),
         .timestamp = static_cast<std::uint32_t>(random_.next()),
         .ssrc = static_cast<std::uint32_t>(random_.next())};
  open_count_ += 1;
  end_by_port_[end.socket][ntohs(end.peer.sin_port)] = id + 1;
  if (end.use != MediaUse::both_ways) return id;
  senders_[end.socket].push_back(id);
  sender_count_ += 1;
  if (!send_timer_.armed()) {
    next_send_ = io::read_mono();
    send_timer_.start(1ms, [this] { send_due(); });
  }
  return id;
}

void RtpEnds::close_end(End id) {
  OneEnd& end = ends_[id];
  ASSERT(end.open);
  fold(end);
  auto& owner = end_by_port_[end.socket][ntohs(end.peer.sin_port)];
  if (owner == id + 1) owner = 0;  // or the server gave the port to a new call already
  if (end.use == MediaUse::both_ways) {
    auto& senders = senders_[end.socket];
    *std::ranges::find(senders, id) = senders.back();
    senders.pop_back();
    sender_count_ -= 1;
  }
  end.open = false;
  open_count_ -= 1;
  free_.push_back(id);
}

void RtpEnds::move_end(End id, const sockaddr_in& peer) {
  OneEnd& end = ends_[id];
  auto& owner = end_by_port_[end.socket][ntohs(end.peer.sin_port)];
  if (owner == id + 1) owner = 0;
  end.peer = peer;
  end_by_port_[end.socket][ntohs(peer.sin_port)] = id + 1;
}

void RtpEnds::begin_count() {
  figures_ = {};
  counting_ = true;
  for (OneEnd& end : ends_) end.count = {};
}

void RtpEnds::end_count() {
  for (OneEnd& end : ends_) {
    if (end.open) fold(end);
  }
  counting_ = false;
}

RtpEnds::Figures RtpEnds::take_figures() {
  for (OneEnd& end : ends_) {
    if (end.open) fold(end);
  }
  return std::move(figures_);
}

void RtpEnds::fold(OneEnd& end) {
  if (counting_) {
    figures_.received += end.count.received();
    figures_.lost += end.count.lost();
  }
  end.count = {};
}

void RtpEnds::on_datagram(std::size_t socket, const StampedSocket::Datagram& datagram) {
  const auto owner = end_by_port_[socket][ntohs(datagram.from.sin_port)];
  if (owner == 0) {
    figures_.strangers += 1;
    return;
  }
  OneEnd& end = ends_[owner - 1];
  const auto packet = read_rtp(datagram.bytes);
  if (!end.heard && end.answered.ns != 0) {
    figures_.first_packet.add(datagram.arrived - end.answered);
  }
  end.heard = true;
  if (!counting_) return;
  if (!packet || packet->payload_type != 0 || packet->payload.size() != k_payload_bytes) {
    figures_.odd += 1;
    if (!packet) return;
  }
  if (const auto spacing = end.count.on_packet(*packet, datagram.arrived)) {
    figures_.spacing.add(*spacing);
  }
  if (is_silence(packet->payload)) figures_.silent += 1;
  if (end.use != MediaUse::both_ways) return;
  if (const auto sent = read_mark(packet->payload)) {
    figures_.delay.add(datagram.arrived - *sent);
  } else {
    figures_.unmarked += 1;
  }
}

void RtpEnds::send_due() {
  const MonoTime now = io::read_mono();
  while (next_send_ <= now) {
    if (!senders_[next_sender_].empty()) {
      if (counting_) figures_.send_lateness.add(io::read_mono() - next_send_);
      send_all_of(next_sender_);
    }
    next_sender_ = (next_sender_ + 1) % k_sockets;
    next_send_ = next_send_ + 1ms;
  }
  if (sender_count_ > 0) send_timer_.start(next_send_ - now, [this] { send_due(); });
}

void RtpEnds::send_all_of(std::size_t socket) {
  std::array<char, k_packet_bytes> packet;
  packet.fill('\x2b');  // something to hear; what it is does not matter
  packet[0] = '\x80';
  packet[1] = 0;        // PCMU
  for (const End id : senders_[socket]) {
    OneEnd& end = ends_[id];
    write_u16(end.sequence, &packet[2]);
    write_u32(end.timestamp, &packet[4]);
    write_u32(end.ssrc, &packet[8]);
    end.sequence += 1;
    end.timestamp += k_payload_bytes;
    write_mark(&packet[k_rtp_header_bytes], io::read_wall());
    sockets_[socket]->send(end.peer, {packet.data(), packet.size()});
  }
}

std::uint64_t RtpEnds::dropped() const {
  std::uint64_t all = 0;
  for (const auto& socket : sockets_) all += socket->dropped();
  return all;
}

std::uint64_t RtpEnds::unsent() const {
  std::uint64_t all = 0;
  for (const auto& socket : sockets_) all += socket->unsent();
  return all;
}

}  // namespace firstring::load

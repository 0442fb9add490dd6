// A stream's RTCP: what we tell the peer about every 5 s, and what it tells us.
#include <sys/socket.h>

#include <cstring>

#include "media/stream.h"

namespace firstring::media {
namespace {

// RFC 3550 §6.2: 5 s, the first after half of it, each times 0.5 to 1.5 so that nobody keeps step.
constexpr Duration k_interval = 5s;
constexpr std::size_t k_rtcp_bytes_max = 1400;

// An NTP time on our monotonic clock: only differences of it are ever looked at, and it never
// jumps.
std::uint64_t ntp_at(MonoTime now) { return ntp_of(WallTime{now.ns}); }

}  // namespace

void Stream::start_rtcp_timer(bool first) {
  const Duration mean = first ? k_interval / 2 : k_interval;
  const double factor = 0.5 + shared_.random.uniform();
  const Duration after(static_cast<std::int64_t>(static_cast<double>(mean.count()) * factor));
  rtcp_timer_.start(after, [this] {
    if (packets_sent_ > 0 || reception_.any()) send_rtcp(false);
    start_rtcp_timer(false);
  });
}

NetAddress Stream::rtcp_address() const {
  if (plan_.rtcp_mux) return source_.address();
  if (rtcp_from_.family() != AF_UNSPEC) return rtcp_from_;
  if (source_.address() == source_.signalled()) {
    const auto told = NetAddress::of(plan_.remote_rtcp);
    if (told && told->is_destination()) return *told;
  }
  return source_.address().with_port(static_cast<std::uint16_t>(source_.address().port() + 1));
}

void Stream::send_rtcp(bool bye) {
  if (plan_.send_key && !protect_) return;
  const NetAddress to = rtcp_address();
  if (!configured_ || !to.is_destination()) return;
  const MonoTime now = shared_.now();
  RtcpReport report;
  report.ssrc = out_.ssrc();
  report.bye = bye;
  report.cname = "firstring";
  if (packets_sent_ > packets_at_report_) {
    report.sender = RtcpSenderPart{
        .ntp = ntp_at(now),
        .rtp_timestamp = out_.timestamp_at(now, rtp_clock_of(send_codec_)),
        .packets = static_cast<std::uint32_t>(packets_sent_),
        .bytes = static_cast<std::uint32_t>(bytes_sent_)};
  }
  packets_at_report_ = packets_sent_;
  if (reception_.any()) {
    const auto heard = reception_.take_report();
    RtcpBlock block{.ssrc = heard.ssrc,
                    .fraction_lost = heard.fraction_lost,
                    .cumulative_lost = heard.cumulative_lost,
                    .highest_sequence = heard.highest_sequence,
                    .jitter = heard.jitter};
    if (peer_report_middle_ != 0) {
      block.last_sr = peer_report_middle_;
      const std::int64_t delay_ns = (now - peer_report_at_).count();
      block.delay_since_last_sr = static_cast<std::uint32_t>(delay_ns / 1000 * 65536 / 1'000'000);
    }
    report.blocks.push_back(block);
  }
  std::vector<std::uint8_t> packet = build_rtcp(report);
  std::size_t size = packet.size();
  if (protect_) {
    packet.resize(size + k_srtp_room);
    if (protect_->protect_rtcp(packet, size) != SrtpSide::Verdict::ok) return;
  }
  const int fd = plan_.rtcp_mux ? rtp_fd_ : rtcp_fd_;
  sendto(fd, packet.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL, to.raw(), to.size());
}

void Stream::on_rtcp(std::span<std::uint8_t> buffer, std::size_t size, const NetAddress& from) {
  if (!configured_ || size > k_rtcp_bytes_max) return;
  // Reports steer nothing but statistics; still a stranger's are not believed. Behind NAT the port
  // is anyone's guess, the host is not.
  const NetAddress& peer = source_.address();
  const auto told = NetAddress::of(plan_.remote_rtcp);
  const bool from_told = told && *told == from;
  if (!from_told && !(from.with_port(0) == peer.with_port(0))) {
    strangers_ += 1;
    return;
  }
  if (plan_.receive_key) {
    if (!unprotect_ || unprotect_->unprotect_rtcp(buffer, size) != SrtpSide::Verdict::ok) {
      rejected_ += 1;
      return;
    }
  }
  const auto report = parse_rtcp(buffer.first(size));
  if (!report || report->ssrc == out_.ssrc()) {
    rejected_ += 1;
    return;
  }
  const bool learned_rtp = !(source_.address() == source_.signalled());
  if (!plan_.rtcp_mux && learned_rtp) rtcp_from_ = from;
  take_report(*report);
}

void Stream::take_report(const RtcpReport& report) {
  const MonoTime now = shared_.now();
  if (report.sender) {
    peer_report_middle_ = middle_of(report.sender->ntp);
    peer_report_at_ = now;
  }
  for (const RtcpBlock& block : report.blocks) {
    if (block.ssrc != out_.ssrc()) continue;
    remote_loss_sum_ += block.fraction_lost * 100.0 / 256;
    remote_loss_count_ += 1;
    if (const auto trip = round_trip(block, middle_of(ntp_at(now)))) {
      round_trip_ms_ = seconds(*trip) * 1000;
    }
  }
}

}  // namespace firstring::media

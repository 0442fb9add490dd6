#include "bench/load/agents.h"

#include <algorithm>

#include "io/clock.h"

namespace firstring::load {
namespace {

constexpr Duration k_t1 = 500ms;       // RFC 3261 §13.3.1.4, §17.1.2
constexpr Duration k_t2 = 4s;
constexpr Duration k_give_up = 32s;    // 64 * T1
constexpr std::string_view k_tag = "agent";

std::string agent_of(const sip::Message& invite) {
  const auto uri = sip::parse_uri(invite.request_uri());
  return uri ? std::string(uri->user) : std::string();
}

}  // namespace

Agents::Agents(io::Loop& loop, RtpEnds& rtp, Options options)
    : loop_(loop), rtp_(rtp), options_(std::move(options)),
      random_(static_cast<std::uint64_t>(io::read_wall().ns)) {}

Result<std::unique_ptr<Agents>> Agents::open(io::Loop& loop, RtpEnds& rtp, Options options) {
  std::unique_ptr<Agents> agents(new Agents(loop, rtp, std::move(options)));
  agents->socket_ = TRY(StampedSocket::open(
      loop, *agents, {.port = agents->options_.port, .kernel_buffer_bytes = 32 << 20}));
  return agents;
}

void Agents::on_datagram(std::size_t, const StampedSocket::Datagram& datagram) {
  if (message_.parse(datagram.bytes)) {
    counts_.odd += 1;
    return;
  }
  if (message_.is_request()) return on_request(datagram);
  if (message_.cseq().method != sip::Method::bye || message_.status() < 200) return;
  const std::string call_id(message_.call_id());
  const auto found = calls_.find(call_id);
  if (found == calls_.end() || !found->second->leaving) return;
  free_since_[found->second->agent] = datagram.arrived;
  finish(call_id);
}

void Agents::on_request(const StampedSocket::Datagram& datagram) {
  const std::string call_id(message_.call_id());
  const auto found = calls_.find(call_id);
  Call* const call = found == calls_.end() ? nullptr : found->second.get();
  switch (message_.method()) {
    case sip::Method::invite:
      if (call == nullptr) return on_offer(datagram);
      return on_reoffer(*call, datagram);
    case sip::Method::update:
      return call == nullptr ? respond(481, datagram) : on_reoffer(*call, datagram);
    case sip::Method::ack:
      return call == nullptr ? void() : on_ack(*call);
    case sip::Method::bye:
      respond(200, datagram);  // also one that is repeated, or that crossed ours
      return call == nullptr || call->leaving ? void() : finish(call_id);
    case sip::Method::cancel:
      return respond(call == nullptr ? 481 : 200, datagram);  // our 200 has crossed it: BYE follows
    default:
      return respond(message_.method() == sip::Method::options ? 200 : 501, datagram);
  }
}

void Agents::respond(int status, const StampedSocket::Datagram& datagram) {
  socket_->send(datagram.from, response_text(message_, datagram.from,
                                             {.status = status, .tag = k_tag}));
}

void Agents::on_offer(const StampedSocket::Datagram& datagram) {
  if (!message_.to().tag().empty()) return respond(481, datagram);
  auto made = std::make_unique<Call>(loop_.timers());
  Call& call = *made;
  call.agent = agent_of(message_);
  measure_offer(call.agent, datagram.arrived);
  call.peer = datagram.from;
  call.rtp_socket = rtp_.next_socket();
  call.dialog = dialog_of_invite(message_, k_tag);
  call.pending = response_text(message_, datagram.from,
                               {.status = 200,
                                .tag = k_tag,
                                .contact = call.agent,
                                .port = options_.port,
                                .sdp = sdp_for(rtp_.port_of(call.rtp_socket))});
  send_repeating(call);
  const auto peer = media_address(message_.body());
  if (options_.media != MediaUse::none && peer) {
    call.rtp = rtp_.open_end({.socket = call.rtp_socket, .peer = *peer, .use = options_.media});
  }
  call.limit.start(k_give_up, [this, id = std::string(message_.call_id())] { finish(id); });
  calls_.emplace(message_.call_id(), std::move(made));
}

void Agents::measure_offer(const std::string& agent, WallTime arrived) {
  counts_.offered += 1;
  if (calls_of_[agent]++ > 0) counts_.offered_while_busy += 1;
  if (const auto free = free_since_.find(agent); free != free_since_.end()) {
    free_for_.add(arrived - free->second);
    free_since_.erase(free);
  }
  if (!options_.invited_at) return;
  if (const auto sent = options_.invited_at(message_.from().uri.user)) {
    reached_after_.add(arrived - *sent);
  }
}

void Agents::on_reoffer(Call& call, const StampedSocket::Datagram& datagram) {
  if (message_.to().tag().empty()) {  // the first INVITE once more: its 200 is on the way again
    counts_.heard_again += 1;
    if (!call.leaving) socket_->send(datagram.from, call.pending);
    return;
  }
  ResponseText response{.status = 200, .contact = call.agent, .port = options_.port};
  const std::string sdp = sdp_for(rtp_.port_of(call.rtp_socket));
  if (message_.method() == sip::Method::invite || !message_.body().empty()) response.sdp = sdp;
  socket_->send(datagram.from, response_text(message_, datagram.from, response));
  const auto peer = media_address(message_.body());
  if (peer && call.rtp) rtp_.move_end(*call.rtp, *peer);
}

void Agents::on_ack(Call& call) {
  if (call.confirmed || call.leaving) return;
  call.confirmed = true;
  counts_.confirmed += 1;
  call.repeat.stop();
  call.limit.stop();
  if (options_.talk) call.limit.start(*options_.talk, [this, &call] { hang_up(call); });
}

void Agents::hang_up(Call& call) {
  call.leaving = true;
  call.pending = request_text(
      call.dialog,
      {.method = "BYE", .cseq = 1, .port = options_.port, .branch = random_.next()});
  call.limit.start(k_give_up, [this, id = call.dialog.call_id] { finish(id); });
  send_repeating(call);
}

void Agents::send_repeating(Call& call) {
  socket_->send(call.peer, call.pending);
  call.interval = k_t1;
  call.repeat.start(call.interval, [this, &call] { repeat(call); });
}

void Agents::repeat(Call& call) {
  counts_.repeated += 1;
  socket_->send(call.peer, call.pending);
  call.interval = std::min(call.interval * 2, k_t2);
  call.repeat.start(call.interval, [this, &call] { repeat(call); });
}

void Agents::finish(const std::string& call_id) {
  const auto found = calls_.find(call_id);
  if (found == calls_.end()) return;
  Call& call = *found->second;
  if (call.rtp) rtp_.close_end(*call.rtp);
  calls_of_[call.agent] -= 1;
  counts_.ended += 1;
  calls_.erase(found);
}

}  // namespace firstring::load

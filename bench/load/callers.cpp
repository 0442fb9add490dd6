#include "bench/load/callers.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "base/assert.h"
#include "base/ids.h"
#include "io/clock.h"
#include "sip/message_builder.h"

namespace firstring::load {
namespace {

constexpr Duration k_t1 = 500ms;  // RFC 3261 §17: the first repeat
constexpr Duration k_t2 = 4s;     // and the longest interval of a BYE's

// "load-12-3": index and generation of a caller, as From carries them.
constexpr std::string_view k_name = "load-";

struct CallerName {
  std::uint32_t index = 0, generation = 0;
};

std::optional<CallerName> read_name(std::string_view text) {
  if (!text.starts_with(k_name)) return {};
  CallerName name;
  const char* const end = text.data() + text.size();
  const auto index = std::from_chars(text.data() + k_name.size(), end, name.index);
  if (index.ec != std::errc() || index.ptr == end || *index.ptr != '-') return {};
  const auto generation = std::from_chars(index.ptr + 1, end, name.generation);
  if (generation.ec != std::errc() || generation.ptr != end) return {};
  return name;
}

std::uint64_t seed_of_this_run() {
  return static_cast<std::uint64_t>(io::read_wall().ns) ^ static_cast<std::uint64_t>(getpid());
}

}  // namespace

std::uint64_t Callers::Counts::refused_all() const {
  std::uint64_t all = 0;
  for (const auto& [status, count] : refused) all += count;
  return all;
}

Callers::Callers(io::Loop& loop, RtpEnds& rtp, Options options)
    : loop_(loop), rtp_(rtp), options_(std::move(options)), target_(loopback(options_.target_port)),
      target_uri_("sip:" + options_.user + "@" + host_port_of(options_.target_port)),
      random_(seed_of_this_run()), run_(encode_base32(random_.next())) {
  for (std::size_t i = 0; i < offers_.size(); ++i) offers_[i] = sdp_for(rtp_.port_of(i));
}

Result<std::unique_ptr<Callers>> Callers::open(io::Loop& loop, RtpEnds& rtp, Options options) {
  std::unique_ptr<Callers> callers(new Callers(loop, rtp, std::move(options)));
  callers->socket_ = TRY(StampedSocket::open(
      loop, *callers, {.port = callers->options_.port, .kernel_buffer_bytes = 32 << 20}));
  return callers;
}

std::string Callers::name_of(std::uint32_t index) const {
  return std::string(k_name) + std::to_string(index) + "-" +
         std::to_string(calls_[index].generation);
}

// Our Call-ID is "<run>.<name>".
Callers::Call* Callers::find(std::string_view call_id) {
  if (!call_id.starts_with(run_) || call_id.size() <= run_.size()) return nullptr;
  const auto name = read_name(call_id.substr(run_.size() + 1));
  if (!name || name->index >= calls_.size()) return nullptr;
  Call& call = calls_[name->index];
  return call.state != State::idle && call.generation == name->generation ? &call : nullptr;
}

std::optional<WallTime> Callers::invited_at(std::string_view from_user) const {
  const auto name = read_name(from_user);
  if (!name || name->index >= calls_.size()) return {};
  const Call& call = calls_[name->index];
  if (call.generation != name->generation || call.state == State::idle) return {};
  return call.invited;
}

void Callers::start_call() {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(calls_.size()));
    calls_.emplace_back(free_.back(), loop_.timers());
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  Call& call = calls_[index];
  call.generation += 1;
  call.state = State::calling;
  call.was_repeated = false;
  call.rtp_socket = rtp_.next_socket();
  const std::string name = name_of(index);
  call.pending = invite_text({.uri = target_uri_,
                              .caller = name,
                              .call_id = run_ + "." + name,
                              .port = options_.port,
                              .branch = random_.next(),
                              .sdp = offers_[call.rtp_socket]});
  counts_.started += 1;
  in_progress_ += 1;
  in_progress_most_ = std::max(in_progress_most_, in_progress_);
  call.limit.start(options_.give_up, [this, &call] { give_up(call); });
  call.started = io::read_mono();
  call.invited = io::read_wall();
  send_repeating(call);
}

void Callers::send_repeating(Call& call) {
  socket_->send(target_, call.pending);
  call.interval = k_t1;
  call.repeat.start(call.interval, [this, &call] { repeat(call); });
}

void Callers::repeat(Call& call) {
  ASSERT(call.state == State::calling || call.state == State::leaving);
  counts_.repeated += 1;
  call.was_repeated = true;
  socket_->send(target_, call.pending);
  call.interval *= 2;
  if (call.state == State::leaving) call.interval = std::min(call.interval, k_t2);
  call.repeat.start(call.interval, [this, &call] { repeat(call); });
}

void Callers::give_up(Call& call) {
  if (call.state == State::leaving) {
    counts_.badly_ended += 1;
  } else {
    counts_.unanswered += 1;
    if (call.state == State::proceeding) socket_->send(target_, sip::cancel_for(call.pending, {}));
    if (on_first_answer) {
      on_first_answer({.started = call.started,
                       .took = io::read_mono() - call.started,
                       .repeated = call.was_repeated});
    }
  }
  finish(call);
}

void Callers::on_datagram(std::size_t, const StampedSocket::Datagram& datagram) {
  if (message_.parse(datagram.bytes)) {
    counts_.odd += 1;
    return;
  }
  if (message_.is_request()) return on_request(datagram);
  if (message_.cseq().method == sip::Method::invite) return on_invite_answer(datagram);
  if (message_.cseq().method == sip::Method::bye) return on_bye_answer();
}

void Callers::on_invite_answer(const StampedSocket::Datagram& datagram) {
  const int status = message_.status();
  Call* const call = find(message_.call_id());
  if (call == nullptr) {
    if (status >= 200) answer_late(datagram.from);
    return;
  }
  const bool calling = call->state == State::calling || call->state == State::proceeding;
  if (status < 200) {
    if (calling) call->repeat.stop();
    if (calling) call->state = State::proceeding;
  } else if (!calling) {
    counts_.heard_again += 1;
    socket_->send(target_, call->ack);
  } else if (status < 300) {
    on_answered(*call, datagram.arrived);
  } else {
    on_refused(*call, datagram.arrived);
  }
}

void Callers::on_answered(Call& call, WallTime arrived) {
  const Duration took = arrived - call.invited;
  call.repeat.stop();
  call.limit.stop();
  call.state = State::up;
  call.dialog = dialog_of_answer(message_);
  call.ack = request_text(call.dialog, {.method = "ACK",
                                        .cseq = message_.cseq().number,
                                        .port = options_.port,
                                        .branch = random_.next()});
  socket_->send(target_, call.ack);
  counts_.answered += 1;
  answered_after_.add(took);
  const auto peer = media_address(message_.body());
  if (options_.media != MediaUse::none && peer) {
    call.rtp = rtp_.open_end({.socket = call.rtp_socket,
                              .peer = *peer,
                              .use = options_.media,
                              .answered = arrived});
  }
  if (on_first_answer) {
    on_first_answer({.started = call.started,
                     .took = took,
                     .status = message_.status(),
                     .repeated = call.was_repeated});
  }
  if (!options_.hold) return;
  if (*options_.hold == Duration::zero()) return hang_up(call);
  call.limit.start(*options_.hold, [this, &call] { hang_up(call); });
}

void Callers::on_refused(Call& call, WallTime arrived) {
  const Duration took = arrived - call.invited;
  socket_->send(target_, refusal_ack_text(target_uri_, message_));
  counts_.refused[message_.status()] += 1;
  refused_after_.add(took);
  if (on_first_answer) {
    on_first_answer({.started = call.started,
                     .took = took,
                     .status = message_.status(),
                     .repeated = call.was_repeated});
  }
  finish(call);
}

// To a call that we gave up, or think ended. The server must neither keep it nor repeat itself.
void Callers::answer_late(const sockaddr_in& from) {
  counts_.heard_again += 1;
  if (message_.status() >= 300) {
    socket_->send(from, refusal_ack_text(target_uri_, message_));
    return;
  }
  const Dialog dialog = dialog_of_answer(message_);
  for (const std::string_view method : {"ACK", "BYE"}) {
    const std::uint32_t cseq = message_.cseq().number + (method == "BYE" ? 1 : 0);
    socket_->send(from, request_text(dialog, {.method = method,
                                              .cseq = cseq,
                                              .port = options_.port,
                                              .branch = random_.next()}));
  }
}

bool Callers::hang_up_one() {
  for (; hang_up_next_ < calls_.size(); ++hang_up_next_) {
    if (calls_[hang_up_next_].state != State::up) continue;
    hang_up(calls_[hang_up_next_++]);
    return true;
  }
  return false;
}

void Callers::hang_up(Call& call) {
  ASSERT(call.state == State::up);
  stop_media(call);
  call.state = State::leaving;
  call.pending = request_text(call.dialog, {.method = "BYE",
                                            .cseq = 2,
                                            .port = options_.port,
                                            .branch = random_.next()});
  call.limit.start(options_.give_up, [this, &call] { give_up(call); });
  send_repeating(call);
}

void Callers::on_bye_answer() {
  Call* const call = find(message_.call_id());
  if (call == nullptr || call->state != State::leaving || message_.status() < 200) return;
  const bool well = message_.status() < 300;
  (well ? counts_.completed : counts_.badly_ended) += 1;
  finish(*call);
  if (well && on_completed) on_completed();
}

void Callers::on_request(const StampedSocket::Datagram& datagram) {
  const sip::Method method = message_.method();
  if (method == sip::Method::ack) return;
  Call* const call = find(message_.call_id());
  ResponseText response{.status = 200, .tag = "load", .contact = "load", .port = options_.port};
  if (call == nullptr) {
    // A BYE that is repeated, or that crossed ours, is answered as if the call still stood.
    if (method != sip::Method::bye && method != sip::Method::options) response.status = 481;
    socket_->send(datagram.from, response_text(message_, datagram.from, response));
    return;
  }
  if (method == sip::Method::invite || method == sip::Method::update) {
    if (!message_.body().empty()) response.sdp = offers_[call->rtp_socket];
    if (method == sip::Method::invite) response.sdp = offers_[call->rtp_socket];
    const auto peer = media_address(message_.body());
    if (peer && call->rtp) rtp_.move_end(*call->rtp, *peer);
  }
  socket_->send(datagram.from, response_text(message_, datagram.from, response));
  if (method != sip::Method::bye || call->state != State::up) return;
  const bool planned = options_.who_hangs_up == WhoHangsUp::server;
  (planned ? counts_.completed : counts_.cut_off) += 1;
  finish(*call);
  if (planned && on_completed) on_completed();
}

void Callers::stop_media(Call& call) {
  if (!call.rtp) return;
  rtp_.close_end(*call.rtp);
  call.rtp.reset();
}

void Callers::finish(Call& call) {
  ASSERT(call.state != State::idle && in_progress_ > 0);
  stop_media(call);
  call.repeat.stop();
  call.limit.stop();
  call.state = State::idle;
  in_progress_ -= 1;
  free_.push_back(call.index);
}

}  // namespace firstring::load

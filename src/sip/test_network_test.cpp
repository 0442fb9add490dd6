#include "sip/test_network.h"

#include <utility>

namespace firstring::sip {
namespace {

std::string_view name_of(Ended::By by) {
  switch (by) {
    case Ended::By::peer: return "peer";
    case Ended::By::us: return "us";
    case Ended::By::failure: return "failure";
  }
  return "";
}

std::string with(std::string_view word, std::string_view sdp) {
  return std::string(word) + (sdp.empty() ? "" : " ") + std::string(sdp);
}

}  // namespace

Party::Party(TestNetwork& network, std::string name, std::uint16_t port, UserAgentOptions options)
    : network_(network), name_(std::move(name)), random_(network.random.stream(name_)) {
  here_.transport = network.options.transport;
  here_.address = *Address::parse("127.0.0.1", port);
  if (is_reliable(here_.transport)) here_.connection = port;
  agent_ = std::make_unique<UserAgent>(
      UserAgent::Given{.clock = network.clock,
                       .timers = network.timers,
                       .random = random_,
                       .sender = *this,
                       .events = *this},
      std::move(options));
}

std::string Party::diary() { return std::exchange(diary_, {}); }

DialogId Party::call(Party& other, std::string sdp, InviteOptions options) {
  options.target = "sip:100@" + other.here().address.to_text();
  options.peer = other.here();
  options.from_uri = "sip:" + name_ + "@example.com";
  options.sdp = std::move(sdp);
  last_dialog = agent_->invite(std::move(options));
  return last_dialog;
}

void Party::send(const Peer& to, std::string_view bytes) { network_.carry(here_, to, bytes); }

Admission Party::admit(const Message& request, const Peer&) {
  if (on_admission) return on_admission(request);
  return {.kind = Admission::Kind::accept};
}

void Party::on_register(const Message& request, const Peer& source) {
  note("register");
  agent_->respond(request, source, 200, "", "Contact: <sip:1@127.0.0.1>;expires=60\r\n");
}

void Party::on_incoming(const IncomingCall& call) {
  last_dialog = call.dialog;
  note(with("incoming", call.offer));
  if (on_call) on_call(call);
}

void Party::on_provisional(DialogId dialog, int status, std::string_view sdp) {
  note(with("provisional " + std::to_string(status), sdp));
  if (on_provisional_do) on_provisional_do(dialog);
}

void Party::on_answered(DialogId dialog, std::string_view sdp) {
  note(with("answered", sdp));
  if (on_answered_do) on_answered_do(dialog);
}

void Party::on_confirmed(DialogId dialog, std::string_view sdp) {
  note(with("confirmed", sdp));
  if (on_confirmed_do) on_confirmed_do(dialog);
}

std::optional<std::string> Party::on_offer(DialogId, std::string_view sdp) {
  note(with("offer", sdp));
  return answer_to_offer;
}

std::string Party::make_offer(DialogId) {
  note("make offer");
  return late_offer;
}

void Party::on_reoffer_done(DialogId, int status, std::string_view sdp) {
  note(with("reoffer " + std::to_string(status), sdp));
}

void Party::on_info(DialogId, std::string_view type, std::string_view body) {
  note("info " + std::string(type) + " " + std::string(body));
}

void Party::on_ended(DialogId dialog, const Ended& ended) {
  ended_count[dialog] += 1;
  std::string line = "ended " + std::string(name_of(ended.by));
  if (ended.status != 0) line += " " + std::to_string(ended.status);
  if (ended.timer) line += " timer";
  if (ended.cancelled) line += " cancelled";
  if (!ended.reason.empty() && ended.by == Ended::By::peer) line += " " + ended.reason;
  note(line);
}

void Party::on_trace(DialogId, bool incoming, const Peer&, std::string_view summary) {
  if (traces) note((incoming ? "< " : "> ") + std::string(summary));
}

TestNetwork::TestNetwork(NetworkOptions the_options)
    : random(the_options.seed), options(the_options) {}

TestNetwork::~TestNetwork() = default;

Party& TestNetwork::add(std::string name, UserAgentOptions agent_options) {
  const auto port = static_cast<std::uint16_t>(5060 + parties_.size());
  parties_.push_back(
      std::make_unique<Party>(*this, std::move(name), port, std::move(agent_options)));
  Party& party = *parties_.back();
  attach(party.here(), [&party](std::string_view bytes, const Peer& from) {
    party.agent().receive(bytes, from);
  });
  return party;
}

void TestNetwork::attach(const Peer& here,
                         std::function<void(std::string_view, const Peer&)> receive) {
  attached_[here.address] = std::move(receive);
}

void TestNetwork::inject(const Peer& from, const Peer& to, std::string bytes) {
  on_the_way_.emplace(clock.now(), Delivery{from, to, std::move(bytes)});
}

void TestNetwork::carry(const Peer& from, const Peer& to, std::string_view bytes) {
  if (draw) {
    ladder += std::to_string(milliseconds(clock.now() - MonoTime{})) + " " +
              std::to_string(from.address.port) + " " +
              std::string(bytes.substr(0, bytes.find("\r\n"))) + "\n";
  }
  if (drop && drop(bytes)) return;
  if (random.chance(options.loss)) return;
  const int copies = random.chance(options.duplication) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    Duration delay = options.delay;
    if (options.jitter > Duration::zero()) {
      delay += Duration(static_cast<std::int64_t>(
          random.below(static_cast<std::uint64_t>(options.jitter.count()))));
    }
    on_the_way_.emplace(clock.now() + delay, Delivery{from, to, std::string(bytes)});
  }
}

bool TestNetwork::step(MonoTime until) {
  const auto due = timers.next_due();
  MonoTime next = until;
  bool any = false;
  if (due && *due <= next) {
    next = *due;
    any = true;
  }
  if (!on_the_way_.empty() && on_the_way_.begin()->first <= next) {
    Delivery delivery = std::move(on_the_way_.begin()->second);
    clock.advance_to(on_the_way_.begin()->first);
    on_the_way_.erase(on_the_way_.begin());
    timers.advance();
    const auto attached = attached_.find(delivery.to.address);
    if (attached != attached_.end()) {
      attached->second(delivery.bytes, delivery.from);
    } else {
      stray.push_back(std::move(delivery.bytes));
    }
    return true;
  }
  clock.advance_to(next);
  timers.advance();
  return any;
}

void TestNetwork::run_for(Duration time) {
  const MonoTime until = clock.now() + time;
  while (step(until)) {
  }
}

void TestNetwork::run_until_quiet() {
  const MonoTime patience = clock.now() + 12h;
  while ((timers.armed_count() > 0 || !on_the_way_.empty()) && clock.now() < patience) {
    step(patience);
  }
}

}  // namespace firstring::sip

#include "sip/dns_resolver.h"

#include <ares.h>
#include <netdb.h>
#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace firstring::sip {
namespace {

constexpr int k_class_internet = 1, k_type_srv = 33;
constexpr std::size_t k_addresses_max = 8;  // of one name
constexpr Duration k_lifetime_max = 24h;

Error dns_error(int status) {
  const bool absent = status == ARES_ENOTFOUND || status == ARES_ENODATA;
  return {absent ? Code::not_found : Code::unavailable, ares_strerror(status)};
}

Answer answer_from(const ares_addrinfo& found) {
  Answer answer{.lifetime = k_lifetime_max};
  for (const ares_addrinfo_node* node = found.nodes; node != nullptr; node = node->ai_next) {
    sockaddr_storage address{};
    const auto size = std::min<std::size_t>(node->ai_addrlen, sizeof address);
    std::copy_n(reinterpret_cast<const char*>(node->ai_addr), size,
                reinterpret_cast<char*>(&address));
    if (answer.addresses.size() < k_addresses_max) {
      answer.addresses.push_back(Address::from_sockaddr(address));
      answer.addresses.back().port = 0;
    }
    answer.lifetime =
        std::min<Duration>(answer.lifetime, std::chrono::seconds(std::max(0, node->ai_ttl)));
  }
  return answer;
}

}  // namespace

struct DnsResolver::Asked {
  DnsResolver& resolver;
  const Question question;
};

Result<std::unique_ptr<DnsResolver>> DnsResolver::create(io::Loop& loop, Random random,
                                                         DnsOptions options) {
  if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS) {
    return Error{Code::internal, "c-ares cannot start"};
  }
  std::unique_ptr<DnsResolver> resolver(
      new DnsResolver(loop, std::move(random), std::move(options)));
  TRY(resolver->open_channel());
  return resolver;
}

DnsResolver::DnsResolver(io::Loop& loop, Random random, DnsOptions options)
    : loop_(loop),
      options_(std::move(options)),
      random_(std::move(random)),
      channel_timer_(loop.timers()),
      advance_timer_(loop.timers()) {}

DnsResolver::~DnsResolver() {
  ongoing_.clear();
  close_channel();
}

Result<void> DnsResolver::open_channel() {
  ares_options options{};
  // Names are whole: no search domains, with which a peer's host could become one of ours.
  options.flags = ARES_FLAG_NOSEARCH;
  options.ndomains = 0;
  options.timeout = static_cast<int>(milliseconds(options_.try_max));
  options.tries = options_.tries;
  options.sock_state_cb_data = this;
  options.sock_state_cb = [](void* resolver, int fd, int readable, int writable) {
    auto& self = *static_cast<DnsResolver*>(resolver);
    const std::uint32_t events = (readable ? EPOLLIN : 0u) | (writable ? EPOLLOUT : 0u);
    if (events == 0) return self.loop_.unwatch(fd);
    self.loop_.watch(fd, events, [&self, fd](std::uint32_t ready) {
      const bool in = ready & (EPOLLIN | EPOLLERR | EPOLLHUP);
      ares_process_fd(self.channel_, in ? fd : ARES_SOCKET_BAD,
                      ready & EPOLLOUT ? fd : ARES_SOCKET_BAD);
      self.start_timer();
    });
  };
  int status = ares_init_options(&channel_, &options,
                                 ARES_OPT_FLAGS | ARES_OPT_DOMAINS | ARES_OPT_TIMEOUTMS |
                                     ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status == ARES_SUCCESS && !options_.servers.empty()) {
    status = ares_set_servers_ports_csv(channel_, options_.servers.c_str());
  }
  if (status == ARES_SUCCESS) return {};
  return Error{Code::invalid, "DNS servers '" + options_.servers + "': " + ares_strerror(status)};
}

void DnsResolver::close_channel() {
  channel_timer_.stop();
  if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));
  channel_is_suspect_ = false;
}

std::optional<Result<Resolver::Candidates>> DnsResolver::known(const Target& target) {
  Plan made = plan(
      target, [this](const Question& question) { return find(question, nullptr); }, random_);
  if (!made.open.empty()) return std::nullopt;
  return std::move(made.candidates);
}

std::uint64_t DnsResolver::begin(const Target& target, Done done) {
  last_number_ += 1;
  const std::uint64_t number = last_number_;
  auto ongoing = std::make_unique<Ongoing>(loop_.timers());
  ongoing->target = target;
  ongoing->done = std::move(done);
  ongoing->began = loop_.clock().now();
  Ongoing& begun = *ongoing;
  const bool full = ongoing_.size() >= options_.lookups_max;
  ongoing_[number] = std::move(ongoing);
  if (full) {  // answered by what we know, however old, or refused
    begun.stale_is_good = begun.absent_is_failed = true;
    begun.timer.start(0ms, [this, number] { advance(number); });
    return number;
  }
  begun.timer.start(options_.stale_after, [this, number, &begun] {
    begun.stale_is_good = true;
    begun.timer.start(options_.lookup_max - options_.stale_after, [this, number, &begun] {
      begun.absent_is_failed = true;
      advance(number);
    });
    advance(number);
  });
  // Questions are asked by the timer, at the earliest: `done` must not be called in here, and
  // c-ares answers some questions (the hosts file) at once.
  advance_timer_.start(0ms, [this] { advance_all(); });
  return number;
}

void DnsResolver::advance_all() {
  std::vector<std::uint64_t> numbers;
  for (const auto& [number, ongoing] : ongoing_) numbers.push_back(number);
  for (const std::uint64_t number : numbers) advance(number);
}

// Asks what is open, or ends the lookup, which is the last that is done: `done` may do anything.
void DnsResolver::advance(std::uint64_t number) {
  const auto found = ongoing_.find(number);
  if (found == ongoing_.end()) return;
  Ongoing& ongoing = *found->second;
  Plan made = plan(
      ongoing.target,
      [this, &ongoing](const Question& question) { return find(question, &ongoing); }, random_);
  if (!made.open.empty()) {
    for (const Question& question : made.open) ask(question);
    return;
  }
  const Done done = std::move(ongoing.done);
  ongoing_.erase(found);
  done(std::move(made.candidates));
}

const Answer* DnsResolver::find(const Question& question, const Ongoing* asker) const {
  static const Answer k_failed{.failed = true};
  const auto found = known_.find(question);
  const MonoTime now = loop_.clock().now();
  if (found != known_.end()) {
    const Known& known = found->second;
    // What came with a TTL of zero is good for those who had asked for it.
    const bool fresh = now < known.fresh_until || (asker && known.received >= asker->began);
    if (fresh) return &known.answer;
    if (asker && asker->stale_is_good && now < known.stale_until) return &known.answer;
  }
  return asker && asker->absent_is_failed ? &k_failed : nullptr;
}

void DnsResolver::ask(const Question& question) {
  if (asked_.contains(question)) return;
  if (channel_is_suspect_ && asked_.empty()) {
    close_channel();  // reads resolv.conf anew: the network may be another one by now
    if (!open_channel()) channel_ = nullptr;
  }
  if (channel_ == nullptr) return on_answer(question, dns_error(ARES_ENOTINITIALIZED));
  asked_.insert(question);
  auto asked = std::make_unique<Asked>(Asked{*this, question});
  const std::string name = question.name;
  if (question.type == Question::Type::srv) {
    ares_query(channel_, name.c_str(), k_class_internet, k_type_srv, on_service_reply,
               asked.release());
  } else {
    ares_addrinfo_hints hints{};
    hints.ai_flags = ARES_AI_NOSORT;
    hints.ai_family = !options_.want_v6 ? AF_INET : !options_.want_v4 ? AF_INET6 : AF_UNSPEC;
    ares_getaddrinfo(channel_, name.c_str(), nullptr, &hints, on_address_reply, asked.release());
  }
  start_timer();
}

void DnsResolver::on_service_reply(void* argument, int status, int, unsigned char* bytes,
                                   int size) {
  const std::unique_ptr<Asked> asked(static_cast<Asked*>(argument));
  if (status == ARES_EDESTRUCTION) return;
  if (status != ARES_SUCCESS) return asked->resolver.on_answer(asked->question, dns_error(status));
  asked->resolver.on_answer(asked->question,
                            parse_srv_answer({bytes, static_cast<std::size_t>(size)}));
}

void DnsResolver::on_address_reply(void* argument, int status, int, ares_addrinfo* found) {
  const std::unique_ptr<Asked> asked(static_cast<Asked*>(argument));
  if (status == ARES_EDESTRUCTION) return;
  if (status != ARES_SUCCESS || found == nullptr) {
    return asked->resolver.on_answer(asked->question, dns_error(status));
  }
  Answer answer = answer_from(*found);
  ares_freeaddrinfo(found);
  asked->resolver.on_answer(asked->question, std::move(answer));
}

void DnsResolver::on_answer(const Question& question, Result<Answer> answer) {
  asked_.erase(question);
  if (answer) {
    const Duration lifetime = std::min(answer->lifetime, k_lifetime_max);
    keep(question, std::move(answer).value(), lifetime);
  } else if (answer.error().code == Code::not_found) {
    keep(question, {}, options_.absence_lifetime);
  } else {
    channel_is_suspect_ = true;
    const auto old = known_.find(question);
    const MonoTime now = loop_.clock().now();
    if (old != known_.end() && now < old->second.stale_until) {
      old->second.received = now;  // good for those who wait, and for a while
      old->second.fresh_until = std::min(now + options_.stale_lifetime, old->second.stale_until);
    } else {
      keep(question, {.failed = true}, options_.failure_lifetime);
    }
  }
  // Not from within c-ares: what is told there may ask again, deeper and deeper.
  advance_timer_.start(0ms, [this] { advance_all(); });
}

void DnsResolver::keep(const Question& question, Answer answer, Duration lifetime) {
  if (!known_.contains(question)) make_room();
  const MonoTime now = loop_.clock().now();
  const MonoTime fresh_until = now + lifetime;
  const bool worth_keeping = !answer.services.empty() || !answer.addresses.empty();
  const Duration stale = worth_keeping ? options_.stale_max : Duration::zero();
  known_[question] = {.answer = std::move(answer),
                      .received = now,
                      .fresh_until = fresh_until,
                      .stale_until = fresh_until + stale};
}

// Names come from peers and configuration; whoever makes us ask for many loses the oldest.
void DnsResolver::make_room() {
  if (known_.size() < options_.names_max) return;
  const auto oldest = std::min_element(
      known_.begin(), known_.end(),
      [](const auto& a, const auto& b) { return a.second.fresh_until < b.second.fresh_until; });
  known_.erase(oldest);
}

void DnsResolver::start_timer() {
  if (channel_ == nullptr) return;
  timeval wait{};
  if (ares_timeout(channel_, nullptr, &wait) == nullptr) return channel_timer_.stop();
  const Duration due = std::chrono::seconds(wait.tv_sec) + std::chrono::microseconds(wait.tv_usec);
  channel_timer_.start(due + Duration(1ms), [this] {
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    start_timer();
  });
}

}  // namespace firstring::sip

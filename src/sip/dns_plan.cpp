#include "sip/dns_plan.h"

#include <ares.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace firstring::sip {
namespace {

constexpr std::size_t k_records_max = 16;
constexpr std::size_t k_candidates_max = 32;
constexpr std::size_t k_name_size_max = 253;

std::uint16_t default_port(Transport transport) {
  return transport == Transport::tls ? 5061 : 5060;
}

Peer candidate(Transport transport, Address address, std::uint16_t port) {
  address.port = port;
  return {.transport = transport, .address = address};
}

// In the order of our preference where the target leaves the choice (RFC 3263 §4.1).
std::vector<Transport> transports_of(const Target& target) {
  if (target.is_sips) return {Transport::tls};
  if (target.transport) return {*target.transport};
  return {Transport::udp, Transport::tcp};
}

std::string service_name(Transport transport, const std::string& host) {
  switch (transport) {
    case Transport::udp: return "_sip._udp." + host;
    case Transport::tcp: return "_sip._tcp." + host;
    default: return "_sips._tcp." + host;
  }
}

Error no_candidates(const Target& target, bool any_failed) {
  if (any_failed) return {Code::unavailable, "the DNS does not answer for '" + target.host + "'"};
  return {Code::not_found, "'" + target.host + "' is not in the DNS"};
}

// One making of a plan.
class Planner {
 public:
  Planner(const Target& target, const FindAnswer& find, Random& random)
      : target_(target), find_(find), random_(random) {}

  Plan make() {
    const auto transports = transports_of(target_);
    const std::uint16_t port =
        target_.port != 0 ? target_.port : default_port(transports.front());
    if (const auto literal = Address::parse(target_.host, port)) {
      return {.candidates = Resolver::Candidates{candidate(transports.front(), *literal, port)}};
    }
    host_ = clean_host_name(target_.host);
    if (host_.empty()) {
      return {.candidates = Error{Code::invalid, "'" + target_.host + "' cannot be a host name"}};
    }
    if (target_.port == 0 && add_services(transports)) return finish();
    if (open_.empty()) add_addresses(transports.front(), host_, port);
    return finish();
  }

 private:
  const Answer* ask(Question question) {
    const Answer* answer = find_(question);
    if (answer == nullptr) open_.push_back(std::move(question));
    else if (answer->failed) any_failed_ = true;
    return answer;
  }

  // False: the host has no SRV records at all, and its own address counts.
  bool add_services(const std::vector<Transport>& transports) {
    bool any = false;
    std::vector<std::pair<Transport, std::vector<SrvRecord>>> services;
    for (const Transport transport : transports) {
      const Answer* answer = ask({Question::Type::srv, service_name(transport, host_)});
      if (answer == nullptr || answer->services.empty()) continue;
      any = true;
      services.emplace_back(transport, answer->services);
    }
    if (!open_.empty()) return true;
    for (const auto& [transport, records] : services) {
      for (const SrvRecord& record : records) {
        if (!record.target.empty()) ask({Question::Type::address, record.target});
      }
    }
    if (!open_.empty()) return true;
    for (auto& [transport, records] : services) {
      order_by_chance(records, random_);
      for (const SrvRecord& record : records) {
        if (!record.target.empty()) add_addresses(transport, record.target, record.port);
      }
    }
    return any;
  }

  void add_addresses(Transport transport, const std::string& name, std::uint16_t port) {
    const Answer* answer = ask({Question::Type::address, name});
    if (answer == nullptr) return;
    for (const Address& address : answer->addresses) {
      const Peer peer = candidate(transport, address, port);
      if (std::find(found_.begin(), found_.end(), peer) != found_.end()) continue;
      if (found_.size() < k_candidates_max) found_.push_back(peer);
    }
  }

  Plan finish() {
    if (!open_.empty()) return {.open = std::move(open_)};
    if (found_.empty()) return {.candidates = no_candidates(target_, any_failed_)};
    return {.candidates = std::move(found_)};
  }

  const Target& target_;
  const FindAnswer& find_;
  Random& random_;
  std::string host_;
  std::vector<Question> open_;
  Resolver::Candidates found_;
  bool any_failed_ = false;
};

// Reads big-endian numbers and names, and never beyond the end.
class DnsReader {
 public:
  explicit DnsReader(std::span<const unsigned char> message) : message_(message) {}

  std::optional<std::uint32_t> number(int size) {
    if (message_.size() - at_ < static_cast<std::size_t>(size)) return std::nullopt;
    std::uint32_t value = 0;
    for (int i = 0; i < size; ++i) value = value << 8 | message_[at_++];
    return value;
  }
  std::optional<std::string> name() {
    char* text = nullptr;
    long size = 0;
    if (at_ >= message_.size()) return std::nullopt;
    if (ares_expand_name(message_.data() + at_, message_.data(), static_cast<int>(message_.size()),
                         &text, &size) != ARES_SUCCESS) {
      return std::nullopt;
    }
    std::string name(text);
    ares_free_string(text);
    at_ += static_cast<std::size_t>(size);
    return name;
  }
  bool skip(std::size_t size) {
    if (message_.size() - at_ < size) return false;
    at_ += size;
    return true;
  }
  std::size_t at() const { return at_; }
  void go_to(std::size_t at) { at_ = at; }

 private:
  std::span<const unsigned char> message_;
  std::size_t at_ = 0;
};

constexpr std::uint32_t k_type_srv = 33, k_class_internet = 1;

// RFC 2782; false: the message is cut off or nonsense.
bool read_service(DnsReader& reader, Answer& answer) {
  const auto priority = reader.number(2), weight = reader.number(2), port = reader.number(2);
  const auto target = reader.name();
  if (!priority || !weight || !port || !target) return false;
  SrvRecord record{.priority = static_cast<std::uint16_t>(*priority),
                   .weight = static_cast<std::uint16_t>(*weight),
                   .port = static_cast<std::uint16_t>(*port),
                   .target = clean_host_name(*target)};
  const bool none = target->empty() || *target == ".";
  const bool usable = none || (!record.target.empty() && record.port != 0);
  if (usable && answer.services.size() < k_records_max) answer.services.push_back(record);
  return true;
}

}  // namespace

Plan plan(const Target& target, const FindAnswer& find, Random& random) {
  return Planner(target, find, random).make();
}

void order_by_chance(std::vector<SrvRecord>& records, Random& random) {
  std::stable_sort(records.begin(), records.end(), [](const SrvRecord& a, const SrvRecord& b) {
    // Those without weight come first, which is what gives them their small chance.
    return std::pair(a.priority, a.weight != 0) < std::pair(b.priority, b.weight != 0);
  });
  for (auto first = records.begin(); first != records.end(); ++first) {
    std::uint64_t total = 0;
    auto end = first;
    for (; end != records.end() && end->priority == first->priority; ++end) total += end->weight;
    std::uint64_t left = random.below(total + 1);
    auto chosen = first;
    while (chosen->weight < left) {
      left -= chosen->weight;
      ++chosen;
    }
    std::rotate(first, chosen, chosen + 1);
  }
}

Result<Answer> parse_srv_answer(std::span<const unsigned char> message) {
  const Error broken{Code::invalid, "malformed DNS answer"};
  DnsReader reader(message);
  Answer answer{.lifetime = Duration(24h)};
  if (!reader.skip(4)) return broken;
  const auto questions = reader.number(2), answers = reader.number(2);
  if (!questions || !answers || !reader.skip(4)) return broken;
  for (std::uint32_t i = 0; i < *questions; ++i) {
    if (!reader.name() || !reader.skip(4)) return broken;
  }
  for (std::uint32_t i = 0; i < *answers; ++i) {
    if (!reader.name()) return broken;
    const auto type = reader.number(2), class_ = reader.number(2), ttl = reader.number(4),
               size = reader.number(2);
    if (!type || !class_ || !ttl || !size) return broken;
    const std::size_t start = reader.at();
    if (!reader.skip(*size)) return broken;
    const std::size_t end = reader.at();
    // RFC 2181 §8: a TTL with its highest bit set is zero.
    const std::uint32_t lifetime_s = *ttl > 0x7fffffff ? 0 : *ttl;
    answer.lifetime = std::min<Duration>(answer.lifetime, std::chrono::seconds(lifetime_s));
    if (*type != k_type_srv || *class_ != k_class_internet) continue;  // a CNAME on the way
    reader.go_to(start);
    if (!read_service(reader, answer) || reader.at() > end) return broken;
    reader.go_to(end);
  }
  return answer;
}

std::string clean_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > k_name_size_max || name.front() == '.') return {};
  std::string clean;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool good = upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                      c == '_' || c == '.';
    if (!good) return {};
    clean += upper ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return clean.find("..") == std::string::npos ? clean : std::string{};
}

}  // namespace firstring::sip

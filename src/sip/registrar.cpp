#include "sip/registrar.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "sip/scan.h"

namespace firstring::sip {

struct Registrar::Entry {
  explicit Entry(Timers& timers) : timer(timers) {}
  RegistrarBinding binding;
  Timer timer;              // its expiry
  std::uint64_t order = 0;  // of the last REGISTER for it; higher is later
};

struct Registrar::Wish {
  std::string_view contact;
  Uri uri;
  std::uint32_t expires_s = 0;  // 0: take it back
  int q = 1000;
  std::string instance;
};

namespace {

constexpr std::size_t k_kept_bytes_max = 1'000;  // of a Contact or Call-ID

// "0.5" -> 500. What is no q-value counts as 1.
int read_q(std::optional<std::string_view> text) {
  if (!text || text->empty() || text->size() > 5) return 1000;
  if ((*text)[0] == '1') return 1000;
  if ((*text)[0] != '0' || (text->size() > 1 && (*text)[1] != '.')) return 1000;
  int q = 0;
  for (std::size_t i = 2; i < 5; ++i) {
    const char digit = i < text->size() ? (*text)[i] : '0';
    if (!is_digit(digit)) return 1000;
    q = q * 10 + (digit - '0');
  }
  return q;
}

std::string q_text(int q) {
  std::string digits = std::to_string(1000 + q).substr(1);
  while (digits.size() > 1 && digits.back() == '0') digits.pop_back();
  return "0." + digits;
}

bool is_sip_uri(const Uri& uri) {
  return equals_ignoring_case(uri.scheme, "sip") || equals_ignoring_case(uri.scheme, "sips");
}

// May be repeated in a header line of ours.
std::string clean_quoted(std::string_view text) {
  constexpr std::size_t k_bytes_max = 128;
  std::string out;
  for (const char c : text.substr(0, k_bytes_max)) {
    if (c > 0x20 && c < 0x7f && c != '"' && c != '\\') out.push_back(c);
  }
  return out;
}

}  // namespace

Registrar::Registrar(Timers& timers, RegistrarEvents& events, RegistrarOptions options)
    : timers_(timers), events_(events), options_(options) {
  ASSERT(options_.expires_min_s <= options_.expires_max_s);
}
Registrar::~Registrar() = default;

Registrar::Answer Registrar::process(std::string_view aor, const Message& request,
                                     const Peer& source) {
  ASSERT(request.method() == Method::register_);
  const auto contacts = request.values(HeaderName::contact);
  const bool has_star = std::find(contacts.begin(), contacts.end(), "*") != contacts.end();
  if (has_star) {
    if (contacts.size() != 1 || parse_number(request.first(HeaderName::expires)) != 0u) {
      return refuse(400, "A star is the only Contact and needs Expires: 0");
    }
    return remove_all(aor, request);
  }
  std::vector<Wish> wishes;
  if (auto refusal = read_wishes(request, wishes)) return *refusal;
  if (auto refusal = check_wishes(aor, request, wishes)) return *refusal;
  for (const Wish& wish : wishes) apply(aor, request, source, wish);
  return list(aor);
}

Registrar::Answer Registrar::refuse(int status, std::string reason,
                                    std::string extra_headers) const {
  return {status, std::move(reason), std::move(extra_headers)};
}

std::optional<Registrar::Answer> Registrar::read_wishes(const Message& request,
                                                        std::vector<Wish>& wishes) const {
  // A malformed value counts as the default (RFC 3261 §20.19).
  const auto expires_of = [this](std::optional<std::string_view> text, std::uint32_t fallback) {
    if (!text || text->empty()) return fallback;
    return std::min(parse_number(*text).value_or(fallback), options_.expires_max_s);
  };
  if (request.call_id().size() > k_kept_bytes_max) return refuse(400, "Call-ID Too Long");
  std::optional<std::string_view> header;
  if (request.has(HeaderName::expires)) header = request.first(HeaderName::expires);
  const std::uint32_t common = expires_of(header, options_.expires_max_s);
  for (const std::string_view value : request.values(HeaderName::contact)) {
    const auto address = parse_name_addr(value);
    if (!address || !is_sip_uri(address->uri)) return refuse(400, "Malformed Contact");
    if (address->uri.text.size() > k_kept_bytes_max) return refuse(400, "Contact Too Long");
    Wish wish;
    wish.contact = address->uri.text;
    wish.uri = address->uri;
    wish.expires_s = expires_of(address->parameter("expires"), common);
    wish.q = read_q(address->parameter("q"));
    wish.instance = clean_quoted(address->parameter("+sip.instance").value_or(""));
    if (wish.expires_s != 0 && wish.expires_s < options_.expires_min_s) {
      return refuse(423, "Interval Too Brief",
                    "Min-Expires: " + std::to_string(options_.expires_min_s) + "\r\n");
    }
    wishes.push_back(std::move(wish));
    if (wishes.size() > options_.contacts_max) return refuse(403, "Too Many Contacts");
  }
  return std::nullopt;
}

// A REGISTER that was overtaken by a later one of the same device must not undo it (§10.3, step 7).
std::optional<Registrar::Answer> Registrar::check_wishes(std::string_view aor,
                                                         const Message& request,
                                                         std::vector<Wish>& wishes) {
  std::size_t added = 0;
  for (const Wish& wish : wishes) {
    const Entry* entry = find(aor, wish);
    if (entry == nullptr) {
      added += wish.expires_s > 0;
    } else if (entry->binding.call_id == request.call_id() &&
               request.cseq().number <= entry->binding.cseq) {
      return refuse(500, "CSeq Out Of Order");
    }
  }
  if (count_ + added > options_.bindings_max) {
    return refuse(503, "Too Many Registrations", "Retry-After: 60\r\n");
  }
  return std::nullopt;
}

// The same contact; or the same device, which comes back from another address after a restart or a
// change of network (RFC 5626 §6).
Registrar::Entry* Registrar::find(std::string_view aor, const Wish& wish) {
  const auto found = table_.find(aor);
  if (found == table_.end()) return nullptr;
  for (const auto& entry : found->second) {
    const auto uri = parse_uri(entry->binding.contact);
    ASSERT(uri);
    if (is_same_uri(*uri, wish.uri)) return entry.get();
    if (!wish.instance.empty() && wish.instance == entry->binding.instance) return entry.get();
  }
  return nullptr;
}

void Registrar::apply(std::string_view aor, const Message& request, const Peer& source,
                      const Wish& wish) {
  Entry* entry = find(aor, wish);
  if (wish.expires_s == 0) {
    if (entry != nullptr) end(aor, entry, false);
    return;
  }
  const bool refreshed = entry != nullptr;
  if (!refreshed) {
    make_room(aor);
    auto found = table_.find(aor);
    if (found == table_.end()) found = table_.emplace(std::string(aor), Entries()).first;
    found->second.push_back(std::make_unique<Entry>(timers_));
    ++count_;
    entry = found->second.back().get();
  }
  RegistrarBinding& binding = entry->binding;
  const Duration expires = std::chrono::seconds(wish.expires_s);
  binding.aor = aor;
  binding.refreshed = refreshed && binding.contact == wish.contact && binding.source == source;
  binding.contact = wish.contact;
  binding.source = source;
  binding.q = wish.q;
  binding.instance = wish.instance;
  binding.user_agent = unquote(request.first(HeaderName::user_agent));
  binding.call_id = request.call_id();
  binding.cseq = request.cseq().number;
  binding.expires = timers_.clock().wall_now() + expires;
  entry->order = next_order_++;
  arm(*entry, expires);
  const RegistrarBinding told = binding;  // the event may end it
  events_.on_registered(told);
}

void Registrar::arm(Entry& entry, Duration after) {
  entry.timer.start(after, [this, &entry] {
    const std::string aor = entry.binding.aor;
    end(aor, &entry, true);
  });
}

void Registrar::end(std::string_view aor, const Entry* entry, bool expired) {
  const auto found = table_.find(aor);
  ASSERT(found != table_.end());
  Entries& entries = found->second;
  const auto at = std::find_if(entries.begin(), entries.end(),
                               [entry](const auto& other) { return other.get() == entry; });
  ASSERT(at != entries.end());
  const std::unique_ptr<Entry> ended = std::move(*at);
  entries.erase(at);
  --count_;
  if (entries.empty()) table_.erase(found);
  events_.on_unregistered(ended->binding, expired);
}

// A phone that restarts without taking its contact back, and has no instance, leaves one behind
// each time: the stalest gives way, or the phone would be locked out.
void Registrar::make_room(std::string_view aor) {
  const auto found = table_.find(aor);
  if (found == table_.end() || found->second.size() < options_.contacts_max) return;
  const auto stalest = std::min_element(
      found->second.begin(), found->second.end(),
      [](const auto& a, const auto& b) { return a->order < b->order; });
  end(aor, stalest->get(), true);
}

Registrar::Answer Registrar::remove_all(std::string_view aor, const Message& request) {
  const auto found = table_.find(aor);
  if (found == table_.end()) return list(aor);
  for (const auto& entry : found->second) {
    if (entry->binding.call_id == request.call_id() &&
        request.cseq().number <= entry->binding.cseq) {
      return refuse(500, "CSeq Out Of Order");
    }
  }
  std::vector<const Entry*> doomed;
  for (const auto& entry : found->second) doomed.push_back(entry.get());
  for (const Entry* entry : doomed) end(aor, entry, false);
  return list(aor);
}

Registrar::Answer Registrar::list(std::string_view aor) const {
  Answer answer;
  const WallTime now = timers_.clock().wall_now();
  for (const RegistrarBinding& binding : contacts(aor)) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(binding.expires - now).count();
    answer.extra_headers += "Contact: <" + binding.contact + ">;expires=" +
                            std::to_string(std::max<std::int64_t>(left, 0));
    if (binding.q != 1000) answer.extra_headers += ";q=" + q_text(binding.q);
    if (!binding.instance.empty()) {
      answer.extra_headers += ";+sip.instance=\"" + binding.instance + "\"";
    }
    answer.extra_headers += "\r\n";
  }
  return answer;
}

std::vector<RegistrarBinding> Registrar::contacts(std::string_view aor) const {
  const auto found = table_.find(aor);
  if (found == table_.end()) return {};
  std::vector<const Entry*> entries;
  for (const auto& entry : found->second) entries.push_back(entry.get());
  std::sort(entries.begin(), entries.end(), [](const Entry* a, const Entry* b) {
    return a->binding.q != b->binding.q ? a->binding.q > b->binding.q : a->order > b->order;
  });
  std::vector<RegistrarBinding> bindings;
  for (const Entry* entry : entries) bindings.push_back(entry->binding);
  return bindings;
}

void Registrar::connection_lost(const Peer& peer) {
  if (!is_reliable(peer.transport) || peer.connection == 0) return;
  std::vector<std::pair<std::string, const Entry*>> lost;
  for (const auto& [aor, entries] : table_) {
    for (const auto& entry : entries) {
      const Peer& source = entry->binding.source;
      if (source.connection == peer.connection && source.transport == peer.transport) {
        lost.emplace_back(aor, entry.get());
      }
    }
  }
  for (const auto& [aor, entry] : lost) end(aor, entry, true);
}

void Registrar::remove(std::string_view aor) {
  while (is_registered(aor)) end(aor, table_.find(aor)->second.front().get(), false);
}

std::vector<RegistrarBinding> Registrar::all() const {
  std::vector<RegistrarBinding> bindings;
  bindings.reserve(count_);
  for (const auto& [aor, entries] : table_) {
    for (const auto& entry : entries) bindings.push_back(entry->binding);
  }
  return bindings;
}

void Registrar::restore(const std::vector<RegistrarBinding>& bindings) {
  const WallTime now = timers_.clock().wall_now();
  for (const RegistrarBinding& binding : bindings) {
    const auto uri = parse_uri(binding.contact);
    if (!uri || binding.expires <= now || count_ >= options_.bindings_max) continue;
    Entries& entries = table_[binding.aor];
    if (entries.size() >= options_.contacts_max) continue;
    entries.push_back(std::make_unique<Entry>(timers_));
    ++count_;
    Entry& entry = *entries.back();
    entry.binding = binding;
    entry.order = next_order_++;
    arm(entry, binding.expires - now);
  }
}

std::optional<Peer> parse_peer(std::string_view text) {
  const std::size_t first = text.find(':');
  const std::size_t last = text.rfind(':');
  if (first == std::string_view::npos || last <= first + 1) return std::nullopt;
  const auto port = parse_number(text.substr(last + 1));
  if (!port || *port > 0xffff) return std::nullopt;
  const auto address = Address::parse(text.substr(first + 1, last - first - 1),
                                      static_cast<std::uint16_t>(*port));
  if (!address) return std::nullopt;
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls, Transport::ws,
                                    Transport::wss}) {
    if (equals_ignoring_case(name_of(transport), text.substr(0, first))) {
      return Peer{.transport = transport, .address = *address};
    }
  }
  return std::nullopt;
}

}  // namespace firstring::sip

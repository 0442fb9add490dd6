#include "server/stream.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/api/status.h"

namespace firstring::api {
namespace {

constexpr std::size_t k_watchers_max = 500;
constexpr std::size_t k_lines_max = 10'000;
constexpr std::uint64_t k_resume_facts_max = 5'000;
constexpr std::size_t k_message_bytes = 48 * 1024;   // facts go together up to this size
constexpr std::size_t k_hello_bytes_max = 4 * 1024;
constexpr Duration k_hello_within = 10s, k_heartbeat = 15s, k_refresh = 1s, k_answer_within = 5s;
constexpr Duration k_alone_max = 30s;  // whoever comes back within it resumes from memory
constexpr std::string_view k_bearer = "bearer.";

// The token of "Sec-WebSocket-Protocol: firstring.v1, bearer.<token>": the only header that a page
// can set on a WebSocket.
std::optional<std::string> token_of(const http::Request& request) {
  if (const auto* header = request.header("authorization")) {
    const auto token = bearer_of(*header);
    return token ? std::string(*token) : std::string();
  }
  const auto* offered = request.header("sec-websocket-protocol");
  if (!offered) return std::nullopt;
  std::string_view rest = *offered;
  while (!rest.empty()) {
    auto one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one.starts_with(k_bearer)) return std::string(one.substr(k_bearer.size()));
  }
  return std::nullopt;
}

struct Hello {
  std::optional<std::string> token;
  std::optional<std::uint64_t> resume_from;
};

// Strict: a field that is misspelt would silently start without resuming.
std::optional<Hello> parse_hello(const std::string& text) {
  using nlohmann::json;
  if (text.size() > k_hello_bytes_max) return std::nullopt;
  const auto parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object() || parsed.value("type", json()) != "hello") return std::nullopt;
  Hello hello;
  for (const auto& [key, value] : parsed.items()) {
    if (key == "token" && value.is_string()) {
      hello.token = value.get<std::string>();
    } else if (key == "resume_from" && value.is_number_unsigned()) {
      hello.resume_from = value.get<std::uint64_t>();
    } else if (key != "type") {
      return std::nullopt;
    }
  }
  return hello;
}

}  // namespace

// What one WebSocket tells us, by number: the watcher may be gone by then.
class Stream::Ears final : public http::SocketEvents {
 public:
  Ears(Stream& stream, std::uint64_t number) : stream_(stream), number_(number) {}
  void on_text(std::string text) override { stream_.on_text(number_, text); }
  void on_sent() override {
    const auto found = stream_.watchers_.find(number_);
    if (found == stream_.watchers_.end()) return;
    if (found->second.state == State::catching_up) stream_.catch_up(found->second);
  }
  void on_closed() override { stream_.watchers_.erase(number_); }

 private:
  Stream& stream_;
  const std::uint64_t number_;
};

std::unique_ptr<http::SocketEvents> Stream::accept(const http::Request& request,
                                                   std::shared_ptr<http::Socket> socket,
                                                   http::Response& refusal) {
  const auto refuse = [&](Error error) {
    refusal = to_response({std::move(error), {}}, request.id);
    return nullptr;
  };
  if (request.path != "/api/v1/stream") {
    return refuse({Code::not_found, "There is no stream at this address."});
  }
  const auto token = token_of(request);
  if (token) {
    const auto known = given_.tokens.check_token(*token, request.remote);
    if (!known) return refuse(known.error());
  }
  if (watchers_.size() >= k_watchers_max) {
    return refuse({Code::unavailable, "Too many are watching; try again later."});
  }
  const auto number = ++last_number_;
  auto& watcher = watchers_[number];
  watcher.socket = std::move(socket);
  watcher.address = request.remote;
  watcher.came = given_.now();
  watcher.trusted = token.has_value();
  return std::make_unique<Ears>(*this, number);
}

void Stream::on_text(std::uint64_t number, const std::string& text) {
  const auto found = watchers_.find(number);
  if (found == watchers_.end()) return;
  auto& watcher = found->second;
  const auto hello = parse_hello(text);
  if (!hello || watcher.state != State::silent) {
    return watcher.socket->close(k_close_bad_message, "expected one hello");
  }
  if (!watcher.trusted) {
    const auto known = given_.tokens.check_token(hello->token.value_or(""), watcher.address);
    if (!known) {
      const bool limited = known.error().code == Code::limit;
      return watcher.socket->close(limited ? k_close_too_many : k_close_unauthorized,
                                   limited ? "too many wrong tokens" : "unknown token");
    }
  }
  watcher.trusted = true;
  watcher.resume_from = hello->resume_from;
  watcher.state = State::waiting;
  ask_for_live();
}

// One question at a time; a lost answer is asked for again after a while.
void Stream::ask_for_live() {
  const auto now = given_.now();
  if (asked_ && now - asked_at_ < k_answer_within) return;
  asked_at_ = now;
  dirty_ = false;
  publishing_ = true;
  asked_ = given_.office.post([this] {
    given_.office.set_watched(true);
    watched_ = true;  // before the picture: what comes after it is published
    given_.to_http([this, live = take_live(given_.office)] { on_live(live); });
  });
}

void Stream::on_live(const Live& live) {
  asked_ = false;
  const auto changes = changes_since_last(live);
  const auto now = R"(,"now":)" + json_text(to_rfc3339(live.floor.now.wall));
  std::string all;
  for (auto& [number, watcher] : watchers_) {
    if (watcher.state == State::waiting) {
      begin(watcher, live);
    } else if (watcher.state == State::live && watcher.stale) {
      if (all.empty()) {
        all = R"({"type":"changes")" + now + R"(,"calls":)" + sent_.calls + R"(,"agents":)" +
              sent_.agents + R"(,"queues":)" + sent_.queues + R"(,"kpis":)" + sent_.kpis +
              R"(,"alarms":)" + sent_.alarms + "}";
      }
      watcher.stale = false;
      watcher.socket->send(all);
    } else if (watcher.state == State::live && !changes.empty()) {
      watcher.socket->send(R"({"type":"changes")" + now + changes + "}");
    }
  }
}

std::string Stream::changes_since_last(const Live& live) {
  std::string out;
  const auto compare = [&](std::string_view name, std::string& last, std::string now) {
    if (now == last) return;
    last = std::move(now);
    out += ",\"" + std::string(name) + "\":" + last;
  };
  compare("calls", sent_.calls, calls_json(live.floor));
  compare("agents", sent_.agents, agents_json(live.floor));
  compare("queues", sent_.queues, queues_json(live.floor));
  compare("kpis", sent_.kpis, figures_json(live.figures));
  compare("alarms", sent_.alarms, alarms_json(live.alarms));
  return out;
}

// Everything published before the picture was taken is in lines_ by now (both come in order), so
// from here on nothing can be missed between the two.
void Stream::begin(Watcher& watcher, const Live& live) {
  const auto newest = std::max(live.floor.sequence, lines_.empty() ? 0 : lines_.back().sequence);
  const auto resume_from = std::exchange(watcher.resume_from, std::nullopt);
  if (resume_from && *resume_from <= newest && newest - *resume_from <= k_resume_facts_max) {
    watcher.next = *resume_from + 1;
    if (read_missed(watcher, newest)) {
      watcher.socket->send(R"({"type":"resumed","sequence":)" + std::to_string(*resume_from) + "}");
      watcher.stale = true;
      dirty_ = true;
      return catch_up(watcher);
    }
  }
  watcher.next = newest + 1;
  watcher.state = State::live;
  watcher.missed.clear();
  watcher.socket->send(R"({"type":"snapshot","sequence":)" + std::to_string(newest) +
                       R"(,"live":)" + to_json(live) + "}");
}

// What is too old for memory comes from the log. False: it cannot be had.
bool Stream::read_missed(Watcher& watcher, std::uint64_t newest) {
  watcher.state = State::catching_up;
  watcher.missed.clear();
  const auto in_memory = lines_.empty() ? newest + 1 : lines_.front().sequence;
  if (watcher.next >= in_memory) return true;
  const auto read = given_.office.read_facts(watcher.next, [&](const call::Fact& fact) {
    if (fact.sequence >= in_memory) return false;
    auto& line = watcher.missed.emplace_back();
    line.sequence = fact.sequence;
    call::append_json(line.json, fact);
    return watcher.missed.size() <= k_resume_facts_max;
  });
  return read.has_value() && watcher.missed.size() == in_memory - watcher.next;
}

// One message, then again when it has gone out: a slow reader sets its own pace.
void Stream::catch_up(Watcher& watcher) {
  if (watcher.missed.empty() && !lines_.empty() && watcher.next < lines_.front().sequence) {
    watcher.state = State::waiting;  // so slow that memory has moved on: a new snapshot
    return ask_for_live();
  }
  std::string facts;
  std::uint64_t last = 0;
  const auto add = [&](const Line& line) {
    if (!facts.empty()) facts += ',';
    facts += line.json;
    last = line.sequence;
  };
  while (!watcher.missed.empty() && facts.size() < k_message_bytes) {
    add(watcher.missed.front());
    watcher.missed.pop_front();
  }
  const auto wanted = std::max(watcher.next, last + 1);
  auto line = std::lower_bound(
      lines_.begin(), lines_.end(), wanted,
      [](const Line& one, std::uint64_t sequence) { return one.sequence < sequence; });
  // Memory may have moved on past the end of what was missed: the next time finds the gap.
  if (watcher.missed.empty() && !lines_.empty() && lines_.front().sequence <= wanted) {
    for (; line != lines_.end() && facts.size() < k_message_bytes; ++line) add(*line);
  }
  if (last > 0) {
    watcher.next = last + 1;
    watcher.socket->send(R"({"type":"facts","sequence":)" + std::to_string(last) +
                         R"(,"facts":[)" + facts + "]}");
  }
  const bool done = watcher.missed.empty() && line == lines_.end();
  watcher.state = done ? State::live : State::catching_up;
}

void Stream::publish(std::span<const call::Fact> facts) {
  if (!watched_ || facts.empty()) return;
  std::vector<Line> lines;
  lines.reserve(facts.size());
  for (const auto& fact : facts) {
    auto& line = lines.emplace_back();
    line.sequence = fact.sequence;
    call::append_json(line.json, fact);
  }
  given_.to_http([this, lines = std::move(lines)]() mutable { add_lines(std::move(lines)); });
}

void Stream::add_lines(std::vector<Line> lines) {
  dirty_ = true;
  for (auto& line : lines) lines_.push_back(std::move(line));
  for (auto& [number, watcher] : watchers_) {
    if (watcher.state == State::live) catch_up(watcher);
  }
  while (lines_.size() > k_lines_max) lines_.pop_front();
}

// What is in memory has a gap after it from then on, so it is forgotten, in order, before anything
// that is published later.
void Stream::stop_publishing() {
  publishing_ = !given_.office.post([this] {
    given_.office.set_watched(false);
    watched_ = false;
    given_.to_http([this] { lines_.clear(); });
  });
}

void Stream::tick() {
  const auto now = given_.now();
  if (!watchers_.empty()) alone_since_ = now;
  if (publishing_ && now - alone_since_ >= k_alone_max) stop_publishing();
  bool waiting = false;
  const bool heartbeat = now - heartbeat_at_ >= k_heartbeat;
  for (auto& [number, watcher] : watchers_) {
    if (watcher.state == State::silent && now - watcher.came >= k_hello_within) {
      watcher.socket->close(k_close_unauthorized, "no hello in time");
    }
    waiting = waiting || watcher.state == State::waiting;
    if (heartbeat && watcher.state == State::live) {
      watcher.socket->send(R"({"type":"heartbeat","sequence":)" +
                           std::to_string(watcher.next - 1) + "}");
    }
  }
  if (heartbeat) heartbeat_at_ = now;
  if (waiting || (!watchers_.empty() && (dirty_ || now - asked_at_ >= k_refresh))) ask_for_live();
}

}  // namespace firstring::api

#include "server/webhooks.h"

#include <curl/curl.h>
#include <sodium.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/assert.h"
#include "io/clock.h"
#include "io/mailbox.h"
#include "io/thread.h"
#include "server/private_address.h"

namespace firstring::server {
namespace {

using call::WebhookAnswered;
using Json = nlohmann::json;
using Outcome = WebhookAnswered::Outcome;

constexpr std::size_t k_answer_bytes_max = 64 * 1024;
constexpr std::size_t k_header_bytes_max = 32 * 1024;
constexpr std::size_t k_under_way_max = 500;
constexpr Duration k_pause_first = 100ms;
constexpr int k_idle_ms = 60'000;

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

// One request, from its order to its answer.
struct Asked {
  call::CallWebhook request;
  Webhooks::Target target;
  bool may_be_private = false;
  WallTime wall;
  MonoTime deadline, again_at;
  std::string body, answer;
  std::size_t header_bytes = 0;
  bool refused = false;          // the address is not public
  bool too_long = false;
  int tries = 0;
  std::string last_reason;
  int last_status = 0;
  std::unique_ptr<curl_slist, FreeList> headers;
  std::unique_ptr<CURL, FreeEasy> easy;  // while a try is under way
};

std::string body_of(const call::CallWebhook& request) {
  Json json = Json::object();
  for (const auto& [name, value] : request.body) {
    std::visit([&json, &name = name](const auto& one) { json[name] = one; }, value);
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The host of a URL in small letters; nothing when it is none.
std::optional<std::string> host_of(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> url(curl_url());
  char* host = nullptr;
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return std::nullopt;
  if (curl_url_get(url.get(), CURLUPART_HOST, &host, 0) != CURLUE_OK) return std::nullopt;
  std::string found(host);
  curl_free(host);
  for (char& c : found) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return found;
}

// ---- what libcurl calls ----

// The last word on where a request goes: this is the address, whatever names said before.
curl_socket_t open_socket(void* own, curlsocktype, curl_sockaddr* address) {
  auto& asked = *static_cast<Asked*>(own);
  if (!asked.may_be_private && !is_public_address(address->addr)) {
    asked.refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take_answer(char* bytes, std::size_t size, std::size_t count, void* own) {
  auto& asked = *static_cast<Asked*>(own);
  const std::size_t length = size * count;
  if (asked.answer.size() + length > k_answer_bytes_max) {
    asked.too_long = true;
    return 0;
  }
  asked.answer.append(bytes, length);
  return length;
}

std::size_t take_header(char*, std::size_t size, std::size_t count, void* own) {
  auto& asked = *static_cast<Asked*>(own);
  asked.header_bytes += size * count;
  if (asked.header_bytes <= k_header_bytes_max) return size * count;
  asked.too_long = true;
  return 0;
}

// ---- answers ----

WebhookAnswered answer_to(const Asked& asked, Outcome outcome, std::string reason) {
  return {.call = asked.request.call,
          .request = asked.request.request,
          .outcome = outcome,
          .status = asked.last_status,
          .tries = asked.tries,
          .reason = std::move(reason),
          .values = {}};
}

std::optional<call::FieldValue> value_at(const Json& json, const std::string& pointer) {
  try {
    const Json::json_pointer at(pointer);
    if (!json.contains(at)) return std::nullopt;
    const Json& value = json.at(at);
    if (value.is_string()) return value.get<std::string>();
    if (value.is_boolean()) return value.get<bool>();
    if (value.is_number()) return value.get<double>();
  } catch (const Json::exception&) {
    return std::nullopt;  // no pointer at all
  }
  return std::nullopt;
}

WebhookAnswered read_answer(const Asked& asked) {
  WebhookAnswered answered = answer_to(asked, Outcome::ok, {});
  if (asked.request.wanted.empty()) return answered;
  const Json json = Json::parse(asked.answer, nullptr, false);
  if (json.is_discarded()) return answer_to(asked, Outcome::error, "the answer is not JSON");
  for (const std::string& pointer : asked.request.wanted) {
    auto value = value_at(json, pointer);
    if (!value) return answer_to(asked, Outcome::error, "the answer has no fitting " + pointer);
    answered.values.push_back(*std::move(value));
  }
  return answered;
}

class CurlWebhooks final : public Webhooks {
 public:
  CurlWebhooks(std::vector<std::string> private_hosts,
               std::function<void(WebhookAnswered)> answered)
      : private_hosts_(std::move(private_hosts)), answered_(std::move(answered)) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi_.reset(curl_multi_init());
    ASSERT(multi_ != nullptr);
    thread_.start({.name = "webhooks"}, [this] { run(); });
  }
  ~CurlWebhooks() override {
    while (!letters_.put({.stop = true})) {  // full: the thread is emptying it
    }
    thread_.join();
    for (Asked& asked : under_way_) forget_try(asked);
  }

  void configure(std::vector<Target> targets) override {
    targets_.clear();
    for (Target& target : targets) {
      const std::string name = target.name;
      targets_[name] = std::move(target);
    }
  }

  void ask(const call::CallWebhook& request, WallTime now) override {
    const auto target = targets_.find(request.webhook);
    Letter letter{.request = request, .target = {}, .wall = now, .asked_at = io::read_mono()};
    if (target != targets_.end()) letter.target = target->second;
    const Asked refused{.request = request};
    if (target == targets_.end()) {
      return answered_(answer_to(refused, Outcome::error, "there is no such webhook any more"));
    }
    if (letters_.put(std::move(letter))) return;
    answered_(answer_to(refused, Outcome::error, "too many webhooks wait"));
  }

 private:
  struct Letter {
    call::CallWebhook request;
    Target target;
    WallTime wall;
    MonoTime asked_at;
    bool stop = false;
  };

  void run() {
    while (true) {
      take_letters();
      if (stopping_) return;
      int running = 0;
      curl_multi_perform(multi_.get(), &running);
      int left = 0;
      while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg == CURLMSG_DONE) end_try(message->easy_handle, message->data.result);
      }
      const MonoTime now = io::read_mono();
      for (auto asked = under_way_.begin(); asked != under_way_.end();) {
        const auto next = std::next(asked);
        if (asked->easy == nullptr && asked->again_at <= now) begin_try(asked, now);
        asked = next;
      }
      curl_multi_poll(multi_.get(), nullptr, 0, pause_ms(), nullptr);
    }
  }

  int pause_ms() const {
    const MonoTime now = io::read_mono();
    std::int64_t pause = k_idle_ms;
    for (const Asked& asked : under_way_) {
      if (asked.easy != nullptr) continue;
      pause = std::min(pause, std::max<std::int64_t>(milliseconds(asked.again_at - now) + 1, 0));
    }
    return static_cast<int>(pause);
  }

  void take_letters() {
    letters_.take(taken_);
    for (Letter& letter : taken_) {
      stopping_ = stopping_ || letter.stop;
      if (letter.stop) continue;
      Asked& asked = under_way_.emplace_back();
      asked.request = std::move(letter.request);
      asked.target = std::move(letter.target);
      asked.wall = letter.wall;
      asked.deadline = letter.asked_at + asked.request.within;
      asked.body = body_of(asked.request);
      const auto at = std::prev(under_way_.end());
      const auto host = host_of(asked.target.url);
      if (under_way_.size() > k_under_way_max) {
        finish(at, answer_to(asked, Outcome::error, "too many webhooks are under way"));
        continue;
      }
      if (!host) {
        finish(at, answer_to(asked, Outcome::error, "the address of the webhook is wrong"));
        continue;
      }
      asked.may_be_private = std::ranges::find(private_hosts_, *host) != private_hosts_.end();
      make_headers(asked);
      begin_try(at, io::read_mono());
    }
    taken_.clear();
  }

  static void make_headers(Asked& asked) {
    const auto add = [&asked](const std::string& line) {
      asked.headers.reset(curl_slist_append(asked.headers.release(), line.c_str()));
    };
    add("Content-Type: application/json");
    add("Accept: application/json");
    add("Expect:");
    add("Firstring-Request: " + to_text(asked.request.call) + "-" +
        std::to_string(asked.request.request));
    if (!asked.target.secret.empty()) {
      add("Firstring-Signature: " + signature_of(asked.target.secret, asked.body, asked.wall));
    }
  }

  void begin_try(std::list<Asked>::iterator at, MonoTime now) {
    Asked& asked = *at;
    const std::int64_t left_ms = milliseconds(asked.deadline - now);
    if (left_ms <= 0) return finish(at, answer_to(asked, Outcome::timeout, "no answer in time"));
    asked.tries += 1;
    asked.answer.clear();
    asked.header_bytes = 0;
    asked.easy.reset(curl_easy_init());
    CURL* easy = asked.easy.get();
    ASSERT(easy != nullptr);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, &asked);
    curl_easy_setopt(easy, CURLOPT_URL, asked.target.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a name that hangs must not hold up the end
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "Firstring");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, asked.headers.get());
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(asked.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, asked.body.c_str());
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(left_ms));
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &asked);
    // A connection that is kept was opened under the leave of another request.
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &asked);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, &asked);
    curl_multi_add_handle(multi_.get(), easy);
  }

  void forget_try(Asked& asked) {
    if (asked.easy == nullptr) return;
    curl_multi_remove_handle(multi_.get(), asked.easy.get());
    asked.easy.reset();
  }

  void end_try(CURL* easy, CURLcode result) {
    const auto at = std::ranges::find(under_way_, easy,
                                      [](const Asked& asked) { return asked.easy.get(); });
    ASSERT(at != under_way_.end());
    Asked& asked = *at;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    forget_try(asked);
    asked.last_status = static_cast<int>(status);
    if (asked.refused) {
      return finish(at, answer_to(asked, Outcome::error,
                                  "its address is not public; server.webhooks.private_hosts "
                                  "allows a host by name"));
    }
    if (asked.too_long) {
      return finish(at, answer_to(asked, Outcome::error, "the answer is too long"));
    }
    if (result == CURLE_OPERATION_TIMEDOUT) {
      return finish(at, answer_to(asked, Outcome::timeout, "no answer in time"));
    }
    if (result == CURLE_OK && status >= 200 && status < 300) return finish(at, read_answer(asked));
    asked.last_reason = result == CURLE_OK ? "status " + std::to_string(status)
                                           : std::string(curl_easy_strerror(result));
    const bool may_pass = result != CURLE_OK || status >= 500 || status == 429;
    try_again_or_give_up(at, may_pass);
  }

  void try_again_or_give_up(std::list<Asked>::iterator at, bool may_pass) {
    Asked& asked = *at;
    const Duration pause = k_pause_first * (1 << std::min(asked.tries - 1, 6));
    const MonoTime again = io::read_mono() + pause;
    if (!may_pass || asked.tries >= asked.request.tries_max || again >= asked.deadline) {
      return finish(at, answer_to(asked, Outcome::error, asked.last_reason));
    }
    asked.again_at = again;
  }

  void finish(std::list<Asked>::iterator at, WebhookAnswered answer) {
    under_way_.erase(at);
    answered_(std::move(answer));
  }

  // Given.
  const std::vector<std::string> private_hosts_;
  const std::function<void(WebhookAnswered)> answered_;
  // Owned.
  std::map<std::string, Target> targets_;   // control
  std::unique_ptr<CURLM, FreeMulti> multi_;
  io::Mailbox<Letter> letters_{1000, [this] { curl_multi_wakeup(multi_.get()); }};
  // The thread's.
  std::vector<Letter> taken_;
  std::list<Asked> under_way_;              // libcurl points into it
  bool stopping_ = false;
  io::Thread thread_;
};

}  // namespace

std::unique_ptr<Webhooks> Webhooks::create(std::vector<std::string> private_hosts,
                                           std::function<void(WebhookAnswered)> answered) {
  return std::make_unique<CurlWebhooks>(std::move(private_hosts), std::move(answered));
}

std::string signature_of(const std::string& secret, const std::string& body, WallTime now) {
  const std::string time = std::to_string(now.ns / 1'000'000'000);
  const std::string text = time + "." + body;
  const auto bytes = [](const std::string& of) {
    return reinterpret_cast<const unsigned char*>(of.data());
  };
  unsigned char mac[crypto_auth_hmacsha256_BYTES];
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(secret), secret.size());
  crypto_auth_hmacsha256_update(&state, bytes(text), text.size());
  crypto_auth_hmacsha256_final(&state, mac);
  char hex[2 * sizeof mac + 1];
  sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
  return "t=" + time + ",v1=" + hex;
}

}  // namespace firstring::server

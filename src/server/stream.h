// Stream: /api/v1/stream, the live WebSocket: a snapshot, then every committed fact with its
// number, and the parts of the live picture that changed, at most four times a second.
//
// A client says hello with its token, and from which fact it wants to go on. What it missed comes
// from memory or from the log, without a gap; when that is too much, it gets a new snapshot. A
// client that reads too slowly is closed with 4408 and resumes. While nobody watches, facts are not
// even put into words.
// Lives on: HTTP thread, but for publish(), which is called on the control thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "call/facts.h"
#include "http/server.h"
#include "server/api/office.h"
#include "server/api/tokens.h"
#include "server/api/views.h"

namespace firstring::api {

class Stream {
 public:
  static constexpr std::string_view k_protocol = "firstring.v1";
  static constexpr std::uint16_t k_close_unauthorized = 4401;
  static constexpr std::uint16_t k_close_bad_message = 4400;
  static constexpr std::uint16_t k_close_too_many = 4429;

  struct Given {
    Office& office;
    Tokens& tokens;
    std::function<MonoTime()> now;                       // of the HTTP thread
    std::function<void(std::function<void()>)> to_http;  // called on the control thread
  };
  explicit Stream(Given given) : given_(std::move(given)) {}

  std::unique_ptr<http::SocketEvents> accept(const http::Request& request,
                                             std::shared_ptr<http::Socket> socket,
                                             http::Response& refusal);
  void publish(std::span<const call::Fact> facts);  // control thread
  void tick();                                      // four times a second
  std::size_t watcher_count() const { return watchers_.size(); }

 private:
  class Ears;
  struct Line {
    std::uint64_t sequence = 0;
    std::string json;            // of the fact
  };
  // silent: has not said who it is. waiting: for the live picture, to begin with. catching_up: gets
  // what it missed, as fast as it reads. live: gets everything at once.
  enum class State { silent, waiting, catching_up, live };
  struct Watcher {
    std::shared_ptr<http::Socket> socket;
    std::string address;
    MonoTime came;
    State state = State::silent;
    bool trusted = false;        // its token was good
    bool stale = false;          // it needs every part of the live picture, not only changes
    std::optional<std::uint64_t> resume_from;
    std::uint64_t next = 0;      // the fact that it is to get next
    std::deque<Line> missed;     // from the log, while catching up
  };
  // What was sent last of each part, to send only what changed.
  struct Parts {
    std::string calls, agents, queues, kpis, alarms;
  };

  void on_text(std::uint64_t number, const std::string& text);
  void ask_for_live();
  void on_live(const Live& live);
  void begin(Watcher& watcher, const Live& live);
  bool read_missed(Watcher& watcher, std::uint64_t newest);
  void add_lines(std::vector<Line> lines);
  void catch_up(Watcher& watcher);
  void stop_publishing();
  std::string changes_since_last(const Live& live);

  const Given given_;
  // Control thread.
  bool watched_ = false;
  // HTTP thread.
  std::unordered_map<std::uint64_t, Watcher> watchers_;
  std::uint64_t last_number_ = 0;
  std::deque<Line> lines_;       // the last facts, without a gap
  Parts sent_;
  bool dirty_ = false, asked_ = false;
  bool publishing_ = false;      // watched_, as far as the HTTP thread has asked for it
  MonoTime asked_at_, heartbeat_at_, alone_since_;
};

}  // namespace firstring::api

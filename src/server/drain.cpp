#include "server/drain.h"

#include <cstdio>

namespace firstring::server {
namespace {

constexpr int k_retry_after_s = 5;
constexpr Duration k_hang_up_patience = 4s;
constexpr Duration k_goodbye_patience = 1s;

}  // namespace

void Drain::begin(Duration patience) {
  if (state_ != State::running) {
    cut_short_ = true;
    state_ = State::stopped;
    return stop_();
  }
  state_ = State::waiting;
  core_.draining = true;
  core_.switchboard->stop_placing();
  core_.user_agent->refuse_new_calls(k_retry_after_s);
  const std::size_t calls = core_.switchboard->call_count();
  if (calls > 0) {
    std::printf("Stopping: %zu call%s in progress, at most %lld s. Ctrl-C again stops at once.\n",
                calls, calls == 1 ? "" : "s",
                static_cast<long long>(patience.count() / 1'000'000'000));
    std::fflush(stdout);
  }
  deadline_.start(patience, [this] {
    state_ = State::hanging_up;
    core_.exchange->hang_up_all();
    deadline_.start(k_hang_up_patience, [this] {
      state_ = State::stopped;
      stop_();
    });
  });
}

void Drain::look() {
  if (state_ != State::waiting && state_ != State::hanging_up) return;
  if (core_.switchboard->call_count() > 0 || !core_.exchange->idle()) return;
  if (!leaving_) {  // the carriers are told, and get a moment to say that they heard it
    leaving_ = true;
    core_.carriers->unregister_all();
    deadline_.start(k_goodbye_patience, [this] {
      state_ = State::stopped;
      stop_();
    });
  }
  if (!core_.carriers->is_idle()) return;
  state_ = State::stopped;
  deadline_.stop();
  stop_();
}

void Drain::refuse_when_unwell(bool may_record) {
  unwell_ = !core_.ledger->accepting() || !may_record;
  refuse();
  if (!overload_.goes_on()) return core_.ledger->clear_alarm("overload");
  core_.ledger->raise_alarm("overload",
                            "More calls come in than this machine can take. Some are answered 503 "
                            "and tried again by their carrier; those in progress go on.");
}

void Drain::refuse_when_overloaded() {
  const auto backlog = core_.transports->backlog();
  overload_.look(backlog.bytes, backlog.bytes_max, core_.loop.clock().now());
  refuse();
}

void Drain::refuse() {
  if (core_.draining) return;
  const bool refuse = unwell_ || overload_.refusing();
  if (refuse == refusing_) return;
  refusing_ = refuse;
  core_.user_agent->refuse_new_calls(refuse ? std::optional(k_retry_after_s) : std::nullopt);
}

}  // namespace firstring::server

// Non-INVITE server transaction, RFC 3261 §17.2.2.
//
// Repeats its response to each repeated request for 64*T1 (timer J). A response that is a pure
// function of the request (most 200s to BYE) is not kept but made again, so that what lingers for
// 32 s after each call is a few words.
// Lives on: control loop. Owned by TransactionTable, which is told by on_terminated().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sip/message.h"
#include "sip/transaction.h"

namespace firstring::sip {

class NonInviteServerTransaction final : private TimerLine::Waiter {
 public:
  struct Out {
    virtual ~Out() = default;
    virtual void send(const Peer& to, std::string_view bytes) = 0;
    // Makes and sends the plain response to this request once more.
    virtual void send_plain(const Message& request, const Peer& source, int status) = 0;
    virtual void on_terminated(NonInviteServerTransaction& transaction) = 0;
  };
  enum class State : std::uint8_t { trying, completed };
  // plain: status line, what is repeated from the request, and nothing else.
  enum class Content : std::uint8_t { plain, own };

  NonInviteServerTransaction(TransactionTimers& timers, Out& out, std::uint64_t key,
                             std::uint64_t merge_key)
      : timers_(timers), out_(out), key_(key), merge_key_(merge_key) {
    wait_in(timers_.long_line);  // nobody answers for ever: gone after as long as the peer waits
  }

  void on_retransmitted_request(const Message& request, const Peer& source);
  // Sends the final response to `peer`. On a reliable transport this ends the transaction.
  void respond(int status, std::string_view response, Content content, const Peer& peer);

  void forget() { out_.on_terminated(*this); }  // ends it without a word

  State state() const { return state_; }
  std::uint64_t key() const { return key_; }
  std::uint64_t merge_key() const { return merge_key_; }

 private:
  void on_time() override { out_.on_terminated(*this); }

  // Given.
  TransactionTimers& timers_;
  Out& out_;
  const std::uint64_t key_;
  const std::uint64_t merge_key_;  // §8.2.2.2; 0 inside a dialog
  // State.
  State state_ = State::trying;
  Content content_ = Content::own;
  std::uint16_t status_ = 0;
  std::unique_ptr<std::string> response_;  // content own
};

}  // namespace firstring::sip

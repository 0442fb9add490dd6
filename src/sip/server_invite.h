// INVITE server transaction, RFC 3261 §17.2.1 as amended by RFC 6026.
//
// Repeats the last response to each repeated INVITE, and a refusal until it is acknowledged. A 2xx
// is repeated by the dialog, not here: from then on INVITEs are only absorbed (state accepted).
// What lingers (accepted, confirmed) has dropped response, address and wheel timer.
// Lives on: control loop. Owned by TransactionTable, which is told by on_terminated().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sip/transaction.h"

namespace firstring::sip {

class InviteServerTransaction final : private TimerLine::Waiter {
 public:
  struct Out {
    virtual ~Out() = default;
    virtual void send(const Peer& to, std::string_view bytes) = 0;
    // 200 ms have passed without a response: respond(100, …).
    virtual void on_trying_due(InviteServerTransaction& transaction) = 0;
    virtual void on_terminated(InviteServerTransaction& transaction) = 0;
  };
  struct Keys {
    std::uint64_t own = 0;     // branch and sent-by
    std::uint64_t merge = 0;   // From tag, Call-ID and CSeq (§8.2.2.2); 0 inside a dialog
    std::uint64_t dialog = 0;  // DialogId::value; 0 if there is none
  };
  enum class State : std::uint8_t { proceeding, accepted, completed, confirmed };

  InviteServerTransaction(TransactionTimers& timers, Out& out, const Peer& peer, Keys keys);

  void on_retransmitted_invite();
  void on_ack();
  // Sends it. `status` 100 to 699; a final one only once.
  void respond(int status, std::string_view response);
  void forget();  // ends it without a word (its connection is gone)

  State state() const { return state_; }
  bool answered() const { return state_ != State::proceeding; }
  const Keys& keys() const { return keys_; }
  const Peer* peer() const { return active_ ? &active_->peer : nullptr; }

 private:
  // What is needed only until the final response is acknowledged.
  struct Active {
    Active(Timers& wheel, const Peer& where) : timer(wheel), peer(where) {}
    Timer timer;  // first the 100 that we owe after 200 ms, then timer G
    Duration delay{};
    Peer peer;
    std::string last_response;
  };

  void retransmit_final();
  void on_time() override;  // H, I or L

  // Given.
  TransactionTimers& timers_;
  Out& out_;
  const Keys keys_;
  // State.
  State state_ = State::proceeding;
  std::unique_ptr<Active> active_;
};

}  // namespace firstring::sip

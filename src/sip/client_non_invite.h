// Non-INVITE client transaction, RFC 3261 §17.1.2.
//
// Repeats the request until a final response or 64*T1 have come, then absorbs repeated responses
// for T4. What lingers has dropped its request and wheel timer.
// Lives on: control loop. Owned by TransactionTable, which is told by on_terminated().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "sip/message.h"
#include "sip/transaction.h"

namespace firstring::sip {

class NonInviteClientTransaction final : private TimerLine::Waiter {
 public:
  struct Out {
    virtual ~Out() = default;
    virtual void send(const Peer& to, std::string_view bytes) = 0;
    // A final response (provisional ones say nothing that a user could use).
    virtual void on_response(NonInviteClientTransaction& transaction, const Message& response) = 0;
    virtual void on_timeout(NonInviteClientTransaction& transaction) = 0;
    virtual void on_terminated(NonInviteClientTransaction& transaction) = 0;
  };
  enum class State : std::uint8_t { trying, proceeding, completed };

  NonInviteClientTransaction(TransactionTimers& timers, Out& out, std::uint64_t key,
                             const Peer& peer, RequestOwner owner, std::string_view request);

  void start();  // sends it
  void on_response(const Message& response);
  void on_unreachable();

  State state() const { return state_; }
  std::uint64_t key() const { return key_; }
  const RequestOwner& owner() const { return owner_; }
  const Peer& peer() const { return peer_; }

 private:
  struct Active {
    Active(Timers& wheel, std::string_view bytes) : timer_e(wheel), request(bytes) {}
    Timer timer_e;
    Duration delay{};
    std::string request;
  };

  void retransmit();
  void on_time() override;  // F or K

  // Given.
  TransactionTimers& timers_;
  Out& out_;
  const std::uint64_t key_;
  const Peer peer_;
  const RequestOwner owner_;
  // State.
  State state_ = State::trying;
  std::unique_ptr<Active> active_;  // until a final response
};

}  // namespace firstring::sip

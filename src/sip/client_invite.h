// INVITE client transaction, RFC 3261 §17.1.1 as amended by RFC 6026.
//
// Repeats the INVITE until something is heard, acknowledges refusals itself (the ACK to a 2xx is
// the dialog's), and passes on every 2xx for 64*T1, since forking may bring several.
// Lives on: control loop. Owned by TransactionTable, which is told by on_terminated().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sip/message.h"
#include "sip/transaction.h"

namespace firstring::sip {

class InviteClientTransaction final : private TimerLine::Waiter {
 public:
  struct Out {
    virtual ~Out() = default;
    virtual void send(const Peer& to, std::string_view bytes) = 0;
    virtual void on_response(InviteClientTransaction& transaction, const Message& response) = 0;
    virtual void on_timeout(InviteClientTransaction& transaction) = 0;
    virtual void on_terminated(InviteClientTransaction& transaction) = 0;
  };
  enum class State : std::uint8_t { calling, proceeding, accepted, completed };

  InviteClientTransaction(TransactionTimers& timers, Out& out, std::uint64_t key, const Peer& peer,
                          RequestOwner owner, std::string_view request);

  void start();  // sends it
  void on_response(const Message& response);
  // CANCEL was sent: if no final response comes within 64*T1, none will (§9.1).
  void on_cancelled();
  // The connection is gone, or the destination cannot be reached: as if timer B had fired.
  void on_unreachable();

  State state() const { return state_; }
  bool answered() const { return state_ == State::accepted || state_ == State::completed; }
  std::uint64_t key() const { return key_; }
  const RequestOwner& owner() const { return owner_; }
  const Peer& peer() const { return peer_; }
  std::string_view request() const { return active_ ? active_->request : std::string_view{}; }
  // True the first time it is asked about a To tag (by hash): a new fork has answered.
  bool is_new_fork(std::uint64_t tag_hash);

 private:
  struct Active {
    Active(Timers& wheel, std::string_view bytes) : timer_a(wheel), request(bytes) {}
    Timer timer_a;
    Duration delay{};
    std::string request;
  };

  void retransmit();
  void complete(const Message& response);
  void on_time() override;  // B, D or M

  // Given.
  TransactionTimers& timers_;
  Out& out_;
  const std::uint64_t key_;
  const Peer peer_;
  const RequestOwner owner_;
  // State.
  State state_ = State::calling;
  std::unique_ptr<Active> active_;       // until a final response
  std::string ack_;                      // state completed
  std::vector<std::uint64_t> forks_;     // To tags that have sent a 2xx
};

}  // namespace firstring::sip

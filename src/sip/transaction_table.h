// TransactionTable: all transactions of one user agent, and which message belongs to which
// (RFC 3261 §17.1.3, §17.2.3, §8.2.2.2).
//
// A transaction is found by one 64-bit number: ours by the number in our branch, a peer's by a
// keyed hash of its branch and sent-by.
// Lives on: control loop. Owned by UserAgent.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "sip/client_invite.h"
#include "sip/client_non_invite.h"
#include "sip/key_table.h"
#include "sip/keyed_hash.h"
#include "sip/server_invite.h"
#include "sip/server_non_invite.h"
#include "sip/transaction.h"

namespace firstring::sip {

class TransactionTable final : public InviteServerTransaction::Out,
                               public NonInviteServerTransaction::Out,
                               public InviteClientTransaction::Out,
                               public NonInviteClientTransaction::Out {
 public:
  // Called by the machines. None of these may destroy the transaction it is told of.
  struct User {
    virtual ~User() = default;
    virtual void transmit(const Peer& to, std::string_view bytes) = 0;
    virtual void transmit_plain(const Message& request, const Peer& source, int status) = 0;
    virtual void on_trying_due(InviteServerTransaction& transaction) = 0;
    virtual void on_invite_response(InviteClientTransaction& transaction,
                                    const Message& response) = 0;
    virtual void on_invite_timeout(InviteClientTransaction& transaction) = 0;
    virtual void on_final_response(NonInviteClientTransaction& transaction,
                                   const Message& response) = 0;
    virtual void on_request_timeout(NonInviteClientTransaction& transaction) = 0;
  };

  TransactionTable(Timers& timers, TimerPlan plan, const KeyedHash& hash, User& user)
      : timers_(timers, plan), hash_(hash), user_(user) {}

  // ---- of peers ----
  // For ACK and CANCEL ask with Method::invite to find what they speak of.
  std::uint64_t key_of(const Message& request, Method method) const;
  std::uint64_t merge_key_of(const Message& request) const;
  // True if another transaction already carries this request over another path: 482.
  bool is_merged(std::uint64_t merge_key) { return merged_.find(merge_key) != nullptr; }

  InviteServerTransaction& add_invite(const Peer& peer, InviteServerTransaction::Keys keys);
  NonInviteServerTransaction& add_request(std::uint64_t key, std::uint64_t merge_key);
  InviteServerTransaction* find_invite(std::uint64_t key);
  NonInviteServerTransaction* find_request(std::uint64_t key);

  // ---- of ours ----
  // `key`: the number in the top Via's branch of `request`.
  void send_invite(std::uint64_t key, const Peer& peer, RequestOwner owner,
                   std::string_view request);
  void send_request(std::uint64_t key, const Peer& peer, RequestOwner owner,
                    std::string_view request);
  InviteClientTransaction* find_sent_invite(std::uint64_t key);
  // False if it answers nothing that we know of.
  bool on_response(const Message& response);
  void connection_lost(const Peer& peer);

  std::size_t count() const {
    return invites_.size() + requests_.size() + sent_invites_.size() + sent_requests_.size();
  }

 private:
  void send(const Peer& to, std::string_view bytes) override { user_.transmit(to, bytes); }
  void send_plain(const Message& request, const Peer& source, int status) override {
    user_.transmit_plain(request, source, status);
  }
  void on_trying_due(InviteServerTransaction& transaction) override {
    user_.on_trying_due(transaction);
  }
  void on_response(InviteClientTransaction& transaction, const Message& response) override {
    user_.on_invite_response(transaction, response);
  }
  void on_response(NonInviteClientTransaction& transaction, const Message& response) override {
    user_.on_final_response(transaction, response);
  }
  void on_timeout(InviteClientTransaction& transaction) override {
    user_.on_invite_timeout(transaction);
  }
  void on_timeout(NonInviteClientTransaction& transaction) override {
    user_.on_request_timeout(transaction);
  }
  void on_terminated(InviteServerTransaction& transaction) override;
  void on_terminated(NonInviteServerTransaction& transaction) override;
  void on_terminated(InviteClientTransaction& transaction) override;
  void on_terminated(NonInviteClientTransaction& transaction) override;

  // Given.
  TransactionTimers timers_;
  const KeyedHash& hash_;
  User& user_;
  // State.
  KeyTable<std::unique_ptr<InviteServerTransaction>> invites_;
  KeyTable<std::unique_ptr<NonInviteServerTransaction>> requests_;
  KeyTable<std::unique_ptr<InviteClientTransaction>> sent_invites_;
  KeyTable<std::unique_ptr<NonInviteClientTransaction>> sent_requests_;
  KeyTable<bool> merged_;
};

// The number in a branch of ours; nothing if we did not make it.
std::optional<std::uint64_t> number_in_branch(std::string_view branch);

}  // namespace firstring::sip

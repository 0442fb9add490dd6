#include "sip/transaction_table.h"

#include <cstring>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "sip/message_builder.h"

namespace firstring::sip {
namespace {

// INVITE, ACK and CANCEL of one request share a branch; the two kinds have tables of their own.
std::uint64_t class_of(Method method) {
  if (method == Method::invite || method == Method::ack) return 1;
  return 2 + static_cast<std::uint64_t>(method);
}

std::string_view bytes_of(const std::uint64_t& number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

template <typename Owned>
auto* found(std::unique_ptr<Owned>* slot) {
  return slot == nullptr ? nullptr : slot->get();
}

}  // namespace

std::optional<std::uint64_t> number_in_branch(std::string_view branch) {
  if (!branch.starts_with(k_branch_cookie)) return std::nullopt;
  return decode_base32(branch.substr(k_branch_cookie.size()));
}

std::uint64_t TransactionTable::key_of(const Message& request, Method method) const {
  const Via& via = request.top_via();
  const std::string_view branch = via.branch();
  const std::uint64_t start = class_of(method) << 32 | via.port;
  std::uint64_t key = hash_.of(branch, start);
  key = hash_.of(via.host, key);
  if (branch.size() > k_branch_cookie.size() &&
      equals_ignoring_case(branch.substr(0, k_branch_cookie.size()), k_branch_cookie)) {
    return key;
  }
  // RFC 2543: a branch that need not differ. The To tag is left out, since an ACK has ours.
  const std::uint64_t number = request.cseq().number;
  key = hash_.of(request.call_id(), key);
  key = hash_.of(request.from().tag(), key);
  return hash_.of(bytes_of(number), key);
}

std::uint64_t TransactionTable::merge_key_of(const Message& request) const {
  const std::uint64_t start =
      static_cast<std::uint64_t>(request.cseq().number) << 8 | class_of(request.method());
  return hash_.of(request.from().tag(), hash_.of(request.call_id(), start));
}

InviteServerTransaction& TransactionTable::add_invite(const Peer& peer,
                                                      InviteServerTransaction::Keys keys) {
  auto owned = std::make_unique<InviteServerTransaction>(timers_, *this, peer, keys);
  InviteServerTransaction& transaction = *owned;
  const bool added = invites_.insert(keys.own, std::move(owned));
  ASSERT(added);
  if (keys.merge != 0) merged_.insert(keys.merge, true);
  return transaction;
}

NonInviteServerTransaction& TransactionTable::add_request(std::uint64_t key,
                                                          std::uint64_t merge_key) {
  auto owned = std::make_unique<NonInviteServerTransaction>(timers_, *this, key, merge_key);
  NonInviteServerTransaction& transaction = *owned;
  const bool added = requests_.insert(key, std::move(owned));
  ASSERT(added);
  if (merge_key != 0) merged_.insert(merge_key, true);
  return transaction;
}

InviteServerTransaction* TransactionTable::find_invite(std::uint64_t key) {
  return found(invites_.find(key));
}

NonInviteServerTransaction* TransactionTable::find_request(std::uint64_t key) {
  return found(requests_.find(key));
}

InviteClientTransaction* TransactionTable::find_sent_invite(std::uint64_t key) {
  return found(sent_invites_.find(key));
}

void TransactionTable::send_invite(std::uint64_t key, const Peer& peer, RequestOwner owner,
                                   std::string_view request) {
  auto owned =
      std::make_unique<InviteClientTransaction>(timers_, *this, key, peer, owner, request);
  InviteClientTransaction& transaction = *owned;
  const bool added = sent_invites_.insert(key, std::move(owned));
  ASSERT(added);
  transaction.start();
}

void TransactionTable::send_request(std::uint64_t key, const Peer& peer, RequestOwner owner,
                                    std::string_view request) {
  auto owned =
      std::make_unique<NonInviteClientTransaction>(timers_, *this, key, peer, owner, request);
  NonInviteClientTransaction& transaction = *owned;
  const bool added = sent_requests_.insert(key, std::move(owned));
  ASSERT(added);
  transaction.start();
}

bool TransactionTable::on_response(const Message& response) {
  const auto key = number_in_branch(response.top_via().branch());
  if (!key) return false;
  if (response.method() == Method::invite) {
    InviteClientTransaction* transaction = find_sent_invite(*key);
    if (transaction != nullptr) transaction->on_response(response);
    return transaction != nullptr;
  }
  NonInviteClientTransaction* transaction = found(sent_requests_.find(*key));
  if (transaction != nullptr) transaction->on_response(response);
  return transaction != nullptr;
}

void TransactionTable::connection_lost(const Peer& peer) {
  std::vector<std::uint64_t> invites;
  std::vector<std::uint64_t> requests;
  const auto is_lost = [&peer](const Peer& other) {
    return other.connection == peer.connection && other.transport == peer.transport;
  };
  sent_invites_.for_each([&](auto& sent) {
    if (is_lost(sent->peer())) invites.push_back(sent->key());
  });
  sent_requests_.for_each([&](auto& sent) {
    if (is_lost(sent->peer())) requests.push_back(sent->key());
  });
  for (const std::uint64_t key : invites) {
    if (InviteClientTransaction* sent = find_sent_invite(key)) sent->on_unreachable();
  }
  for (const std::uint64_t key : requests) {
    if (auto* sent = found(sent_requests_.find(key))) sent->on_unreachable();
  }
}

void TransactionTable::on_terminated(InviteServerTransaction& transaction) {
  merged_.erase(transaction.keys().merge);
  invites_.erase(transaction.keys().own);
}

void TransactionTable::on_terminated(NonInviteServerTransaction& transaction) {
  merged_.erase(transaction.merge_key());
  requests_.erase(transaction.key());
}

void TransactionTable::on_terminated(InviteClientTransaction& transaction) {
  sent_invites_.erase(transaction.key());
}

void TransactionTable::on_terminated(NonInviteClientTransaction& transaction) {
  sent_requests_.erase(transaction.key());
}

}  // namespace firstring::sip

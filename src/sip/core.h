// Core: what the legs of one user agent share: the world they were given, the transactions, the
// table of legs, and the one buffer in which messages are built.
//
// Internal to the user agent: only user_agent*.cpp, core*.cpp and call_leg*.cpp include it.
// Lives on: control loop.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sip/key_table.h"
#include "sip/keyed_hash.h"
#include "sip/message_builder.h"
#include "sip/transaction_table.h"
#include "sip/user_agent.h"

namespace firstring::sip {

class CallLeg;
struct Replaces;

class Core final : private TransactionTable::User {
 public:
  Core(UserAgent::Given given, UserAgentOptions options);
  ~Core() override;

  // Legs that end while a scope is open are destroyed when the outermost closes, so that whoever
  // is on the stack can still look at them.
  class Scope {
   public:
    explicit Scope(Core& core) : core_(core) { core_.depth_ += 1; }
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Core& core_;
  };

  // ---- from outside ----
  void receive(std::string_view bytes, const Peer& source);
  void connection_lost(const Peer& peer);
  DialogId invite(InviteOptions options);
  void respond(const Message& request, const Peer& source, int status, std::string_view reason,
               std::string_view extra_headers, std::string_view body);
  struct OutsideRequest {
    Method method;
    std::string_view request_uri, from, to, extra_headers, call_id;
    std::uint32_t cseq;
  };
  void request(const Peer& peer, const OutsideRequest& request,
               std::function<void(const Message*)> done);
  void refuse_new_calls(std::optional<int> retry_after_s) { refusing_ = retry_after_s; }

  // ---- for the legs ----
  CallLeg* find(DialogId id);
  // The answered leg that a peer names by its dialog, or null.
  CallLeg* find_replaced(const Replaces& replaces);
  void retire(DialogId id);
  void send(DialogId dialog, const Peer& to, std::string_view bytes, std::string_view summary);
  void trace(DialogId dialog, bool incoming, const Peer& peer, const Message& message);
  void trace_response(DialogId dialog, const Peer& to, int status, std::string_view method);
  // The final response to a request that is not an INVITE. A challenge, and everything while there
  // are too many transactions, is sent without keeping state (§26.3.2.4).
  void respond_plain(const Message& request, const Peer& source, int status);
  void respond_own(const Message& request, const Peer& source, int status,
                   std::string_view reason, std::string_view extra_headers,
                   std::string_view content_type = {}, std::string_view body = {});
  // The same to an INVITE that has no leg of its own to answer for it.
  void refuse_invite(const Message& invite, const Peer& source, int status,
                     std::string_view reason, std::string_view extra_headers,
                     DialogId dialog = {});
  // A 2xx that nobody wants: ACK, and BYE if this fork was not heard of before.
  void refuse_fork(const Peer& peer, const Message& response, bool is_new);

  std::string contact_for(const Peer& peer) const;  // "<sip:198.51.100.7:5060>"
  std::size_t leg_count() const { return legs_.size(); }
  std::size_t transaction_count() const { return table.count(); }

  // Given.
  const Clock& clock;
  Timers& timers;
  Random& random;
  Sender& sender;
  CallEvents& events;
  const UserAgentOptions options;
  // Shared.
  KeyedHash hash;
  TransactionTable table;
  std::string buffer;  // the message being built; sent before the next is begun

 private:
  void on_request(const Message& request, const Peer& source);
  void on_ack(const Message& ack, const Peer& source);
  void on_cancel(const Message& cancel, const Peer& source);
  void on_request_inside(const Message& request, const Peer& source);
  void on_new_invite(const Message& invite, const Peer& source);
  std::optional<int> refusal_of_replaces(const Message& invite, DialogId& replaced);
  void on_new_request(const Message& request, const Peer& source);
  bool absorbed(const Message& request, const Peer& source);
  void answer_options(const Message& request, const Peer& source);
  void refuse_statelessly(const Message& request, const Peer& source, int status,
                          std::string_view reason, std::string_view extra_headers);
  std::string tag_for(const Message& request);
  CallLeg* leg_by_tag(std::string_view tag);
  bool is_crowded() const { return table.count() >= options.transactions_max; }

  void transmit(const Peer& to, std::string_view bytes) override { sender.send(to, bytes); }
  void transmit_plain(const Message& request, const Peer& source, int status) override;
  void on_trying_due(InviteServerTransaction& transaction) override;
  void on_invite_response(InviteClientTransaction& transaction, const Message& response) override;
  void on_invite_timeout(InviteClientTransaction& transaction) override;
  void on_final_response(NonInviteClientTransaction& transaction,
                         const Message& response) override;
  void on_request_timeout(NonInviteClientTransaction& transaction) override;

  KeyTable<std::unique_ptr<CallLeg>> legs_;  // by DialogId, which is our tag
  KeyTable<std::function<void(const Message*)>> waiting_outside_;  // by transaction
  std::vector<std::unique_ptr<CallLeg>> retired_;
  Message message_;  // the one being received: its header list is used again
  int depth_ = 0;
  std::optional<int> refusing_;
};

}  // namespace firstring::sip

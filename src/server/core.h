// Core: everything that lives on the control loop, in the order in which it is built.
//
// A struct and not a class on purpose: server.cpp builds it, office.cpp answers the API from it,
// and nobody else sees it. Members are destroyed from the last to the first. Lives on: control
// loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/random.h"
#include "call/reporter.h"
#include "config/loader.h"
#include "flow/switchboard.h"
#include "io/loop.h"
#include "io/mailbox.h"
#include "io/wakeup.h"
#include "media/engine.h"
#include "media/prompt_store.h"
#include "server/access.h"
#include "server/adapters/exchange.h"
#include "server/adapters/sip_trace.h"
#include "server/carriers.h"
#include "server/dial_book.h"
#include "server/figures_book.h"
#include "server/history.h"
#include "server/journal.h"
#include "server/ledger.h"
#include "server/signalling.h"
#include "server/versions.h"
#include "server/webhooks.h"
#include "sip/resolver.h"
#include "sip/transports.h"
#include "sip/user_agent.h"
#include "work/desk.h"

namespace firstring::server {

// Whole messages from the transports, to the user agent.
class Arrivals final : public sip::TransportEvents {
 public:
  Arrivals(std::unique_ptr<sip::UserAgent>& user_agent, std::unique_ptr<Access>& access,
           std::unique_ptr<Carriers>& carriers)
      : user_agent_(user_agent), access_(access), carriers_(carriers) {}
  void on_message(std::string_view bytes, const sip::Peer& peer) override {
    user_agent_->receive(bytes, peer);
  }
  void on_connection_closed(const sip::Peer& peer) override {
    user_agent_->connection_lost(peer);
    carriers_->connection_lost(peer);
    if (peer.connection != 0) access_->connection_lost(peer);
  }
  void on_unreachable(const sip::Peer&) override {}  // a hint that anyone can forge

 private:
  // All are made after the transports.
  std::unique_ptr<sip::UserAgent>& user_agent_;
  std::unique_ptr<Access>& access_;
  std::unique_ptr<Carriers>& carriers_;
};

struct Core {
  // Given by the configuration.
  std::string config_file;
  config::ServerSettings settings;
  std::string data_folder;           // absolute
  std::string name, version;         // of the business; of its configuration
  std::string tenant;
  WallTime started, configured;

  io::Loop loop;
  io::Mailbox<std::function<void()>> posted{100'000, [this] { loop.wake(); }};
  IdSource ids;
  std::unique_ptr<Random> random;
  flow::Outbox outbox;
  std::unique_ptr<call::Reporter> reporter;
  std::unique_ptr<Versions> versions;  // of the configuration
  std::unique_ptr<Journal> journal;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<History> history;
  std::unique_ptr<FiguresBook> figures;
  std::unique_ptr<work::Desk> desk;
  std::unique_ptr<media::PromptStore> prompts;
  std::unique_ptr<io::Wakeup> media_wakeup;
  std::unique_ptr<media::Engine> engine;
  std::unique_ptr<flow::Switchboard> switchboard;
  SipTrace trace;
  std::unique_ptr<Access> access;
  // Before the user agent in the line of destruction: its requests end without being answered.
  std::unique_ptr<Carriers> carriers;
  std::unique_ptr<sip::UserAgent> user_agent;
  Arrivals arrivals{user_agent, access, carriers};
  std::unique_ptr<sip::Transports> transports;
  std::unique_ptr<sip::Resolver> resolver;
  std::unique_ptr<DialBook> dial_book;
  std::unique_ptr<Exchange> exchange;
  std::unique_ptr<Signalling> signalling;
  std::unique_ptr<Webhooks> webhooks;
  bool draining = false;
  std::uint64_t slow_iterations = 0;
};

}  // namespace firstring::server

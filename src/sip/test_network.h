// A network of user agents in virtual time, for tests: messages take time, get lost, come twice and
// out of order, by seed. Each party keeps a diary of what it was told.
// Lives on: the test.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sip/user_agent.h"

namespace firstring::sip {

struct NetworkOptions {
  std::uint64_t seed = 1;
  double loss = 0, duplication = 0;
  Duration delay = 1ms, jitter = 0ms;  // jitter above zero reorders
  Transport transport = Transport::udp;
};

class TestNetwork;

// One user agent and what its user sees. Behaviour that a test wants to change is in `on_…`.
class Party final : public Sender, public CallEvents {
 public:
  Party(TestNetwork& network, std::string name, std::uint16_t port, UserAgentOptions options);

  UserAgent& agent() { return *agent_; }
  const Peer& here() const { return here_; }
  // The diary since the last look, a line each: "incoming v=offer", "ended peer".
  std::string diary();
  void note(std::string line) { diary_ += line + "\n"; }
  DialogId last_dialog;         // of the last incoming or outgoing call
  DialogId referred_to;         // what the last REFER named to be replaced
  DialogId call(Party& other, std::string sdp, InviteOptions options = {});

  // What it does of its own accord.
  std::function<void(const IncomingCall&)> on_call;            // default: nothing
  std::function<Admission(const Message&)> on_admission;       // default: accept
  std::function<void(DialogId)> on_answered_do, on_provisional_do, on_confirmed_do;
  std::optional<std::string> answer_to_offer = "v=answer";
  std::string late_offer = "v=late";
  std::map<DialogId, int> ended_count;
  bool traces = false;
  bool may_refer = false;       // takes REFER and Replaces

  // Sender
  void send(const Peer& to, std::string_view bytes) override;
  std::string local_host_port(const Peer&) const override { return here_.address.to_text(); }
  // CallEvents
  Admission admit(const Message& request, const Peer& source) override;
  void on_register(const Message& request, const Peer& source) override;
  void on_incoming(const IncomingCall& call) override;
  void on_provisional(DialogId dialog, int status, std::string_view sdp) override;
  void on_answered(DialogId dialog, std::string_view sdp) override;
  void on_confirmed(DialogId dialog, std::string_view sdp) override;
  std::optional<std::string> on_offer(DialogId dialog, std::string_view sdp) override;
  std::string make_offer(DialogId dialog) override;
  void on_reoffer_done(DialogId dialog, int status, std::string_view sdp) override;
  void on_info(DialogId dialog, std::string_view type, std::string_view body) override;
  bool takes_refer(DialogId) override { return may_refer; }
  bool takes_replaces(DialogId) override { return may_refer; }
  void on_refer(DialogId dialog, const Refer& refer) override {
    note("refer " + refer.user + (refer.replaces ? " replaces" : ""));
    last_dialog = dialog;
    referred_to = refer.replaces;
  }
  void on_ended(DialogId dialog, const Ended& ended) override;
  void on_trace(DialogId dialog, bool incoming, const Peer& peer,
                std::string_view summary) override;

 private:
  TestNetwork& network_;
  const std::string name_;
  Peer here_;
  Random random_;
  std::string diary_;
  std::unique_ptr<UserAgent> agent_;
};

class TestNetwork {
 public:
  explicit TestNetwork(NetworkOptions options = {});
  ~TestNetwork();

  Party& add(std::string name, UserAgentOptions options = {});
  // A message from an address where no party lives, or to one: kept in `stray`.
  void inject(const Peer& from, const Peer& to, std::string bytes);
  void carry(const Peer& from, const Peer& to, std::string_view bytes);
  // What comes for `here` goes to `receive`. Parties attach themselves.
  void attach(const Peer& here, std::function<void(std::string_view, const Peer&)> receive);
  void run_for(Duration time);
  void run_until_quiet();  // no timer and no message left; gives up after 12 hours

  ManualClock clock;
  Timers timers{clock};
  Random random;
  NetworkOptions options;
  std::vector<std::string> stray;              // to addresses where no party lives
  std::function<bool(std::string_view)> drop;  // loses what it says true to
  std::string ladder;                          // start lines, if `draw`
  bool draw = false;

 private:
  struct Delivery {
    Peer from, to;
    std::string bytes;
  };
  bool step(MonoTime until);

  std::vector<std::unique_ptr<Party>> parties_;
  std::map<Address, std::function<void(std::string_view, const Peer&)>> attached_;
  std::multimap<MonoTime, Delivery> on_the_way_;
};

}  // namespace firstring::sip

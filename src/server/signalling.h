// Signalling: what the SIP user agent reports, handed to who decides: Access or Exchange.
// Lives on: control loop.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "server/access.h"
#include "server/adapters/exchange.h"
#include "server/adapters/sip_trace.h"
#include "sip/user_agent.h"

namespace firstring::server {

class Signalling final : public sip::CallEvents {
 public:
  struct Options {
    bool trace = true;             // keep the SIP ladder of each call
  };
  Signalling(const Clock& clock, Access& access, Exchange& exchange, SipTrace& trace,
             call::Reporter& reporter, Options options)
      : clock_(clock),
        access_(access),
        exchange_(exchange),
        trace_(trace),
        reporter_(reporter),
        options_(options) {}
  void connect(sip::UserAgent& user_agent) { user_agent_ = &user_agent; }

  sip::Admission admit(const sip::Message& request, const sip::Peer& source) override;
  void on_register(const sip::Message& request, const sip::Peer& source) override;
  void on_incoming(const sip::IncomingCall& call) override;
  void on_provisional(sip::DialogId dialog, int status, std::string_view sdp) override;
  void on_answered(sip::DialogId dialog, std::string_view sdp) override;
  void on_confirmed(sip::DialogId dialog, std::string_view sdp) override;
  std::optional<std::string> on_offer(sip::DialogId dialog, std::string_view sdp) override;
  std::string make_offer(sip::DialogId dialog) override;
  void on_reoffer_done(sip::DialogId dialog, int status, std::string_view sdp) override;
  void on_info(sip::DialogId dialog, std::string_view content_type,
               std::string_view body) override;
  bool takes_refer(sip::DialogId dialog) override;
  bool takes_replaces(sip::DialogId dialog) override;
  void on_refer(sip::DialogId dialog, const sip::Refer& refer) override;
  void on_ended(sip::DialogId dialog, const sip::Ended& ended) override;
  void on_trace(sip::DialogId dialog, bool incoming, const sip::Peer& peer,
                std::string_view summary) override;

 private:
  void refused(const sip::Message& request, const sip::Peer& source, int status,
               std::string_view reason);
  void tell_early_lines(sip::DialogId dialog, CallId call, LegId leg);

  const Clock& clock_;
  Access& access_;
  Exchange& exchange_;
  SipTrace& trace_;
  call::Reporter& reporter_;
  const Options options_;
  sip::UserAgent* user_agent_ = nullptr;
  CallerOrigin origin_;            // of the INVITE just admitted
  // Lines of dialogs whose leg is not yet known.
  static constexpr std::size_t k_early_max = 1000;
  std::unordered_map<std::uint64_t, std::vector<SipTrace::Line>> early_lines_;
};

// The digit of an INFO: application/dtmf-relay ("Signal=5") or application/dtmf ("5"); 0: none.
char digit_of_info(std::string_view content_type, std::string_view body);

}  // namespace firstring::server

#include "sip/user_agent.h"

#include <utility>

#include "sip/call_leg.h"
#include "sip/core.h"

namespace firstring::sip {

struct UserAgent::State {
  Core core;
};

UserAgent::UserAgent(Given given, UserAgentOptions options)
    : state_(new State{Core(given, std::move(options))}) {}

UserAgent::~UserAgent() = default;

void UserAgent::receive(std::string_view bytes, const Peer& source) {
  state_->core.receive(bytes, source);
}

void UserAgent::connection_lost(const Peer& peer) { state_->core.connection_lost(peer); }

// A dialog that is gone already is no mistake of the caller: the peer may have been quicker.
void UserAgent::ring(DialogId dialog) {
  Core::Scope scope(state_->core);
  if (CallLeg* leg = state_->core.find(dialog)) leg->ring();
}

void UserAgent::progress(DialogId dialog, std::string sdp) {
  Core::Scope scope(state_->core);
  if (CallLeg* leg = state_->core.find(dialog)) leg->progress(std::move(sdp));
}

void UserAgent::answer(DialogId dialog, std::string sdp) {
  Core::Scope scope(state_->core);
  if (CallLeg* leg = state_->core.find(dialog)) leg->answer(std::move(sdp));
}

void UserAgent::reject(DialogId dialog, int status, std::string_view reason,
                       std::string_view extra_headers) {
  Core::Scope scope(state_->core);
  if (CallLeg* leg = state_->core.find(dialog)) leg->reject(status, reason, extra_headers);
}

DialogId UserAgent::invite(InviteOptions options) {
  return state_->core.invite(std::move(options));
}

void UserAgent::hang_up(DialogId dialog, std::string_view reason_header) {
  Core::Scope scope(state_->core);
  if (CallLeg* leg = state_->core.find(dialog)) leg->hang_up(reason_header);
}

void UserAgent::reoffer(DialogId dialog, std::string sdp) {
  Core::Scope scope(state_->core);
  if (CallLeg* leg = state_->core.find(dialog)) leg->reoffer(std::move(sdp));
}

void UserAgent::send_info(DialogId dialog, std::string_view content_type, std::string_view body) {
  Core::Scope scope(state_->core);
  if (CallLeg* leg = state_->core.find(dialog)) leg->send_info(content_type, body);
}

void UserAgent::tell_referrer(DialogId dialog, int status) {
  Core::Scope scope(state_->core);
  if (CallLeg* leg = state_->core.find(dialog)) leg->tell_referrer(status);
}

void UserAgent::respond(const Message& request, const Peer& source, int status,
                        std::string_view reason, std::string_view extra_headers,
                        std::string_view body) {
  state_->core.respond(request, source, status, reason, extra_headers, body);
}

void UserAgent::request(const Peer& peer, Method method, std::string_view request_uri,
                        std::string_view from, std::string_view to,
                        std::string_view extra_headers, std::string_view call_id,
                        std::uint32_t cseq, std::function<void(const Message*)> done) {
  state_->core.request(peer,
                       {.method = method,
                        .request_uri = request_uri,
                        .from = from,
                        .to = to,
                        .extra_headers = extra_headers,
                        .call_id = call_id,
                        .cseq = cseq},
                       std::move(done));
}

void UserAgent::refuse_new_calls(std::optional<int> retry_after_s) {
  state_->core.refuse_new_calls(retry_after_s);
}

std::size_t UserAgent::dialog_count() const { return state_->core.leg_count(); }

std::size_t UserAgent::transaction_count() const { return state_->core.transaction_count(); }

Peer UserAgent::peer_of(DialogId dialog) const {
  CallLeg* leg = state_->core.find(dialog);
  return leg == nullptr ? Peer{} : leg->peer();
}

}  // namespace firstring::sip

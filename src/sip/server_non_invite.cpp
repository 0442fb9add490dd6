#include "sip/server_non_invite.h"

#include "base/assert.h"

namespace firstring::sip {

void NonInviteServerTransaction::on_retransmitted_request(const Message& request,
                                                          const Peer& source) {
  if (state_ == State::trying) return;
  if (content_ == Content::plain) return out_.send_plain(request, source, status_);
  out_.send(source, *response_);
}

void NonInviteServerTransaction::respond(int status, std::string_view response, Content content,
                                         const Peer& peer) {
  ASSERT(state_ == State::trying);
  ASSERT(status >= 200);
  out_.send(peer, response);
  if (is_reliable(peer.transport)) return out_.on_terminated(*this);  // timer J is 0
  state_ = State::completed;
  status_ = static_cast<std::uint16_t>(status);
  content_ = content;
  if (content == Content::own) response_ = std::make_unique<std::string>(response);
  wait_in(timers_.long_line);  // timer J
}

}  // namespace firstring::sip

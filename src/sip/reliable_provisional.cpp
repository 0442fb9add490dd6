#include "sip/reliable_provisional.h"

#include <utility>

#include "base/assert.h"
#include "sip/message.h"

namespace firstring::sip {
namespace {

std::string_view next_word(std::string_view& text) {
  const std::size_t start = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  text.remove_prefix(start);
  const std::string_view word = text.substr(0, text.find_first_of(" \t\r\n"));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

std::optional<RAck> parse_rack(std::string_view value) {
  const auto rseq = parse_number(next_word(value));
  const auto cseq = parse_number(next_word(value));
  const std::string_view method = next_word(value);
  if (!rseq || !cseq || method.empty()) return std::nullopt;
  return RAck{.rseq = *rseq, .cseq = *cseq, .is_invite = method == "INVITE"};
}

void ReliableProvisionals::send(std::string response) {
  ASSERT(!awaits_prack());
  unacknowledged_ = std::move(response);
  delay_ = plan_.t1;
  give_up_at_ = timers_.clock().now() + 64 * plan_.t1;
  timer_.start(delay_, [this] { repeat(); });
  out_.send(unacknowledged_);
}

void ReliableProvisionals::repeat() {
  const MonoTime now = timers_.clock().now();
  if (now >= give_up_at_) {
    unacknowledged_.clear();
    return out_.give_up();
  }
  delay_ = std::min(delay_ * 2, give_up_at_ - now);
  timer_.start(delay_, [this] { repeat(); });
  out_.send(unacknowledged_);
}

bool ReliableProvisionals::on_prack(std::string_view rack, std::uint32_t invite_cseq) {
  const auto parsed = parse_rack(rack);
  if (!awaits_prack() || !parsed || !parsed->is_invite) return false;
  if (parsed->rseq != rseq_ || parsed->cseq != invite_cseq) return false;
  stop();
  rseq_ += 1;
  return true;
}

void ReliableProvisionals::stop() {
  timer_.stop();
  unacknowledged_.clear();
}

}  // namespace firstring::sip

#include "sip/session_timer.h"

#include <algorithm>

#include "sip/message_builder.h"

namespace firstring::sip {
namespace {

std::optional<std::uint32_t> leading_number(std::string_view value) {
  const std::size_t end = value.find_first_not_of("0123456789");
  return parse_number(value.substr(0, end));
}

}  // namespace

SessionWish read_session_wish(const Message& message) {
  SessionWish wish;
  wish.supported = message.lists(HeaderName::supported, "timer") ||
                   message.lists(HeaderName::require, "timer");
  if (message.has(HeaderName::min_se)) {
    wish.min_s = leading_number(message.first(HeaderName::min_se)).value_or(0);
  }
  if (!message.has(HeaderName::session_expires)) return wish;
  const std::string_view value = message.first(HeaderName::session_expires);
  wish.expires_s = leading_number(value);
  const auto says = [value](std::string_view what) {
    const auto found = std::search(value.begin(), value.end(), what.begin(), what.end(),
                                   [](char a, char b) { return (a | 0x20) == b; });
    return found != value.end();
  };
  if (says("refresher=uac")) wish.refresher = Refresher::uac;
  if (says("refresher=uas")) wish.refresher = Refresher::uas;
  return wish;
}

bool is_too_small(const SessionWish& wish, Duration min) {
  return wish.supported && wish.expires_s && std::chrono::seconds(*wish.expires_s) < min;
}

SessionTerms terms_as_uas(const SessionWish& wish, Duration ours, Duration min) {
  SessionTerms terms;
  terms.interval = ours;
  if (wish.expires_s) {
    terms.interval = std::min<Duration>(ours, std::chrono::seconds(*wish.expires_s));
  }
  terms.interval = std::max({terms.interval, min, Duration(std::chrono::seconds(wish.min_s))});
  // A peer that does not know session timers, or does not ask for one, is refreshed by us (§9).
  terms.we_refresh = !wish.supported || !wish.expires_s || wish.refresher == Refresher::uas;
  return terms;
}

std::string session_lines_as_uas(const SessionTerms& terms) {
  if (!terms.active()) return {};
  std::string lines = "Session-Expires: ";
  append_number(lines, static_cast<std::uint64_t>(milliseconds(terms.interval) / 1000));
  lines += terms.we_refresh ? ";refresher=uas\r\n" : ";refresher=uac\r\nRequire: timer\r\n";
  return lines;
}

SessionTerms terms_as_uac(const SessionWish& answer, Duration min) {
  if (!answer.expires_s || *answer.expires_s == 0) return {};
  return {.interval = std::max<Duration>(std::chrono::seconds(*answer.expires_s), min),
          .we_refresh = answer.refresher != Refresher::uas};
}

}  // namespace firstring::sip

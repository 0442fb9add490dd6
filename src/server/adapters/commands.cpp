// The second half of Exchange: what the switchboard commands is done here, one function a command.
#include <utility>

#include "server/adapters/exchange.h"

namespace firstring::server {
namespace {

// The user part of a SIP URI (RFC 3261 §25.1): what is neither unreserved nor allowed is escaped,
// so that nothing a caller wrote leaves its place.
std::string escape_user(std::string_view text) {
  constexpr std::string_view k_hex = "0123456789ABCDEF";
  constexpr std::string_view k_allowed = "-_.!~*'()&=+$,";
  std::string out;
  for (const char c : text.substr(0, 64)) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || k_allowed.find(c) != std::string_view::npos) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', k_hex[byte >> 4], k_hex[byte & 15]};
    }
  }
  return out;
}

}  // namespace

void Exchange::carry_out(const call::Command& command) {
  std::visit([this](const auto& c) { carry_out(c); }, command);
}

void Exchange::carry_out(const call::Ring& command) {
  const Leg* leg = legs_.find(command.leg);
  if (leg != nullptr && !leg->hanging_up) user_agent_->ring(leg->dialog);
}

void Exchange::carry_out(const call::Progress& command) {
  Leg* leg = legs_.find(command.leg);
  if (leg == nullptr || leg->hanging_up || leg->answered || leg->plan) return;
  if (leg->offer.empty()) return user_agent_->ring(leg->dialog);  // late offer: nothing to answer
  if (!open_stream(*leg)) return;
  const std::string sdp = answer_sdp(*leg);
  if (!sdp.empty()) user_agent_->progress(leg->dialog, sdp);
}

void Exchange::carry_out(const call::Answer& command) {
  Leg* leg = legs_.find(command.leg);
  if (leg == nullptr || leg->hanging_up || leg->answered) return;
  if (!open_stream(*leg)) {
    return carry_out(
        call::Reject{.leg = leg->id, .status = 503, .reason = "No media port is free"});
  }
  std::string sdp = leg->local_sdp;
  if (sdp.empty()) sdp = leg->offer.empty() ? offer_sdp(*leg) : answer_sdp(*leg);
  if (sdp.empty()) {
    return carry_out(call::Reject{.leg = leg->id, .status = 488, .reason = ""});
  }
  leg->answered = true;
  user_agent_->answer(leg->dialog, std::move(sdp));
}

void Exchange::carry_out(const call::Reject& command) {
  Leg* leg = legs_.find(command.leg);
  if (leg == nullptr || leg->hanging_up || leg->answered) return;
  leg->hanging_up = true;
  leg->reason = reason_of(command.status);
  std::string headers;
  if (command.status == 503) headers = "Retry-After: 5\r\n";
  user_agent_->reject(leg->dialog, command.status, command.reason, headers);
}

void Exchange::carry_out(const call::Dial& command) {
  Leg& leg = legs_.add(command.leg);
  leg.call = command.call;
  leg.on_behalf_of = command.on_behalf_of;
  if (Leg* caller = legs_.find(command.on_behalf_of)) caller->dialled = command.leg;
  const LegId id = command.leg;
  phone_book_.find(command.target, [this, id, command](const std::vector<DialTarget>& targets) {
    dial_targets(id, command, targets);
    pump();
  });
}

void Exchange::dial_targets(LegId id, const call::Dial& command,
                            const std::vector<DialTarget>& targets) {
  Leg* leg = legs_.find(id);
  if (leg == nullptr) return;
  if (leg->hanging_up) return fail_leg(*leg, leg->reason, 0);  // hung up while it was looked up
  if (targets.empty()) return fail_leg(*leg, call::EndReason::unreachable, 0);
  leg->to_our_phone = targets.front().trusted;
  if (!open_stream(*leg)) return fail_leg(*leg, call::EndReason::limit, 503);
  const std::string sdp = offer_sdp(*leg);
  for (const DialTarget& target : targets) {
    sip::InviteOptions invite;
    invite.target = target.uri;
    invite.peer = target.peer;
    const std::string user = command.from.empty() ? "anonymous" : escape_user(command.from);
    invite.from_uri = "sip:" + user + "@" + options_.domain;
    invite.from_name = command.from_name;
    invite.sdp = sdp;
    invite.credentials = target.credentials;
    invite.assert_identity = target.trusted;
    Branch& branch = leg->branches.emplace_back();
    if (options_.srtp && leg->to_our_phone) branch.again = invite;
    branch.dialog = user_agent_->invite(std::move(invite));
    if (!leg->dialog) leg->dialog = branch.dialog;
    legs_.bind(*leg, branch.dialog);
  }
}

// A phone that insists on SRTP refuses the plain profile, with keys or without (488).
bool Exchange::ask_again_with_srtp(Leg& leg, sip::DialogId dialog, int status) {
  Branch* branch = leg.branch_of(dialog);
  if (status != 488 || leg.answered || leg.hanging_up || branch == nullptr || !branch->again) {
    return false;
  }
  sip::InviteOptions invite = std::move(*branch->again);
  branch->again.reset();
  media::LocalStream insisting = leg.local;
  insisting.security = media::LocalStream::Security::require_sdes;
  leg.local.session_version += 1;
  branch->offer = media::make_offer(insisting);
  invite.sdp = branch->offer;
  legs_.unbind(dialog);
  branch->dialog = user_agent_->invite(std::move(invite));
  if (leg.dialog == dialog) leg.dialog = branch->dialog;
  legs_.bind(leg, branch->dialog);
  return true;
}

void Exchange::carry_out(const call::HangUp& command) {
  Leg* leg = legs_.find(command.leg);
  if (leg == nullptr || leg->hanging_up) return;
  leg->hanging_up = true;
  leg->reason = command.reason;
  if (leg->branches.empty()) return;  // still being looked up: dial_targets() ends it
  if (leg->from_caller && !leg->answered) {
    return user_agent_->reject(leg->dialog, status_of(command.reason));
  }
  // So that the phone does not show a missed call (RFC 3326 section 2).
  const std::string_view why = command.reason == call::EndReason::answered_elsewhere
                                   ? "SIP;cause=200;text=\"Call completed elsewhere\""
                                   : "";
  for (const Branch& branch : std::vector<Branch>(leg->branches)) {
    if (!branch.ended) user_agent_->hang_up(branch.dialog, why);
  }
}

std::vector<media::PlayItem> Exchange::items_of(const std::vector<call::Prompt>& prompts) {
  std::vector<media::PlayItem> items;
  items.reserve(prompts.size());
  using media::PlayItem;
  for (const call::Prompt& prompt : prompts) {
    switch (prompt.kind) {
      case call::Prompt::Kind::none: break;
      case call::Prompt::Kind::file:
        items.push_back({.kind = PlayItem::Kind::prompt, .prompt = prompts_.file(prompt.value)});
        break;
      case call::Prompt::Kind::text:
        items.push_back({.kind = PlayItem::Kind::prompt, .prompt = prompts_.text(prompt.value)});
        break;
      case call::Prompt::Kind::music:
        items.push_back({.kind = PlayItem::Kind::prompt, .prompt = prompts_.music(prompt.value)});
        break;
      case call::Prompt::Kind::tone:
        items.push_back({.kind = PlayItem::Kind::tone, .hz = prompt.tone_hz,
                         .length = prompt.tone_length});
        break;
    }
  }
  return items;
}

void Exchange::carry_out(const call::Play& command) {
  const Leg* leg = legs_.find(command.leg);
  if (leg == nullptr || !leg->stream) return;
  auto items = items_of(command.prompts);
  // Nothing to play has been played at once.
  if (items.empty()) {
    return post(call::PlaybackEnded{.leg = leg->id, .playback = command.playback});
  }
  engine_.play(leg->stream, command.playback.value, std::move(items), command.loop);
}

void Exchange::carry_out(const call::StopPlay& command) {
  const Leg* leg = legs_.find(command.leg);
  if (leg != nullptr && leg->stream) engine_.stop_play(leg->stream);
}

void Exchange::carry_out(const call::Bridge& command) {
  Leg* a = legs_.find(command.a);
  Leg* b = legs_.find(command.b);
  if (a == nullptr || b == nullptr || !a->stream || !b->stream) return;
  a->bridged = b->id;
  b->bridged = a->id;
  engine_.bridge(a->stream, b->stream);
}

void Exchange::carry_out(const call::Unbridge& command) {
  Leg* a = legs_.find(command.a);
  Leg* b = legs_.find(command.b);
  if (a != nullptr) a->bridged = {};
  if (b != nullptr) b->bridged = {};
  if (a == nullptr || b == nullptr || !a->stream || !b->stream) return;
  engine_.unbridge(a->stream, b->stream);
}

void Exchange::carry_out(const call::HoldLeg& command) {
  Leg* leg = legs_.find(command.leg);
  if (leg == nullptr || !leg->answered || leg->hanging_up || leg->held_by_us == command.held) {
    return;
  }
  leg->held_by_us = command.held;
  leg->local.direction = command.held ? media::Direction::send_only : media::Direction::send_recv;
  user_agent_->reoffer(leg->dialog, offer_sdp(*leg));
}

void Exchange::carry_out(const call::MuteLeg& command) {
  const Leg* leg = legs_.find(command.leg);
  if (leg != nullptr && leg->stream) {
    engine_.mute(leg->stream, command.mute == call::Mute::on);
  }
}

void Exchange::carry_out(const call::Echo& command) {
  const Leg* leg = legs_.find(command.leg);
  if (leg != nullptr && leg->stream) engine_.echo(leg->stream);
}

void Exchange::carry_out(const call::StartRecording& command) {
  const Leg* left = legs_.find(command.left);
  const Leg* right = legs_.find(command.right);
  if (left == nullptr || !left->stream) {
    return post(call::RecordingStopped{.recording = command.recording,
                                       .failed = true,
                                       .reason = "the call ended before the recording began",
                                       .sha256 = {}});
  }
  engine_.record(command.recording.value, left->stream,
                 right != nullptr ? right->stream : media::StreamId{},
                 options_.recording_folder + "/" + to_text(command.recording), command.format,
                 {.report_after = command.quiet_after, .cut_end = command.cut_quiet_end});
}

void Exchange::carry_out(const call::StopRecording& command) {
  engine_.stop_record(command.recording.value);
}


void Exchange::carry_out(const call::Mix& command) {
  std::vector<media::MixMember> members;
  for (const call::MixMember& one : command.members) {
    const Leg* leg = legs_.find(one.leg);
    if (leg == nullptr || !leg->stream) continue;
    media::MixMember& member = members.emplace_back();
    member.stream = leg->stream;
    for (const LegId heard : one.hears) {
      const Leg* other = legs_.find(heard);
      if (other != nullptr && other->stream) member.hears.push_back(other->stream);
    }
  }
  engine_.mix(command.mix.value, std::move(members));
}

void Exchange::carry_out(const call::MixTone& command) {
  engine_.mix_tone(command.mix.value, command.hz, command.length);
}

void Exchange::carry_out(const call::TellReferrer& command) {
  const Leg* leg = legs_.find(command.leg);
  if (leg != nullptr && !leg->hanging_up) user_agent_->tell_referrer(leg->dialog, command.status);
}

void Exchange::carry_out(const call::MoveLeg& command) {
  Leg* leg = legs_.find(command.leg);
  if (leg != nullptr) leg->call = command.call;
}

}  // namespace firstring::server

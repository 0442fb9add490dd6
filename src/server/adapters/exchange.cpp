#include "server/adapters/exchange.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "sip/identity.h"

namespace firstring::server {
namespace {

std::string number_dialled(const sip::Message& invite) {
  const auto uri = sip::parse_uri(invite.request_uri());
  return uri.has_value() ? sip::unescape(uri->user) : std::string{};
}

// The best of what several branches answered: someone busy says more than someone unreachable.
int rank(call::EndReason reason) {
  switch (reason) {
    case call::EndReason::declined: return 9;
    case call::EndReason::busy: return 8;
    case call::EndReason::no_answer: return 7;
    case call::EndReason::refused: return 6;
    case call::EndReason::not_found: return 5;
    case call::EndReason::unreachable: return 4;
    case call::EndReason::normal:
    case call::EndReason::cancelled:
    case call::EndReason::answered_elsewhere:
    case call::EndReason::media_lost:
    case call::EndReason::timer:
    case call::EndReason::limit:
    case call::EndReason::system: return 1;
  }
  return 0;
}

call::EndReason reason_of(const sip::Ended& ended) {
  if (ended.cancelled) return call::EndReason::cancelled;
  if (ended.timer) return ended.status == 408 ? call::EndReason::unreachable
                                              : call::EndReason::timer;
  if (ended.status >= 300) return server::reason_of(ended.status);
  if (ended.by == sip::Ended::By::failure) return call::EndReason::unreachable;
  return call::EndReason::normal;
}

}  // namespace

int status_of(call::EndReason reason) {
  switch (reason) {
    case call::EndReason::busy: return 486;
    case call::EndReason::no_answer: return 480;
    case call::EndReason::declined: return 603;
    case call::EndReason::not_found: return 404;
    case call::EndReason::unreachable: return 480;
    case call::EndReason::refused: return 403;
    case call::EndReason::limit: return 503;
    case call::EndReason::system: return 500;
    case call::EndReason::normal:
    case call::EndReason::cancelled:
    case call::EndReason::answered_elsewhere:
    case call::EndReason::media_lost:
    case call::EndReason::timer: return 480;
  }
  return 500;
}

call::EndReason reason_of(int status) {
  switch (status) {
    case 486:
    case 600: return call::EndReason::busy;
    case 408:
    case 480: return call::EndReason::no_answer;
    case 603:
    case 607: return call::EndReason::declined;
    case 404:
    case 410:
    case 484:
    case 604: return call::EndReason::not_found;
    case 487: return call::EndReason::cancelled;
    default: break;
  }
  return status >= 500 && status < 600 ? call::EndReason::unreachable : call::EndReason::refused;
}

Exchange::Exchange(Given given, Options options)
    : clock_(given.clock),
      ids_(given.ids),
      switchboard_(given.switchboard),
      outbox_(given.outbox),
      engine_(given.engine),
      prompts_(given.prompts),
      phone_book_(given.phone_book),
      trace_(given.trace),
      options_(std::move(options)) {}

void Exchange::pump() {
  if (pumping_) return;  // a command's consequence: the loop below comes to it
  pumping_ = true;
  while (!events_.empty() || !outbox_.commands.empty()) {
    commands_.clear();
    std::swap(commands_, outbox_.commands);
    for (const call::Command& command : commands_) carry_out(command);
    if (events_.empty()) continue;
    const call::Event event = std::move(events_.front());
    events_.pop_front();
    decide(event);
  }
  pumping_ = false;
}

// The shield: a failed ASSERT ends the call that it happened in, and no other.
void Exchange::decide(const call::Event& event) {
  try {
    switchboard_.handle(event);
  } catch (const AssertionFailed& broken) {
    options_.on_broken(broken.what());
    end_broken_call(event);
  }
}

void Exchange::end_broken_call(const call::Event& event) {
  const LegId of_event = std::visit(
      [](const auto& e) {
        if constexpr (requires { e.leg; }) return e.leg;
        return LegId{};
      },
      event);
  Leg* broken = legs_.find(of_event);
  if (broken == nullptr) return;
  const CallId call = broken->call;
  std::vector<LegId> of_call;
  legs_.each([&](const Leg& leg) {
    if (leg.call == call) of_call.push_back(leg.id);
  });
  for (const LegId id : of_call) hang_up_broken(id);
}

// A bug of ours met this leg, or its audio.
void Exchange::hang_up_broken(LegId id) {
  Leg* leg = legs_.find(id);
  if (leg == nullptr || std::exchange(leg->hanging_up, true)) return;
  leg->reason = call::EndReason::system;
  // The leg may go with its last branch.
  for (const Branch& branch : std::vector<Branch>(leg->branches)) {
    if (!branch.ended) user_agent_->hang_up(branch.dialog);
  }
}

// ---- from SIP ----

void Exchange::on_incoming(const sip::IncomingCall& call, const CallerOrigin& origin) {
  const WallTime now = clock_.wall_now();
  Leg& leg = legs_.add(LegId{ids_.next(now)});
  const Leg* replaced = call.replaces ? legs_.find(call.replaces) : nullptr;
  leg.call = replaced != nullptr ? replaced->call : CallId{ids_.next(now)};
  leg.from_caller = true;
  leg.from_our_phone = !origin.extension.empty();
  leg.dialog = call.dialog;
  leg.branches.push_back({.dialog = call.dialog});
  leg.offer = call.offer;
  legs_.bind(leg, call.dialog);
  const sip::Identity identity = sip::caller_identity(call.invite, origin.trusted);
  call::LegArrived arrived;
  arrived.call = leg.call;
  arrived.leg = leg.id;
  arrived.number = origin.number.empty() ? number_dialled(call.invite) : origin.number;
  arrived.from = origin.extension.empty() ? identity.number : origin.extension;
  arrived.from_name = identity.name;
  arrived.trunk = origin.trunk;
  arrived.extension = origin.extension;
  arrived.source = sip::to_text(call.source);
  arrived.diverted_from = identity.diverted_from;
  if (replaced != nullptr) arrived.replaces = replaced->id;
  post(std::move(arrived));
  pump();
}

void Exchange::on_provisional(sip::DialogId dialog, int status, std::string_view sdp) {
  Leg* leg = legs_.find(dialog);
  if (leg == nullptr || leg->answered || leg->from_caller) return;
  if (status < 180) return;
  // Early media of a single phone is heard; of several, none would be the right one.
  const bool single = leg->branches.size() == 1;
  if (single) take_offer_of(*leg, dialog);
  const bool early = single && !sdp.empty() && accept_answer(*leg, sdp);
  if (leg->ringing_told && !early) return;
  leg->ringing_told = true;
  call::LegRinging ringing;
  ringing.leg = leg->id;
  ringing.early_media = early;
  post(ringing);
  pump();
}

void Exchange::on_answered(sip::DialogId dialog, std::string_view sdp) {
  Leg* leg = legs_.find(dialog);
  if (leg == nullptr || leg->from_caller) return;
  if (leg->answered && leg->dialog != dialog) return user_agent_->hang_up(dialog);
  leg->dialog = dialog;
  leg->answered = true;
  take_offer_of(*leg, dialog);
  for (Branch& branch : leg->branches) branch.again.reset();
  cancel_others(*leg, dialog);
  if (!sdp.empty() && !accept_answer(*leg, sdp)) {
    leg->hanging_up = true;
    leg->reason = call::EndReason::refused;
    user_agent_->hang_up(dialog, "SIP;cause=488;text=\"No common codec\"");
    return pump();
  }
  post(call::LegAnswered{leg->id});
  pump();
}

void Exchange::take_offer_of(Leg& leg, sip::DialogId dialog) {
  const Branch* branch = leg.branch_of(dialog);
  if (branch != nullptr && !branch->offer.empty()) leg.offer = branch->offer;
}

void Exchange::cancel_others(Leg& leg, sip::DialogId winner) {
  for (const Branch& branch : std::vector<Branch>(leg.branches)) {
    if (branch.dialog == winner || branch.ended) continue;
    user_agent_->hang_up(branch.dialog, "SIP;cause=200;text=\"Call completed elsewhere\"");
  }
}

void Exchange::on_confirmed(sip::DialogId dialog, std::string_view sdp) {
  Leg* leg = legs_.find(dialog);
  if (leg == nullptr) return;
  if (!sdp.empty() && !accept_answer(*leg, sdp)) {
    user_agent_->hang_up(dialog, "SIP;cause=488;text=\"No common codec\"");
    return pump();
  }
  if (leg->from_caller && !leg->hanging_up) post(call::LegAnswered{leg->id});
  pump();
}

void Exchange::on_digit(sip::DialogId dialog, char digit) {
  Leg* leg = legs_.find(dialog);
  if (leg == nullptr) return;
  post(call::DigitPressed{.leg = leg->id, .digit = digit});
  pump();
}

bool Exchange::takes_refer(sip::DialogId dialog) {
  const Leg* leg = legs_.find(dialog);
  return leg != nullptr && leg->answered && !leg->hanging_up &&
         (leg->to_our_phone || leg->from_our_phone);
}

void Exchange::on_refer(sip::DialogId dialog, const sip::Refer& refer) {
  const Leg* leg = legs_.find(dialog);
  if (leg == nullptr) return;
  const Leg* other = refer.replaces ? legs_.find(refer.replaces) : nullptr;
  if (refer.replaces && other == nullptr) return user_agent_->tell_referrer(dialog, 481);
  call::TransferAsked asked{.leg = leg->id, .to = refer.user, .replaces = {}};
  if (other != nullptr) asked.replaces = other->id;
  post(std::move(asked));
  pump();
}

void Exchange::on_ended(sip::DialogId dialog, const sip::Ended& ended) {
  Leg* leg = legs_.find(dialog);
  if (leg == nullptr || ask_again_with_srtp(*leg, dialog, ended.status)) return;
  call::LegEnded end;
  end.leg = leg->id;
  end.status = ended.status;
  end.by_peer = ended.by != sip::Ended::By::us && !leg->hanging_up;
  end.reason = leg->hanging_up ? leg->reason : reason_of(ended);
  // The stack gave up on a peer that had answered: it is gone, not merely busy.
  bool all_ended = true;
  for (Branch& branch : leg->branches) {
    if (branch.dialog == dialog) branch.ended = true;
    all_ended = all_ended && branch.ended;
  }
  if (!leg->failed || rank(end.reason) > rank(leg->failed->reason)) leg->failed = end;
  // One phone of several is gone; the leg goes on with the one that answered, or that still rings.
  if (leg->answered ? leg->dialog != dialog : !all_ended) return legs_.unbind(dialog);
  leg_over(*leg, leg->answered ? end : *leg->failed);
  pump();
}

// The domain is told at once; the figures of the audio follow when the media engine has closed the
// stream.
void Exchange::leg_over(Leg& leg, call::LegEnded end) {
  if (leg.stream) {
    end.figures_follow = true;
    measured_[leg.stream.value] = {.call = leg.call, .leg = leg.id, .quality = {}};
    engine_.close(leg.stream);
  }
  if (leg.from_caller) trace_.ended(leg.call);
  legs_.remove(leg.id);
  post(std::move(end));
}

void Exchange::on_closed(const media::StreamClosed& closed) {
  const auto found = measured_.find(closed.stream.value);
  if (found == measured_.end()) return;  // the engine ended it: on_report hangs up its leg
  call::LegMeasured measured = std::move(found->second);
  measured_.erase(found);
  const media::StreamStatistics& heard = closed.statistics;
  measured.quality = {.codec = heard.codec,
                      .packets_received = static_cast<std::int64_t>(heard.packets_received),
                      .packets_sent = static_cast<std::int64_t>(heard.packets_sent),
                      .packets_lost = static_cast<std::int64_t>(heard.packets_lost),
                      .loss_percent = heard.loss_percent,
                      .jitter_ms = heard.jitter_ms,
                      .round_trip_ms = heard.round_trip_ms,
                      .mos = heard.mos};
  post(std::move(measured));
}

void Exchange::fail_leg(Leg& leg, call::EndReason reason, int status) {
  leg_over(leg, {.leg = leg.id, .reason = reason, .status = status, .by_peer = false});
}

// ---- from the media engine ----

void Exchange::on_report(const media::Report& report) {
  const media::StreamId stream = std::visit(
      [](const auto& r) {
        if constexpr (requires { r.stream; }) return r.stream;
        return media::StreamId{};
      },
      report);
  Leg* leg = stream ? legs_.find(stream) : nullptr;
  if (const auto* ended = std::get_if<media::RecordingEnded>(&report)) {
    post(call::RecordingStopped{.recording = RecordingId{ended->recording},
                                .failed = ended->failed,
                                .reason = ended->reason,
                                .duration_ms = ended->duration_ms,
                                .bytes = ended->bytes,
                                .sha256 = ended->sha256});
  }
  if (const auto* quiet = std::get_if<media::RecordingWentQuiet>(&report)) {
    post(call::RecordingQuiet{RecordingId{quiet->recording}});
  }
  if (const auto* closed = std::get_if<media::StreamClosed>(&report)) {
    on_closed(*closed);
    if (leg != nullptr) {
      legs_.unbind_stream(*leg);
      hang_up_broken(leg->id);
    }
    return pump();
  }
  if (leg == nullptr) return pump();
  if (const auto* digit = std::get_if<media::DigitHeard>(&report)) {
    post(call::DigitPressed{.leg = leg->id, .digit = digit->digit});
  } else if (const auto* played = std::get_if<media::PlayEnded>(&report)) {
    post(call::PlaybackEnded{.leg = leg->id, .playback = PlaybackId{played->playback}});
  } else if (std::holds_alternative<media::FirstSent>(report)) {
    post(call::MediaFirst{leg->id});
  } else if (std::holds_alternative<media::WentSilent>(report)) {
    const bool quiet_by_right = leg->held_by_peer || leg->held_by_us || leg->hanging_up;
    if (options_.silence_ends_call && leg->answered && !quiet_by_right) {
      leg->hanging_up = true;
      leg->reason = call::EndReason::media_lost;
      user_agent_->hang_up(leg->dialog, "SIP;cause=200;text=\"No audio received\"");
    }
  }
  pump();
}

// ---- others ----

void Exchange::webhook_answered(const call::WebhookAnswered& answer) {
  post(answer);
  pump();
}

void Exchange::phone_reachable(std::string_view extension, bool reachable) {
  post(call::PhoneReachable{.extension = std::string(extension), .reachable = reachable});
  pump();
}

void Exchange::hang_up_all() {
  std::vector<LegId> all;
  legs_.each([&](const Leg& leg) { all.push_back(leg.id); });
  for (const LegId id : all) carry_out(call::HangUp{.leg = id, .reason = call::EndReason::system});
  pump();
}

CallId Exchange::call_of(sip::DialogId dialog) {
  const Leg* leg = legs_.find(dialog);
  return leg == nullptr ? CallId{} : leg->call;
}

LegId Exchange::leg_of(sip::DialogId dialog) {
  const Leg* leg = legs_.find(dialog);
  return leg == nullptr ? LegId{} : leg->id;
}

}  // namespace firstring::server

// The third part of Exchange: offers and answers of a leg, and the audio stream that they describe.
#include <algorithm>
#include <utility>

#include "server/adapters/exchange.h"

namespace firstring::server {
namespace {

bool peer_listens_only_to_nothing(media::Direction ours) {
  return ours == media::Direction::inactive || ours == media::Direction::recv_only;
}

}  // namespace

bool Exchange::open_stream(Leg& leg) {
  if (leg.stream) return true;
  auto stream = engine_.open();
  if (!stream) return false;
  legs_.bind(leg, *stream);
  leg.local.address = engine_.local_address(*stream);
  leg.local.codecs = codecs_for(leg);
  leg.local.session_id = leg.id.value >> 8;
  leg.local.session_version = 1;
  // A phone of ours may take SRTP or leave it (RFC 8643); to strangers no keys are sent unasked.
  if (options_.srtp && (leg.from_caller || leg.to_our_phone)) {
    leg.local.security = media::LocalStream::Security::optional_sdes;
    leg.local.key_material.resize(30);
    options_.random_bytes(leg.local.key_material);
  }
  return true;
}

// In the order in which the other party of the call speaks them, so that nothing is transcoded when
// both can do the same.
std::vector<media::Codec> Exchange::codecs_for(const Leg& leg) {
  std::vector<media::Codec> first;
  if (const Leg* caller = legs_.find(leg.on_behalf_of)) {
    if (caller->plan) {
      for (const auto& agreed : caller->plan->codecs) first.push_back(agreed.codec);
    } else if (!caller->offer.empty()) {
      first = media::codecs_offered(caller->offer);
    }
  }
  const Leg* dialled = legs_.find(leg.dialled);
  if (dialled != nullptr && dialled->answered && dialled->plan) {
    for (const auto& agreed : dialled->plan->codecs) first.push_back(agreed.codec);
  }
  std::vector<media::Codec> all;
  const auto allowed = [&](media::Codec codec) {
    return std::find(options_.codecs.begin(), options_.codecs.end(), codec) !=
               options_.codecs.end() &&
           std::find(all.begin(), all.end(), codec) == all.end();
  };
  for (const media::Codec codec : first) {
    if (allowed(codec)) all.push_back(codec);
  }
  for (const media::Codec codec : options_.codecs) {
    if (allowed(codec)) all.push_back(codec);
  }
  return all;
}

std::string Exchange::answer_sdp(Leg& leg) {
  auto agreement = media::answer_offer(leg.offer, leg.local);
  if (!agreement) return {};
  leg.offer_is_ours = false;
  leg.local.session_version += 1;
  leg.local_sdp = agreement->answer;
  leg.local.previous_sdp = agreement->answer;
  apply(leg, agreement->plan);
  return agreement->answer;
}

std::string Exchange::offer_sdp(Leg& leg) {
  leg.offer = media::make_offer(leg.local);
  leg.offer_is_ours = true;
  leg.local.session_version += 1;
  return leg.offer;
}

bool Exchange::accept_answer(Leg& leg, std::string_view sdp) {
  if (!leg.stream || !leg.offer_is_ours) return leg.plan.has_value();
  auto plan = media::accept_answer(leg.offer, sdp, leg.local);
  if (!plan) return false;
  leg.local.previous_sdp = leg.offer;
  apply(leg, *plan);
  return true;
}

void Exchange::apply(Leg& leg, const media::StreamPlan& plan) {
  if (leg.plan && *leg.plan == plan) return;
  leg.plan = plan;
  engine_.configure(leg.stream, plan);
}

std::optional<std::string> Exchange::on_offer(sip::DialogId dialog, std::string_view sdp) {
  Leg* leg = legs_.find(dialog);
  if (leg == nullptr) return std::nullopt;
  if (!open_stream(*leg)) return std::nullopt;
  auto agreement = media::answer_offer(sdp, leg->local);
  if (!agreement) return std::nullopt;
  leg->offer = sdp;
  leg->offer_is_ours = false;
  leg->local.session_version += 1;
  leg->local_sdp = agreement->answer;
  leg->local.previous_sdp = agreement->answer;
  apply(*leg, agreement->plan);
  const bool held = peer_listens_only_to_nothing(agreement->plan.direction);
  if (leg->answered && held != leg->held_by_peer) {
    leg->held_by_peer = held;
    if (held) {
      post(call::LegHeld{leg->id});
    } else {
      post(call::LegResumed{leg->id});
    }
  }
  // The answer is given first, the events follow: a decision may ask for another offer.
  return agreement->answer;
}

std::string Exchange::make_offer(sip::DialogId dialog) {
  Leg* leg = legs_.find(dialog);
  if (leg == nullptr || !open_stream(*leg)) return {};
  return offer_sdp(*leg);
}

void Exchange::on_reoffer_done(sip::DialogId dialog, int status, std::string_view sdp) {
  Leg* leg = legs_.find(dialog);
  if (leg == nullptr) return;
  if (status < 300 && !sdp.empty()) accept_answer(*leg, sdp);
  if (status >= 300) {  // refused: what was agreed before holds
    leg->local.direction = media::Direction::send_recv;
    leg->held_by_us = false;
  }
  pump();
}

}  // namespace firstring::server

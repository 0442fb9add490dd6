// Leg: one party's connection as the adapters see it: its SIP dialogs and its audio stream.
//
// The domain knows a leg by its id only; this is what stands behind the id. A leg that we dial may
// ring several phones of one extension at once (branches); the first to answer is the leg, the
// others are cancelled. All branches offer the same stream.
// Lives on: control loop. Owned by Legs; reached by id, possibly gone.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ids.h"
#include "call/words.h"
#include "media/engine.h"
#include "media/negotiation.h"
#include "sip/user_agent.h"

namespace firstring::server {

struct Branch {
  sip::DialogId dialog;
  bool ended = false;
  std::string offer;               // its own, where it is not the leg's
  std::optional<sip::InviteOptions> again;  // how to ask once more, insisting on SRTP
};

struct Leg {
  LegId id;
  CallId call;
  bool from_caller = false;        // an INVITE that came to us
  bool to_our_phone = false;       // dialled: registered with us
  bool from_our_phone = false;     // the phone that called is
  std::vector<Branch> branches;    // of a leg from a caller: exactly one
  sip::DialogId dialog;            // the one that counts: the caller's, or the branch that answered
  bool answered = false;           // its 200 was sent or received
  bool ringing_told = false;
  bool hanging_up = false;         // by us
  call::EndReason reason = call::EndReason::normal;  // ours, when hanging up

  media::StreamId stream;
  media::LocalStream local;
  std::string offer;               // theirs, or the last one of ours, as text
  bool offer_is_ours = false;
  std::string local_sdp;           // our last answer; the 200 repeats what a 183 said
  std::optional<media::StreamPlan> plan;
  bool held_by_peer = false;
  bool held_by_us = false;
  LegId on_behalf_of;              // of a dialled leg: the caller's
  LegId dialled;                   // of a caller's leg: the leg last dialled for it
  LegId bridged;                   // whom it hears, 0: nobody

  std::optional<call::LegEnded> failed;  // the best answer of the branches that ended so far

  Branch* branch_of(sip::DialogId which);
};

class Legs {
 public:
  Leg& add(LegId id);
  Leg* find(LegId id);
  Leg* find(sip::DialogId dialog);
  Leg* find(media::StreamId stream);
  void bind(Leg& leg, sip::DialogId dialog);
  void bind(Leg& leg, media::StreamId stream);
  void unbind(sip::DialogId dialog) { by_dialog_.erase(dialog.value); }
  void unbind_stream(Leg& leg) {
    by_stream_.erase(leg.stream.value);
    leg.stream = {};
  }
  void remove(LegId id);
  std::size_t size() const { return legs_.size(); }

  template <typename Visit>
  void each(Visit visit) {
    for (auto& [id, leg] : legs_) visit(leg);
  }

 private:
  std::unordered_map<LegId, Leg> legs_;
  std::unordered_map<std::uint64_t, LegId> by_dialog_;
  std::unordered_map<std::uint32_t, LegId> by_stream_;
};

}  // namespace firstring::server

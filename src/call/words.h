// The words in which the domain speaks with the world: events come in, commands go out.
//
// A leg is one party's connection (SIP today). The caller's leg is made by the signalling adapter
// and named in LegArrived; a leg that we dial is named by the domain in Dial. Ids are never used
// twice. Every leg ends with exactly one LegEnded event, whoever ended it.
// Lives on: control loop; plain values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "call/facts.h"
#include "call/prompt.h"

namespace firstring::call {

// Why a leg, or an attempt at one, came to its end.
enum class EndReason {
  normal,        // BYE, or hung up by us
  cancelled,     // the caller gave up before an answer
  answered_elsewhere,  // another phone that rang for the same call was quicker
  busy,          // 486, 600
  no_answer,     // 408, 480, our ring timeout
  declined,      // 603
  not_found,     // 404, 604, 410
  unreachable,   // no contact, transport failed, 5xx
  refused,       // 401, 403, 407, 488 and other final answers
  media_lost,    // RTP silent for too long
  timer,         // session timer ran out
  limit,         // one of our bounds
  system,        // our fault, or shutdown
};
std::string_view name_of(EndReason reason);  // "no_answer": as in facts

enum class Mute { off, on };

using MixId = Id<struct MixTag>;   // never leaves the process

// What was heard on a leg, as the media engine measured it.
struct Quality {
  std::string codec;               // "opus/48000" …; empty: no media ever flowed
  std::int64_t packets_received = 0, packets_sent = 0, packets_lost = 0;
  double loss_percent = 0, jitter_ms = 0, round_trip_ms = -1;  // -1: not known
  double mos = 0;                  // E-model, 1 to 4.5; 0: not known
  friend bool operator==(const Quality&, const Quality&) = default;
};

// ---- events: from the world ----

struct LegArrived {                // an INVITE that was let in
  CallId call;
  LegId leg;
  std::string number;              // user part dialled
  std::string from, from_name;  // caller identity (P-Asserted-Identity of a trusted trunk, or From)
  std::string trunk;               // "" when from a registered phone
  std::string extension;           // the phone's own extension, when from one
  std::string source;              // "udp:198.51.100.7:5060"
  std::string diverted_from;       // Diversion or History-Info
  LegId replaces;                  // a leg of `call` whose place it takes (RFC 3891); else 0
};
struct LegRinging {                // 180 or 183 to our Dial
  LegId leg;
  bool early_media = false;        // it is to be heard already: Progress the caller and Bridge
};
struct LegAnswered {               // 200 to our Dial, or the 200 to the caller confirmed (ACK)
  LegId leg;
};
struct LegEnded {
  LegId leg;
  EndReason reason = EndReason::normal;
  int status = 0;                  // SIP status, if one said it
  bool by_peer = true;             // false: our own HangUp, Reject or a failure of ours
  bool figures_follow = false;     // LegMeasured comes, some tenths of a second later
};
struct LegMeasured {               // the last figures of the audio of a leg that has ended
  CallId call;
  LegId leg;
  Quality quality;
};
struct LegHeld { LegId leg; };     // the peer put us on hold
struct LegResumed { LegId leg; };
struct DigitPressed { LegId leg; char digit = 0; };  // 0-9 * # A-D; RFC 4733, INFO or in-band, once
struct PlaybackEnded { LegId leg; PlaybackId playback; };  // played to its end (not when stopped)
struct MediaFirst { LegId leg; };  // the first audio packet was sent to this leg
struct RecordingStopped {
  RecordingId recording;
  bool failed = false;
  std::string reason;              // of the failure, for people
  std::int64_t duration_ms = 0, bytes = 0;
  std::string sha256;
};
struct RecordingQuiet { RecordingId recording; };  // as long as StartRecording::quiet_after
struct WebhookAnswered {           // or failed to
  enum class Outcome { ok, error, timeout };
  CallId call;
  std::uint64_t request = 0;       // of CallWebhook
  Outcome outcome = Outcome::error;
  int status = 0;                  // of HTTP, if there was an answer
  int tries = 0;
  std::string reason;              // of the failure, for people
  std::vector<FieldValue> values;  // ok: one for each of CallWebhook::wanted
};
std::string_view name_of(WebhookAnswered::Outcome outcome);
struct PhoneReachable { std::string extension; bool reachable = false; };  // registered, or no more
struct TransferAsked {             // by a phone of ours, with REFER; answered by TellReferrer
  LegId leg;
  std::string to;                  // user part of Refer-To
  LegId replaces;                  // attended: the other leg of that phone; else 0
};

using Event = std::variant<LegArrived, LegRinging, LegAnswered, LegEnded, LegMeasured, LegHeld,
                           LegResumed, DigitPressed, PlaybackEnded, MediaFirst, RecordingStopped,
                           PhoneReachable, RecordingQuiet, WebhookAnswered, TransferAsked>;

// ---- commands: to the world ----

struct Ring { LegId leg; };        // 180 to the caller
struct Progress { LegId leg; };    // 183 with early media: Play may follow before Answer
struct Answer { LegId leg; };      // 200 to the caller
struct Reject { LegId leg; int status = 480; std::string reason; };  // before Answer
struct Dial {                      // a new leg to a party
  CallId call;
  LegId leg;
  std::string target;              // "ext:1001" or "sip:user@host[:port]"
  std::string from, from_name;     // shown to the party
  LegId on_behalf_of;              // the caller's leg: codecs are offered in its order
};
struct HangUp { LegId leg; EndReason reason = EndReason::normal; };  // CANCEL, BYE or a refusal
struct Play {                      // replaces what plays on this leg; a bridge is not disturbed
  LegId leg;
  PlaybackId playback;
  std::vector<Prompt> prompts;     // one after another
  bool loop = false;
};
struct StopPlay { LegId leg; };
struct Bridge { LegId a, b; };     // both hear each other; ends Play on both
struct Unbridge { LegId a, b; };
struct HoldLeg {
  LegId leg;
  bool held = false;
};  // our hold by re-INVITE (sendonly); false: resume
struct MuteLeg { LegId leg; Mute mute = Mute::off; };  // what this leg says is heard by nobody
struct Echo { LegId leg; };
struct StartRecording {            // left: caller, right: agent
  RecordingId recording;
  CallId call;
  LegId left, right;
  std::string format;              // "wav" | "opus"
  Duration quiet_after{};          // RecordingQuiet when `left` has said nothing for so long; 0: no
  bool cut_quiet_end = false;      // what is not spoken at its end is not kept
};
struct StopRecording { RecordingId recording; };
struct CallWebhook {               // an HTTP request with JSON; exactly one WebhookAnswered follows
  CallId call;
  std::uint64_t request = 0;
  std::string webhook;             // its name in the configuration
  std::vector<std::pair<std::string, FieldValue>> body;
  std::vector<std::string> wanted;  // of the answer's JSON: pointers such as /customer/name
  Duration within{};               // all tries together
  int tries_max = 1;
};

// Several who hear each other: each member hears the sum of the legs named, in place of whom it is
// bridged to; what plays to it goes before. Declares the mix whole: who is named no more leaves it,
// and hears his bridge again; no members: it is over. For who is declared as before nothing
// changes. A leg is in one mix, and at most k_mix_legs_max are in one.
inline constexpr std::size_t k_mix_legs_max = 40;
struct MixMember {
  LegId leg;
  std::vector<LegId> hears;
  friend bool operator==(const MixMember&, const MixMember&) = default;
};
struct Mix {
  MixId mix;
  std::vector<MixMember> members;
};
struct MixTone { MixId mix; double hz = 0; Duration length{}; };  // all members hear it

struct TellReferrer { LegId leg; int status = 0; };  // what became of a TransferAsked
struct MoveLeg { LegId leg; CallId call; };  // it is part of this call from now on

using Command = std::variant<Ring, Progress, Answer, Reject, Dial, HangUp, Play, StopPlay, Bridge,
                             Unbridge, HoldLeg, MuteLeg, Echo, StartRecording, StopRecording,
                             CallWebhook, Mix, MixTone, TellReferrer, MoveLeg>;

}  // namespace firstring::call

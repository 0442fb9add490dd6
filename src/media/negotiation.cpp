#include "media/negotiation.h"

#include <algorithm>
#include <array>

#include "media/audio_section.h"
#include "media/sdes.h"
#include "media/sdp.h"

namespace firstring::media {

namespace {

constexpr int k_event_type_8 = 101, k_event_type_48 = 102;  // where no earlier SDP says otherwise

// Bit 0: we receive. Bit 1: we send.
bool receives(Direction d) { return d == Direction::recv_only || d == Direction::send_recv; }
bool sends(Direction d) { return d == Direction::send_only || d == Direction::send_recv; }

Direction direction_of(bool send, bool receive) {
  if (send) return receive ? Direction::send_recv : Direction::send_only;
  return receive ? Direction::recv_only : Direction::inactive;
}

// What is left when they say `theirs` and we would like `ours` (RFC 3264 §6.1).
Direction meet(const AudioSection& theirs, Direction ours) {
  const bool send = receives(theirs.direction) && !theirs.held_by_address && sends(ours);
  return direction_of(send, sends(theirs.direction) && receives(ours));
}

std::string_view word_of(Direction direction) {
  switch (direction) {
    case Direction::inactive: return "inactive";
    case Direction::recv_only: return "recvonly";
    case Direction::send_only: return "sendonly";
    case Direction::send_recv: return "sendrecv";
  }
  return "inactive";
}

int usual_payload_type(Codec codec) {
  switch (codec) {
    case Codec::pcmu: return 0;
    case Codec::pcma: return 8;
    case Codec::g722: return 9;
    case Codec::opus: return 96;
  }
  return 0;
}

// ---- Writing ----

// An audio m-line of ours, before it is text.
struct OurSection {
  std::string_view protocol = "RTP/AVP";
  std::vector<AgreedCodec> codecs;
  std::vector<EventFormat> events;
  Direction direction = Direction::send_recv;
  Duration ptime = 20ms;
  bool rtcp_mux = false;
  std::vector<SrtpKey> keys;
};

void add_line(std::string& sdp, std::string_view line) { sdp.append(line).append("\r\n"); }

std::string write_head(const LocalStream& local) {
  const bool ip6 = local.address.ip.find(':') != std::string::npos;
  const std::string address = (ip6 ? "IN IP6 " : "IN IP4 ") + local.address.ip;
  std::string sdp;
  add_line(sdp, "v=0");
  add_line(sdp, "o=- " + std::to_string(local.session_id) + ' ' +
                    std::to_string(local.session_version) + ' ' + address);
  add_line(sdp, "s=-");
  add_line(sdp, "c=" + address);
  add_line(sdp, "t=0 0");
  return sdp;
}

void write_codec(std::string& sdp, const AgreedCodec& agreed) {
  const auto type = std::to_string(agreed.payload_type);
  const auto channels = agreed.codec == Codec::opus ? "/2" : "";
  add_line(sdp, "a=rtpmap:" + type + ' ' + std::string(name_of(agreed.codec)) + '/' +
                    std::to_string(rtp_clock_of(agreed.codec)) + channels);
  if (agreed.codec == Codec::opus) add_line(sdp, "a=fmtp:" + type + " useinbandfec=1");
}

void write_section(std::string& sdp, const OurSection& ours, std::uint16_t port) {
  std::string line = "m=audio " + std::to_string(port) + ' ' + std::string(ours.protocol);
  for (const auto& codec : ours.codecs) line += ' ' + std::to_string(codec.payload_type);
  for (const auto& event : ours.events) line += ' ' + std::to_string(event.payload_type);
  add_line(sdp, line);
  for (const auto& codec : ours.codecs) write_codec(sdp, codec);
  for (const auto& event : ours.events) {
    const auto type = std::to_string(event.payload_type);
    add_line(sdp, "a=rtpmap:" + type + " telephone-event/" + std::to_string(event.clock));
    add_line(sdp, "a=fmtp:" + type + " 0-15");
  }
  add_line(sdp, "a=ptime:" + std::to_string(milliseconds(ours.ptime)));
  if (ours.rtcp_mux) add_line(sdp, "a=rtcp-mux");
  for (const auto& key : ours.keys) add_line(sdp, write_crypto(key));
  add_line(sdp, "a=" + std::string(word_of(ours.direction)));
}

// The same m-line with port 0; a format is needed even there.
void write_refusal(std::string& sdp, const SdpMedia& media) {
  std::string line = "m=";
  line.append(media.kind).append(" 0 ").append(media.protocol).append(" ");
  line.append(media.formats_text.empty() ? "0" : media.formats_text);
  add_line(sdp, line);
}

// ---- Choosing ----

std::vector<AgreedCodec> common_codecs(const std::vector<AgreedCodec>& theirs,
                                       const std::vector<Codec>& ours) {
  std::vector<AgreedCodec> common;
  for (const auto& codec : theirs) {
    if (std::ranges::find(ours, codec.codec) != ours.end()) common.push_back(codec);
  }
  return common;
}

// The one on the clock of the codec that is sent, so that keys and sound share a timeline.
std::optional<EventFormat> best_event(const std::vector<EventFormat>& events, Codec sent) {
  if (events.empty()) return std::nullopt;
  const auto same_clock = std::ranges::find(events, rtp_clock_of(sent), &EventFormat::clock);
  if (same_clock != events.end()) return *same_clock;
  const auto usual = std::ranges::find(events, 8000, &EventFormat::clock);
  return usual != events.end() ? *usual : events.front();
}

bool has_key_material(const LocalStream& local) {
  return local.key_material.size() >= k_srtp_key_bytes;
}

SrtpKey our_key(const LocalStream& local, SrtpKey::Suite suite, int tag, std::size_t index = 0) {
  const auto first = local.key_material.begin() +
                     static_cast<std::ptrdiff_t>(index * k_srtp_key_bytes);
  return {suite, {first, first + static_cast<std::ptrdiff_t>(k_srtp_key_bytes)}, tag};
}

StreamPlan plan_of(AudioSection&& theirs, std::vector<AgreedCodec> codecs, Direction direction) {
  StreamPlan plan;
  plan.remote = std::move(theirs.remote);
  plan.remote_rtcp = std::move(theirs.remote_rtcp);
  plan.rtcp_mux = theirs.rtcp_mux;
  plan.codecs = std::move(codecs);
  plan.ptime = theirs.ptime;
  plan.direction = direction;
  if (const auto event = best_event(theirs.events, plan.codecs.front().codec)) {
    plan.event_payload_type = event->payload_type;
    plan.event_clock = event->clock;
  }
  return plan;
}

// Whether an offered stream can be taken with the security that we ask for; a sentence if not.
std::string security_conflict(const AudioSection& theirs, const LocalStream& local) {
  const bool ours_possible = local.security != LocalStream::Security::plain &&
                             has_key_material(local);
  if (theirs.secure_profile && !ours_possible) return "it asks for SRTP, which is off here";
  if (theirs.secure_profile && theirs.keys.empty()) return "it brings no SRTP key we can use";
  const bool required = local.security == LocalStream::Security::require_sdes;
  if (required && (theirs.keys.empty() || !ours_possible)) return "it is not SRTP by SDES";
  return {};
}

std::string why_unusable(const AudioSection& theirs, const LocalStream& local) {
  if (!theirs.unusable.empty()) return theirs.unusable;
  if (common_codecs(theirs.codecs, local.codecs).empty()) return "it has no codec of ours";
  return security_conflict(theirs, local);
}

Agreement agree(const Sdp& offer, std::size_t chosen, AudioSection&& theirs,
                const LocalStream& local) {
  theirs.rtcp_mux = theirs.rtcp_mux && local.rtcp_mux;
  if (!theirs.rtcp_mux && theirs.remote_rtcp == theirs.remote && theirs.remote.port != 65535) {
    theirs.remote_rtcp.port += 1;  // they offered mux, we do not want it
  }
  const auto direction = meet(theirs, local.direction);
  auto keys = std::move(theirs.keys);
  Agreement agreement;
  auto codecs = common_codecs(theirs.codecs, local.codecs);
  agreement.plan = plan_of(std::move(theirs), std::move(codecs), direction);
  auto& plan = agreement.plan;
  OurSection ours{.protocol = offer.media[chosen].protocol, .codecs = plan.codecs};
  ours.direction = direction;
  ours.ptime = plan.ptime;
  ours.rtcp_mux = plan.rtcp_mux;
  if (plan.event_payload_type >= 0) {
    ours.events.push_back({plan.event_payload_type, plan.event_clock});
  }
  if (!keys.empty() && local.security != LocalStream::Security::plain && has_key_material(local)) {
    plan.send_key = our_key(local, keys.front().suite, keys.front().tag);
    plan.receive_key = std::move(keys.front());
    ours.keys.push_back(*plan.send_key);
  }
  agreement.answer = write_head(local);
  for (std::size_t i = 0; i < offer.media.size(); ++i) {
    if (i == chosen) {
      write_section(agreement.answer, ours, local.address.port);
    } else {
      write_refusal(agreement.answer, offer.media[i]);
    }
  }
  return agreement;
}

// ---- Our offers ----

// The m-line of ours that is in use: the first audio with a port.
const SdpMedia* section_in_use(const Sdp& ours) {
  for (const auto& media : ours.media) {
    if (is_audio(media) && media.port != 0) return &media;
  }
  return nullptr;
}

int free_payload_type(const AudioSection& before, int wish) {
  const auto taken = [&before](int type) {
    return std::ranges::find(before.codecs, type, &AgreedCodec::payload_type) !=
               before.codecs.end() ||
           std::ranges::find(before.events, type, &EventFormat::payload_type) !=
               before.events.end();
  };
  while (wish < 127 && taken(wish)) wish += 1;
  return wish;
}

// `before`: what this dialog agreed so far; a payload type keeps its meaning (RFC 3264 §8.3.2).
OurSection section_to_offer(const LocalStream& local, AudioSection before) {
  OurSection ours{.direction = local.direction, .rtcp_mux = local.rtcp_mux};
  const auto take_event = [&](int clock, int wish) {
    const auto known = std::ranges::find(before.events, clock, &EventFormat::clock);
    ours.events.push_back(known != before.events.end()
                              ? *known
                              : EventFormat{free_payload_type(before, wish), clock});
    before.events.push_back(ours.events.back());
  };
  for (const auto codec : local.codecs) {
    const auto known = std::ranges::find(before.codecs, codec, &AgreedCodec::codec);
    const int type = known != before.codecs.end()
                         ? known->payload_type
                         : free_payload_type(before, usual_payload_type(codec));
    if (std::ranges::find(ours.codecs, codec, &AgreedCodec::codec) != ours.codecs.end()) continue;
    ours.codecs.push_back({codec, type, {}});
    before.codecs.push_back(ours.codecs.back());
  }
  const auto is_opus = [](const AgreedCodec& c) { return c.codec == Codec::opus; };
  if (!std::ranges::all_of(ours.codecs, is_opus)) take_event(8000, k_event_type_8);
  if (std::ranges::any_of(ours.codecs, is_opus)) take_event(48000, k_event_type_48);
  if (local.security == LocalStream::Security::plain) return ours;
  ASSERT(has_key_material(local));
  // Required: the secure profile. Optional: keys on the plain one, for whoever takes them.
  // A stream that is secure stays so.
  if (local.security == LocalStream::Security::require_sdes || before.secure_profile) {
    ours.protocol = "RTP/SAVP";
  }
  ours.keys.push_back(our_key(local, SrtpKey::Suite::aes_cm_128_sha1_80, 1));
  if (local.key_material.size() >= 2 * k_srtp_key_bytes) {
    ours.keys.push_back(our_key(local, SrtpKey::Suite::aes_cm_128_sha1_32, 2, 1));
  }
  return ours;
}

// The keys of the answer and ours with the tag it chose; a sentence if that does not fit.
Result<void> take_keys(const AudioSection& ours, const AudioSection& theirs,
                       const LocalStream& local, StreamPlan& plan) {
  if (!theirs.keys.empty() && !ours.keys.empty()) {
    const auto& key = theirs.keys.front();
    const auto chosen = std::ranges::find(ours.keys, key.tag, &SrtpKey::tag);
    if (chosen == ours.keys.end() || chosen->suite != key.suite) {
      return Error{Code::conflict, "The answer chose an SRTP key that was not offered."};
    }
    plan.send_key = *chosen;
    plan.receive_key = key;
  }
  const bool needed = local.security == LocalStream::Security::require_sdes ||
                      ours.secure_profile || theirs.secure_profile;
  if (needed && !plan.send_key) {
    return Error{Code::conflict, "The answer brings no SRTP key, and plain RTP is not allowed."};
  }
  return {};
}

}  // namespace

std::string_view name_of(Codec codec) {
  switch (codec) {
    case Codec::pcmu: return "PCMU";
    case Codec::pcma: return "PCMA";
    case Codec::g722: return "G722";
    case Codec::opus: return "opus";
  }
  return "PCMU";
}

int sample_rate_of(Codec codec) {
  if (codec == Codec::opus) return 48000;
  return codec == Codec::g722 ? 16000 : 8000;
}

int rtp_clock_of(Codec codec) { return codec == Codec::opus ? 48000 : 8000; }

std::string make_offer(const LocalStream& local) {
  auto sdp = write_head(local);
  const auto previous = parse_sdp(local.previous_sdp);
  const SdpMedia* in_use = previous ? section_in_use(*previous) : nullptr;
  const auto before = in_use ? read_audio(*previous, *in_use) : AudioSection{};
  const auto ours = section_to_offer(local, before);
  bool written = false;
  for (std::size_t i = 0; previous && i < previous->media.size(); ++i) {
    const auto& media = previous->media[i];
    // With nothing in use, the first audio line is taken up again.
    const bool here = in_use ? &media == in_use : !written && is_audio(media);
    if (here) {
      write_section(sdp, ours, local.address.port);
    } else {
      write_refusal(sdp, media);
    }
    written = written || here;
  }
  if (!written) write_section(sdp, ours, local.address.port);
  return sdp;
}

Result<Agreement> answer_offer(std::string_view offer, const LocalStream& local) {
  const auto sdp = TRY(parse_sdp(offer));
  std::string why = "The offer has no audio stream.";
  for (std::size_t i = 0; i < sdp.media.size(); ++i) {
    if (!is_audio(sdp.media[i])) continue;
    auto theirs = read_audio(sdp, sdp.media[i]);
    const auto reason = why_unusable(theirs, local);
    if (reason.empty()) return agree(sdp, i, std::move(theirs), local);
    why = "The offered audio stream cannot be taken: " + reason + '.';
  }
  return Error{Code::conflict, why};
}

Result<StreamPlan> accept_answer(std::string_view offer, std::string_view answer,
                                 const LocalStream& local) {
  const auto ours = TRY(parse_sdp(offer));
  const auto theirs = TRY(parse_sdp(answer));
  const auto* line = section_in_use(ours);
  if (line == nullptr) return Error{Code::invalid, "The offer has no audio stream."};
  const auto index = static_cast<std::size_t>(line - ours.media.data());
  if (index >= theirs.media.size() || !is_audio(theirs.media[index])) {
    return Error{Code::invalid, "The answer has no audio stream where the offer has it."};
  }
  const auto offered = read_audio(ours, *line);
  auto section = read_audio(theirs, theirs.media[index]);
  const auto refused = [](const std::string& reason) {
    return Error{Code::conflict, "The answer refuses the audio stream: " + reason + '.'};
  };
  if (!section.unusable.empty()) return refused(section.unusable);
  std::vector<Codec> allowed;
  for (const auto& codec : offered.codecs) allowed.push_back(codec.codec);
  auto codecs = common_codecs(section.codecs, allowed);
  if (codecs.empty()) return refused("it has no codec that was offered");
  const auto direction = meet(section, local.direction);
  StreamPlan plan = plan_of(AudioSection(section), std::move(codecs), direction);
  if (auto taken = take_keys(offered, section, local, plan); !taken) return taken.error();
  return plan;
}

std::vector<Codec> codecs_offered(std::string_view offer) {
  std::vector<Codec> codecs;
  const auto sdp = parse_sdp(offer);
  if (!sdp) return codecs;
  for (const auto& media : sdp->media) {
    if (!is_audio(media)) continue;
    const auto section = read_audio(*sdp, media);
    if (!section.unusable.empty() || section.codecs.empty()) continue;
    for (const auto& codec : section.codecs) codecs.push_back(codec.codec);
    break;
  }
  return codecs;
}

}  // namespace firstring::media

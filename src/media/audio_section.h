// AudioSection: one m=audio line of an SDP with all that is said about it, read for a call.
//
// Session-level lines fill in what the m-line leaves out. What cannot be used is left out or says
// why in `unusable`; nothing here is our choice yet (negotiation.cpp makes that).
// Lives on: any thread; pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "media/negotiation.h"
#include "media/sdp.h"

namespace firstring::media {

struct EventFormat {
  int payload_type = -1;
  int clock = 8000;
};

struct AudioSection {
  std::string unusable;          // a sentence; empty: it can be used
  MediaAddress remote, remote_rtcp;
  bool held_by_address = false;  // c=0.0.0.0: send nothing (RFC 3264 §8.4)
  bool rtcp_mux = false;
  bool secure_profile = false;   // RTP/SAVP or RTP/SAVPF
  std::vector<AgreedCodec> codecs;   // those we know, in their order, each codec once
  std::vector<EventFormat> events;
  Duration ptime = 20ms;         // of what they want to receive, as far as we can send it
  Direction direction = Direction::send_recv;  // as they see it
  std::vector<SrtpKey> keys;     // theirs, in their order
};

bool is_audio(const SdpMedia& media);
AudioSection read_audio(const Sdp& sdp, const SdpMedia& media);

// An address as inet_pton reads it, and one that a packet may be sent to: no name, no group.
bool is_unicast_ip(const std::string& ip);

}  // namespace firstring::media

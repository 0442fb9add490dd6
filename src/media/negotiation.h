// Negotiation: SDP offers and answers (RFC 3264, 4566/8866) as pure functions, and what they agree.
//
// The control thread calls these while it handles a SIP message; the result (StreamPlan) is given
// to the media engine by value. One audio stream is taken; every other m-line is refused with port
// 0 and kept in place in later answers.
// Lives on: any thread; pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace firstring::media {

enum class Codec : std::uint8_t { pcmu, pcma, g722, opus };
std::string_view name_of(Codec codec);     // "PCMU", as in rtpmap
int sample_rate_of(Codec codec);           // of the audio: 8000, 8000, 16000, 48000
int rtp_clock_of(Codec codec);             // 8000, 8000, 8000 (RFC 3551), 48000

enum class Direction : std::uint8_t { inactive, recv_only, send_only, send_recv };  // as we see it

// SDES keys of one direction (RFC 4568); suites AES_CM_128_HMAC_SHA1_80 and _32.
struct SrtpKey {
  enum class Suite : std::uint8_t { aes_cm_128_sha1_80, aes_cm_128_sha1_32 };
  Suite suite = Suite::aes_cm_128_sha1_80;
  std::vector<std::uint8_t> key_and_salt;  // 30 bytes
  int tag = 1;
  friend bool operator==(const SrtpKey&, const SrtpKey&) = default;
};

struct MediaAddress {
  std::string ip;                // "192.0.2.1" or "2001:db8::1"
  std::uint16_t port = 0;
  friend bool operator==(const MediaAddress&, const MediaAddress&) = default;
};

// One codec with the payload type by which the peer knows it.
struct AgreedCodec {
  Codec codec = Codec::pcmu;
  int payload_type = 0;
  std::string fmtp;              // the peer's (opus: useinbandfec, maxaveragebitrate …)
  friend bool operator==(const AgreedCodec&, const AgreedCodec&) = default;
};

// What two sides agreed about one audio stream.
struct StreamPlan {
  MediaAddress remote;
  MediaAddress remote_rtcp;      // port + 1, a=rtcp, or the same with mux
  bool rtcp_mux = false;
  std::vector<AgreedCodec> codecs;  // the first is what we send; all may be received
  int event_payload_type = -1;   // telephone-event; -1: not agreed
  int event_clock = 8000;
  Duration ptime = 20ms;         // of what we send
  Direction direction = Direction::send_recv;
  std::optional<SrtpKey> send_key, receive_key;
  friend bool operator==(const StreamPlan&, const StreamPlan&) = default;
};

// Our side of a stream.
struct LocalStream {
  MediaAddress address;          // what we write into c= and m=
  std::vector<Codec> codecs = {Codec::opus, Codec::g722, Codec::pcmu, Codec::pcma};  // wish order
  Direction direction = Direction::send_recv;
  enum class Security : std::uint8_t { plain, optional_sdes, require_sdes };
  Security security = Security::plain;
  // Fresh random bytes where SDES may be used: 30, or 60 to offer both suites, a key for each.
  std::vector<std::uint8_t> key_material;
  std::uint64_t session_id = 0;  // o= line; the version is raised by one on each new SDP
  std::uint64_t session_version = 0;
  bool rtcp_mux = true;          // offered; taken when offered
  // For an offer within a dialog: the SDP we sent last. Its m-lines keep their places and payload
  // types their meaning (RFC 3264 §8), and what was refused stays refused. Empty: the first SDP.
  std::string previous_sdp;
};

struct Agreement {
  std::string answer;            // SDP text to send
  StreamPlan plan;
};

// Bounds: 32 kB of SDP, 64 m-lines, 128 attributes a stream, 64 crypto lines, 32 codecs.
// Errors: invalid (not SDP, or broken), conflict (nothing in common: 488).
std::string make_offer(const LocalStream& local);
Result<Agreement> answer_offer(std::string_view offer, const LocalStream& local);
// `offer` is the text that make_offer() gave.
Result<StreamPlan> accept_answer(std::string_view offer, std::string_view answer,
                                 const LocalStream& local);
// For pass-through: the codecs of an offer in its order, as far as we know them.
std::vector<Codec> codecs_offered(std::string_view offer);

}  // namespace firstring::media

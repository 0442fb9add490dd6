#include "media/audio_section.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "media/sdes.h"

namespace firstring::media {

namespace {

constexpr std::size_t k_codecs_max = 32;
constexpr std::size_t k_crypto_max = 64;
constexpr std::size_t k_fmtp_bytes_max = 256;

// What an encoding name of rtpmap means to us.
struct Encoding {
  std::string_view name;
  std::uint32_t clock;
  std::string_view channels;     // the only other spelling that is right
  Codec codec;
};

constexpr std::array k_encodings = {
    Encoding{"PCMU", 8000, "1", Codec::pcmu},
    Encoding{"PCMA", 8000, "1", Codec::pcma},
    Encoding{"G722", 8000, "1", Codec::g722},
    Encoding{"G722", 16000, "1", Codec::g722},  // wrong since RFC 3551 §4.5.2 keeps 8000; phones do
    Encoding{"opus", 48000, "2", Codec::opus},  // always 2, mono too (RFC 7587 §7)
};

// Payload types that need no rtpmap (RFC 3551 §6).
std::optional<Codec> static_codec(std::uint32_t payload_type) {
  if (payload_type == 0) return Codec::pcmu;
  if (payload_type == 8) return Codec::pcma;
  if (payload_type == 9) return Codec::g722;
  return std::nullopt;
}

// "96 rest" for payload type 96: the rest.
std::optional<std::string_view> of_payload_type(const SdpMedia& media, std::string_view name,
                                                std::uint32_t payload_type) {
  for (const auto& attribute : media.attributes) {
    if (attribute.name != name) continue;
    auto value = attribute.value;
    if (parse_number(next_word(value), 127) != payload_type) continue;
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    return value;
  }
  return std::nullopt;
}

// "opus/48000/2" into its parts.
struct MapParts {
  std::string_view name, channels;
  std::uint32_t clock = 0;
};
MapParts split_map(std::string_view text) {
  text = next_word(text);
  const auto slash = std::min(text.find('/'), text.size());
  MapParts parts{.name = text.substr(0, slash), .channels = {}};
  text.remove_prefix(std::min(slash + 1, text.size()));
  const auto second = std::min(text.find('/'), text.size());
  parts.clock = parse_number(text.substr(0, second), 1'000'000).value_or(0);
  text.remove_prefix(std::min(second + 1, text.size()));
  parts.channels = text;
  return parts;
}

std::optional<Codec> codec_of(const MapParts& parts) {
  for (const auto& encoding : k_encodings) {
    if (!equal_fold(encoding.name, parts.name) || encoding.clock != parts.clock) continue;
    if (parts.channels.empty() || parts.channels == encoding.channels) return encoding.codec;
  }
  return std::nullopt;
}

void take_codec(const SdpMedia& media, std::uint32_t payload_type, Codec codec,
                AudioSection& section) {
  const bool known = std::ranges::find(section.codecs, codec, &AgreedCodec::codec) !=
                     section.codecs.end();
  if (known || section.codecs.size() == k_codecs_max) return;
  const auto fmtp = of_payload_type(media, "fmtp", payload_type).value_or("");
  section.codecs.push_back(
      {codec, static_cast<int>(payload_type), std::string(fmtp.substr(0, k_fmtp_bytes_max))});
}

void read_formats(const SdpMedia& media, AudioSection& section) {
  for (const auto format : media.formats) {
    const auto payload_type = parse_number(format, 127);
    // 72 to 76 with the marker bit look like RTCP (RFC 3551 §6).
    if (!payload_type || (*payload_type >= 72 && *payload_type <= 76)) continue;
    const auto map = of_payload_type(media, "rtpmap", *payload_type);
    if (!map) {
      if (const auto codec = static_codec(*payload_type)) {
        take_codec(media, *payload_type, *codec, section);
      }
      continue;
    }
    const auto parts = split_map(*map);
    if (equal_fold(parts.name, "telephone-event")) {
      if (parts.clock >= 8000 && parts.clock <= 48000 && section.events.size() < 8) {
        section.events.push_back({static_cast<int>(*payload_type), static_cast<int>(parts.clock)});
      }
    } else if (const auto codec = codec_of(parts)) {
      take_codec(media, *payload_type, *codec, section);
    }
  }
}

std::optional<Direction> direction_in(const SdpSection& section) {
  for (const auto& attribute : section.attributes) {
    if (attribute.name == "sendrecv") return Direction::send_recv;
    if (attribute.name == "sendonly") return Direction::send_only;
    if (attribute.name == "recvonly") return Direction::recv_only;
    if (attribute.name == "inactive") return Direction::inactive;
  }
  return std::nullopt;
}

// Their wish, if we can send such packets, cut down to their maxptime; else 20 ms.
Duration read_ptime(const SdpMedia& media) {
  constexpr std::array<std::uint32_t, 4> k_possible = {60, 40, 20, 10};
  const auto wish = parse_number(media.find("ptime").value_or(""), 1000).value_or(20);
  const auto most = parse_number(media.find("maxptime").value_or(""), 1000).value_or(1000);
  const bool possible = std::ranges::find(k_possible, wish) != k_possible.end();
  const auto limit = std::min(possible ? wish : 20, most == 0 ? 1000 : most);
  for (const auto length : k_possible) {
    if (length <= limit) return std::chrono::milliseconds(length);
  }
  return 10ms;
}

// a=rtcp:53020 [IN IP4 192.0.2.1] (RFC 3605); else the next port, if there is one.
MediaAddress read_rtcp(const SdpMedia& media, const MediaAddress& remote) {
  MediaAddress rtcp = remote;
  rtcp.port = remote.port == 65535 ? 0 : static_cast<std::uint16_t>(remote.port + 1);
  auto value = media.find("rtcp").value_or("");
  const auto port = parse_number(next_word(value), 65535);
  if (!port) return rtcp;
  rtcp.port = static_cast<std::uint16_t>(*port);
  if (!equal_fold(next_word(value), "IN")) return rtcp;
  next_word(value);
  const std::string ip(next_word(value));
  if (is_unicast_ip(ip)) rtcp.ip = ip;
  return rtcp;
}

void read_address(const Sdp& sdp, const SdpMedia& media, AudioSection& section) {
  section.remote = {std::string(media.connection.empty() ? sdp.connection : media.connection),
                    media.port};
  section.held_by_address = section.remote.ip == "0.0.0.0" || section.remote.ip == "::";
  if (!section.held_by_address && !is_unicast_ip(section.remote.ip)) {
    section.unusable = "its c= line is missing or names no unicast IP address";
  }
  section.rtcp_mux = media.find("rtcp-mux").has_value();
  section.remote_rtcp = section.rtcp_mux ? section.remote : read_rtcp(media, section.remote);
}

void read_profile(const SdpMedia& media, AudioSection& section) {
  const auto is = [&media](std::string_view name) { return equal_fold(media.protocol, name); };
  section.secure_profile = is("RTP/SAVP") || is("RTP/SAVPF");
  if (!section.secure_profile && !is("RTP/AVP") && !is("RTP/AVPF")) {
    section.unusable = "its protocol is neither RTP/AVP nor RTP/SAVP";
  }
}

}  // namespace

bool is_audio(const SdpMedia& media) { return equal_fold(media.kind, "audio"); }

AudioSection read_audio(const Sdp& sdp, const SdpMedia& media) {
  AudioSection section;
  read_profile(media, section);
  read_address(sdp, media, section);
  read_formats(media, section);
  section.ptime = read_ptime(media);
  const auto of_all = direction_in(sdp).value_or(Direction::send_recv);
  section.direction = direction_in(media).value_or(of_all);
  std::size_t lines = 0;
  for (const auto& attribute : media.attributes) {
    if (attribute.name != "crypto" || ++lines > k_crypto_max) continue;
    if (auto key = parse_crypto(attribute.value)) section.keys.push_back(std::move(*key));
  }
  if (media.port == 0) section.unusable = "its port is 0";
  return section;
}

bool is_unicast_ip(const std::string& ip) {
  in_addr v4{};
  if (inet_pton(AF_INET, ip.c_str(), &v4) == 1) {
    const auto first = ntohl(v4.s_addr) >> 24;
    return first != 0 && first < 224;
  }
  in6_addr v6{};
  if (inet_pton(AF_INET6, ip.c_str(), &v6) != 1) return false;
  return v6.s6_addr[0] != 0xFF && !IN6_IS_ADDR_UNSPECIFIED(&v6);
}

}  // namespace firstring::media

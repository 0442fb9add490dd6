// Settings: what the configuration says beside the business itself: listeners, paths, limits
// (ServerSettings), and who may speak SIP with us (phones and trunks).
// Lives on: made at start-up or reload, then read-only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"

namespace firstring::config {

// Never echoed back, never logged.
struct Secret {
  enum class Kind { none, literal, environment, file, generated };
  Kind kind = Kind::none;
  std::string value;  // the secret, or the name of the variable or file
  friend bool operator==(const Secret&, const Secret&) = default;
};

// Something that may register: an agent's phone or any other extension.
struct PhoneSpec {
  std::string extension;  // SIP user and short number
  std::string name;
  Secret password;
  friend bool operator==(const PhoneSpec&, const PhoneSpec&) = default;
};

// A carrier, or another exchange.
struct TrunkSpec {
  std::string name;
  std::vector<std::string> addresses;  // "198.51.100.0/24": calls from here are let in unchallenged
  bool trusted = false;  // believe its P-Asserted-Identity, Remote-Party-ID and Diversion
  std::string number;    // all its calls are for this number; "" = the number dialled
  // Outbound registration; all empty: none.
  std::string registrar;  // "sip:carrier.example" (DNS SRV and A apply)
  std::string user;
  Secret password;
  Duration register_every = 300s;
  friend bool operator==(const TrunkSpec&, const TrunkSpec&) = default;
};

// A program of the business that flows may ask.
struct WebhookSpec {
  std::string name;
  std::string url;
  Secret secret;  // signs what is sent; none: it is not signed
  friend bool operator==(const WebhookSpec&, const WebhookSpec&) = default;
};

struct ListenSpec {
  std::string transport;  // udp | tcp | tls | ws | wss
  std::string ip;
  std::uint16_t port = 0;
  friend bool operator==(const ListenSpec&, const ListenSpec&) = default;
};

struct ServerSettings {
  std::string data_folder;    // log, database, recordings, secrets; relative to the file
  std::string prompt_folder;  // WAV files; relative to the file
  std::vector<ListenSpec> sip;
  std::string advertised_ip;               // in Via, Contact and SDP; "": the listener's own
  std::string domain = "firstring";        // digest realm and From host
  int sip_ports_to_try = 1;                // a taken SIP port: try the next ones (./run)
  std::string certificate_file, key_file;  // TLS, WSS; empty: a self-signed one is made
  std::string http_ip = "127.0.0.1";
  std::uint16_t http_port = 8080;
  int http_ports_to_try = 1;
  std::string media_ip = "127.0.0.1";
  std::uint16_t media_port_first = 20000, media_port_last = 39999;
  std::vector<std::string> codecs = {"opus", "g722", "pcmu", "pcma"};
  bool srtp = true;                  // SDES is taken where a phone offers it
  Duration silence_ends_call = 60s;  // no RTP for this long: the call is ended (not on hold)
  int calls_max = 2000;
  Duration session_expires = 1800s;
  Duration drain = 60s;  // Ctrl-C: running calls get this long
  std::vector<std::string> never_banned = {"127.0.0.0/8"};
  // Webhooks may be at private addresses of these hosts, and of no others.
  std::vector<std::string> webhook_private_hosts;
  bool log_calls = true;  // the SIP ladder of each call is kept for `call show`
  friend bool operator==(const ServerSettings&, const ServerSettings&) = default;
};

}  // namespace firstring::config

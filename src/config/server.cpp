#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "config/parts.h"

namespace firstring::config {
namespace {

bool is_ip(const std::string& text) {
  unsigned char out[16];
  return inet_pton(AF_INET, text.c_str(), out) == 1 || inet_pton(AF_INET6, text.c_str(), out) == 1;
}

bool parse_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size();
}

// "127.0.0.1:5060" or "[::1]:5060".
bool parse_ip_port(std::string_view text, std::string& ip, std::uint16_t& port) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || !parse_port(text.substr(colon + 1), port)) return false;
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  ip = host;
  return is_ip(ip);
}

void read_sip(const Value& sip, ServerSettings& out) {
  sip.allow({"listen", "advertise", "domain", "ports_to_try", "certificate", "key",
             "session_expires", "never_banned", "ladder"});
  for (const std::string& text : sip.member("listen").texts()) {
    ListenSpec listen;
    const auto space = text.find(' ');
    listen.transport = text.substr(0, space);
    const bool known = listen.transport == "udp" || listen.transport == "tcp" ||
                       listen.transport == "tls" || listen.transport == "ws" ||
                       listen.transport == "wss";
    if (!known || space == std::string::npos ||
        !parse_ip_port(std::string_view(text).substr(space + 1), listen.ip, listen.port)) {
      sip.member("listen").complain(
          "\"" + text + "\"", "a listener such as \"udp 0.0.0.0:5060\" (udp, tcp, tls, ws, wss)");
      continue;
    }
    out.sip.push_back(listen);
  }
  out.advertised_ip = sip.member("advertise").text();
  if (!out.advertised_ip.empty() && !is_ip(out.advertised_ip)) {
    sip.member("advertise").complain("an IP address");
  }
  out.domain = sip.member("domain").text(out.domain);
  out.sip_ports_to_try = sip.member("ports_to_try").integer(1, 1, 100);
  out.certificate_file = sip.member("certificate").text();
  out.key_file = sip.member("key").text();
  out.session_expires = sip.member("session_expires").duration(out.session_expires, 90s, 24h);
  if (sip.member("never_banned").present()) out.never_banned = sip.member("never_banned").texts();
  out.log_calls = sip.member("ladder").boolean(true);
}

void read_media(const Value& media, ServerSettings& out) {
  media.allow({"ip", "ports", "codecs", "srtp", "silence_ends_call"});
  out.media_ip = media.member("ip").text(out.media_ip);
  if (!is_ip(out.media_ip)) media.member("ip").complain("an IP address");
  const std::string ports = media.member("ports").text();
  if (!ports.empty()) {
    const auto dash = ports.find('-');
    std::uint16_t first = 0, last = 0;
    if (dash == std::string::npos || !parse_port(std::string_view(ports).substr(0, dash), first) ||
        !parse_port(std::string_view(ports).substr(dash + 1), last) || first < 1024 ||
        last < first + 9) {
      media.member("ports").complain("a range of at least ten ports such as 20000-29999");
    } else {
      out.media_port_first = first;
      out.media_port_last = last;
    }
  }
  if (media.member("codecs").present()) {
    out.codecs = media.member("codecs").texts();
    for (const std::string& codec : out.codecs) {
      const std::vector<std::string> known = {"opus", "g722", "pcmu", "pcma"};
      if (std::find(known.begin(), known.end(), codec) == known.end()) {
        media.member("codecs").complain("\"" + codec + "\"",
                                        "opus, g722, pcmu or pcma" + suggestion(codec, known));
      }
    }
    if (out.codecs.empty()) media.member("codecs").complain("at least one codec");
  }
  out.srtp = media.member("srtp").boolean(true);
  out.silence_ends_call = media.member("silence_ends_call").duration(60s, 5s, 1h);
}

}  // namespace

ServerSettings read_server(const Value& value) {
  ServerSettings out;
  value.allow({"data", "prompts", "sip", "media", "http", "webhooks", "calls_max", "drain"});
  out.data_folder = value.member("data").text("data");
  out.prompt_folder = value.member("prompts").text("prompts");
  read_sip(value.member("sip"), out);
  if (out.sip.empty()) {
    out.sip = {{"udp", "127.0.0.1", 5060}, {"tcp", "127.0.0.1", 5060}};
  }
  read_media(value.member("media"), out);
  const Value http = value.member("http");
  http.allow({"listen", "ports_to_try"});
  const std::string listen = http.member("listen").text("127.0.0.1:8080");
  if (!parse_ip_port(listen, out.http_ip, out.http_port)) {
    http.member("listen").complain("an address such as 127.0.0.1:8080");
  }
  out.http_ports_to_try = http.member("ports_to_try").integer(1, 1, 100);
  value.member("webhooks").allow({"private_hosts"});
  out.webhook_private_hosts = value.member("webhooks").member("private_hosts").texts();
  out.calls_max = value.member("calls_max").integer(out.calls_max, 1, 100'000);
  out.drain = value.member("drain").duration(out.drain, 0s, 24h);
  return out;
}

}  // namespace firstring::config

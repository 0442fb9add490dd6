#include "server/dial_book.h"

#include <utility>

namespace firstring::server {
namespace {

constexpr std::string_view k_extension = "ext:";

sip::Transport transport_of(const sip::Uri& uri) {
  if (uri.is_sips) return sip::Transport::tls;
  const auto named = uri.parameter("transport");
  if (named && sip::equals_ignoring_case(*named, "tcp")) return sip::Transport::tcp;
  if (named && sip::equals_ignoring_case(*named, "tls")) return sip::Transport::tls;
  return sip::Transport::udp;
}

}  // namespace

void DialBook::find(const std::string& target,
                    std::function<void(const std::vector<DialTarget>&)> done) {
  if (target.starts_with(k_extension)) {
    return done(access_.contacts_of(std::string_view(target).substr(k_extension.size())));
  }
  const auto uri = sip::parse_uri(target);
  if (!uri) return done({});
  // An address needs no name server, and is answered at once.
  const auto literal = sip::Address::parse(uri->host, uri->port == 0 ? 5060 : uri->port);
  if (literal) {
    return done({{.uri = target, .peer = {.transport = transport_of(*uri), .address = *literal}}});
  }
  resolver_.resolve(*uri, [target, done = std::move(done)](const auto& found) {
    std::vector<DialTarget> targets;
    // One after another would be better than none; all at once would ring twice: the best one.
    if (!found.empty()) targets.push_back({.uri = target, .peer = found.front()});
    done(targets);
  });
}

}  // namespace firstring::server

#include "sip/resolver.h"

#include <utility>

namespace firstring::sip {

Result<Target> target_of(const Uri& uri) {
  if (!uri.is_sips && !equals_ignoring_case(uri.scheme, "sip")) {
    return Error{Code::invalid, "'" + std::string(uri.text) + "' is not a sip or sips URI"};
  }
  Target target{.host = std::string(uri.host), .port = uri.port, .is_sips = uri.is_sips};
  const auto transport = uri.parameter("transport");
  if (!transport) return target;
  for (const Transport each : {Transport::udp, Transport::tcp, Transport::tls}) {
    if (equals_ignoring_case(*transport, name_of(each))) target.transport = each;
  }
  if (!target.transport) {
    return Error{Code::invalid, "no way to connect by transport '" + std::string(*transport) + "'"};
  }
  return target;
}

void Lookup::start(const Target& target, Resolver::Done done) {
  stop();
  if (auto known = resolver_.known(target)) return done(std::move(*known));
  number_ = resolver_.begin(
      target, [this, done = std::move(done)](Result<Resolver::Candidates> candidates) {
        number_ = 0;
        const auto told = done;  // it may destroy this Lookup, and us with it
        told(std::move(candidates));
      });
}

void Lookup::stop() {
  if (number_ != 0) resolver_.cancel(std::exchange(number_, 0));
}

}  // namespace firstring::sip

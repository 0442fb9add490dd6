#include "server/dial_book.h"

#include <utility>

namespace firstring::server {
namespace {

constexpr std::string_view k_extension = "ext:";

}  // namespace

void DialBook::find(const std::string& target,
                    std::function<void(const std::vector<DialTarget>&)> done) {
  if (target.starts_with(k_extension)) {
    return done(access_.contacts_of(std::string_view(target).substr(k_extension.size())));
  }
  const auto uri = sip::parse_uri(target);
  if (!uri) return done({});
  const auto where = sip::target_of(*uri);
  if (!where) return done({});
  // A lookup that is over is destroyed by the next one: its callback is still running now.
  lookups_.remove_if([](const auto& lookup) { return !lookup->is_running(); });
  lookups_.push_back(std::make_unique<sip::Lookup>(resolver_));
  lookups_.back()->start(*where, [target, done = std::move(done)](const auto& found) {
    std::vector<DialTarget> targets;
    // All candidates at once would ring twice: the best one.
    if (found.has_value()) targets.push_back({.uri = target, .peer = found.value().front()});
    done(targets);
  });
}

}  // namespace firstring::server

#include "sip/ban_list.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace firstring::sip {

BanList::BanList(Timers& timers, BanEvents& events, BanOptions options,
                 std::function<bool(const Address&)> is_exempt)
    : timers_(timers),
      events_(events),
      options_(options),
      is_exempt_(std::move(is_exempt)),
      release_timer_(timers) {
  ASSERT(options_.failures_max > 0 && options_.sources_max > 0);
}

// Whoever has one address of an IPv6 network has 2^64 of them.
BanList::Key BanList::key_of(const Address& source) {
  Key key = source.ip;
  if (!source.is_v4()) std::fill(key.begin() + 8, key.end(), 0);
  return key;
}

std::size_t BanList::recent_failures(const Source& source) const {
  const MonoTime since = timers_.clock().now() - options_.within;
  const auto first = std::lower_bound(source.failures.begin(), source.failures.end(), since);
  return static_cast<std::size_t>(source.failures.end() - first);
}

BanList::Standing BanList::standing(const Address& address) const {
  const auto found = sources_.find(key_of(address));
  if (found == sources_.end()) return {};
  const Source& source = found->second;
  // The timer that releases may be a little late; time decides.
  if (source.banned && source.banned_until > timers_.clock().now()) return {.banned = true};
  const std::size_t failures = recent_failures(source);
  if (failures <= options_.slow_after) return {};
  const auto above = static_cast<std::int64_t>(failures - options_.slow_after);
  return {.delay = std::min(options_.slow_max, options_.slow_step * above)};
}

BanList::Source& BanList::source_of(const Key& key) {
  const auto [found, is_new] = sources_.try_emplace(key);
  Source& source = found->second;
  if (is_new) {
    source.place = quiet_.insert(quiet_.end(), key);
    source.ban.source.ip = key;
    if (sources_.size() > options_.sources_max) {
      // The new one is in quiet_ itself: bans are given up only when there is nothing else.
      const bool only_new = quiet_.size() == 1 && !banned_.empty();
      forget(sources_.find(only_new ? banned_.front() : quiet_.front()));
    }
  } else if (!source.banned) {
    quiet_.splice(quiet_.end(), quiet_, source.place);
  }
  return source;
}

void BanList::forget(std::map<Key, Source>::iterator source) {
  ASSERT(source != sources_.end());
  (source->second.banned ? banned_ : quiet_).erase(source->second.place);
  sources_.erase(source);
}

void BanList::failed(const Address& address) {
  if (is_exempt_ && is_exempt_(address)) return;
  Source& source = source_of(key_of(address));
  if (source.banned) return;
  source.failures.push_back(timers_.clock().now());
  if (source.failures.size() > options_.failures_max) source.failures.pop_front();
  if (recent_failures(source) >= options_.failures_max) start_ban(source);
}

void BanList::start_ban(Source& source) {
  source.banned = true;
  source.banned_until = timers_.clock().now() + options_.ban;
  source.ban.failures = source.failures.size();
  source.ban.until = timers_.clock().wall_now() + options_.ban;
  source.failures.clear();
  banned_.splice(banned_.end(), quiet_, source.place);
  if (banned_.size() == 1) arm();
  const Ban ban = source.ban;  // the event may release it
  events_.on_banned(ban);
}

void BanList::succeeded(const Address& address) {
  const auto found = sources_.find(key_of(address));
  if (found == sources_.end() || found->second.banned) return;
  forget(found);
}

void BanList::release(const Address& address) {
  const auto found = sources_.find(key_of(address));
  if (found == sources_.end()) return;
  const bool was_banned = found->second.banned;
  const Ban ban = found->second.ban;
  forget(found);
  if (was_banned) events_.on_released(ban);
}

void BanList::release_due() {
  const MonoTime now = timers_.clock().now();
  std::vector<Ban> released;
  while (!banned_.empty()) {
    const auto first = sources_.find(banned_.front());
    if (first->second.banned_until > now) break;
    released.push_back(first->second.ban);
    forget(first);
  }
  arm();
  for (const Ban& ban : released) events_.on_released(ban);
}

// All bans last equally long, so the first to begin is the first to end.
void BanList::arm() {
  if (banned_.empty()) return release_timer_.stop();
  const MonoTime first = sources_.find(banned_.front())->second.banned_until;
  release_timer_.start(first - timers_.clock().now(), [this] { release_due(); });
}

std::vector<Ban> BanList::bans() const {
  std::vector<Ban> bans;
  for (const auto& [key, source] : sources_) {
    if (source.banned && source.banned_until > timers_.clock().now()) bans.push_back(source.ban);
  }
  return bans;
}

}  // namespace firstring::sip

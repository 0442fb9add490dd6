// BanList: sources that fail to log in too often are answered late, then not at all for a while.
//
// It counts per source address, an IPv6 /64 being one source. Only failures are counted here, so
// that a challenge alone bans nobody; what a ban means is decided by who asks standing(). Memory is
// bounded: when full, the source that was quiet longest is forgotten.
// Lives on: control loop.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <vector>

#include "base/timers.h"
#include "sip/address.h"

namespace firstring::sip {

struct BanOptions {
  std::size_t failures_max = 30;      // this many …
  Duration within = 10s;              // … in this time …
  Duration ban = 5min;                // … are banned for this long
  std::size_t slow_after = 5;         // more failures than this in `within`: answers are delayed …
  Duration slow_step = 100ms;         // … by this for each failure above it …
  Duration slow_max = 2s;             // … up to this
  std::size_t sources_max = 20'000;   // remembered at once
};

struct Ban {
  Address source;            // port 0; of IPv6 the /64
  std::size_t failures = 0;  // that led to it
  WallTime until;
};

class BanEvents {
 public:
  virtual ~BanEvents() = default;
  virtual void on_banned(const Ban& ban) = 0;
  virtual void on_released(const Ban& ban) = 0;
};

class BanList {
 public:
  // `is_exempt`: the allow list (trunks, the local network); may be empty. Asked once per failure.
  BanList(Timers& timers, BanEvents& events, BanOptions options = {},
          std::function<bool(const Address&)> is_exempt = {});

  struct Standing {
    bool banned = false;
    Duration delay{0};       // hold back the answer for this long; dropping the request does as
                             // well, as it will be sent again
  };
  Standing standing(const Address& source) const;

  // A wrong password, a forged login, an INVITE from nobody.
  void failed(const Address& source);
  // A right password: what was counted is forgotten, as honest people sit behind the same address.
  // A ban stays.
  void succeeded(const Address& source);
  void release(const Address& source);  // by hand

  std::vector<Ban> bans() const;        // by source
  std::size_t remembered() const { return sources_.size(); }

 private:
  using Key = std::array<std::uint8_t, 16>;
  struct Source {
    std::deque<MonoTime> failures;    // the last of them, at most failures_max
    bool banned = false;
    MonoTime banned_until;
    Ban ban;
    std::list<Key>::iterator place;   // in banned_ or quiet_
  };
  static Key key_of(const Address& source);
  std::size_t recent_failures(const Source& source) const;
  Source& source_of(const Key& key);
  void forget(std::map<Key, Source>::iterator source);
  void start_ban(Source& source);
  void release_due();
  void arm();

  Timers& timers_;
  BanEvents& events_;
  const BanOptions options_;
  const std::function<bool(const Address&)> is_exempt_;
  std::map<Key, Source> sources_;
  std::list<Key> quiet_;              // not banned; the one that was quiet longest first
  std::list<Key> banned_;             // the one to be released next first
  Timer release_timer_;
};

}  // namespace firstring::sip

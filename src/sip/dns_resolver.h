// DnsResolver: the Resolver of production: c-ares on the control loop, which never blocks it.
//
// Answers are kept as long as their TTL says. One that has run out is still used for up to an hour
// when the DNS fails, and after half a second when it is slow: a name server that is down must not
// stop calls. Bounded in lookups, names and records.
// Lives on: control loop.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/timers.h"
#include "io/loop.h"
#include "sip/dns_plan.h"
#include "sip/resolver.h"

struct ares_addrinfo;
struct ares_channeldata;

namespace firstring::sip {

struct DnsOptions {
  std::string servers;               // "192.0.2.53,[2001:db8::53]:5353"; empty: resolv.conf
  bool want_v4 = true, want_v6 = true;
  Duration try_max = 1s;             // then the question is sent again
  int tries = 3;
  Duration stale_after = 500ms;      // a slow DNS: use what we knew, if we knew it
  Duration lookup_max = 5s;
  Duration stale_max = 1h;
  Duration absence_lifetime = 30s;   // of "there is no such name"
  Duration failure_lifetime = 2s;    // of no answer at all: not to ask for every call
  Duration stale_lifetime = 30s;     // of an old answer after a failure, before we try again
  std::size_t lookups_max = 1'024;
  std::size_t names_max = 2'048;
};

class DnsResolver final : public Resolver {
 public:
  static Result<std::unique_ptr<DnsResolver>> create(io::Loop& loop, Random random,
                                                     DnsOptions options = {});
  ~DnsResolver() override;
  DnsResolver(const DnsResolver&) = delete;
  DnsResolver& operator=(const DnsResolver&) = delete;

 private:
  struct Known {
    Answer answer;
    MonoTime received, fresh_until, stale_until;
  };
  struct Ongoing {
    explicit Ongoing(Timers& timers) : timer(timers) {}
    Target target;
    Done done;
    MonoTime began;
    bool stale_is_good = false;      // waited long enough for a fresh answer
    bool absent_is_failed = false;   // … for any
    Timer timer;
  };
  struct Asked;                      // what c-ares gives back with an answer

  DnsResolver(io::Loop& loop, Random random, DnsOptions options);
  std::optional<Result<Candidates>> known(const Target& target) override;
  std::uint64_t begin(const Target& target, Done done) override;
  void cancel(std::uint64_t number) override { ongoing_.erase(number); }

  Result<void> open_channel();
  void close_channel();
  void advance(std::uint64_t number);
  void advance_all();
  void ask(const Question& question);
  void on_answer(const Question& question, Result<Answer> answer);
  void keep(const Question& question, Answer answer, Duration lifetime);
  const Answer* find(const Question& question, const Ongoing* asker) const;
  void make_room();
  void start_timer();

  static void on_service_reply(void* asked, int status, int timeouts, unsigned char* bytes,
                               int size);
  static void on_address_reply(void* asked, int status, int timeouts, ares_addrinfo* found);

  // Given.
  io::Loop& loop_;
  const DnsOptions options_;
  // Owned.
  Random random_;
  ares_channeldata* channel_ = nullptr;
  Timer channel_timer_;
  Timer advance_timer_;
  // State.
  std::map<Question, Known> known_;
  std::set<Question> asked_;         // on their way
  std::map<std::uint64_t, std::unique_ptr<Ongoing>> ongoing_;
  std::uint64_t last_number_ = 0;
  bool channel_is_suspect_ = false;  // perhaps its list of servers is out of date
};

}  // namespace firstring::sip

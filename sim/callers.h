// Callers: they come by chance, listen, press keys, wait as long as their patience lasts, talk, and
// hang up at every moment there is.
// Lives on: the simulator's only thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/trunk.h"

namespace firstring::sim {

struct CallerHabits {
  double per_hour = 240;                 // Poisson
  Duration patience = 90s;               // mean, exponential, from the ring on; 0: endless
  Duration talk = 150s;                  // mean, exponential
  std::vector<std::string> numbers = {"100"};  // dialled with equal chance
  // Of those who hear "Press …": silent, or at a key that means nothing.
  double silent = 0.05, wrong_key = 0.05;
  double gives_up_in_menu = 0.02;
  double presses_zero = 0;               // while waiting
  double holds = 0;                      // puts the agent on hold once in a talk
  double agent_hangs_up = 0.4;           // which side ends a talk
  double returns = 0;                    // calls again soon after giving up, or while promised
  double wants_callback = 0;             // when it is offered
  double not_at_home = 0.2, busy = 0.1, machine = 0.15;  // when called back
};

class Callers {
 public:
  Callers(World& world, Trunk& trunk);

  void start(CallerHabits habits);
  void stop() { coming_ = false; }       // nobody comes any more

  // What they notice.
  void hears(LegId leg, const call::Play& play);
  void connected(LegId caller, LegId far);
  void gone(LegId leg);
  void called(LegId leg);                // his phone rings: we call him back

  std::int64_t count() const { return count_; }

 private:
  struct Caller {
    std::string number, from;            // dialled, and his own
    bool talking = false;
    bool waits = false;                  // knows that he is in a queue
    bool machine = false;                // answers, and never says a word
  };
  void comes();
  void call_in(const std::string& number, const std::string& from);
  bool answers_callback(LegId leg, const call::Play& play);
  void presses_all(LegId leg, const std::string& digits);
  void presses(LegId leg, char digit, Duration after);

  // Given.
  World& world_;
  Trunk& trunk_;
  // State.
  CallerHabits habits_;
  bool coming_ = false;
  std::int64_t count_ = 0;
  std::map<LegId, Caller> here_;
  Random arrivals_, patience_, talks_, keys_, called_;
};

}  // namespace firstring::sim

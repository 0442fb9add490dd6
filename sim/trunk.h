// Trunk: the simulated signalling and media. Carries out the switchboard's commands on legs that
// exist only here, and reports what comes of them, each after a delay of the network.
//
// What is told of one leg arrives in order. Between our HangUp and its arrival the party may still
// do something: a 200 crosses our CANCEL here as it does in life.
// Lives on: the simulator's only thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/world.h"

namespace firstring::sim {

// Where people are whom we call back.
inline constexpr std::string_view k_people = "@192.0.2.9";

enum class Hears { nothing, ringing, prompt, music, party, echo };

struct SimLeg {
  LegId id;
  CallId call;
  std::string target;            // that we dialled; empty: a caller
  bool up = false;
  bool hang_up_asked = false;    // by the switchboard
  bool gone = false;             // its end was told
  bool unreported = false;       // fault: its end will never be told
  bool media_began = false;
  Hears hears = Hears::nothing;
  MonoTime quiet_since;          // while it hears nothing
  PlaybackId playback;
  LegId bridged;
  MonoTime last_news;            // nothing of this leg arrives earlier
  bool caller() const { return target.empty(); }
};

class Trunk {
 public:
  // Who has to know what the parties notice.
  struct Out {
    virtual ~Out() = default;
    virtual void phone_rings(LegId leg, const std::string& target) = 0;
    virtual void caller_hears(LegId leg, const call::Play& play) = 0;
    virtual void connected(LegId caller, LegId far) = 0;
    virtual void leg_gone(const SimLeg& leg) = 0;
    virtual void wrong_command(const std::string& what) = 0;
  };

  Trunk(World& world, Out& out, Duration delay_mean);

  // What parties do; it reaches the switchboard after a delay.
  LegId call_in(const std::string& number, const std::string& from, const std::string& extension);
  void ring(LegId leg);
  void answer(LegId leg);
  void hang_up(LegId leg, call::EndReason reason = call::EndReason::normal);
  void refuse(LegId leg, call::EndReason reason, int status);
  void press(LegId leg, char digit);
  void hold(LegId leg, bool held);

  void carry_out(const call::Command& command);

  const SimLeg* find(LegId leg) const;    // null: unknown or gone
  std::size_t legs_alive() const { return legs_.size(); }
  const std::map<LegId, SimLeg>& legs() const { return legs_; }
  std::size_t recordings_open() const { return recordings_.size(); }

 private:
  void on(const call::Ring& command);
  void on(const call::Progress& command);
  void on(const call::Answer& command);
  void on(const call::Reject& command);
  void on(const call::Dial& command);
  void on(const call::HangUp& command);
  void on(const call::Play& command);
  void on(const call::StopPlay& command);
  void on(const call::Bridge& command);
  void on(const call::Unbridge& command);
  void on(const call::HoldLeg& command);
  void on(const call::MuteLeg& command);
  void on(const call::Echo& command);
  void on(const call::StartRecording& command);
  void on(const call::StopRecording& command);
  void on(const call::CallWebhook& command);
  void on(const call::Mix& command);
  void on(const call::MixTone&) {}
  void on(const call::TellReferrer& command);
  void on(const call::MoveLeg& command);

  SimLeg* alive(LegId leg, const char* command);  // complains if it is gone
  SimLeg* known(LegId leg);
  // Tells `event` of this leg after the network's delay and after all told before, if it lives
  // then.
  void news(LegId leg, const call::Event& event, Duration at_least = {});
  void end(LegId leg, call::LegEnded event, Duration at_least = {});
  void measure(const SimLeg& leg);
  void lets_hear(SimLeg& leg, Hears what);
  Duration delay();

  // Given.
  World& world_;
  Out& out_;
  const Duration delay_mean_;
  // State.
  std::map<LegId, SimLeg> legs_;
  std::map<RecordingId, MonoTime> recordings_;    // and when they began
  Random network_, misfortune_;
};

}  // namespace firstring::sim

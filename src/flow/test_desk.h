// TestDesk: a switchboard on a clock that stands still, with a small business, for tests.
//
// Every event is followed by a look at all promises and at the shape of every fact. What happened
// since the last look is read as text, one line each: facts() like "queue.entered sales
// position=1", orders() like "Dial leg1 ext:1001 from +1555". Legs are named in the order in which
// they came.
// Lives on: tests only.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/timers.h"
#include "call/fact_table.h"
#include "flow/switchboard.h"

namespace firstring::flow {

inline Prompt spoken(std::string sentence) {
  return {.kind = Prompt::Kind::text, .value = std::move(sentence)};
}

// Number 100: menu, 1 leads to the queue "sales" (anna, ben), 2 to "support" (ben).
inline Configuration small_business() {
  Configuration business{.tenant = "harbor", .name = "Harbor Dental", .version = "v1"};
  Flow flow{.name = "main", .start = "menu", .zero = "sales"};
  flow.nodes["menu"] = {
      "menu", MenuNode{.prompt = spoken("Press 1."),
                       .invalid = spoken("No."),
                       .digit_timeout = 5s,
                       .tries_max = 3,
                       .exits = {{'1', "sales"}, {'2', "support"}},
                       .intents = {{'1', "buy"}},
                       .no_answer = "bye"}};
  flow.nodes["sales"] = {"sales", QueueNode{.queue = "sales"}};
  flow.nodes["support"] = {"support", QueueNode{.queue = "support"}};
  flow.nodes["bye"] = {"bye", HangUpNode{spoken("Goodbye.")}};
  business.flows["main"] = flow;
  business.numbers["100"] = {"100", "main"};
  for (const std::string slug : {"sales", "support"}) {
    business.queues[slug] = {.slug = slug, .name = slug, .position_every = 0s};
  }
  business.agents["anna"] = {
      .slug = "anna", .name = "Anna", .extension = "1001", .queues = {"sales"}};
  business.agents["ben"] = {
      .slug = "ben", .name = "Ben", .extension = "1002", .queues = {"sales", "support"}};
  return business;
}

class TestDesk {
 public:
  explicit TestDesk(Configuration business = small_business()) { configure(std::move(business)); }

  void configure(Configuration business) {
    board.configure(std::make_unique<const Configuration>(std::move(business)));
    look();
  }

  struct Caller {
    CallId call;
    LegId leg;
  };
  Caller arrive(const std::string& number, const std::string& extension = {}) {
    const Caller caller{{ids.next(clock.wall_now())}, {ids.next(clock.wall_now())}};
    tell(call::LegArrived{.call = caller.call,
                          .leg = caller.leg,
                          .number = number,
                          .from = extension.empty() ? "+1555" : extension,
                          .trunk = extension.empty() ? "carrier" : "",
                          .extension = extension,
                          .source = "udp:127.0.0.1:5070"});
    return caller;
  }
  void tell(const call::Event& event) {
    board.handle(event);
    look();
  }
  void ring(LegId leg) { tell(call::LegRinging{leg}); }
  void answer(LegId leg) { tell(call::LegAnswered{leg}); }
  void end(LegId leg, call::EndReason reason = call::EndReason::normal, int status = 0) {
    tell(call::LegEnded{.leg = leg, .reason = reason, .status = status});
  }
  // Our own hanging up is reported, as the signalling does it.
  void confirm_end(LegId leg) { tell(call::LegEnded{.leg = leg, .by_peer = false}); }
  void press(LegId leg, char digit) { tell(call::DigitPressed{leg, digit}); }
  void phone(const std::string& extension, bool reachable) {
    tell(call::PhoneReachable{extension, reachable});
  }
  // What plays on this leg has been played to its end.
  void played(LegId leg) { tell(call::PlaybackEnded{leg, playing.at(leg)}); }

  void wait(Duration length) {
    const MonoTime until = clock.now() + length;
    for (auto due = timers.next_due(); due && *due <= until; due = timers.next_due()) {
      clock.advance_to(*due);
      timers.advance();
      look();
    }
    clock.advance_to(until);
    timers.advance();
    look();
  }

  LegId last_dialled() const { return dialled.back(); }
  std::string state(const std::string& slug) const {
    for (const AgentView& view : board.agents()) {
      if (view.slug != slug) continue;
      return view.reason.empty() ? view.state : view.state + " " + view.reason;
    }
    return "gone";
  }
  std::string stage(CallId call) const {
    for (const CallView& view : board.calls()) {
      if (view.id == call) return view.stage;
    }
    return "gone";
  }

  std::string facts() {
    look();
    return std::exchange(facts_, {});
  }
  std::string orders() {
    look();
    return std::exchange(orders_, {});
  }
  void forget() {
    look();
    facts_.clear();
    orders_.clear();
  }

  ManualClock clock;
  Timers timers{clock};
  Outbox outbox;
  IdSource ids;
  Switchboard board{{.clock = clock, .timers = timers, .outbox = outbox, .ids = &ids}};
  std::vector<LegId> dialled;
  std::map<LegId, PlaybackId> playing;
  std::vector<call::Fact> all_facts;

 private:
  void look() {
    EXPECT_EQ(board.broken_promises(), std::vector<std::string>{});
    for (const call::Fact& fact : outbox.facts) {
      EXPECT_EQ(call::misshapen(fact), "");
      if (fact.leg && !names_.contains(fact.leg)) name(fact.leg);
      facts_ += text_of(fact) + "\n";
      all_facts.push_back(fact);
    }
    for (const call::Command& command : outbox.commands) {
      orders_ += std::visit([this](const auto& order) { return order_text(order); }, command);
      orders_ += "\n";
    }
    outbox.facts.clear();
    outbox.commands.clear();
  }

  std::string name(LegId leg) {
    const auto [at, added] = names_.try_emplace(leg, "leg" + std::to_string(names_.size()));
    return at->second;
  }

  static std::string text_of(const call::Fact& fact) {
    std::string out(call::name_of(fact.type));
    if (!fact.agent.empty()) out += " " + fact.agent;
    if (!fact.queue.empty()) out += " " + fact.queue;
    for (const call::Field& field : fact.fields) {
      // How an offer was decided is for tests of its own.
      if (fact.type == call::FactType::offer_made && field.key != "offer") continue;
      if (field.key == "recording" || field.key == "source" || field.key == "transport") continue;
      if (field.key == "turn" || field.key.ends_with("_us") || field.key == "resume_s") continue;
      if (field.key == "expires_ms" || field.key == "until_ms" || field.key == "again_ms") continue;
      if (field.key == "replaced" || field.key == "verified") continue;
      if (fact.type == call::FactType::leg_moved) continue;
      if (field.key == "from_name" || field.key == "diversion" || field.key == "trunk") continue;
      std::string value;
      if (const auto* text = std::get_if<std::string>(&field.value)) value = *text;
      if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
        value = std::to_string(*number);
      }
      if (value.empty()) continue;
      if (field.key == "status" && value == "0") continue;
      out += " " + std::string(field.key) + "=" + value;
    }
    return out;
  }

  std::string order_text(const call::Ring& o) { return "Ring " + name(o.leg); }
  std::string order_text(const call::Progress& o) { return "Progress " + name(o.leg); }
  std::string order_text(const call::Answer& o) { return "Answer " + name(o.leg); }
  std::string order_text(const call::Reject& o) {
    return "Reject " + name(o.leg) + " " + std::to_string(o.status);
  }
  std::string order_text(const call::Dial& o) {
    dialled.push_back(o.leg);
    return "Dial " + name(o.leg) + " " + o.target + " from " + o.from;
  }
  std::string order_text(const call::HangUp& o) {
    return "HangUp " + name(o.leg) + " " + std::string(name_of(o.reason));
  }
  std::string order_text(const call::Play& o) {
    playing[o.leg] = o.playback;
    std::string out = "Play " + name(o.leg);
    for (const Prompt& prompt : o.prompts) {
      if (prompt.kind == Prompt::Kind::music) out += " music";
      if (prompt.kind == Prompt::Kind::tone) out += " tone";
      if (!prompt.value.empty()) out += " \"" + prompt.value + "\"";
    }
    return out + (o.loop ? " for ever" : "");
  }
  std::string order_text(const call::StopPlay& o) { return "StopPlay " + name(o.leg); }
  std::string order_text(const call::Bridge& o) { return "Bridge " + name(o.a) + " " + name(o.b); }
  std::string order_text(const call::Unbridge& o) {
    return "Unbridge " + name(o.a) + " " + name(o.b);
  }
  std::string order_text(const call::HoldLeg& o) { return "HoldLeg " + name(o.leg); }
  std::string order_text(const call::MuteLeg& o) {
    return "MuteLeg " + name(o.leg) + (o.mute == call::Mute::on ? " on" : " off");
  }
  std::string order_text(const call::Echo& o) { return "Echo " + name(o.leg); }
  std::string order_text(const call::StartRecording& o) {
    recording = o.recording;
    if (!o.right) return "StartRecording " + name(o.left) + " " + o.format;
    return "StartRecording " + name(o.left) + " " + name(o.right) + " " + o.format;
  }
  std::string order_text(const call::Mix& o) {
    std::string out = "Mix";
    for (const call::MixMember& member : o.members) {
      out += " " + name(member.leg) + "<-";
      for (const LegId leg : member.hears) out += (out.back() == '-' ? "" : "+") + name(leg);
    }
    return out;
  }
  std::string order_text(const call::MixTone&) { return "MixTone"; }
  std::string order_text(const call::StopRecording&) { return "StopRecording"; }
  std::string order_text(const call::CallWebhook& o) {
    webhook = o;
    return "CallWebhook " + o.webhook;
  }
  std::string order_text(const call::TellReferrer& o) {
    return "TellReferrer " + name(o.leg) + " " + std::to_string(o.status);
  }
  std::string order_text(const call::MoveLeg& o) { return "MoveLeg " + name(o.leg); }

  std::map<LegId, std::string> names_;
  std::string facts_, orders_;

 public:
  RecordingId recording;
  call::CallWebhook webhook;
};

}  // namespace firstring::flow

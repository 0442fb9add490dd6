#include "flow/rehearsal.h"

#include <algorithm>
#include <cstdio>
#include <functional>

#include "base/assert.h"
#include "base/timers.h"
#include "flow/evaluate.h"
#include "flow/local_time.h"
#include "flow/switchboard.h"

namespace firstring::flow {
namespace {

using Kind = RehearsalStep::Kind;

constexpr Duration k_per_character = 60ms;   // of a spoken text: about 160 words a minute
constexpr Duration k_file_lasts = 4s;        // nobody looked into it
constexpr Duration k_rings_after = 500ms, k_answers_after = 3s, k_between_digits = 200ms;
constexpr Duration k_webhook_after = 100ms;
constexpr std::size_t k_story_lines_max = 500;

Duration length_of(const Prompt& prompt) {
  switch (prompt.kind) {
    case Prompt::Kind::none: return Duration::zero();
    case Prompt::Kind::file: return k_file_lasts;
    case Prompt::Kind::text:
      return k_per_character * static_cast<std::int64_t>(prompt.value.size());
    case Prompt::Kind::tone: return prompt.tone_length;
    case Prompt::Kind::music: return 30s;
  }
  return Duration::zero();
}

std::string text_of(const call::Fact& fact) {
  std::string text(call::name_of(fact.type));
  if (!fact.agent.empty()) text += " agent=" + fact.agent;
  if (!fact.queue.empty()) text += " queue=" + fact.queue;
  for (const call::Field& field : fact.fields) {
    std::string value;
    if (const auto* word = std::get_if<std::string>(&field.value)) value = *word;
    if (const auto* whole = std::get_if<std::int64_t>(&field.value)) value = std::to_string(*whole);
    if (const auto* real = std::get_if<double>(&field.value)) {
      value = expression::to_text(expression::Value::of(*real));
    }
    if (!value.empty()) text += " " + std::string(field.key) + "=" + value;
  }
  return text;
}

// All words of `wanted` ("caller.verified result=verified") stand in the fact.
bool tells(const std::string& fact, std::string_view wanted) {
  const std::string padded = " " + fact + " ";
  while (!wanted.empty()) {
    const std::string_view word = wanted.substr(0, wanted.find(' '));
    wanted.remove_prefix(std::min(word.size() + 1, wanted.size()));
    if (!word.empty() && padded.find(" " + std::string(word) + " ") == std::string::npos) {
      return false;
    }
  }
  return true;
}

// The world around the switchboard: one caller's line, phones that answer, prompts that end.
class Stage {
 public:
  Stage(const Configuration& configuration, const Rehearsal& rehearsal);

  RehearsalResult play();

 private:
  void look();
  void act(const call::Command& command);
  void answer_dial(const call::Dial& dial);
  void begin_play(const call::Play& play);
  void speak(Duration length);
  void expect_quiet();
  void end_recording(RecordingId recording);
  void answer_webhook(const call::CallWebhook& request);
  void later(Duration after, call::Event event) {
    agenda_.emplace(clock_.now() + after, std::move(event));
  }
  void end_leg(LegId leg) { later(Duration::zero(), call::LegEnded{.leg = leg, .by_peer = false}); }
  void pass(Duration length);
  void pass_until(MonoTime until, const std::function<bool()>& enough);
  bool await(const std::function<bool()>& holds) {
    pass_until(clock_.now() + k_patience, holds);
    return holds();
  }
  bool perform(const RehearsalStep& step);
  std::string complaint(const RehearsalStep& step) const;
  std::string_view seen(Kind kind) const;
  void tell(std::string what);
  bool is_over() const { return board_.call_count() == 0; }

  // Given.
  const Rehearsal& rehearsal_;
  // Owned.
  ManualClock clock_;
  Timers timers_{clock_};
  Outbox outbox_;
  IdSource ids_;
  Switchboard board_{{.clock = clock_, .timers = timers_, .outbox = outbox_, .ids = &ids_}};
  std::multimap<MonoTime, call::Event> agenda_;
  // State.
  LegId caller_leg_;
  std::map<LegId, PlaybackId> playing_;
  std::optional<call::StartRecording> recording_;  // the last one, while it goes on
  MonoTime recording_since_, spoken_until_;
  std::vector<std::string> heard_, facts_;  // since the last step that looked for one
  std::string last_heard_, node_, queue_, agent_;
  std::vector<std::string> story_;
};

Stage::Stage(const Configuration& configuration, const Rehearsal& rehearsal)
    : rehearsal_(rehearsal),
      clock_(instant_of(configuration.zone, rehearsal.at).value_or(WallTime{})) {
  board_.configure(std::make_unique<const Configuration>(configuration));
  for (const auto& [slug, agent] : configuration.agents) {
    // An error says that he is so already.
    if (!rehearsal.ready.contains(slug)) {
      static_cast<void>(board_.sign_out(slug));
      continue;
    }
    board_.handle(call::PhoneReachable{agent.extension, true});
    static_cast<void>(board_.set_ready(slug));
  }
  outbox_.facts.clear();
  outbox_.commands.clear();
}

RehearsalResult Stage::play() {
  const CallId call{ids_.next(clock_.wall_now())};
  caller_leg_ = LegId{ids_.next(clock_.wall_now())};
  board_.handle(call::LegArrived{.call = call,
                                 .leg = caller_leg_,
                                 .number = rehearsal_.number,
                                 .from = rehearsal_.from,
                                 .trunk = "rehearsal",
                                 .source = "rehearsal"});
  look();
  RehearsalResult result{.passed = true};
  for (std::size_t i = 0; i < rehearsal_.steps.size(); ++i) {
    if (perform(rehearsal_.steps[i])) continue;
    result = {.passed = false, .failed_step = i, .failure = complaint(rehearsal_.steps[i])};
    break;
  }
  result.story = std::move(story_);
  return result;
}

bool Stage::perform(const RehearsalStep& step) {
  const auto found = [](std::vector<std::string>& among, const auto& matches) {
    const auto at = std::find_if(among.begin(), among.end(), matches);
    if (at == among.end()) return false;
    among.erase(among.begin(), at + 1);  // what came before is looked at no more
    return true;
  };
  switch (step.kind) {
    case Kind::hears: {
      bool heard = false;
      return await([&] {
        heard = heard || found(heard_, [&](const std::string& text) {
          return text.find(step.text) != std::string::npos;
        });
        return heard;
      });
    }
    case Kind::tells: {
      bool told = false;
      return await([&] {
        told = told || found(facts_, [&](const auto& fact) { return tells(fact, step.text); });
        return told;
      });
    }
    case Kind::presses:
      tell("presses " + step.text);
      for (const char digit : step.text) {
        if (is_over()) return false;
        board_.handle(call::DigitPressed{caller_leg_, digit});
        look();
        pass(k_between_digits);
      }
      return true;
    case Kind::waits: pass(step.wait); return true;
    case Kind::speaks: speak(step.wait); return true;
    case Kind::reaches: return await([&] { return node_ == step.text; });
    case Kind::queue: return await([&] { return queue_ == step.text; });
    case Kind::talks_to: return await([&] { return agent_ == step.text; });
    case Kind::ends: return await([&] { return is_over(); });
    case Kind::hangs_up:
      tell("hangs up");
      if (is_over()) return false;
      board_.handle(call::LegEnded{.leg = caller_leg_});
      look();
      return await([&] { return is_over(); });
  }
  return false;
}

std::string_view Stage::seen(Kind kind) const {
  switch (kind) {
    case Kind::hears: return last_heard_;
    case Kind::reaches: return node_;
    case Kind::queue: return queue_;
    case Kind::talks_to: return agent_;
    default: return is_over() ? "the end of the call" : "a call that goes on";
  }
}

std::string Stage::complaint(const RehearsalStep& step) const {
  std::string text = "expected " + std::string(name_of(step.kind));
  if (!step.text.empty()) text += " \"" + step.text + "\"";
  const std::string_view instead = seen(step.kind);
  text += ", found " + (instead.empty() ? "nothing" : "\"" + std::string(instead) + "\"");
  if (is_over()) text += "; the call is over";
  return text;
}

void Stage::pass(Duration length) {
  pass_until(clock_.now() + length, [] { return false; });
}

// To the next thing that is due, again and again, until enough has happened or time is up.
void Stage::pass_until(MonoTime until, const std::function<bool()>& enough) {
  while (!enough()) {
    const auto timer = timers_.next_due();
    MonoTime next = until;
    if (timer && *timer < next) next = *timer;
    if (!agenda_.empty() && agenda_.begin()->first < next) next = agenda_.begin()->first;
    clock_.advance_to(next);
    timers_.advance();
    look();
    while (!agenda_.empty() && agenda_.begin()->first <= clock_.now()) {
      const call::Event event = agenda_.begin()->second;
      agenda_.erase(agenda_.begin());
      board_.handle(event);
      look();
    }
    if (clock_.now() >= until) return;
  }
}

// ---- what the switchboard wants and tells ----

void Stage::look() {
  const std::vector<call::Command> commands = std::exchange(outbox_.commands, {});
  for (const call::Fact& fact : std::exchange(outbox_.facts, {})) {
    std::string text = text_of(fact);
    using enum call::FactType;
    if (fact.type == node_entered) node_ = fact.text("node") ? *fact.text("node") : "";
    if (fact.type == queue_entered) queue_ = fact.queue;
    if (fact.type == queue_left) queue_.clear();
    if (fact.type == agent_answered) agent_ = fact.agent;
    if (fact.type == talk_ended) agent_.clear();
    if (fact.call) tell(text);
    facts_.push_back(std::move(text));
  }
  for (const call::Command& command : commands) act(command);
}

void Stage::act(const call::Command& command) {
  if (const auto* play = std::get_if<call::Play>(&command)) begin_play(*play);
  if (const auto* stop = std::get_if<call::StopPlay>(&command)) playing_.erase(stop->leg);
  if (const auto* dial = std::get_if<call::Dial>(&command)) answer_dial(*dial);
  if (const auto* reject = std::get_if<call::Reject>(&command)) end_leg(reject->leg);
  if (const auto* end = std::get_if<call::HangUp>(&command)) end_leg(end->leg);
  if (const auto* stop = std::get_if<call::StopRecording>(&command)) {
    end_recording(stop->recording);
  }
  if (const auto* start = std::get_if<call::StartRecording>(&command)) {
    recording_ = *start;
    recording_since_ = spoken_until_ = clock_.now();
    expect_quiet();
  }
  if (const auto* request = std::get_if<call::CallWebhook>(&command)) answer_webhook(*request);
}

// ---- the caller's voice, and who listens to it ----

void Stage::speak(Duration length) {
  tell("speaks");
  std::erase_if(agenda_, [](const auto& entry) {
    return std::holds_alternative<call::RecordingQuiet>(entry.second);
  });
  pass(length);
  spoken_until_ = clock_.now();
  expect_quiet();
}

void Stage::expect_quiet() {
  if (!recording_ || recording_->quiet_after <= Duration::zero()) return;
  later(recording_->quiet_after, call::RecordingQuiet{recording_->recording});
}

void Stage::end_recording(RecordingId recording) {
  call::RecordingStopped stopped{.recording = recording};
  if (recording_ && recording_->recording == recording) {
    const MonoTime end = recording_->cut_quiet_end ? spoken_until_ : clock_.now();
    stopped.duration_ms = milliseconds(end - recording_since_);
    recording_.reset();
  }
  later(Duration::zero(), stopped);
}

void Stage::answer_webhook(const call::CallWebhook& request) {
  const auto answer = rehearsal_.answers.find(request.webhook);
  using Outcome = call::WebhookAnswered::Outcome;
  call::WebhookAnswered out{.call = request.call, .request = request.request, .tries = 1};
  if (answer == rehearsal_.answers.end()) {
    out.reason = "the test has no answer of " + request.webhook;
  } else if (answer->second.kind == RehearsalAnswer::Kind::ok) {
    out.outcome = Outcome::ok;
    out.status = 200;
    for (const std::string& pointer : request.wanted) {
      const auto value = answer->second.values.find(pointer);
      if (value != answer->second.values.end()) {
        out.values.push_back(call_value_of(value->second));
        continue;
      }
      out.outcome = Outcome::error;
      out.reason = "the answer of the test has no " + pointer;
    }
  } else if (answer->second.kind == RehearsalAnswer::Kind::timeout) {
    return;  // the switchboard will not wait for ever
  } else {
    out.reason = "the test says so";
  }
  later(k_webhook_after, out);
}

void Stage::begin_play(const call::Play& play) {
  Duration length{};
  for (const Prompt& prompt : play.prompts) length += length_of(prompt);
  if (!play.loop) later(length, call::PlaybackEnded{play.leg, play.playback});
  playing_[play.leg] = play.playback;
  if (play.leg != caller_leg_) return;
  for (const Prompt& prompt : play.prompts) {
    last_heard_ = prompt.value;
    if (prompt.kind == Prompt::Kind::music) last_heard_ = "music";
    if (prompt.kind == Prompt::Kind::tone) last_heard_ = "tone";
    heard_.push_back(last_heard_);
    tell("hears \"" + last_heard_ + "\"");
  }
}

void Stage::answer_dial(const call::Dial& dial) {
  later(k_rings_after, call::LegRinging{dial.leg});
  later(k_answers_after, call::LegAnswered{dial.leg});
}

void Stage::tell(std::string what) {
  if (story_.size() >= k_story_lines_max) return;
  char at[32];
  std::snprintf(at, sizeof at, "%8.1f s  ", seconds(clock_.now() - MonoTime{}));
  story_.push_back(at + std::move(what));
}

}  // namespace

RehearsalResult rehearse(const Configuration& configuration, const Rehearsal& rehearsal) {
  return Stage(configuration, rehearsal).play();
}

std::string_view name_of(RehearsalStep::Kind kind) {
  switch (kind) {
    case Kind::hears: return "hears";
    case Kind::presses: return "presses";
    case Kind::waits: return "waits";
    case Kind::reaches: return "reaches";
    case Kind::queue: return "queue";
    case Kind::talks_to: return "talks_to";
    case Kind::tells: return "tells";
    case Kind::ends: return "ends";
    case Kind::hangs_up: return "hangs_up";
    case Kind::speaks: return "speaks";
  }
  assertion_failed("a known kind of step", __FILE__, __LINE__);
}

}  // namespace firstring::flow

// Calls over a network that loses, repeats and reorders. Whatever it does, both sides come to the
// same end, each is told of it once, and nothing is left behind.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <optional>

#include "sip/test_network.h"

namespace firstring::sip {
namespace {

// What becomes of one call, as each side saw it.
struct Story {
  enum class Plan { answer, reject, ring_for_ever };
  Plan plan = Plan::answer;
  bool ring = false, early_media = false, late_offer = false;
  Duration answer_after{}, caller_hangs_up_after{}, called_hangs_up_after{};
  std::optional<Duration> caller_reoffers_after, called_reoffers_after;

  DialogId caller, called;
  bool caller_answered = false, called_confirmed = false, called_answered = false;
  int caller_reoffers_done = 0, called_reoffers_done = 0;
  std::optional<Ended> caller_ended, called_ended;
};

// One user agent whose calls follow their stories.
class Actor final : public CallEvents {
 public:
  explicit Actor(std::deque<Story>& stories) : stories_(stories) {}

  std::function<void(const IncomingCall&)> on_call;

  Story* story_of(DialogId dialog) {
    for (Story& story : stories_) {
      if (story.caller == dialog || story.called == dialog) return &story;
    }
    return nullptr;
  }
  Admission admit(const Message&, const Peer&) override {
    return {.kind = Admission::Kind::accept};
  }
  void on_register(const Message&, const Peer&) override {}
  void on_incoming(const IncomingCall& call) override { on_call(call); }
  void on_provisional(DialogId, int, std::string_view) override {}
  void on_answered(DialogId dialog, std::string_view) override {
    Story& story = *story_of(dialog);
    EXPECT_FALSE(story.caller_answered);
    EXPECT_FALSE(story.caller_ended);
    story.caller_answered = true;
  }
  void on_confirmed(DialogId dialog, std::string_view sdp) override {
    Story& story = *story_of(dialog);
    EXPECT_FALSE(story.called_confirmed);
    EXPECT_FALSE(story.called_ended);
    if (story.late_offer && !story.early_media) { EXPECT_EQ(sdp, "v=answer"); }
    story.called_confirmed = true;
  }
  std::optional<std::string> on_offer(DialogId, std::string_view sdp) override {
    EXPECT_FALSE(sdp.empty());
    return "v=answer";
  }
  std::string make_offer(DialogId) override { return "v=offer"; }
  void on_reoffer_done(DialogId dialog, int status, std::string_view sdp) override {
    Story& story = *story_of(dialog);
    if (status == 200) { EXPECT_EQ(sdp, "v=answer"); }
    (dialog == story.caller ? story.caller_reoffers_done : story.called_reoffers_done) += 1;
  }
  void on_info(DialogId, std::string_view, std::string_view) override {}
  void on_ended(DialogId dialog, const Ended& ended) override {
    Story* story = story_of(dialog);
    ASSERT_NE(story, nullptr);
    auto& told = dialog == story->caller ? story->caller_ended : story->called_ended;
    EXPECT_FALSE(told) << "told twice";
    told = ended;
  }
  void on_trace(DialogId, bool, const Peer&, std::string_view) override {}

 private:
  std::deque<Story>& stories_;
};

class Office {
 public:
  Office(std::uint64_t seed, NetworkOptions options)
      : random_(seed), network_(options), caller_(stories_), called_(stories_) {
    caller_agent_.emplace(network_, 5060, caller_);
    called_agent_.emplace(network_, 5061, called_);
    called_.on_call = [this](const IncomingCall& call) { ring(call); };
  }

  void make_calls(int count) {
    for (int i = 0; i < count; ++i) {
      stories_.push_back(invent());
      after(Duration(1s) * i / 4, [this, i] { dial(stories_[static_cast<std::size_t>(i)], i); });
    }
    network_.run_until_quiet();
    alarms_.clear();
  }

  void expect_good_ends() {
    for (const Story& story : stories_) expect_good_end(story);
    expect_all_over();
  }

  int answered() const { return static_cast<int>(
        std::count_if(stories_.begin(), stories_.end(),
                      [](const Story& story) { return story.caller_answered; })); }
  int cancelled() const {
    return static_cast<int>(std::count_if(stories_.begin(), stories_.end(), [](const Story& story) {
      return story.called_ended && story.called_ended->cancelled;
    }));
  }
  int reoffered() const {
    int sum = 0;
    for (const Story& story : stories_) {
      sum += story.caller_reoffers_done + story.called_reoffers_done;
    }
    return sum;
  }

  void expect_all_over() {
    for (const Story& story : stories_) {
      EXPECT_TRUE(story.caller_ended);
      if (story.called) { EXPECT_TRUE(story.called_ended); }
    }
    EXPECT_EQ(caller_agent_->agent.dialog_count(), 0u);
    EXPECT_EQ(called_agent_->agent.dialog_count(), 0u);
    EXPECT_EQ(caller_agent_->agent.transaction_count(), 0u);
    EXPECT_EQ(called_agent_->agent.transaction_count(), 0u);
    EXPECT_EQ(network_.timers.armed_count(), 0u);
  }

 private:
  struct Agent : Sender {
    Agent(TestNetwork& the_network, std::uint16_t port, CallEvents& events)
        : network(the_network),
          here{.transport = network.options.transport,
               .address = *Address::parse("127.0.0.1", port),
               .connection = is_reliable(network.options.transport) ? port : 0u},
          random(network.random.stream(std::to_string(port))),
          agent({.clock = network.clock,
                 .timers = network.timers,
                 .random = random,
                 .sender = *this,
                 .events = events},
                {}) {
      network.attach(here, [this](std::string_view bytes, const Peer& from) {
        agent.receive(bytes, from);
      });
    }
    void send(const Peer& to, std::string_view bytes) override {
      network.carry(here, to, bytes);
    }
    std::string local_host_port(const Peer&) const override { return here.address.to_text(); }

    TestNetwork& network;
    const Peer here;
    Random random;
    UserAgent agent;
  };

  Duration upto(Duration longest) {
    return Duration(static_cast<std::int64_t>(
        random_.below(static_cast<std::uint64_t>(longest.count()))));
  }

  Story invent() {
    Story story;
    const auto dice = random_.below(10);
    story.plan = dice < 7   ? Story::Plan::answer
                 : dice < 9 ? Story::Plan::reject
                            : Story::Plan::ring_for_ever;
    story.ring = random_.chance(0.5);
    story.early_media = random_.chance(0.3);
    story.late_offer = random_.chance(0.2);
    story.answer_after = random_.chance(0.3) ? Duration{} : upto(5s);
    // Often in the very moment of the other's deed.
    story.caller_hangs_up_after =
        random_.chance(0.3) ? story.answer_after + upto(100ms) : upto(30s);
    story.called_hangs_up_after =
        random_.chance(0.3) ? story.caller_hangs_up_after + upto(100ms) : upto(30s);
    if (random_.chance(0.3)) story.caller_reoffers_after = story.answer_after + upto(2s);
    if (random_.chance(0.3)) {
      story.called_reoffers_after = random_.chance(0.5) && story.caller_reoffers_after
                                        ? *story.caller_reoffers_after
                                        : story.answer_after + upto(2s);
    }
    return story;
  }

  void after(Duration time, std::function<void()> what) {
    alarms_.emplace_back(network_.timers);
    alarms_.back().start(time, std::move(what));
  }

  void dial(Story& story, int number) {
    story.caller = caller_agent_->agent.invite(
        {.target = "sip:100@127.0.0.1",
         .peer = called_agent_->here,
         .from_uri = "sip:alice@example.com",
         .sdp = story.late_offer ? "" : "v=alice",
         .extra_headers = "Subject: " + std::to_string(number) + "\r\n"});
    const DialogId dialog = story.caller;
    after(story.caller_hangs_up_after, [this, dialog] { caller_agent_->agent.hang_up(dialog); });
    if (story.caller_reoffers_after) {
      after(*story.caller_reoffers_after,
            [this, dialog] { caller_agent_->agent.reoffer(dialog, "v=alice again"); });
    }
  }

  void ring(const IncomingCall& call) {
    const auto number = parse_number(call.invite.first(HeaderName::subject));
    ASSERT_TRUE(number && *number < stories_.size());
    Story& story = stories_[*number];
    ASSERT_FALSE(story.called) << "one call has rung twice";
    story.called = call.dialog;
    EXPECT_EQ(call.offer, story.late_offer ? "" : "v=alice");
    UserAgent& agent = called_agent_->agent;
    if (story.ring) agent.ring(call.dialog);
    if (story.early_media) agent.progress(call.dialog, "v=bob early");
    const DialogId dialog = call.dialog;
    if (story.plan != Story::Plan::ring_for_ever) {
      const auto decide = [this, dialog, &story] {
        if (story.called_ended) return;
        story.called_answered = story.plan == Story::Plan::answer;
        if (story.called_answered) return called_agent_->agent.answer(dialog, "v=bob");
        called_agent_->agent.reject(dialog, 486);
      };
      if (story.answer_after == Duration{}) {
        decide();
      } else {
        after(story.answer_after, decide);
      }
    }
    after(story.called_hangs_up_after, [this, dialog] { called_agent_->agent.hang_up(dialog); });
    if (story.called_reoffers_after) {
      after(*story.called_reoffers_after,
            [this, dialog] { called_agent_->agent.reoffer(dialog, "v=bob again"); });
    }
  }

  static void expect_good_end(const Story& story) {
    ASSERT_TRUE(story.caller_ended);
    // A caller that hangs up before anything was heard may never have rung anywhere.
    if (!story.called) {
      EXPECT_EQ(story.caller_ended->by, Ended::By::us);
      return;
    }
    ASSERT_TRUE(story.called_ended);
    const Ended& caller = *story.caller_ended;
    const Ended& called = *story.called_ended;
    EXPECT_FALSE(caller.timer) << caller.reason;
    EXPECT_FALSE(called.timer) << called.reason;
    if (story.caller_answered) { EXPECT_TRUE(story.called_answered); }
    if (called.cancelled) { EXPECT_EQ(caller.by, Ended::By::us); }
    if (caller.by == Ended::By::failure) {
      EXPECT_EQ(called.by, Ended::By::us);
      EXPECT_EQ(caller.status, called.status);  // 486, or 480 when it hung up while ringing
    }
    if (caller.by == Ended::By::peer) { EXPECT_EQ(called.by, Ended::By::us); }
    if (called.by == Ended::By::peer) { EXPECT_EQ(caller.by, Ended::By::us); }
    EXPECT_LE(story.caller_reoffers_done, 1);
    EXPECT_LE(story.called_reoffers_done, 1);
  }

  Random random_;
  TestNetwork network_;
  std::deque<Story> stories_;
  std::deque<Timer> alarms_;
  Actor caller_, called_;
  std::optional<Agent> caller_agent_, called_agent_;
};

void try_seeds(std::uint64_t first, std::uint64_t last, NetworkOptions options) {
  int answered = 0, cancelled = 0, reoffered = 0;
  for (std::uint64_t seed = first; seed <= last; ++seed) {
    SCOPED_TRACE(seed);
    options.seed = seed;
    Office office(seed, options);
    office.make_calls(4);
    office.expect_good_ends();
    if (testing::Test::HasFailure()) return;
    answered += office.answered();
    cancelled += office.cancelled();
    reoffered += office.reoffered();
  }
  // The stories are worth telling only if they differ.
  const int calls = static_cast<int>(last - first + 1) * 4;
  EXPECT_GT(answered, calls / 4);
  EXPECT_GT(cancelled, calls / 20);
  EXPECT_GT(reoffered, calls / 20);
}

TEST(LossyNetwork, PerfectOneComesFirst) { try_seeds(1, 200, {.delay = 20ms}); }

TEST(LossyNetwork, TenPercentLoss) {
  try_seeds(1, 1000,
            {.loss = 0.1, .duplication = 0.05, .delay = 5ms, .jitter = 60ms});
}

TEST(LossyNetwork, OnlyReordered) { try_seeds(2001, 2300, {.delay = 1ms, .jitter = 900ms}); }

TEST(LossyNetwork, EverythingComesTwice) {
  try_seeds(3001, 3200, {.duplication = 1.0, .delay = 1ms, .jitter = 100ms});
}

TEST(LossyNetwork, OverTcp) { try_seeds(4001, 4200, {.delay = 30ms, .transport = Transport::tcp}); }

// With a third of all messages lost some calls fail; they still end, once, on both sides.
TEST(LossyNetwork, ThirtyPercentLossLeavesNothingBehind) {
  for (std::uint64_t seed = 5001; seed <= 5200; ++seed) {
    SCOPED_TRACE(seed);
    Office office(seed, {.seed = seed, .loss = 0.3, .delay = 5ms, .jitter = 60ms});
    office.make_calls(4);
    office.expect_all_over();
  }
}

}  // namespace
}  // namespace firstring::sip

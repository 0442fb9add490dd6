#include "flow/inspection.h"

#include <algorithm>

#include "base/assert.h"
#include "flow/exits.h"
#include "flow/flow_graph.h"

namespace firstring::flow {
namespace {

using Place = FlowGraph::Place;

template <typename Kind>
const Kind* as(const Place& place) {
  return std::get_if<Kind>(&place.node->kind);
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool keeps_calls(const Place& place) {
  return as<QueueNode>(place) || as<DialNode>(place) || as<ConferenceNode>(place);
}

bool is_person(const Place& place) { return keeps_calls(place) || as<CallbackNode>(place); }

// The caller is asked for something here, or kept.
bool keeps_caller(const Place& place) {
  const auto* wait = as<WaitNode>(place);
  return as<MenuNode>(place) || as<GatherNode>(place) || as<VerifyNode>(place) ||
         as<DigitsNode>(place) || as<LoopNode>(place) ||
         (wait != nullptr && wait->length <= Duration::zero());
}

class Inspector {
 public:
  Inspector(const Configuration& configuration,
            const std::optional<std::set<std::string>>& prompt_files)
      : configuration_(configuration),
        prompt_files_(prompt_files),
        graph_(configuration),
        menus_before_(graph_.menus_before()) {}

  std::vector<Finding> inspect() {
    find_languages();
    find_persons();
    find_ends();
    for (const auto& [name, flow] : configuration_.flows) {
      look_at(flow);
      for (const auto& [node_name, node] : flow.nodes) look_at({&flow, &node});
    }
    return std::move(findings_);
  }

 private:
  void find_languages() {
    if (!configuration_.language.empty()) languages_.insert(configuration_.language);
    for (const auto& [place, ways] : graph_.ways()) {
      if (const auto* node = as<LanguageNode>(place)) languages_.insert(node->language);
    }
  }
  void find_persons() {
    std::set<Place> persons;
    for (const auto& [place, ways] : graph_.ways()) {
      if (is_person(place)) persons.insert(place);
    }
    to_person_ = graph_.leading_to(persons);
  }
  void find_ends() {
    std::set<Place> ends;
    for (const auto& [place, ways] : graph_.ways()) {
      const auto exits = exits_of(*place.node);
      const bool hangs_up = std::ranges::any_of(exits, [](const Exit& e) { return e.to.empty(); });
      if (exits.empty() || is_person(place) || (hangs_up && !as<FlowNode>(place))) {
        ends.insert(place);
      }
      if (as<FlowNode>(place) && std::get<FlowNode>(place.node->kind).next.empty()) {
        ends.insert(place);
      }
    }
    to_end_ = graph_.leading_to(ends);
  }

  void look_at(const Flow& flow);
  void look_at(const Place& place);
  void look_at_exits(const Place& place);
  void look_at_menu(const Place& place, const MenuNode& menu);
  void look_at_prompts(const Place& place);
  void look_at_door(const Place& place, const std::string& closed);
  void look_at_queue(const Place& place, const std::string& queue);
  void look_at_callback(const Place& place, const CallbackNode& node);
  void look_at_room(const Place& place, const ConferenceNode& node);
  bool is_served(const std::string& queue) const;
  bool is_announcement(const Flow& flow) const;

  void say(Severity severity, std::string_view rule, const Place& place, std::string reason,
           std::string suggestion, std::string member = {}) {
    findings_.push_back({severity, std::string(rule), place.flow->name,
                         place.node != nullptr ? place.node->name : std::string(),
                         std::move(member), std::move(reason), std::move(suggestion)});
  }

  const Configuration& configuration_;
  const std::optional<std::set<std::string>>& prompt_files_;
  const FlowGraph graph_;
  const std::map<Place, int> menus_before_;   // of what can be reached
  std::set<Place> to_person_, to_end_;
  std::set<std::string> languages_;
  std::vector<Finding> findings_;
};

// Nobody is asked anything and nobody is rung: a recorded message, or a test number.
bool Inspector::is_announcement(const Flow& flow) const {
  return std::ranges::none_of(flow.nodes, [&flow](const auto& entry) {
    const Place place{&flow, &entry.second};
    return is_person(place) || as<MenuNode>(place) || as<GatherNode>(place) ||
           as<VerifyNode>(place) || as<FlowNode>(place);
  });
}

void Inspector::look_at(const Flow& flow) {
  const Place place{&flow, nullptr};
  if (!graph_.has_number(flow) && !graph_.is_called(flow)) {
    return say(Severity::warning, "unused_flow", place, "no number and no flow leads here",
               "give it a number, or remove it");
  }
  if (!graph_.has_number(flow) || is_announcement(flow)) return;
  const auto start = flow.nodes.find(flow.start);
  if (start != flow.nodes.end() && !to_person_.contains({&flow, &start->second})) {
    say(Severity::error, "no_person", place, "no way of this flow leads to a person",
        "add a queue, dial or conference node");
  }
  const bool has_queue = std::ranges::any_of(flow.nodes, [&](const auto& entry) {
    return std::holds_alternative<QueueNode>(entry.second.kind) &&
           menus_before_.contains({&flow, &entry.second});
  });
  const bool has_door = std::ranges::any_of(graph_.ways(), [this](const auto& entry) {
    return (as<HoursNode>(entry.first) || as<ScheduleNode>(entry.first)) &&
           menus_before_.contains(entry.first);
  });
  if (has_queue && !has_door) {
    say(Severity::warning, "no_closed_path", place,
        "callers come to a queue at any hour: nothing tells them that nobody is there",
        "begin with a schedule node");
  }
}

void Inspector::look_at(const Place& place) {
  const bool used = graph_.has_number(*place.flow) || graph_.is_called(*place.flow);
  if (!used) return;
  if (!menus_before_.contains(place)) {
    return say(Severity::warning, "unreachable", place, "no way leads to this node",
               "lead an exit here, or remove it");
  }
  if (!to_end_.contains(place)) {
    say(Severity::error, "loop_without_exit", place,
        "from here the call goes round for ever: no way leads to an end or to a person",
        "lead one of the nodes of the loop out of it");
  }
  if (keeps_caller(place) && !to_person_.contains(place) && !is_announcement(*place.flow)) {
    say(Severity::error, "no_person", place, "from here a person can never be reached",
        "let the key 0 lead to a person: the flow's `zero`, or a key of the menu");
  }
  look_at_exits(place);
  look_at_prompts(place);
  if (const auto* menu = as<MenuNode>(place)) look_at_menu(place, *menu);
  if (const auto* hours = as<HoursNode>(place)) look_at_door(place, hours->closed);
  if (const auto* schedule = as<ScheduleNode>(place)) look_at_door(place, schedule->closed);
  if (const auto* queue = as<QueueNode>(place)) look_at_queue(place, queue->queue);
  if (const auto* callback = as<CallbackNode>(place)) look_at_callback(place, *callback);
  const auto* box = as<VoicemailNode>(place);
  if (box != nullptr && !box->queue.empty() && !is_served(box->queue)) {
    say(Severity::warning, "box_without_agents", place,
        "no agent serves the queue " + quoted(box->queue) + ": nobody will hear its messages",
        "name the queue in `queues` of an agent", "voicemail");
  }
  if (const auto* room = as<ConferenceNode>(place)) look_at_room(place, *room);
}

// Exits that hang up without a word. In a flow that is called they lead back.
void Inspector::look_at_exits(const Place& place) {
  if (graph_.is_called(*place.flow)) return;
  if (as<LoopNode>(place) != nullptr && !is_announcement(*place.flow)) {
    say(Severity::warning, "dead_end", place, "plays for ever: the caller can only hang up",
        "use a play node with an exit");
  }
  if (keeps_calls(place) || as<HoursNode>(place) || as<ScheduleNode>(place)) return;
  for (const Exit& exit : exits_of(*place.node)) {
    const auto* wait = as<WaitNode>(place);
    // These stand for another one where they are not named.
    if (exit.name == "error" || exit.name == "unknown" || exit.name == "timeout") continue;
    if (exit.name == "promised") continue;  // it says goodbye
    if (!exit.to.empty() || (wait != nullptr && wait->length <= Duration::zero())) continue;
    say(Severity::warning, "dead_end", place,
        "the exit " + quoted(exit.name) + " leads nowhere: the call is hung up without a word",
        "name a node; a hang_up node says goodbye");
  }
}

void Inspector::look_at_menu(const Place& place, const MenuNode& menu) {
  const int depth = menus_before_.at(place) + 1;
  if (depth > k_menus_deep_max) {
    say(Severity::warning, "menu_too_deep", place,
        "this is menu number " + std::to_string(depth) + " of a caller's way",
        "at most three menus, one after another");
  }
  const auto keys = std::ranges::count_if(menu.exits, [](const auto& exit) {
    return exit.first >= '1' && exit.first <= '9';
  });
  if (keys > k_menu_keys_max) {
    say(Severity::warning, "menu_too_long", place, std::to_string(keys) + " choices",
        "at most five: nobody remembers more", "keys");
  }
  const auto zero = menu.exits.find('0');
  if (zero == menu.exits.end()) {
    if (graph_.zero_leads_somewhere(*place.flow)) return;
    return say(Severity::warning, "zero_without_person", place,
               "the key 0 does not lead to a person", "set `zero` of the flow");
  }
  const auto node = place.flow->nodes.find(zero->second);
  if (node == place.flow->nodes.end() || !to_person_.contains({place.flow, &node->second})) {
    say(Severity::warning, "zero_without_person", place,
        "the key 0 leads to where no person can be reached", "lead it to a queue", "keys");
  }
}

void Inspector::look_at_prompts(const Place& place) {
  for (const LocalPrompt* prompt : prompts_of(*place.node)) {
    std::vector<const Prompt*> all = {&prompt->any};
    for (const auto& [language, local] : prompt->by_language) all.push_back(&local);
    std::set<std::string> missing;
    for (const Prompt* one : all) {
      const bool is_file = one->kind == Prompt::Kind::file ||
                           (one->kind == Prompt::Kind::music && !one->value.empty());
      if (is_file && prompt_files_ && !prompt_files_->contains(one->value)) {
        missing.insert(one->value);
      }
    }
    for (const std::string& file : missing) {
      say(Severity::error, "missing_prompt", place, "there is no file " + quoted(file),
          "put it into the folder of prompts");
    }
    const bool speaks = prompt->any.kind == Prompt::Kind::text ||
                        prompt->any.kind == Prompt::Kind::file;
    if (!speaks || languages_.size() < 2) continue;
    for (const std::string& language : languages_) {
      if (prompt->by_language.contains(language)) continue;
      say(Severity::warning, "missing_language", place,
          "a prompt is not there in " + quoted(language), "write it as {en: ..., es: ...}");
    }
  }
}

void Inspector::look_at_door(const Place& place, const std::string& closed) {
  if (!closed.empty() || graph_.is_called(*place.flow)) return;
  say(Severity::error, "no_closed_path", place,
      "outside the opening hours the call is hung up without a word",
      "name a node for `closed`: one that tells the hours");
}

bool Inspector::is_served(const std::string& queue) const {
  return std::ranges::any_of(configuration_.agents, [&queue](const auto& entry) {
    const auto& queues = entry.second.queues;
    return std::find(queues.begin(), queues.end(), queue) != queues.end();
  });
}

void Inspector::look_at_queue(const Place& place, const std::string& slug) {
  if (!configuration_.queues.contains(slug)) {
    return say(Severity::error, "unknown_queue", place, "there is no queue " + quoted(slug),
               "add it to `queues`", "queue");
  }
  if (is_served(slug)) return;
  say(Severity::error, "queue_without_agents", place,
      "no agent serves the queue " + quoted(slug), "name it in `queues` of an agent",
      "queue");
}

void Inspector::look_at_callback(const Place& place, const CallbackNode& node) {
  look_at_queue(place, node.queue);
  const auto queue = configuration_.queues.find(node.queue);
  if (queue == configuration_.queues.end()) return;
  if (queue->second.callback.offered && !configuration_.outbound.to.empty()) return;
  say(Severity::error, "no_callback", place,
      "the queue " + quoted(node.queue) + " calls nobody back: this always leaves by `error`",
      "give the queue a `callback`, and the business an `outbound`", "queue");
}

// A caller who is asked for a PIN in silence does not know that he is asked.
void Inspector::look_at_room(const Place& place, const ConferenceNode& node) {
  const auto room = configuration_.rooms.find(node.room);
  if (room == configuration_.rooms.end()) return;
  const bool asks = !room->second.pin.empty() || !room->second.moderator_pin.empty();
  if (!asks || !node.prompt.none()) return;
  say(Severity::warning, "missing_prompt", place,
      "the room " + quoted(node.room) + " has a PIN and nobody asks for it",
      "add a `prompt`: Please enter the PIN of the conference, then the hash key.");
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
  }
  assertion_failed("a known Severity", __FILE__, __LINE__);
}

std::vector<Finding> inspect(const Configuration& configuration,
                             const std::optional<std::set<std::string>>& prompt_files) {
  return Inspector(configuration, prompt_files).inspect();
}

}  // namespace firstring::flow

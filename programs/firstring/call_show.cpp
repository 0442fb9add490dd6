// call show: one call as a story: its record, its facts in time, its SIP messages as a ladder.
#include <algorithm>
#include <cstdio>

#include "commands.h"
#include "console.h"
#include "io/clock.h"

namespace firstring::cli {
namespace {

constexpr int k_lane = 30;       // columns between two parties of the ladder
constexpr int k_time = 11;       // columns of the time at its left

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

std::string centred(const std::string& text, int columns) {
  const int left = std::max(0, (columns - width_of(text)) / 2);
  return fit(std::string(static_cast<std::size_t>(left), ' ') + text, columns);
}

// "------ INVITE ------>" between two lanes; the text is ASCII, for SIP says so, or made safe.
std::string arrow(const std::string& summary, int columns, bool to_right) {
  auto text = safe(summary);
  if (width_of(text) > columns - 6) text = fit(text, columns - 6);
  text = ' ' + text + ' ';
  const int dashes = columns - width_of(text) - 1;
  const auto line = [](int count) { return std::string(static_cast<std::size_t>(count), '-'); };
  const auto body = line(dashes / 2) + text + line(dashes - dashes / 2);
  return to_right ? body + '>' : '<' + body;
}

std::string party_of(const Json& line) {
  const auto leg = text_of(line, "leg");
  return leg == "-" ? text_of(line, "peer") : leg;
}

void print_record(const Json& call) {
  const auto line = [&](const char* name, const std::string& value) {
    if (value != "-" && !value.empty()) {
      print(coloured(Colour::dim, fit(name, 13)) + safe(value) + "\n");
    }
  };
  const auto length = [&](const char* name) {
    return number_of(call, name) > 0 ? duration(number_of(call, name) / 1000) : "-";
  };
  print(coloured(Colour::bold, safe(text_of(call, "id"))) + "\n");
  line("Received", local_time(text_of(call, "received_at"), io::read_wall()));
  line("From", text_of(call, "from"));
  line("Name", text_of(call, "from_name"));
  line("To", text_of(call, "number"));
  line("Trunk", text_of(call, "trunk"));
  line("Outcome", words(text_of(call, "outcome")));
  if (text_of(call, "ended_by") != "-") {
    line("Ended by", text_of(call, "ended_by") + ", " + words(text_of(call, "end_reason")));
  }
  line("Intent", text_of(call, "intent"));
  line("Queue", text_of(call, "queue"));
  line("Agent", text_of(call, "agent"));
  line("Waited", length("queue_wait_ms"));
  line("Talked", length("talk_ms"));
  line("On hold", length("hold_ms"));
  line("Wrap-up", length("wrap_up_ms"));
  line("Disposition", text_of(call, "disposition"));
  line("Notes", text_of(call, "notes"));
  for (const auto& answer : field(call, "survey")) {
    line("Survey", text_of(answer, "question") + " " +
                       std::to_string(static_cast<long>(number_of(answer, "answer"))) +
                       (text_of(answer, "kind") == "score" ? " of 5" : " (1: yes)"));
  }
  for (const auto& handoff : field(call, "handoffs")) {
    std::string said = text_of(handoff, "from") + " to " + text_of(handoff, "to");
    for (const char* what : {"intent", "tried", "promised", "notes"}) {
      const auto text = text_of(handoff, what);
      if (text != "-") said += "; " + std::string(what) + ": " + text;
    }
    line("Handed on", said);
  }
  for (const auto& recording : field(call, "recordings")) {
    if (recording.is_string()) line("Recording", recording.get<std::string>());
  }
  for (const auto& leg : field(call, "legs")) {
    auto text = text_of(leg, "party") + ", " + text_of(leg, "codec");
    if (text_of(leg, "mos") != "-") {
      text += ", MOS " + text_of(leg, "mos") + ", loss " + text_of(leg, "loss_percent") +
              " %, jitter " + text_of(leg, "jitter_ms") + " ms";
    }
    line("Leg", text);
  }
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

}  // namespace

std::string describe_facts(const Json& facts) {
  if (facts.empty()) return {};
  const double start = number_of(facts.front(), "mono_us");
  int name_columns = 0;
  for (const auto& fact : facts) {
    name_columns = std::max(name_columns, width_of(safe(text_of(fact, "type"))));
  }
  std::string out;
  for (const auto& fact : facts) {
    std::string rest;
    for (const char* name : {"agent", "queue", "leg"}) {
      if (field(fact, name).is_null()) continue;
      rest += "  " + std::string(name) + "=" + text_of(fact, name);
    }
    for (const auto& [key, value] : field(fact, "data").items()) {
      rest += "  " + key + "=" + value_text(value);
    }
    const auto time = since_start((number_of(fact, "mono_us") - start) / 1e6);
    out += std::string(static_cast<std::size_t>(std::max(0, k_time - width_of(time))), ' ') + time +
           "  " + fit(safe(text_of(fact, "type")), name_columns) + safe(rest) + '\n';
  }
  return out;
}

std::string draw_ladder(const Json& lines, const std::string& received_at) {
  // The caller stands left of Firstring, those whom it rang right of it. A party is a leg: several
  // may come from one address.
  std::vector<std::string> parties, names;
  for (const auto& line : lines) {
    const auto party = party_of(line);
    if (std::find(parties.begin(), parties.end(), party) != parties.end()) continue;
    parties.push_back(party);
    names.push_back(text_of(line, "peer"));
  }
  if (parties.empty()) return {};
  parties.insert(parties.begin() + 1, "");
  names.insert(names.begin() + 1, "Firstring");
  const int half = k_lane / 2;
  std::string out = std::string(k_time + 2, ' ');
  for (const auto& name : names) out += centred(safe(name), k_lane);
  out.resize(out.find_last_not_of(' ') + 1);
  out += '\n';
  for (const auto& line : lines) {
    const auto lane = std::find(parties.begin(), parties.end(), party_of(line)) - parties.begin();
    const int first = static_cast<int>(std::min<std::ptrdiff_t>(lane, 1));
    const int last = static_cast<int>(std::max<std::ptrdiff_t>(lane, 1));
    const bool to_right = (text_of(line, "direction") == "in") == (lane < 1);
    const auto time = since_start(seconds_between(received_at, text_of(line, "at")));
    out += std::string(static_cast<std::size_t>(std::max(0, k_time - width_of(time))), ' ') + time +
           "  " + std::string(static_cast<std::size_t>(half), ' ');
    for (int i = 0; i < static_cast<int>(parties.size()); ++i) {
      out += '|';
      if (i == first) {
        out += arrow(text_of(line, "summary"), (last - first) * k_lane - 1, to_right);
        i = last - 1;
      } else if (i + 1 < static_cast<int>(parties.size())) {
        out += std::string(k_lane - 1, ' ');
      }
    }
    out += '\n';
  }
  return out;
}

int show_call(Client& client, const std::string& id, Output output) {
  const auto path = "/api/v1/calls/" + encode(id);
  const auto call = client.get(path);
  if (!call) return fail(call.error());
  Json facts = Json::array();
  std::string cursor;
  do {  // a call has few facts; a very long one has some pages of them
    const auto page = client.get(path + "/facts" + (cursor.empty() ? "" : "?cursor=" + cursor));
    if (!page) return fail(page.error());
    for (const auto& fact : field(*page, "data")) facts.push_back(fact);
    cursor = field(*page, "next_cursor").is_string() ? text_of(*page, "next_cursor") : "";
  } while (!cursor.empty() && facts.size() < 20'000);
  const auto ladder = client.get(path + "/ladder");
  if (!ladder) return fail(ladder.error());
  if (output == Output::json) {
    return print_json({{"call", *call}, {"facts", facts}, {"ladder", field(*ladder, "data")}});
  }
  print_record(*call);
  print("\n" + coloured(Colour::bold, "What happened") + "\n" + describe_facts(facts));
  const auto drawn = draw_ladder(field(*ladder, "data"), text_of(*call, "received_at"));
  print("\n" + coloured(Colour::bold, "SIP") + "\n" +
        (drawn.empty() ? "  The messages of this call are no longer in memory.\n" : drawn));
  return 0;
}

}  // namespace firstring::cli

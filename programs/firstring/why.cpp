// why: the decisions of one call in plain words, and why it still waits.
#include <cstdio>

#include "commands.h"
#include "console.h"
#include "io/clock.h"

namespace firstring::cli {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

void print_sentences(const Json& part) {
  for (const auto& sentence : field(part, "sentences")) {
    if (sentence.is_string()) print("  " + safe(sentence.get<std::string>()) + "\n");
  }
}

void print_decision(const Json& decision, WallTime now) {
  const auto offer = std::to_string(static_cast<long>(number_of(decision, "offer")));
  print(coloured(Colour::bold, local_time(text_of(decision, "at"), now) + "  offer " + offer +
                                   " to " + safe(text_of(decision, "agent"))) +
        "\n");
  print_sentences(decision);
}

}  // namespace

int show_why(Client& client, const std::string& id, Output output) {
  const auto why = client.get("/api/v1/calls/" + encode(id) + "/why");
  if (!why) return fail(why.error());
  if (output == Output::json) return print_json(*why);
  const auto now = io::read_wall();
  for (const auto& decision : field(*why, "decisions")) print_decision(decision, now);
  if (field(*why, "waiting").is_object()) {
    print(coloured(Colour::bold, "Now") + "\n");
    print_sentences(field(*why, "waiting"));
  } else if (field(*why, "decisions").empty()) {
    print("This call was offered to nobody, and waits in no queue.\n");
  }
  return 0;
}

}  // namespace firstring::cli

#include "figures.h"

#include <cstdio>

#include "console.h"

namespace firstring::cli {
namespace {

void print(const std::string& text) { std::fputs(text.c_str(), stdout); }

std::string path_of(const FiguresOptions& options) {
  std::string path = "/api/v1/figures?limit=" + std::to_string(options.limit);
  using Text = std::pair<const char*, const std::string&>;
  for (const auto& [name, value] :
       {Text{"day", options.day}, Text{"from", options.from}, Text{"until", options.until},
        Text{"by", options.by}, Text{"kpis", options.kpis}, Text{"queue", options.queue},
        Text{"team", options.team}, Text{"agent", options.agent}, Text{"number", options.number},
        Text{"intent", options.intent}, Text{"calls", options.calls}}) {
    if (!value.empty()) path += "&" + std::string(name) + "=" + encode(value);
  }
  using Number = std::pair<const char*, int>;
  for (const auto& [name, value] :
       {Number{"within_s", options.within_s}, Number{"short_s", options.short_s},
        Number{"again_days", options.again_days}}) {
    if (value >= 0) path += "&" + std::string(name) + "=" + std::to_string(value);
  }
  return path;
}

// id -> definition.
Json definitions_by_id(const Json& answer) {
  Json by_id = Json::object();
  for (const auto& one : field(answer, "data")) by_id[text_of(one, "id")] = one;
  return by_id;
}

std::string value_of(const Json& figure, const std::string& unit) {
  if (!field(figure, "value").is_number()) return "-";
  const double value = number_of(figure, "value");
  char text[40];
  if (unit == "share") {
    std::snprintf(text, sizeof text, "%.1f %%", 100 * value);
  } else if (unit == "seconds") {
    std::snprintf(text, sizeof text, "%.1f s", value);
  } else {
    std::snprintf(text, sizeof text, "%.6g", value);
  }
  return text;
}

std::string parts_of(const Json& figure) {
  if (!field(figure, "numerator").is_number() || !field(figure, "denominator").is_number()) {
    return "";
  }
  char text[64];
  std::snprintf(text, sizeof text, "%.10g / %.10g", number_of(figure, "numerator"),
                number_of(figure, "denominator"));
  return text;
}

void print_groups(const Json& answer, const Json& definitions) {
  for (const auto& group : field(answer, "groups")) {
    std::string title;
    for (const auto& [dimension, key] : field(group, "keys").items()) {
      const std::string shown = key.is_string() ? key.get<std::string>() : "(none)";
      title += (title.empty() ? "" : ", ") + words(dimension) + " " + safe(shown);
    }
    if (!title.empty()) print(coloured(Colour::bold, title) + "\n");
    Table table({"FIGURE", "VALUE", "OF", "ID"});
    table.right(1);
    for (const auto& [id, figure] : field(group, "figures").items()) {
      const auto& definition = field(definitions, id);
      table.add({text_of(definition, "title"), value_of(figure, text_of(definition, "unit")),
                 parts_of(figure), id});
    }
    print(table.to_text(terminal_columns()) + "\n");
  }
}

int show_definitions(const Json& answer) {
  for (const auto& one : field(answer, "data")) {
    print(coloured(Colour::bold, text_of(one, "id")) + "  " + text_of(one, "title") + "\n    " +
          text_of(one, "numerator"));
    if (field(one, "denominator").is_string()) print("  /  " + text_of(one, "denominator"));
    print("\n");
  }
  return 0;
}

}  // namespace

int show_figures(Client& client, const FiguresOptions& options, Output output) {
  const auto definitions = client.get("/api/v1/figures/definitions");
  if (!definitions) return fail(definitions.error());
  if (options.list) {
    return output == Output::json ? print_json(*definitions) : show_definitions(*definitions);
  }
  const auto answer = client.get(path_of(options));
  if (!answer) return fail(answer.error());
  if (output == Output::json) return print_json(*answer);
  print(text_of(*answer, "from") + " to " + text_of(*answer, "until") + ", " +
        text_of(*answer, "zone") + "; counted up to " + text_of(*answer, "as_of") + "\n\n");
  print_groups(*answer, definitions_by_id(*definitions));
  for (const auto& call : field(*answer, "calls")) print(safe(call.get<std::string>()) + "\n");
  return 0;
}

}  // namespace firstring::cli

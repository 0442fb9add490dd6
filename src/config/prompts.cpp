// Prompts: what is said, in one language or in several.
#include <algorithm>

#include "config/parts.h"

namespace firstring::config {
namespace {

using flow::Prompt;

constexpr std::string_view k_prompt_expected =
    "a text to be spoken, {file: name.wav}, {music: name.wav}, {tone: 440, for: 2s}, or one of "
    "them for each language: {en: Hello., es: Hola.}";

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '-' || c == '_';
         });
}

Prompt read_prompt_map(const Value& value) {
  Prompt prompt;
  value.allow({"say", "file", "music", "tone", "for"});
  if (const Value say = value.member("say"); say.present()) {
    prompt = {.kind = Prompt::Kind::text, .value = say.required_text("a text")};
  } else if (const Value file = value.member("file"); file.present()) {
    prompt = {.kind = Prompt::Kind::file, .value = file.text()};
    if (!is_file_name(prompt.value)) file.complain("the name of a WAV file in the prompt folder");
  } else if (const Value music = value.member("music"); music.present()) {
    prompt = {.kind = Prompt::Kind::music, .value = music.text()};
    if (!prompt.value.empty() && !is_file_name(prompt.value))
      music.complain("the name of a WAV file in the prompt folder");
  } else if (const Value tone = value.member("tone"); tone.present()) {
    prompt.kind = Prompt::Kind::tone;
    prompt.tone_hz = tone.integer(440, 20, 20'000);
    prompt.tone_length = value.member("for").duration(1s, 10ms, 1h);
  } else {
    value.complain(std::string(k_prompt_expected));
  }
  return prompt;
}

}  // namespace

bool is_language(std::string_view text) {
  const auto small = [](char c) { return c >= 'a' && c <= 'z'; };
  if (text.size() != 2 && text.size() != 5) return false;
  if (!small(text[0]) || !small(text[1])) return false;
  return text.size() == 2 || (text[2] == '-' && small(text[3]) && small(text[4]));
}

flow::Prompt read_prompt(const Value& value) {
  if (!value.present()) return {};
  Prompt prompt;
  if (value.is_scalar()) {
    prompt = {.kind = Prompt::Kind::text, .value = value.text()};
  } else if (value.is_map()) {
    prompt = read_prompt_map(value);
  } else {
    value.complain(std::string(k_prompt_expected));
  }
  if (prompt.value.size() > 2000) value.complain("at most 2,000 characters");
  return prompt;
}

flow::LocalPrompt read_local_prompt(const Value& value, std::string_view own_language) {
  bool has_languages = value.is_map();
  if (has_languages) {
    value.each_member([&](const std::string& key, const Value&) {
      has_languages = has_languages && is_language(key);
    });
  }
  if (!has_languages) return read_prompt(value);
  flow::LocalPrompt prompt;
  value.each_member([&](const std::string& language, const Value& local) {
    prompt.by_language[language] = read_prompt(local);
  });
  if (prompt.by_language.empty()) return prompt;
  const auto own = prompt.by_language.find(own_language);
  prompt.any = own != prompt.by_language.end() ? own->second : prompt.by_language.begin()->second;
  return prompt;
}

}  // namespace firstring::config

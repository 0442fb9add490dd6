#include "flow/callback_dialog.h"

namespace firstring::flow {
namespace {

using Kind = CallbackAnswer::Kind;

constexpr int k_tries_max = 3;
constexpr std::size_t k_keyed_max = 20;

CallbackAnswer ask_number(CallbackDialog& dialog, std::string_view language) {
  dialog.number.clear();
  dialog.keyed.clear();
  return {Kind::ask, {sentences::callback_which_number(language)}};
}

CallbackAnswer take_number(CallbackDialog& dialog, const Outbound& outbound,
                           std::string_view language) {
  const auto number = dialable(outbound, dialog.keyed);
  if (number) {
    dialog.number = *number;
    return {Kind::ask, sentences::callback_confirm(language, dialog.number)};
  }
  if (++dialog.tries >= k_tries_max) return {Kind::declined, {}};
  CallbackAnswer answer = ask_number(dialog, language);
  answer.say.insert(answer.say.begin(), sentences::callback_not_that_number(language));
  return answer;
}

}  // namespace

CallbackAnswer begin(CallbackDialog& dialog, const Outbound& outbound, std::string_view from,
                     std::string_view language) {
  const auto number = is_known_number(from) ? dialable(outbound, from) : std::nullopt;
  if (!number) return ask_number(dialog, language);
  dialog.number = *number;
  return {Kind::ask, sentences::callback_confirm(language, dialog.number)};
}

CallbackAnswer press(CallbackDialog& dialog, const Outbound& outbound, char key,
                     std::string_view language) {
  if (key == '*') return {Kind::declined, {}};
  if (!dialog.number.empty()) {
    if (key == '1') return {Kind::promised, {}};
    if (key == '2') return ask_number(dialog, language);
    return {Kind::listen, {}};
  }
  if (key == '#') return take_number(dialog, outbound, language);
  if (key < '0' || key > '9') return {Kind::listen, {}};
  if (dialog.keyed.size() < k_keyed_max) dialog.keyed += key;
  return {Kind::listen, {}};
}

}  // namespace firstring::flow

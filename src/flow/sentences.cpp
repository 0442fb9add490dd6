#include "flow/sentences.h"

#include <algorithm>
#include <array>

namespace firstring::flow::sentences {
namespace {

Prompt spoken(std::string sentence) {
  return {.kind = Prompt::Kind::text, .value = std::move(sentence)};
}

bool is_spanish(std::string_view language) {
  return language == "es" || language.starts_with("es-");
}

Prompt say(std::string_view language, std::string_view english, std::string_view spanish) {
  return spoken(std::string(is_spanish(language) ? spanish : english));
}

constexpr std::array<std::string_view, 16> k_english = {
    "zero", "one", "two",   "three", "four",   "five",   "six",      "seven",
    "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen"};
constexpr std::array<std::string_view, 16> k_spanish = {
    "cero", "un",    "dos",  "tres", "cuatro", "cinco", "seis",    "siete",
    "ocho", "nueve", "diez", "once", "doce",   "trece", "catorce", "quince"};

std::string count(std::string_view language, int number) {
  const auto& words = is_spanish(language) ? k_spanish : k_english;
  if (number >= 0 && number < static_cast<int>(words.size())) {
    return std::string(words[static_cast<std::size_t>(number)]);
  }
  return std::to_string(number);
}

// Rough where it is long: nobody is told "between 37 and 52 minutes".
int minutes_of(Duration wait, bool up) {
  const auto whole = static_cast<int>(wait / 1min) + (up && wait % 1min > Duration::zero() ? 1 : 0);
  if (whole <= 10) return whole;
  return (whole + (up ? 4 : 0)) / 5 * 5;
}

}  // namespace

Prompt position(std::string_view language, int position) {
  if (position == 1) return say(language, "You are next.", "Usted es el siguiente.");
  const std::string number = std::to_string(position);
  return say(language, "You are number " + number + " in line.",
             "Usted es el número " + number + " en la fila.");
}

Prompt predicted_wait(std::string_view language, Duration p50, Duration p90) {
  constexpr int k_minutes_max = 60;
  int low = minutes_of(p50, false);
  const int high = minutes_of(p90, true);
  if (high <= 1) {
    return say(language, "Your wait is less than a minute.",
               "Su espera es de menos de un minuto.");
  }
  if (low >= k_minutes_max || high > k_minutes_max) {
    if (low < k_minutes_max / 2) low = k_minutes_max / 2;
    const std::string least = count(language, std::min(low, k_minutes_max));
    return say(language, "Your wait is more than " + least + " minutes.",
               "Su espera es de más de " + least + " minutos.");
  }
  const std::string upper = count(language, high);
  if (low < 1) {
    return say(language, "Your wait is less than " + upper + " minutes.",
               "Su espera es de menos de " + upper + " minutos.");
  }
  if (low == high) {
    return say(language, "Your wait is about " + upper + " minutes.",
               "Su espera es de unos " + upper + " minutos.");
  }
  const std::string lower = count(language, low);
  return say(language, "Your wait is between " + lower + " and " + upper + " minutes.",
             "Su espera es de entre " + lower + " y " + upper + " minutos.");
}

Prompt at_the_front(std::string_view language) {
  return say(language, "You will speak to the next person who is free.",
             "Le atenderá la próxima persona que esté libre.");
}

Prompt place_was_kept(std::string_view language) {
  return say(language, "Welcome back. We have kept your place in line.",
             "Bienvenido de nuevo. Hemos guardado su lugar en la fila.");
}

Prompt callback_offer(std::string_view language, char key) {
  const std::string name(1, key);
  return say(language,
             "You need not stay on the line. We can call you back, and you keep your place. "
             "Press " + name + " to be called back.",
             "No necesita esperar en línea. Podemos llamarle y usted conserva su lugar. Marque " +
                 name + " para que le llamemos.");
}

Prompts callback_confirm(std::string_view language, std::string_view number) {
  Prompts prompts = {say(language, "We will call you back at", "Le llamaremos al")};
  for (const char digit : number) {
    if (digit == '+') {
      prompts.push_back(say(language, "plus", "más"));
    } else {
      prompts.push_back(spoken(std::string(1, digit)));
    }
  }
  prompts.push_back(say(language,
                        "To confirm press 1. For another number press 2. To stay on the line press "
                        "star.",
                        "Para confirmar marque 1. Para otro número marque 2. Para seguir en línea "
                        "marque asterisco."));
  return prompts;
}

Prompt callback_which_number(std::string_view language) {
  return say(language, "Please key in the number at which we are to call you, then press hash.",
             "Marque el número al que debemos llamarle y después la tecla numeral.");
}

Prompt callback_not_that_number(std::string_view language) {
  return say(language, "We cannot call that number.", "No podemos llamar a ese número.");
}

Prompt callback_promised(std::string_view language) {
  return say(language, "Thank you. You keep your place in line, and we will call you. Goodbye.",
             "Gracias. Usted conserva su lugar y le llamaremos. Hasta luego.");
}

Prompt callback_declined(std::string_view language) {
  return say(language, "You stay in line.", "Usted sigue en la fila.");
}

Prompt callback_for_agent(std::string_view language) {
  return say(language, "Callback. One moment, please.",
             "Llamada de vuelta. Un momento, por favor.");
}

Prompt callback_are_you_there(std::string_view language, std::string_view business) {
  const std::string name(business);
  return say(language,
             "This is " + name + ", calling you back as promised. To speak to us press 1.",
             "Le llamamos de " + name + " como le prometimos. Para hablar con nosotros marque 1.");
}

Prompts all(std::string_view language, char key, std::string_view business) {
  Prompts prompts = callback_confirm(language, "+0123456789");
  for (Prompt& prompt :
       Prompts{callback_offer(language, key), callback_which_number(language),
               callback_not_that_number(language), callback_promised(language),
               callback_declined(language), callback_for_agent(language),
               callback_are_you_there(language, business), place_was_kept(language),
               at_the_front(language)}) {
    prompts.push_back(std::move(prompt));
  }
  return prompts;
}

}  // namespace firstring::flow::sentences

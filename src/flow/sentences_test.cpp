// What the system says of itself, to the word.
#include "flow/sentences.h"

#include <gtest/gtest.h>

namespace firstring::flow::sentences {
namespace {

TEST(Sentences, TheWaitIsToldAsARange) {
  const auto said = [](Duration p50, Duration p90) {
    return predicted_wait("en", p50, p90).value;
  };
  EXPECT_EQ(said(20s, 55s), "Your wait is less than a minute.");
  EXPECT_EQ(said(40s, 100s), "Your wait is less than two minutes.");
  EXPECT_EQ(said(200s, 290s), "Your wait is between three and five minutes.");
  EXPECT_EQ(said(180s, 180s), "Your wait is about three minutes.");
  EXPECT_EQ(said(12min, 22min), "Your wait is between ten and 25 minutes.");
  EXPECT_EQ(said(50min, 3h), "Your wait is more than 50 minutes.");
  EXPECT_EQ(said(3h, 4h), "Your wait is more than 60 minutes.");
}

TEST(Sentences, SpanishIsSpokenToThoseWhoseCallIsInSpanish) {
  EXPECT_EQ(position("es", 1).value, "Usted es el siguiente.");
  EXPECT_EQ(position("es-mx", 4).value, "Usted es el número 4 en la fila.");
  EXPECT_EQ(predicted_wait("es", 3min, 290s).value, "Su espera es de entre tres y cinco minutos.");
  EXPECT_EQ(position("de", 2).value, "You are number 2 in line.");
}

TEST(Sentences, ANumberIsSaidDigitByDigitSoThatItsPromptsAreFew) {
  const Prompts said = callback_confirm("es", "+49");
  ASSERT_EQ(said.size(), 5u);
  EXPECT_EQ(said[1].value, "más");
  EXPECT_EQ(said[2].value, "4");
  EXPECT_EQ(said[3].value, "9");
}

}  // namespace
}  // namespace firstring::flow::sentences

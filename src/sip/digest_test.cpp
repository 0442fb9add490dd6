#include "sip/digest.h"

#include <gtest/gtest.h>

#include "sip/user_agent.h"

namespace firstring::sip {
namespace {

const std::string k_key(32, 'k');

std::string request_text(const std::string& method, const std::string& extra,
                         const std::string& uri = "sip:harbor.example") {
  return method + " " + uri + " SIP/2.0\r\n"
         "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
         "From: <sip:1001@harbor.example>;tag=a\r\n"
         "To: <sip:1001@harbor.example>\r\n"
         "Call-ID: c\r\nCSeq: 1 " + method + "\r\n" + extra + "Content-Length: 0\r\n\r\n";
}

std::string challenge_text(const std::string& lines, int status = 401) {
  return "SIP/2.0 " + std::to_string(status) + " No\r\n"
         "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
         "From: <sip:1001@harbor.example>;tag=a\r\n"
         "To: <sip:1001@harbor.example>;tag=b\r\n"
         "Call-ID: c\r\nCSeq: 1 REGISTER\r\n" + lines + "Content-Length: 0\r\n\r\n";
}

class DigestTest : public ::testing::Test {
 protected:
  using Outcome = Login::Outcome;

  static std::optional<Ha1> find(std::string_view user) {
    if (user == "1001") return make_ha1("1001", "harbor.example", "secret");
    return std::nullopt;
  }
  Login check(const std::string& authorization, const std::string& method = "REGISTER",
              const std::string& uri = "sip:harbor.example") {
    const std::string text = request_text(method, authorization, uri);
    Message message;
    EXPECT_FALSE(message.parse(text));
    return digest.check(message, find);
  }
  // What a phone with this login would send to the challenge.
  static std::string login_line(const std::string& challenge, const std::string& user,
                                const std::string& password,
                                const std::string& uri = "sip:harbor.example",
                                const std::string& method = "REGISTER") {
    const std::string text = challenge_text(challenge);
    Message message;
    EXPECT_FALSE(message.parse(text));
    DigestLogin phone({"", user, password});
    return phone.answer(message, method, uri, "c0ffee").value_or("");
  }
  static std::string only_md5(const std::string& challenge) {
    return challenge.substr(challenge.find("\r\n") + 2);
  }
  static std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
  }

  ManualClock clock;
  Digest digest{clock, k_key, {.realm = "harbor.example"}};
};

TEST_F(DigestTest, TheExamplesOfRfc7616ComeOut) {
  // §3.9.1, with GET of a page: the arithmetic is the same.
  const std::string challenge =
      "WWW-Authenticate: Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\","
      " algorithm=MD5, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\","
      " opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"\r\n";
  const auto answer_to = [](const std::string& lines) {
    const std::string text = challenge_text(lines);
    Message message;
    EXPECT_FALSE(message.parse(text));
    DigestLogin browser({"", "Mufasa", "Circle of Life"});
    return browser.answer(message, "GET", "/dir/index.html",
                          "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ").value_or("");
  };
  EXPECT_NE(answer_to(challenge).find("response=\"8ca523f5e9506fed4657c9700eebdbec\""),
            std::string::npos);
  const std::string sha = replaced(challenge, "algorithm=MD5", "algorithm=SHA-256");
  const std::string answer = answer_to(challenge + sha);
  EXPECT_NE(answer.find("response=\"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb"
                        "6c1\", algorithm=SHA-256, opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCU"
                        "Yo5tdS\", qop=auth, nc=00000001, "),
            std::string::npos)
      << answer;
}

TEST_F(DigestTest, TheRightPasswordOpensWithEitherHash) {
  const std::string challenge = digest.challenge(false);
  EXPECT_TRUE(challenge.starts_with("WWW-Authenticate: Digest realm=\"harbor.example\", nonce=\""));
  EXPECT_LT(challenge.find("SHA-256"), challenge.find("algorithm=MD5"));
  EXPECT_EQ(challenge.find("stale"), std::string::npos);
  const std::string sha256 = login_line(challenge, "1001", "secret");
  EXPECT_NE(sha256.find("algorithm=SHA-256"), std::string::npos);
  const Login login = check(sha256);
  EXPECT_EQ(login.outcome, Outcome::granted);
  EXPECT_EQ(login.user, "1001");
  EXPECT_EQ(check(login_line(only_md5(digest.challenge(false)), "1001", "secret")).outcome,
            Outcome::granted);
}

TEST_F(DigestTest, AWrongPasswordAndAnUnknownUserAreAnsweredAlike) {
  const std::string challenge = digest.challenge(false);
  EXPECT_EQ(check(login_line(challenge, "1001", "wrong")).outcome, Outcome::refused);
  EXPECT_EQ(check(login_line(challenge, "9999", "secret")).outcome, Outcome::refused);
  EXPECT_EQ(check(login_line(challenge, "1001", "")).outcome, Outcome::refused);
}

TEST_F(DigestTest, NoCredentialsOrThoseOfAnotherRealmAreAChallengeMore) {
  for (const char* method : {"INVITE", "REGISTER", "OPTIONS", "MESSAGE", "SUBSCRIBE", "BYE",
                             "REFER", "UPDATE", "INFO", "PUBLISH"}) {
    EXPECT_EQ(check("", method).outcome, Outcome::absent) << method;
  }
  EXPECT_EQ(check("Authorization: NoOneKnowsThisScheme opaque-data=here\r\n").outcome,
            Outcome::absent);
  EXPECT_EQ(check("Authorization: Digest\r\n").outcome, Outcome::absent);
  EXPECT_EQ(check("Authorization: Digest username=\"1001\r\n").outcome, Outcome::absent);
  const std::string line = login_line(digest.challenge(false), "1001", "secret");
  EXPECT_EQ(check(replaced(line, "realm=\"harbor.example\"", "realm=\"other\"")).outcome,
            Outcome::absent);
  // Beside one of another realm, ours counts.
  EXPECT_EQ(check("Authorization: Digest realm=\"other\", username=\"x\"\r\n" + line).outcome,
            Outcome::granted);
}

TEST_F(DigestTest, EachPartOfTheAnswerCounts) {
  const std::string line = login_line(digest.challenge(false), "1001", "secret");
  EXPECT_EQ(check(replaced(line, "SHA-256", "MD5")).outcome, Outcome::refused);
  EXPECT_EQ(check(replaced(line, "SHA-256", "SHA-512-256")).outcome, Outcome::refused);
  EXPECT_EQ(check(replaced(line, "SHA-256", "SHA-256-sess")).outcome, Outcome::refused);
  EXPECT_EQ(check(replaced(line, "qop=auth", "qop=auth-int")).outcome, Outcome::refused);
  EXPECT_EQ(check(replaced(line, "nc=00000001", "nc=1")).outcome, Outcome::refused);
  EXPECT_EQ(check(replaced(line, "nc=00000001", "nc=00000002")).outcome, Outcome::refused);
  EXPECT_EQ(check(replaced(line, "cnonce=\"c0ffee\"", "cnonce=\"\"")).outcome, Outcome::refused);
  EXPECT_EQ(check(replaced(line, "username=\"1001\"", "username=\"\"")).outcome, Outcome::refused);
  EXPECT_EQ(check(replaced(line, "uri=\"sip:harbor.example\"", "uri=\"sip:other\"")).outcome,
            Outcome::refused);
  EXPECT_EQ(check(replaced(line, "response=\"", "response=\"" + std::string(60'000, 'a'))).outcome,
            Outcome::refused);
  EXPECT_EQ(check(line, "INVITE").outcome, Outcome::refused);  // the method is in the hash
  EXPECT_EQ(check(line + line).outcome, Outcome::refused);
  EXPECT_EQ(check(line).outcome, Outcome::granted);
}

TEST_F(DigestTest, AnAnswerToAnotherTargetDoesNotOpenThisOne) {
  const std::string line =
      login_line(digest.challenge(false), "1001", "secret", "sip:100@harbor.example", "INVITE");
  EXPECT_EQ(check(line, "INVITE", "sip:900@harbor.example").outcome, Outcome::refused);
  EXPECT_EQ(check(line, "INVITE", "sip:100@HARBOR.example:5060;transport=tcp").outcome,
            Outcome::granted);
}

TEST_F(DigestTest, AnAnswerPlayedAgainIsStale) {
  const std::string line = login_line(digest.challenge(false), "1001", "secret");
  EXPECT_EQ(check(line).outcome, Outcome::granted);
  EXPECT_EQ(check(line).outcome, Outcome::stale);
}

TEST_F(DigestTest, TheSameNonceServesAgainWithACountThatRose) {
  const std::string text = challenge_text(digest.challenge(false));
  Message message;
  ASSERT_FALSE(message.parse(text));
  DigestLogin phone({"", "1001", "secret"});
  EXPECT_EQ(check(*phone.answer(message, "REGISTER", "sip:harbor.example", "a")).outcome,
            Outcome::granted);
  const std::string second = *phone.repeat("REGISTER", "sip:harbor.example", "b");
  const std::string third = *phone.repeat("REGISTER", "sip:harbor.example", "c");
  EXPECT_NE(third.find("nc=00000003"), std::string::npos);
  EXPECT_EQ(check(third).outcome, Outcome::granted);
  EXPECT_EQ(check(second).outcome, Outcome::granted);  // overtaken on the way
  EXPECT_EQ(check(second).outcome, Outcome::stale);
}

TEST_F(DigestTest, ANonceLivesAMinuteAndThenIsStale) {
  const std::string challenge = digest.challenge(false);
  clock.advance_to(clock.now() + 61s);
  EXPECT_EQ(check(login_line(challenge, "1001", "secret")).outcome, Outcome::stale);
  EXPECT_EQ(check(login_line(challenge, "1001", "wrong")).outcome, Outcome::refused);
  EXPECT_NE(digest.challenge(true).find("stale=true"), std::string::npos);
}

TEST_F(DigestTest, ANonceOfAnotherServerOrRealmIsStaleWithTheRightPassword) {
  Digest restarted(clock, std::string(32, 'n'), {.realm = "harbor.example"});
  EXPECT_EQ(check(login_line(restarted.challenge(false), "1001", "secret")).outcome,
            Outcome::stale);
  Digest other(clock, k_key, {.realm = "other.example"});
  std::string challenge = other.challenge(false);
  challenge = replaced(challenge, "other.example", "harbor.example");
  EXPECT_EQ(check(login_line(challenge, "1001", "secret")).outcome, Outcome::stale);
}

TEST_F(DigestTest, WithoutQopANonceIsGoodForOnce) {
  std::string challenge = only_md5(digest.challenge(false));
  challenge = replaced(challenge, ", qop=\"auth\"", "");
  const std::string line = login_line(challenge, "1001", "secret");
  EXPECT_EQ(line.find("qop"), std::string::npos);
  EXPECT_EQ(check(line).outcome, Outcome::granted);
  EXPECT_EQ(check(line).outcome, Outcome::stale);
}

TEST_F(DigestTest, Md5CanBeTurnedOff) {
  Digest strict(clock, k_key, {.realm = "harbor.example", .accept_md5 = false});
  EXPECT_EQ(strict.challenge(false).find("MD5"), std::string::npos);
  const std::string line = login_line(only_md5(digest.challenge(false)), "1001", "secret");
  const std::string text = request_text("REGISTER", line);
  Message message;
  ASSERT_FALSE(message.parse(text));
  EXPECT_EQ(strict.check(message, find).outcome, Outcome::refused);
  EXPECT_EQ(digest.challenge(false, DigestOffer::sha256_only).find("MD5"), std::string::npos);
  // Not even for a device that knows nothing else.
  EXPECT_EQ(strict.challenge(false, DigestOffer::md5_only).find("MD5"), std::string::npos);
}

TEST_F(DigestTest, DevicesThatStumbleOverSha256AreOfferedMd5Alone) {
  const auto offered = [this](const std::string& agent) {
    const std::string text = request_text("REGISTER", "User-Agent: " + agent + "\r\n");
    Message message;
    EXPECT_FALSE(message.parse(text));
    const std::string challenge = digest.challenge(false, offer_for(message));
    EXPECT_NE(challenge.find("MD5"), std::string::npos);
    return challenge.find("SHA-256") != std::string::npos;
  };
  for (const char* agent : {"baresip v1.0.0 (x86_64/linux)", "baresip v3.10.1 (x86_64/Linux)",
                            "baresip v0.6.3", "baresip v", "SIPp/v3.6"}) {
    EXPECT_FALSE(offered(agent)) << agent;
  }
  for (const char* agent : {"", "Phone/1", "baresip v3.11.0", "baresip v4.0.0", "baresip v10.2"}) {
    EXPECT_TRUE(offered(agent)) << agent;
  }
}

TEST(Nonces, AreUsedOnceForEachCountInAnyOrderWithinTheWindow) {
  ManualClock clock;
  Nonces nonces(clock, k_key);
  const std::string nonce = nonces.make("r");
  EXPECT_FALSE(nonces.use(nonce, "r", 0));
  EXPECT_TRUE(nonces.use(nonce, "r", 100));
  for (std::uint32_t count = 36; count < 100; ++count) {
    EXPECT_TRUE(nonces.use(nonce, "r", count)) << count;
    EXPECT_FALSE(nonces.use(nonce, "r", count)) << count;
  }
  EXPECT_FALSE(nonces.use(nonce, "r", 35));
  EXPECT_TRUE(nonces.use(nonce, "r", 164));
  EXPECT_FALSE(nonces.use(nonce, "r", 100));
  EXPECT_TRUE(nonces.use(nonce, "r", 101));
  EXPECT_TRUE(nonces.use(nonce, "r", 0xffffffff));
  EXPECT_FALSE(nonces.use(nonce, "r", 0xffffffff));
}

TEST(Nonces, CannotBeForgedOrMovedToAnotherRealm) {
  ManualClock clock;
  Nonces nonces(clock, k_key);
  const std::string nonce = nonces.make("r");
  EXPECT_FALSE(nonces.use(nonce, "s", 1));
  for (std::size_t i = 0; i < nonce.size(); ++i) {
    std::string forged = nonce;
    forged[i] = forged[i] == '0' ? '1' : '0';
    EXPECT_FALSE(nonces.use(forged, "r", 1)) << i;
  }
  EXPECT_FALSE(nonces.use("", "r", 1));
  EXPECT_FALSE(nonces.use(nonce + "0", "r", 1));
  EXPECT_EQ(nonces.tracked(), 0u);
  EXPECT_TRUE(nonces.use(nonce, "r", 1));
}

TEST(Nonces, MemoryIsBoundedAndWhatIsForgottenIsStaleNotFree) {
  ManualClock clock;
  Nonces nonces(clock, k_key, {.tracked_max = 10});
  const std::string first = nonces.make("r");
  EXPECT_TRUE(nonces.use(first, "r", 1));
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(nonces.use(nonces.make("r"), "r", 1));
  EXPECT_EQ(nonces.tracked(), 10u);
  EXPECT_FALSE(nonces.use(first, "r", 1));
  EXPECT_FALSE(nonces.use(first, "r", 2));
  clock.advance_to(clock.now() + 2min);
  EXPECT_TRUE(nonces.use(nonces.make("r"), "r", 1));
  EXPECT_EQ(nonces.tracked(), 1u);
}

class DigestLoginTest : public ::testing::Test {
 protected:
  static std::optional<std::string> answer(DigestLogin& login, const std::string& lines,
                                           int status = 401) {
    const std::string text = challenge_text(lines, status);
    Message message;
    EXPECT_FALSE(message.parse(text));
    return login.answer(message, "INVITE", "sip:1@carrier", "c");
  }
};

TEST_F(DigestLoginTest, OnlyTheRealmOfOurCredentialsIsAnswered) {
  DigestLogin login({"carrier.example", "us", "pw"});
  EXPECT_FALSE(answer(login, "WWW-Authenticate: Digest realm=\"thief\", nonce=\"n\"\r\n"));
  EXPECT_FALSE(answer(login, "WWW-Authenticate: Basic realm=\"carrier.example\"\r\n"));
  EXPECT_FALSE(answer(login, ""));
  EXPECT_TRUE(answer(login, "WWW-Authenticate: Digest realm=\"carrier.example\", nonce=\"n\"\r\n"));
  DigestLogin nobody({"", "", ""});
  EXPECT_FALSE(answer(nobody, "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"));
}

TEST_F(DigestLoginTest, ASecondRefusalEndsItAndStaleDoesNot) {
  DigestLogin login({"", "us", "pw"});
  EXPECT_TRUE(answer(login, "WWW-Authenticate: Digest realm=\"r\", nonce=\"1\"\r\n"));
  EXPECT_FALSE(answer(login, "WWW-Authenticate: Digest realm=\"r\", nonce=\"2\"\r\n"));
  EXPECT_TRUE(answer(login, "WWW-Authenticate: Digest realm=\"r\", nonce=\"3\", stale=TRUE\r\n"));
  EXPECT_FALSE(answer(login, "WWW-Authenticate: Digest realm=\"r\", nonce=\"4\", stale=true\r\n"));
  login.accepted();
  EXPECT_TRUE(answer(login, "WWW-Authenticate: Digest realm=\"r\", nonce=\"5\"\r\n"));
}

TEST_F(DigestLoginTest, AProxyIsAnsweredWithItsOwnHeader) {
  DigestLogin login({"", "us", "pw"});
  const auto line = answer(login, "Proxy-Authenticate: Digest realm=\"r\", nonce=\"n\","
                                  " qop=\"auth-int,auth\", opaque=\"\"\r\n", 407);
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->starts_with("Proxy-Authorization: Digest username=\"us\", realm=\"r\", "));
  EXPECT_TRUE(line->ends_with("qop=auth, nc=00000001, cnonce=\"c\"\r\n"));
}

TEST_F(DigestLoginTest, AChallengeThatCouldBreakOurHeadersIsNotAnswered) {
  DigestLogin login({"", "us", "pw"});
  EXPECT_FALSE(answer(login, "WWW-Authenticate: Digest realm=\"r\", nonce=\"a\r\n b\"\r\n"));
  EXPECT_FALSE(answer(login, "WWW-Authenticate: Digest realm=\"r\", nonce=\"" +
                                 std::string(5000, 'n') + "\"\r\n"));
  const std::string plain = "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"";
  EXPECT_FALSE(answer(login, plain + ", qop=\"auth-int\"\r\n"));
  EXPECT_FALSE(answer(login, plain + ", nonce=\"m\"\r\n"));
  EXPECT_TRUE(answer(login, plain + "\r\n"));
}

}  // namespace
}  // namespace firstring::sip

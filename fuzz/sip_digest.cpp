// Any text as credentials sent to us and as a challenge sent to us.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "sip/digest.h"
#include "sip/user_agent.h"

using namespace firstring;
using namespace firstring::sip;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)parse_digest(text);

  ManualClock clock;
  Digest digest(clock, std::string(32, 'k'), {.realm = "r"});
  const std::string head =
      "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:a@h>\r\n"
      "Call-ID: c\r\nCSeq: 1 REGISTER\r\n";
  Message request;
  const std::string request_bytes =
      "REGISTER sip:h SIP/2.0\r\n" + head + "Authorization: " + text + "\r\n\r\n";
  if (!request.parse(request_bytes)) {
    const auto login = digest.check(request, [](std::string_view user) -> std::optional<Ha1> {
      return user == "u" ? std::optional(make_ha1("u", "r", "secret")) : std::nullopt;
    });
    ASSERT(login.outcome != Login::Outcome::granted);  // nobody guesses a nonce of ours
  }

  Message response;
  const std::string response_bytes =
      "SIP/2.0 401 No\r\n" + head + "WWW-Authenticate: " + text + "\r\n\r\n";
  if (!response.parse(response_bytes)) {
    DigestLogin login({"", "u", "secret"});
    if (const auto line = login.answer(response, "REGISTER", "sip:h", "c")) {
      ASSERT(line->find("\r\n") == line->size() - 2);
      ASSERT(parse_digest(std::string_view(*line).substr(line->find(':') + 1,
                                                         line->size() - line->find(':') - 3)));
    }
  }
  return 0;
}

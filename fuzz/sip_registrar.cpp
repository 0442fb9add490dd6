// Any REGISTER: the table stays within its bounds, and every line that it gives back is one line.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "sip/registrar.h"

using namespace firstring;
using namespace firstring::sip;

namespace {

class Nobody final : public RegistrarEvents {
  void on_registered(const RegistrarBinding&) override {}
  void on_unregistered(const RegistrarBinding&, bool) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ManualClock clock;
  Timers timers(clock);
  Nobody nobody;
  Registrar registrar(timers, nobody);
  // The input is a whole message, or the headers of one.
  std::string bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.starts_with("REGISTER ")) {
    bytes = "REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
            "From: <sip:a@h>;tag=1\r\nTo: <sip:a@h>\r\nCall-ID: c\r\nCSeq: 1 REGISTER\r\n" + bytes +
            "\r\n\r\n";
  }
  Message request;
  if (request.parse(bytes)) return 0;
  for (const char* aor : {"1001", "1002", "1001"}) {
    const auto answer = registrar.process(aor, request, Peer{});
    ASSERT(answer.status >= 200 && answer.status < 700);
    ASSERT(answer.extra_headers.empty() || answer.extra_headers.ends_with("\r\n"));
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = answer.extra_headers.find("\r\n", at)) != std::string::npos;
         at += 2) {
      ++lines;
    }
    if (answer.status == 200) ASSERT(lines == registrar.contacts(aor).size() && lines <= 5);
  }
  Registrar restored(timers, nobody);
  restored.restore(registrar.all());
  ASSERT(restored.binding_count() == registrar.binding_count());
  clock.advance_to(clock.now() + 2h);
  timers.advance();
  ASSERT(registrar.binding_count() == 0 && restored.binding_count() == 0);
  return 0;
}

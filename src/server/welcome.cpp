#include "server/welcome.h"

#include <algorithm>

#include "server/demo.h"
#include "server/secrets.h"

namespace firstring::server {
namespace {

constexpr std::size_t k_phones_shown = 5;


// "sip:5550100@127.0.0.1:5060 (UDP, TCP; TLS 5061, WS 5066)"
std::string where_to_dial(const Core& core, const std::string& number) {
  const auto& listeners = core.transports->listeners();
  if (listeners.empty()) return "nowhere: no SIP listener is configured";
  const std::uint16_t port = listeners.front().port;
  std::string same, others;
  for (const auto& listener : listeners) {
    const std::string name = std::string(sip::name_of(listener.spec.transport));
    if (listener.port == port) {
      same += (same.empty() ? "" : ", ") + name;
    } else {
      others += (others.empty() ? "; " : ", ") + name + " " + std::to_string(listener.port);
    }
  }
  return "sip:" + number + "@" + listeners.front().spec.ip + ":" + std::to_string(port) + "  (" +
         same + others + ")";
}

// Which ports are others than asked for, and why.
std::string moved_ports(const Core& core, std::uint16_t http_port) {
  std::string text;
  for (const auto& listener : core.transports->listeners()) {
    if (listener.spec.port == 0 || listener.port == listener.spec.port) continue;
    const std::string moved = std::to_string(listener.spec.port) + " is taken, using " +
                              std::to_string(listener.port);
    if (text.find(moved) == std::string::npos) text += (text.empty() ? "" : "; ") + moved;
  }
  if (core.settings.http_port != 0 && http_port != core.settings.http_port) {
    text += (text.empty() ? "" : "; ") + std::to_string(core.settings.http_port) +
            " is taken, using " + std::to_string(http_port);
  }
  return text;
}

}  // namespace

Result<Welcome> make_welcome(const Core& core, const flow::Configuration& business,
                             const std::vector<config::PhoneSpec>& phones,
                             const std::string& token, std::uint16_t http_port) {
  Welcome welcome;
  auto& lines = welcome.lines;
  lines.push_back("Firstring " + std::string(k_version) + " is taking calls for " + business.name);
  if (const std::string moved = moved_ports(core, http_port); !moved.empty()) {
    lines.push_back("  Ports       " + moved);
  }
  lines.push_back("  Live page   http://" + core.settings.http_ip + ":" +
                  std::to_string(http_port) + "/#token=" + token);
  std::string number;
  for (const auto& [dialled, spec] : business.numbers) {
    if (spec.flow == "main" && dialled.find('+') == std::string::npos) number = dialled;
  }
  if (number.empty() && !business.numbers.empty()) number = business.numbers.begin()->first;
  lines.push_back("  Dial        " + where_to_dial(core, number));
  if (business.numbers.contains("600") && business.numbers.contains("602")) {
    lines.push_back("  Test        dial 600 to hear yourself; 602 plays a tone and reads 1234");
  }
  for (std::size_t i = 0; i < std::min(phones.size(), k_phones_shown); ++i) {
    const std::string password = TRY(resolve_secret(phones[i].password, core.data_folder));
    lines.push_back(std::string(i == 0 ? "  Phones      " : "              ") + "user " +
                    phones[i].extension + "  password " + password + "  " + phones[i].name);
  }
  lines.push_back("  Data        " + core.data_folder);
  lines.push_back("  Stop        Ctrl-C (calls in progress may finish)");
  return welcome;
}

}  // namespace firstring::server

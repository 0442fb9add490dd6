#include <array>
#include <cstddef>

#include "base/assert.h"
#include "sip/message.h"
#include "sip/scan.h"

namespace firstring::sip {
namespace {

constexpr std::size_t k_count = static_cast<std::size_t>(HeaderName::other);

// In the order of HeaderName.
constexpr std::array<std::string_view, k_count> k_texts = {
    "Via", "From", "To", "Call-ID", "CSeq", "Contact", "Max-Forwards", "Content-Length",
    "Content-Type", "Route", "Record-Route", "Authorization", "Proxy-Authorization",
    "WWW-Authenticate", "Proxy-Authenticate", "Expires", "Min-Expires", "Require", "Supported",
    "Unsupported", "Allow", "Session-Expires", "Min-SE", "RSeq", "RAck", "P-Asserted-Identity",
    "Remote-Party-ID", "Privacy", "Diversion", "History-Info", "Replaces", "Refer-To", "Reason",
    "Retry-After", "User-Agent", "Server", "Accept", "Event", "Allow-Events", "Subject", "Warning",
    "Authentication-Info", "Proxy-Require", "Path", "Date", "Content-Encoding",
    "Content-Disposition"};
static_assert(k_texts.back() == "Content-Disposition");

constexpr HeaderName of_compact(char letter) {
  switch (to_lower(letter)) {
    case 'v': return HeaderName::via;
    case 'f': return HeaderName::from;
    case 't': return HeaderName::to;
    case 'i': return HeaderName::call_id;
    case 'm': return HeaderName::contact;
    case 'l': return HeaderName::content_length;
    case 'c': return HeaderName::content_type;
    case 'e': return HeaderName::content_encoding;
    case 'k': return HeaderName::supported;
    case 's': return HeaderName::subject;
    case 'o': return HeaderName::event;
    case 'u': return HeaderName::allow_events;
    case 'r': return HeaderName::refer_to;
    case 'x': return HeaderName::session_expires;
    default: return HeaderName::other;
  }
}

// A table with open addressing, made by the compiler: finding a name costs one comparison.
constexpr std::size_t k_slots = 256;
constexpr std::size_t slot_of(std::string_view name) {
  const auto at = [name](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(to_lower(name[i])));
  };
  return (name.size() * 7 + at(0) * 3 + at(name.size() / 2) * 11 + at(name.size() - 1) * 5) %
         k_slots;
}
constexpr std::array<std::uint8_t, k_slots> make_slots() {
  std::array<std::uint8_t, k_slots> slots{};
  slots.fill(k_count);
  for (std::size_t i = 0; i < k_count; ++i) {
    std::size_t slot = slot_of(k_texts[i]);
    while (slots[slot] != k_count) slot = (slot + 1) % k_slots;
    slots[slot] = static_cast<std::uint8_t>(i);
  }
  return slots;
}
constexpr std::array<std::uint8_t, k_slots> k_name_slots = make_slots();

}  // namespace

HeaderName header_name_of(std::string_view name) {
  if (name.empty()) return HeaderName::other;
  if (name.size() == 1) return of_compact(name.front());
  for (std::size_t slot = slot_of(name); k_name_slots[slot] != k_count;
       slot = (slot + 1) % k_slots) {
    const std::size_t i = k_name_slots[slot];
    if (equals_ignoring_case(k_texts[i], name)) return static_cast<HeaderName>(i);
  }
  return HeaderName::other;
}

std::string_view text_of(HeaderName name) {
  return name == HeaderName::other ? std::string_view{} : k_texts[static_cast<std::size_t>(name)];
}

std::string_view name_of(Method method) {
  switch (method) {
    case Method::invite: return "INVITE";
    case Method::ack: return "ACK";
    case Method::bye: return "BYE";
    case Method::cancel: return "CANCEL";
    case Method::options: return "OPTIONS";
    case Method::register_: return "REGISTER";
    case Method::info: return "INFO";
    case Method::prack: return "PRACK";
    case Method::update: return "UPDATE";
    case Method::refer: return "REFER";
    case Method::notify: return "NOTIFY";
    case Method::subscribe: return "SUBSCRIBE";
    case Method::message: return "MESSAGE";
    case Method::publish: return "PUBLISH";
    case Method::other: return "";
  }
  return "";
}

Method method_of(std::string_view text) {
  for (int i = 0; i < static_cast<int>(Method::other); ++i) {
    const auto method = static_cast<Method>(i);
    if (name_of(method) == text) return method;
  }
  return Method::other;
}

}  // namespace firstring::sip

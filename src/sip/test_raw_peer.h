// A peer made of plain text, for tests: it writes each message itself and keeps what it gets.
// Lives on: the test.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <string_view>

#include "sip/test_network.h"

namespace firstring::sip {

// The value of the first such header; "" if there is none.
inline std::string field(std::string_view message, std::string_view name) {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t at = message.find(start);
  if (at == std::string_view::npos) return {};
  const std::size_t value = at + start.size();
  return std::string(message.substr(value, message.find("\r\n", value) - value));
}
inline std::string body_of(std::string_view message) {
  return std::string(message.substr(message.find("\r\n\r\n") + 4));
}
inline std::string start_of(std::string_view message) {
  return std::string(message.substr(0, message.find("\r\n")));
}

class RawPeer {
 public:
  RawPeer(TestNetwork& network, Party& party, std::uint16_t port = 7000)
      : network_(network), party_(party) {
    here.transport = network.options.transport;
    here.address = *Address::parse("127.0.0.1", port);
    if (is_reliable(here.transport)) here.connection = port;
    network.attach(here, [this](std::string_view bytes, const Peer&) {
      received.emplace_back(bytes);
    });
  }

  void send(std::string text) {
    network_.inject(here, party_.here(), std::move(text));
    network_.run_for(5ms);
  }
  // The oldest message received and not yet taken; "" if there is none.
  std::string take() {
    if (received.empty()) return {};
    std::string first = std::move(received.front());
    received.pop_front();
    return first;
  }
  // Its start line without the version: "180 Ringing", "BYE sip:…".
  std::string take_start() {
    last = take();
    std::string start = start_of(last);
    if (start.starts_with("SIP/2.0 ")) return start.substr(8);
    return start.substr(0, start.find(' '));
  }

  // A request of the dialog (or for a new one, while `to_tag` is empty).
  std::string request(std::string_view method, std::uint32_t cseq, std::string_view branch,
                      std::string_view lines = {}, std::string_view body = {}) {
    std::string text = std::string(method) + " sip:100@" + party_.here().address.to_text() +
                       " SIP/2.0\r\nVia: SIP/2.0/" +
                       std::string(name_of(here.transport)) + " " + here.address.to_text() +
                       ";branch=z9hG4bK" + std::string(branch) +
                       "\r\nMax-Forwards: 70\r\nFrom: " + from + "\r\nTo: " + to +
                       "\r\nCall-ID: " + call_id + "\r\nCSeq: " + std::to_string(cseq) + " " +
                       std::string(method) + "\r\n" + std::string(lines);
    if (text.find("\r\nContact: ") == std::string::npos) {
      text += "Contact: <sip:peer@" + here.address.to_text() + ">\r\n";
    }
    return text + finish(body);
  }
  // A response to a request that came in.
  std::string response(std::string_view to_request, std::string_view status,
                       std::string_view lines = {}, std::string_view body = {},
                       std::string_view tag = "peer") {
    std::string to_value = field(to_request, "To");
    if (to_value.find(";tag=") == std::string::npos) to_value += ";tag=" + std::string(tag);
    return "SIP/2.0 " + std::string(status) + "\r\nVia: " + field(to_request, "Via") +
           "\r\nFrom: " + field(to_request, "From") + "\r\nTo: " + to_value +
           "\r\nCall-ID: " + field(to_request, "Call-ID") +
           "\r\nCSeq: " + field(to_request, "CSeq") + "\r\nContact: <sip:" + std::string(tag) +
           "@" + here.address.to_text() + ">\r\n" + std::string(lines) + finish(body);
  }
  // From the response to our INVITE on, requests carry its To.
  void adopt(std::string_view response_text) { to = field(response_text, "To"); }
  // When we are called: our requests go the other way.
  void adopt_as_called(std::string_view invite, std::string_view tag = "peer") {
    from = field(invite, "To") + ";tag=" + std::string(tag);
    to = field(invite, "From");
    call_id = field(invite, "Call-ID");
  }

  Peer here;
  std::string from = "<sip:peer@example.com>;tag=77";
  std::string to = "<sip:100@example.com>";
  std::string call_id = "raw-call@example.com";
  std::deque<std::string> received;
  std::string last;  // what take_start() took

 private:
  static std::string finish(std::string_view body) {
    std::string text;
    if (!body.empty()) text += "Content-Type: application/sdp\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
  }

  TestNetwork& network_;
  Party& party_;
};

}  // namespace firstring::sip

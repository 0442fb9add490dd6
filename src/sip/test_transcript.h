// Plays a transcript in virtual time, for tests of the transaction machines. Each line: when (in
// milliseconds), who, what; a # begins a comment.
//   <  from the network    >  what must leave, then, and nothing else    tu  the user acts
//   ?  what the user must be told, then, and nothing else
// Lives on: the test.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/timers.h"
#include "sip/message.h"

namespace firstring::sip {

class Transcript {
 public:
  // What has left or been told, now. Of a message only its start line, without the version.
  void out(std::string_view mark, std::string_view text) {
    text = text.substr(0, text.find("\r\n"));
    if (text.starts_with("SIP/2.0 ")) text.remove_prefix(8);
    if (text.ends_with(" SIP/2.0")) text.remove_suffix(8);
    happened_.push_back(line(milliseconds(clock.now() - MonoTime{}), mark, text));
  }

  void play(const char* script,
            const std::function<void(std::string_view who, std::string_view what)>& act) {
    std::vector<std::string> expected;
    std::istringstream lines(script);
    for (std::string text; std::getline(lines, text);) {
      std::istringstream words(text.substr(0, text.find('#')));
      std::int64_t when = 0;
      std::string who, word, what;
      if (!(words >> when >> who)) continue;
      while (words >> word) what += (what.empty() ? "" : " ") + word;
      if (who == ">" || who == "?") {
        expected.push_back(line(when, who, what));
        continue;
      }
      run_until(MonoTime{} + std::chrono::milliseconds(when));
      act(who, what);
    }
    run_until(MonoTime{} + 400s);
    EXPECT_EQ(happened_, expected);
    EXPECT_EQ(timers.armed_count(), 0u);
  }

  ManualClock clock;
  Timers timers{clock};

 private:
  static std::string line(std::int64_t when, std::string_view mark, std::string_view what) {
    return std::to_string(when) + " " + std::string(mark) + " " + std::string(what);
  }
  void run_until(MonoTime until) {
    while (const auto due = timers.next_due()) {
      if (*due > until) break;
      clock.advance_to(*due);
      timers.advance();
    }
    clock.advance_to(until);
    timers.advance();
  }

  std::vector<std::string> happened_;
};

// A whole response with this start ("486 Busy Here") to a request of this method.
inline std::string response_text(std::string_view start, std::string_view method) {
  return "SIP/2.0 " + std::string(start) +
         "\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nFrom: <sip:a@a>;tag=1\r\n"
         "To: <sip:b@b>;tag=2\r\nCall-ID: c\r\nCSeq: 1 " +
         std::string(method) + "\r\nContent-Length: 0\r\n\r\n";
}
inline std::string request_text(std::string_view method) {
  return std::string(method) +
         " sip:b@b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
         "Route: <sip:proxy;lr>\r\nFrom: <sip:a@a>;tag=1\r\nTo: <sip:b@b>\r\nCall-ID: c\r\n"
         "CSeq: 1 " +
         std::string(method) + "\r\nContact: <sip:a@a>\r\nContent-Length: 0\r\n\r\n";
}

}  // namespace firstring::sip

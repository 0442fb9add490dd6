// What is refused before it becomes a call, how cheaply, and what goes on meanwhile.
#include <gtest/gtest.h>

#include "sip/test_raw_peer.h"

namespace firstring::sip {
namespace {

class Refusals : public testing::Test {
 protected:
  TestNetwork network;
  Party& bob = network.add("bob", {.dialogs_max = 3});
  RawPeer peer{network, bob};

  std::string starts() {
    std::string all;
    while (!peer.received.empty()) all += peer.take_start() + "\n";
    return all;
  }
  std::string answer_to(std::string text) {
    peer.send(std::move(text));
    return peer.take_start();
  }
};

TEST_F(Refusals, NewCallsAreRefusedStatelesslyAndOldOnesGoOn) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  peer.send(peer.request("INVITE", 1, "first", {}, "v=offer"));
  EXPECT_EQ(peer.take_start(), "200 OK");
  const std::size_t transactions = bob.agent().transaction_count();
  bob.agent().refuse_new_calls(30);
  peer.send(peer.request("INVITE", 1, "first", {}, "v=offer"));
  EXPECT_EQ(starts(), "");  // a repetition of what was accepted is not a new call
  RawPeer other(network, bob, 7001);
  other.send(other.request("INVITE", 1, "second", {}, "v=offer"));
  EXPECT_EQ(other.take_start(), "503 Service Unavailable");
  EXPECT_EQ(field(other.last, "Retry-After"), "30");
  const std::string first_refusal = other.last;
  other.send(other.request("INVITE", 1, "second", {}, "v=offer"));
  EXPECT_EQ(other.take(), first_refusal);  // the same tag, though nothing was kept
  EXPECT_EQ(bob.agent().transaction_count(), transactions);
  other.adopt(first_refusal);
  other.send(other.request("ACK", 1, "second"));
  EXPECT_EQ(other.take(), "");
  peer.adopt("\r\nTo: " + peer.to + "\r\n");
  bob.agent().refuse_new_calls(std::nullopt);
  other.to = "<sip:100@example.com>";
  EXPECT_EQ(bob.diary(), "incoming v=offer\n");
  other.send(other.request("INVITE", 2, "third", {}, "v=offer"));
  EXPECT_EQ(other.take_start(), "200 OK");
}

TEST_F(Refusals, RunningCallsHoldAndEndWhileNewOnesAreRefused) {
  bob.on_call = [this](const IncomingCall& call) { bob.agent().answer(call.dialog, "v=bob"); };
  peer.send(peer.request("INVITE", 1, "first", {}, "v=offer"));
  EXPECT_EQ(peer.take_start(), "200 OK");
  peer.adopt(peer.last);
  peer.send(peer.request("ACK", 1, "ack"));
  bob.agent().refuse_new_calls(5);
  EXPECT_EQ(answer_to(peer.request("INVITE", 2, "hold", {}, "v=hold")), "200 OK");
  peer.send(peer.request("ACK", 2, "ack2"));
  EXPECT_EQ(answer_to(peer.request("OPTIONS", 3, "o")), "200 OK");
  EXPECT_EQ(answer_to(peer.request("BYE", 4, "b")), "200 OK");
}

TEST_F(Refusals, NoMoreCallsThanAllowed) {
  for (int i = 0; i < 4; ++i) {
    peer.call_id = "call-" + std::to_string(i);
    peer.send(peer.request("INVITE", 1, "b" + std::to_string(i), {}, "v=offer"));
  }
  EXPECT_EQ(starts(), "503 Service Unavailable\n");
  EXPECT_NE(field(peer.last, "Retry-After"), "");
  EXPECT_EQ(bob.agent().dialog_count(), 3u);
}

TEST_F(Refusals, AdmissionDecides) {
  int asked = 0;
  bob.on_admission = [&asked](const Message&) {
    asked += 1;
    return Admission{.status = 403, .reason = "Who Are You", .extra_headers = "X-A: b\r\n"};
  };
  peer.send(peer.request("INVITE", 1, "one", {}, "v=offer"));
  EXPECT_EQ(peer.take_start(), "403 Who Are You");
  EXPECT_EQ(field(peer.last, "X-A"), "b");
  peer.send(peer.request("INVITE", 1, "one", {}, "v=offer"));
  EXPECT_EQ(peer.take_start(), "403 Who Are You");
  EXPECT_EQ(asked, 1);  // a repetition is not a second attempt
  bob.on_admission = [](const Message&) { return Admission{.status = 401}; };
  const std::size_t transactions = bob.agent().transaction_count();
  EXPECT_EQ(answer_to(peer.request("INVITE", 2, "four", {}, "v=offer")), "401 Unauthorized");
  EXPECT_EQ(answer_to(peer.request("OPTIONS", 3, "five")), "401 Unauthorized");
  EXPECT_EQ(bob.agent().transaction_count(), transactions);  // challenges keep no state
  bob.on_admission = [](const Message&) { return Admission{.kind = Admission::Kind::drop}; };
  peer.call_id = "another";
  EXPECT_EQ(answer_to(peer.request("INVITE", 1, "two", {}, "v=offer")), "");
  EXPECT_EQ(answer_to(peer.request("OPTIONS", 1, "three")), "");
  EXPECT_EQ(bob.diary(), "");
  network.run_until_quiet();
  EXPECT_EQ(bob.agent().transaction_count(), 0u);
}

TEST_F(Refusals, EachKindHasItsStatus) {
  struct Row {
    const char* method;
    const char* lines;
    const char* answer;
  };
  const Row rows[] = {
      {"OPTIONS", "", "200 OK"},
      {"REGISTER", "", "200 OK"},
      {"BYE", "", "481 Call/Transaction Does Not Exist"},
      {"INFO", "", "481 Call/Transaction Does Not Exist"},
      {"UPDATE", "", "481 Call/Transaction Does Not Exist"},
      {"PRACK", "RAck: 1 1 INVITE\r\n", "481 Call/Transaction Does Not Exist"},
      {"MESSAGE", "", "405 Method Not Allowed"},
      {"SUBSCRIBE", "Event: presence\r\n", "405 Method Not Allowed"},
      {"PUBLISH", "Event: presence\r\n", "405 Method Not Allowed"},
      {"REFER", "Refer-To: <sip:1@2>\r\n", "405 Method Not Allowed"},
      {"NEWMETHOD", "", "501 Not Implemented"},
      {"INVITE", "Require: teleportation\r\n", "420 Bad Extension"},
      {"INVITE", "Content-Encoding: gzip\r\n", "415 Unsupported Media Type"},
      {"INVITE", "Replaces: 1;to-tag=2;from-tag=3\r\n", "481 Replaces Not Possible"},
      {"INVITE", "Supported: timer\r\nSession-Expires: 30\r\n", "422 Session Interval Too Small"},
  };
  int number = 0;
  for (const Row& row : rows) {
    number += 1;
    peer.call_id = "row-" + std::to_string(number);
    const std::string_view body = row.method == std::string_view("INVITE") ? "v=offer" : "";
    EXPECT_EQ(answer_to(peer.request(row.method, 1, "r" + std::to_string(number), row.lines, body)),
              row.answer)
        << row.method << " " << row.lines;
  }
  EXPECT_EQ(bob.diary(), "register\n");
  EXPECT_EQ(bob.agent().dialog_count(), 0u);
}

TEST_F(Refusals, TooManyHopsAndBrokenMessages) {
  std::string text = peer.request("INVITE", 1, "hops", {}, "v=offer");
  text.replace(text.find("Max-Forwards: 70"), 16, "Max-Forwards: 0");
  EXPECT_EQ(answer_to(text), "483 Too Many Hops");
  text = peer.request("INVITE", 1, "broken", {}, "v=offer");
  text.replace(text.find("CSeq: 1 INVITE"), 14, "CSeq: x INVITE");
  EXPECT_EQ(answer_to(text).substr(0, 3), "400");
  EXPECT_EQ(answer_to("\r\n\r\n"), "");
  EXPECT_EQ(answer_to("hello"), "");
  EXPECT_EQ(bob.agent().transaction_count(), 0u);
  EXPECT_EQ(bob.diary(), "");
}

TEST_F(Refusals, InviteWithoutContactIsMalformed) {
  std::string text = peer.request("INVITE", 1, "contact", {}, "v=offer");
  const std::size_t at = text.find("Contact: ");
  text.erase(at, text.find("\r\n", at) + 2 - at);
  EXPECT_EQ(answer_to(text).substr(0, 3), "400");
}

}  // namespace
}  // namespace firstring::sip

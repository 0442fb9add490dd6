// Whom we call ourselves: numbers outside that are allowed, callbacks; and places in line that are
// kept for callers who return.
#include <algorithm>

#include "config/parts.h"

namespace firstring::config {
namespace {

bool is_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && text.size() <= 20 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string read_number(const Value& value) {
  const std::string number = value.text();
  if (!number.empty() && !is_number(number)) {
    value.complain("digits, with a + before them or not");
  }
  return number;
}

std::vector<std::string> read_prefixes(const Value& value) {
  std::vector<std::string> prefixes = value.texts();
  for (const std::string& prefix : prefixes) {
    if (is_number(prefix)) continue;
    value.complain("\"" + prefix + "\"", "beginnings of numbers such as \"+1212\"");
  }
  return prefixes;
}

// What is denied in one spelling must not be open in the other: with the country, or without.
void check_spellings(const Value& denied, const flow::Outbound& outbound) {
  const auto has = [](const std::vector<std::string>& beginnings, bool plus) {
    return std::ranges::any_of(
        beginnings, [plus](const std::string& each) { return each.starts_with('+') == plus; });
  };
  if (outbound.denied.empty()) return;
  for (const bool plus : {true, false}) {
    if (has(outbound.allowed, plus) && !has(outbound.denied, plus)) {
      denied.complain(plus ? "no beginning with a +" : "only beginnings with a +",
                      "what is denied in each spelling that is allowed: with a + and without");
    }
  }
}

void read_window(const Value& value, acd::CallbackSpec& callback) {
  if (!value.present()) return;
  const auto spans = read_spans(value);
  if (spans.size() != 1) return value.complain("one span of the day such as 09:00-20:00");
  callback.window_from = spans.front().from_minute;
  callback.window_to = spans.front().to_minute;
}

void read_callback(const Value& entry, acd::CallbackSpec& callback) {
  if (!entry.present()) return;
  entry.allow({"key", "offer_after", "offer_when_wait", "first", "confirm", "ring", "attempts",
               "retry_after", "window", "keep", "caller_id"});
  callback.offered = true;
  const std::string key = entry.member("key").text("1");
  const bool fits = key.size() == 1 && std::string_view("123456789*#").find(key[0]) !=
                                           std::string_view::npos;
  if (!fits) return entry.member("key").complain("one of 1-9, * and #; 0 leads to a person");
  callback.key = key[0];
  callback.offer_after = entry.member("offer_after").duration(callback.offer_after, 0s, 1h);
  callback.offer_when_wait = entry.member("offer_when_wait").duration(0s, 10s, 24h);
  const std::string first = entry.member("first").text("agent");
  if (first != "agent" && first != "customer") {
    entry.member("first").complain("agent or customer: whose phone rings first");
  }
  callback.first = first == "customer" ? acd::CallbackSpec::First::customer
                                       : acd::CallbackSpec::First::agent;
  callback.confirm = entry.member("confirm").boolean(true);
  callback.ring = entry.member("ring").duration(callback.ring, 5s, 120s);
  callback.attempts = entry.member("attempts").integer(callback.attempts, 1, 10);
  callback.retry_after = entry.member("retry_after").duration(callback.retry_after, 10s, 24h);
  read_window(entry.member("window"), callback);
  callback.keep = entry.member("keep").duration(callback.keep, 1min, 168h);
  callback.caller_id = read_number(entry.member("caller_id"));
}

}  // namespace

void read_outbound(const Value& value, flow::Configuration& out) {
  if (!value.present()) return;
  value.allow({"to", "allowed", "denied", "digits_min", "digits_max", "caller_id"});
  flow::Outbound& outbound = out.outbound;
  outbound.to = value.member("to").required_text("sip:${number}@carrier.example");
  const bool fits = (outbound.to.starts_with("sip:") || outbound.to.starts_with("sips:")) &&
                    outbound.to.find("${number}") != std::string::npos;
  if (!outbound.to.empty() && !fits) {
    value.member("to").complain("a SIP address with ${number} in it");
  }
  outbound.allowed = read_prefixes(value.member("allowed"));
  if (outbound.allowed.empty()) {
    value.member("allowed").complain("beginnings of numbers such as \"+1212\"");
  }
  outbound.denied = read_prefixes(value.member("denied"));
  check_spellings(value.member("denied"), outbound);
  outbound.digits_min = value.member("digits_min").integer(outbound.digits_min, 2, 20);
  outbound.digits_max = value.member("digits_max").integer(outbound.digits_max, 2, 20);
  if (outbound.digits_min > outbound.digits_max) {
    value.member("digits_min").complain("no more than digits_max");
  }
  outbound.caller_id = read_number(value.member("caller_id"));
}

void read_place_in_line(const Value& entry, acd::QueueSpec& queue) {
  queue.resume_within = entry.member("resume_within").duration(0s, 0s, 24h);
  queue.announce_wait = entry.member("announce_wait").boolean(false);
  if (const Value comfort = entry.member("comfort"); comfort.present()) {
    comfort.allow({"every", "prompts"});
    queue.comfort_every = comfort.member("every").duration(45s, 10s, 1h);
    const Value prompts = comfort.member("prompts");
    prompts.each_item([&](const Value& each) { queue.comfort.push_back(read_prompt(each)); });
    if (queue.comfort.empty()) prompts.complain("a list of prompts");
  }
  read_callback(entry.member("callback"), queue.callback);
}

}  // namespace firstring::config

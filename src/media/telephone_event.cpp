#include "media/telephone_event.h"

#include <algorithm>

namespace firstring::media {

namespace {

constexpr std::string_view k_keys = "0123456789*#ABCD";

// Of one key sent, in steps of 20 ms: four updates, three ends, three of silence.
constexpr int k_step_end = 4, k_step_pause = 7, k_steps = 10;
constexpr std::uint8_t k_volume = 10;  // -10 dBm0

}  // namespace

std::optional<EventPayload> parse_event(std::span<const std::uint8_t> payload) {
  if (payload.empty() || payload.size() % 4 != 0 || payload.size() > 16) return std::nullopt;
  return EventPayload{.event = payload[0],
                      .end = (payload[1] & 0x80) != 0,
                      .volume = static_cast<std::uint8_t>(payload[1] & 0x3F),
                      .duration = static_cast<std::uint16_t>(payload[2] << 8 | payload[3])};
}

std::array<std::uint8_t, 4> write_event(const EventPayload& event) {
  const int flags = (event.end ? 0x80 : 0) | (event.volume & 0x3F);
  return {event.event, static_cast<std::uint8_t>(flags),
          static_cast<std::uint8_t>(event.duration >> 8),
          static_cast<std::uint8_t>(event.duration)};
}

std::optional<char> key_of_event(std::uint8_t event) {
  if (event >= k_keys.size()) return std::nullopt;
  return k_keys[event];
}

std::optional<std::uint8_t> event_of_key(char key) {
  if (key >= 'a' && key <= 'd') key = static_cast<char>(key - 'a' + 'A');
  const auto place = k_keys.find(key);
  if (place == std::string_view::npos) return std::nullopt;
  return static_cast<std::uint8_t>(place);
}

std::optional<char> EventReceiver::receive(std::uint32_t ssrc, std::uint32_t timestamp, bool marker,
                                           std::span<const std::uint8_t> payload) {
  const auto event = parse_event(payload);
  if (!event) return std::nullopt;
  const auto key = key_of_event(event->event);
  if (!key) return std::nullopt;
  if (known_ && ssrc == ssrc_) {
    const auto step = static_cast<std::int32_t>(timestamp - timestamp_);
    const bool repeat = step == 0 && event->event == event_;
    // Of an earlier key, overtaken by this one: told already, or too late to be told in order.
    const bool overtaken = step < 0 && step > -10 * clock_;
    if (overtaken) return std::nullopt;
    if (repeat || continues(timestamp, marker, *event)) {
      timestamp_ = timestamp;
      ended_ = ended_ || event->end;
      return std::nullopt;
    }
  }
  known_ = true;
  ssrc_ = ssrc;
  timestamp_ = timestamp;
  event_ = event->event;
  ended_ = event->end;
  return key;
}

// A new timestamp, and still the key that is held down.
bool EventReceiver::continues(std::uint32_t timestamp, bool marker,
                              const EventPayload& event) const {
  if (marker || event.event != event_) return false;
  const std::uint32_t step = timestamp - timestamp_;
  // The 16 bits of the duration are full: a new segment begins there (RFC 4733 §2.5.1.3).
  const bool next_segment = !ended_ && (step == 0xFFFF || step == 0x10000);
  // Some gateways count the timestamp up within a key. No two keys begin within 60 ms.
  const bool counted_up = step <= static_cast<std::uint32_t>(clock_ / 16);
  return next_segment || counted_up;
}

std::size_t EventSender::queue(std::string_view digits) {
  std::size_t taken = 0;
  for (const char digit : digits) {
    if (digits_.size() == k_digits_max) break;
    if (!event_of_key(digit)) continue;
    digits_.push_back(digit);
    taken += 1;
  }
  return taken;
}

std::optional<EventSender::Packet> EventSender::next(std::uint32_t timestamp_now) {
  if (digits_.empty()) return std::nullopt;
  const int step = step_++;
  const auto event = event_of_key(digits_.front()).value_or(0);
  if (step_ == k_steps) {
    digits_.pop_front();
    step_ = 0;
  }
  if (step == 0) start_ = timestamp_now;
  if (step >= k_step_pause) return std::nullopt;
  const int lasted = std::min(step, k_step_end) + 1;  // frames of 20 ms
  const auto payload = write_event({.event = event,
                                    .end = step >= k_step_end,
                                    .volume = k_volume,
                                    .duration = static_cast<std::uint16_t>(lasted * clock_ / 50)});
  return Packet{.timestamp = start_, .marker = step == 0, .payload = payload};
}

}  // namespace firstring::media

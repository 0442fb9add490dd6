// Telephone events (RFC 4733): keys heard from a peer, each once, and keys sent to one.
//
// A key is up to a dozen packets that all carry the timestamp of its start, the last one three
// times. EventReceiver reports a key at the first of them that arrives, whichever it is, and takes
// all others of it as repeats; it needs no end and no start.
// Lives on: the media loop; pure, no allocation per packet.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>

namespace firstring::media {

struct EventPayload {
  std::uint8_t event = 0;        // 0-9, 10 '*', 11 '#', 12-15 'A'-'D', 16 flash
  bool end = false;
  std::uint8_t volume = 10;      // -dBm0
  std::uint16_t duration = 0;    // ticks since the timestamp
  friend bool operator==(const EventPayload&, const EventPayload&) = default;
};

// Nothing: not 4 bytes (or several events of 4 bytes each, of which the first is read).
std::optional<EventPayload> parse_event(std::span<const std::uint8_t> payload);
std::array<std::uint8_t, 4> write_event(const EventPayload& event);

std::optional<char> key_of_event(std::uint8_t event);  // '0'-'9', '*', '#', 'A'-'D'
std::optional<std::uint8_t> event_of_key(char key);    // small letters too

class EventReceiver {
 public:
  explicit EventReceiver(int clock = 8000) : clock_(clock) {}

  // The key, if this packet tells of a new one.
  std::optional<char> receive(std::uint32_t ssrc, std::uint32_t timestamp, bool marker,
                              std::span<const std::uint8_t> payload);
  void reset() { known_ = false; }

 private:
  bool continues(std::uint32_t timestamp, bool marker, const EventPayload& event) const;

  int clock_;
  bool known_ = false;           // the rest is of the newest event
  std::uint32_t ssrc_ = 0;
  std::uint32_t timestamp_ = 0;
  std::uint8_t event_ = 0;
  bool ended_ = false;
};

// Sends digits one after another: 100 ms each, a packet every 20 ms, the end three times, and 60 ms
// until the next (RFC 4733 §2.5.1). The media loop asks once per 20 ms and sends what it gets in
// place of sound.
class EventSender {
 public:
  static constexpr std::size_t k_digits_max = 64;

  struct Packet {
    std::uint32_t timestamp = 0; // of the key's start: the same for all its packets
    bool marker = false;         // on the first of a key
    std::array<std::uint8_t, 4> payload{};
  };

  explicit EventSender(int clock = 8000) : clock_(clock) {}

  // Appends; what is no key is left out. Returns how many were taken (the rest: over the bound).
  std::size_t queue(std::string_view digits);
  // `timestamp_now`: what a sound packet sent now would carry. Nothing: no event now; sound may be
  // sent (while active() too: it is the pause between two keys).
  std::optional<Packet> next(std::uint32_t timestamp_now);
  bool active() const { return !digits_.empty(); }
  void stop() { digits_.clear(), step_ = 0; }

 private:
  int clock_;
  std::deque<char> digits_;      // the first is being sent
  int step_ = 0;                 // of 20 ms, within the first digit
  std::uint32_t start_ = 0;
};

}  // namespace firstring::media

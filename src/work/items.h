// What calls leave behind as work, as plain values: voicemail, missed callers, texts to be sent.
// Lives on: any thread; values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/ids.h"
#include "base/time.h"

namespace firstring::work {

// A message in the box of an agent or of a queue.
struct Voicemail {
  enum class State { recording, waiting, taken, done };
  RecordingId id;                 // its sound
  CallId call;
  std::string agent, queue;       // whose box it is in: one of them
  std::string from, from_name;
  WallTime left;                  // when it began
  std::optional<WallTime> due;    // to be seen to by then
  State state = State::recording;
  std::string assignee;           // who is to see to it; empty: anyone of the queue
  bool heard = false;
  bool overdue = false;           // the due time passed while it was not done
  bool incomplete = false;        // its recording was cut off by a fault or a restart
  std::int64_t duration_ms = 0, bytes = 0;  // 0 when it is incomplete and nobody knows
  std::string sha256;
  friend bool operator==(const Voicemail&, const Voicemail&) = default;
};
std::string_view name_of(Voicemail::State state);
std::optional<Voicemail::State> voicemail_state_of(std::string_view name);

// A caller who wanted a person and reached none. One entry for a number, however often he calls.
struct MissedCaller {
  std::string from, from_name;
  std::string number;             // that he dialled last
  std::string queue, agent;       // whom he wanted last
  std::string why;                // abandoned | overflow | voicemail | refused | no_answer | busy |
                                  //   declined | …: how his last call ended
  CallId call;                    // his last one; none when it was refused
  WallTime since, last;           // of his first and his last call
  std::int64_t waited_ms = 0;     // in queues, in his last call
  std::int64_t calls = 0;         // that reached nobody
  std::int64_t tries = 0;         // of ours to reach him, without success
  std::uint64_t sequence = 0;     // of the fact that changed the entry last
  friend bool operator==(const MissedCaller&, const MissedCaller&) = default;
};

// A text that a channel is to send.
struct QueuedMessage {
  std::string id;                 // "msg_…"
  CallId call;
  std::string to, text;
  WallTime queued;
  friend bool operator==(const QueuedMessage&, const QueuedMessage&) = default;
};

using Item = std::variant<Voicemail, MissedCaller, QueuedMessage>;

}  // namespace firstring::work

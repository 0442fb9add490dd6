// Rows of the history: values bound and read one after another, and the columns they go through.
// For history_tables.cpp, which writes, and history_queries.cpp, which reads.
// Lives on: any thread; one connection at a time.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace firstring::server {

// The columns of `calls`, in the order in which write_call() and call_of() go through them.
inline constexpr std::string_view k_call_columns =
    "id, tenant, received_ms, number, caller, caller_name, trunk, flow, queue, agent, intent, "
    "first_sequence, last_sequence, ring_first_ms, media_first_ms, flow_in_ms, intent_ms, "
    "flow_out_ms, queue_in_ms, offer_ms, answer_ms, hang_up_ms, wrap_up_in_ms, wrap_up_out_ms, "
    "disposition_ms, queue_wait_ms, talk_ms, hold_ms, wrap_up_ms, offers, offers_missed, outcome, "
    "ended_by, end_reason, disposition, notes, closed, recordings, legs, survey, direction, "
    "callback, turn, timeline, transfers, handoffs";

inline constexpr std::string_view k_recording_columns =
    "id, tenant, call, queue, agent, state, format, started_ms, duration_ms, bytes, sha256";

inline std::int64_t ms_of(WallTime time) {
  return time.ns / 1'000'000;
}
inline WallTime wall_of(std::int64_t ms) {
  return {ms * 1'000'000};
}
inline std::int64_t key_of(std::uint64_t id) {
  return static_cast<std::int64_t>(id);
}

// Binds one value after another.
class Binder {
 public:
  explicit Binder(SQLite::Statement& statement) : statement_(statement) {}
  Binder& operator<<(const std::string& text) {
    statement_.bindNoCopy(++at_, text);
    return *this;
  }
  Binder& operator<<(std::int64_t number) {
    statement_.bind(++at_, number);
    return *this;
  }
  Binder& operator<<(const std::optional<std::int64_t>& number) {
    ++at_;
    if (number)
      statement_.bind(at_, *number);
    else
      statement_.bind(at_);
    return *this;
  }
  Binder& blob(const std::string& bytes) {
    statement_.bindNoCopy(++at_, bytes.data(), static_cast<int>(bytes.size()));
    return *this;
  }

 private:
  SQLite::Statement& statement_;
  int at_ = 0;
};

// Reads one column after another.
class Reader {
 public:
  explicit Reader(SQLite::Statement& statement) : statement_(statement) {}
  void operator>>(std::string& text) { text = statement_.getColumn(at_++).getString(); }
  void operator>>(std::int64_t& number) { number = statement_.getColumn(at_++).getInt64(); }
  void operator>>(int& number) { number = statement_.getColumn(at_++).getInt(); }
  void operator>>(std::uint64_t& number) {
    number = static_cast<std::uint64_t>(statement_.getColumn(at_++).getInt64());
  }
  void operator>>(std::optional<std::int64_t>& number) {
    const SQLite::Column column = statement_.getColumn(at_++);
    if (!column.isNull()) number = column.getInt64();
  }
  std::string text() {
    std::string text;
    *this >> text;
    return text;
  }
  std::int64_t number() { return statement_.getColumn(at_++).getInt64(); }

 private:
  SQLite::Statement& statement_;
  int at_ = 0;
};

}  // namespace firstring::server

// EventLog: an append-only log of opaque lines with group commit.
//
// Lines are numbered 1, 2, 3, … and stand in segment files "events-<first sequence>.log" of at most
// 64 MB: each line is "<crc32c hex> <sequence> <bytes>\n". A line is acknowledged once fdatasync
// returned (group commit: all that waited share one). kill -9 loses nothing acknowledged; a torn
// tail found at opening is cut off and kept beside as "events-….torn"; a damaged line refuses the
// start with file and offset. On a full or failing disk lines wait in memory, a reserve file of
// 64 MB is used up, health() tells, and it goes on by itself once there is room.
// Lives on: control thread, but for read() (any); the writer thread inside.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace firstring::store {

class Disk;

struct EventLogOptions {
  std::string folder;
  std::size_t segment_bytes_max = 64 << 20;
  std::size_t reserve_bytes = 64 << 20;  // 0: none (tests)
  std::size_t lines_waiting_max = 200'000;
  Duration commit_every_min = 4ms;  // while somebody waits: at most 250 commits a second
  Duration commit_every_max{};      // while nobody does (see hurry()), for a commit costs some
                                    // tenths of a millisecond of CPU; 0: no difference
  bool sync = true;                 // false: only tests and benches
  Disk* disk = nullptr;             // tests: one that fills or fails; null: the real one
};

class EventLog {
 public:
  enum class Health { good, slow, full, failed };
  struct Committed {
    std::uint64_t up_to = 0;  // sequence
    Health health = Health::good;
    std::string problem;  // for people, when not good
  };

  // `on_committed` is called from the writer thread, at each commit and change of health: post it
  // to the control thread's mailbox. Errors: the folder cannot be written, is in use by another
  // process (it is locked), or a segment is damaged.
  static Result<std::unique_ptr<EventLog>> open(EventLogOptions options,
                                                std::function<void(Committed)> on_committed);
  virtual ~EventLog() = default;

  // The number that the next append() gives.
  virtual std::uint64_t next_sequence() const = 0;
  // Queues one line (no line end inside). False: too many wait (the disk hangs); nothing was
  // queued.
  [[nodiscard]] virtual bool append(std::string line) = 0;
  // Somebody waits for what was appended: it need not wait for commit_every_max.
  virtual void hurry() = 0;
  // Blocks until all that was appended is on disk, or `patience` is over (then false).
  virtual bool flush(Duration patience) = 0;
  virtual Health health() const = 0;  // slow: something waits for longer than a second
  virtual Committed committed() const = 0;
  virtual std::size_t lines_waiting() const = 0;
  // What open() had to mend, a sentence each.
  virtual const std::vector<std::string>& notes() const = 0;

  // Reads committed lines from `first` on, in order, until `visit` returns false. Any thread.
  virtual Result<void> read(
      std::uint64_t first,
      const std::function<bool(std::uint64_t, std::string_view)>& visit) const = 0;
};

}  // namespace firstring::store

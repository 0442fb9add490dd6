#include "store/event_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <optional>
#include <system_error>

#include "base/assert.h"
#include "io/clock.h"
#include "io/thread.h"
#include "store/disk.h"
#include "store/segment.h"

namespace firstring::store {
namespace {

constexpr std::size_t k_buffer_kept_max = 8 << 20;  // a bigger one is given back after a burst
constexpr Duration k_retry_after = 250ms;           // a disk that is full or fails
constexpr Duration k_slow_after = 1s;
constexpr std::uint64_t k_room_beside_reserve = 16 << 20;  // before the reserve is made anew
constexpr const char* k_reserve_name = "/reserve";
constexpr std::uint64_t k_lines_together = 500;  // more are not waited for

Error disk_error(const std::string& what, const std::string& path, int error) {
  return {Code::io, what + " " + path + ": " + std::strerror(error)};
}

bool is_full(int error) {
  return error == ENOSPC || error == EDQUOT;
}

class SegmentedLog final : public EventLog {
 public:
  SegmentedLog(EventLogOptions options, std::function<void(Committed)> on_committed)
      : options_(std::move(options)),
        on_committed_(std::move(on_committed)),
        disk_(options_.disk != nullptr ? *options_.disk : real_disk_) {}
  ~SegmentedLog() override;

  Result<void> open_folder();
  void start() {
    writer_.start({.name = "event log", .cpu = {}}, [this] { write_until_stopped(); });
  }

  std::uint64_t next_sequence() const override { return next_; }
  bool append(std::string line) override;
  void hurry() override;
  bool flush(Duration patience) override;
  Health health() const override;
  Committed committed() const override;
  std::size_t lines_waiting() const override;
  const std::vector<std::string>& notes() const override { return notes_; }
  Result<void> read(
      std::uint64_t first,
      const std::function<bool(std::uint64_t, std::string_view)>& visit) const override;

 private:
  // Opening.
  Result<void> lock_folder();
  Result<void> check_segments();
  Result<void> open_last(const SegmentEnd& end);
  void keep_torn(const Segment& segment, const SegmentEnd& end);

  // The writer thread.
  void write_until_stopped();
  bool take_batch();
  enum class Haste { none, soon, now };
  void rest(std::unique_lock<std::mutex>& lock, Duration length, Haste haste);
  bool write_batch();  // false: given up, the program ends
  std::size_t part_that_fits(std::string_view rest) const;
  int write_part(std::string_view part);   // 0 or errno
  int begin_segment(std::uint64_t first);  // 0 or errno
  bool wait_out(int error);                // false: stop trying
  void tell(std::uint64_t up_to, Health health, std::string problem);
  void look_after_reserve();
  int make_reserve();
  bool drop_reserve();

  // Given.
  const EventLogOptions options_;
  const std::function<void(Committed)> on_committed_;
  Disk real_disk_;
  Disk& disk_;

  // The control thread's.
  std::uint64_t next_ = 1;

  // The writer's.
  File folder_lock_, file_;
  std::uint64_t size_ = 0;  // of the open segment: what is on disk for certain
  std::string batch_;
  std::uint64_t batch_lines_ = 0;
  bool reserve_ready_ = false;
  MonoTime committed_at_;
  std::vector<std::string> notes_;

  // Of both, under the mutex.
  mutable std::mutex mutex_;
  std::condition_variable work_;  // for the writer: there is something, or hurry, or stop
  std::condition_variable done_;  // for flush(): something was committed
  std::string waiting_;           // lines in their final form
  std::uint64_t waiting_lines_ = 0;
  std::uint64_t in_flight_lines_ = 0;
  MonoTime waits_since_;  // since when the oldest uncommitted line waits
  bool writer_sleeps_ = false, stopping_ = false;
  Haste haste_ = Haste::none;
  Committed committed_;
  std::vector<Segment> segments_;
  std::uint64_t last_size_ = 0;  // committed bytes of the last segment

  io::Thread writer_;  // last: ends before what it uses
};

// ---- opening ----

Result<void> SegmentedLog::open_folder() {
  std::error_code error;
  std::filesystem::create_directories(options_.folder, error);
  if (error) return disk_error("cannot make the folder", options_.folder, error.value());
  TRY(lock_folder());
  TRY(check_segments());
  if (options_.reserve_bytes > 0) {
    std::error_code ignored;
    const std::string path = options_.folder + k_reserve_name;
    reserve_ready_ = std::filesystem::file_size(path, ignored) == options_.reserve_bytes;
    const int failed = reserve_ready_ ? 0 : make_reserve();
    if (failed != 0) {
      committed_.health = Health::full;
      committed_.problem = disk_error("no room for the reserve in", options_.folder, failed).detail;
    }
  }
  return {};
}

Result<void> SegmentedLog::lock_folder() {
  folder_lock_ = File(::open(options_.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder_lock_) return disk_error("cannot open the folder", options_.folder, errno);
  if (::flock(folder_lock_.fd(), LOCK_EX | LOCK_NB) != 0) {
    return Error{Code::conflict, "the folder " + options_.folder +
                                     " is in use by another firstringd; stop that one first"};
  }
  if (::access(options_.folder.c_str(), W_OK | X_OK) != 0) {
    return disk_error("cannot write to the folder", options_.folder, errno);
  }
  return {};
}

// The last segment is read whole. Of the ones before it only the last line is: together they must
// make one row of numbers without a gap. Damage deeper inside is found by whoever reads it.
Result<void> SegmentedLog::check_segments() {
  segments_ = TRY(list_segments(options_.folder));
  for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
    const std::uint64_t last = TRY(last_sequence_of(segments_[i]));
    if (last + 1 == segments_[i + 1].first) continue;
    return Error{Code::io, segments_[i].path + " ends with line " + std::to_string(last) +
                               ", but " + segments_[i + 1].path +
                               " follows: a file is missing or damaged. " +
                               "Put it back from a backup; nothing was changed."};
  }
  SegmentEnd end{1, 0, 0};
  if (!segments_.empty()) {
    end = TRY(check_segment(segments_.back()));
    TRY(open_last(end));
  } else if (const int error = begin_segment(1); error != 0) {
    return disk_error("cannot write to", options_.folder, error);
  }
  next_ = end.next;
  committed_.up_to = end.next - 1;
  return {};
}

Result<void> SegmentedLog::open_last(const SegmentEnd& end) {
  const Segment& last = segments_.back();
  file_ = File(::open(last.path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file_) return disk_error("cannot write to", last.path, errno);
  if (end.torn_bytes > 0) {
    keep_torn(last, end);
    if (::ftruncate(file_.fd(), static_cast<off_t>(end.good_bytes)) != 0 ||
        (options_.sync && disk_.sync(file_.fd()) != 0)) {
      return disk_error("cannot cut the torn end off", last.path, errno);
    }
  }
  size_ = last_size_ = end.good_bytes;
  return {};
}

// What a cut-off write left was acknowledged to nobody. It is kept for whoever wants to look, if
// there is room.
void SegmentedLog::keep_torn(const Segment& segment, const SegmentEnd& end) {
  std::string torn(end.torn_bytes, '\0');
  const ssize_t got =
      ::pread(file_.fd(), torn.data(), torn.size(), static_cast<off_t>(end.good_bytes));
  torn.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  const std::string path =
      segment.path.substr(0, segment.path.size() - 4) + "." + std::to_string(end.next) + ".torn";
  ::unlink(path.c_str());
  const File copy(disk_.create(path));
  const bool kept = copy && disk_.write_at(copy.fd(), torn.data(), torn.size(), 0) ==
                                static_cast<ssize_t>(torn.size());
  notes_.push_back(std::to_string(end.torn_bytes) + " bytes of a write that was cut off stood at " +
                   "the end of " + segment.path + "; they were removed" +
                   (kept ? " and are kept in " + path : std::string()));
}

// ---- the control thread ----

bool SegmentedLog::append(std::string line) {
  ASSERT(line.find('\n') == std::string::npos);
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_lines_ + in_flight_lines_ >= options_.lines_waiting_max) return false;
    if (waiting_lines_ + in_flight_lines_ == 0) waits_since_ = io::read_mono();
    append_line(waiting_, next_, line);
    waiting_lines_ += 1;
    // What is committed at once is applied at once by whoever waits for it: not too much of it.
    const bool many = waiting_lines_ == k_lines_together && haste_ == Haste::none;
    if (many) haste_ = Haste::soon;
    wake = writer_sleeps_ || many;
    writer_sleeps_ = false;
  }
  next_ += 1;
  if (wake) work_.notify_one();
  return true;
}

void SegmentedLog::hurry() {
  {
    const std::lock_guard lock(mutex_);
    if (haste_ != Haste::none || waiting_lines_ == 0) return;
    haste_ = Haste::soon;
  }
  work_.notify_one();
}

bool SegmentedLog::flush(Duration patience) {
  const MonoTime until = io::read_mono() + patience;
  std::unique_lock lock(mutex_);
  const std::uint64_t goal = next_ - 1;
  while (committed_.up_to < goal) {
    const Duration left = until - io::read_mono();
    if (left <= 0ns) return false;
    haste_ = Haste::now;
    work_.notify_one();
    done_.wait_for(lock, left);
  }
  return true;
}

EventLog::Health SegmentedLog::health() const {
  const std::lock_guard lock(mutex_);
  if (committed_.health != Health::good) return committed_.health;
  const bool something_waits = waiting_lines_ + in_flight_lines_ > 0;
  return something_waits && io::read_mono() - waits_since_ > k_slow_after ? Health::slow
                                                                          : Health::good;
}

EventLog::Committed SegmentedLog::committed() const {
  const std::lock_guard lock(mutex_);
  return committed_;
}

std::size_t SegmentedLog::lines_waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_lines_ + in_flight_lines_;
}

Result<void> SegmentedLog::read(
    std::uint64_t first, const std::function<bool(std::uint64_t, std::string_view)>& visit) const {
  std::vector<Segment> segments;
  std::uint64_t last = 0, last_size = 0;
  {
    const std::lock_guard lock(mutex_);
    last = committed_.up_to;
    last_size = last_size_;
    const auto behind = [first](const Segment& segment) { return segment.first <= first; };
    auto from = std::partition_point(segments_.begin(), segments_.end(), behind);
    if (from != segments_.begin()) --from;
    segments.assign(from, segments_.end());
  }
  for (const Segment& segment : segments) {
    if (segment.first > last) break;
    const bool is_last = &segment == &segments.back();
    const bool go_on =
        TRY(read_segment(segment, is_last ? last_size : UINT64_MAX, first, last, visit));
    if (!go_on) break;
  }
  return {};
}

// ---- the writer thread ----

SegmentedLog::~SegmentedLog() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  writer_.join();
}

void SegmentedLog::write_until_stopped() {
  while (take_batch()) {
    // After a batch that was given up nothing may follow: there would be a gap.
    if (!batch_.empty() && !write_batch()) return;
    look_after_reserve();
  }
}

// Waits for lines and takes all there are. The first line after a rest is taken at once; while
// lines keep coming, those of commit_every_max are taken together, or of commit_every_min when
// somebody waits for them.
bool SegmentedLog::take_batch() {
  batch_.clear();
  if (batch_.capacity() > k_buffer_kept_max) batch_.shrink_to_fit();
  std::unique_lock lock(mutex_);
  if (waiting_.empty() && !stopping_) {
    writer_sleeps_ = true;
    const auto woken = [this] { return !waiting_.empty() || stopping_; };
    if (committed_.health == Health::good)
      work_.wait(lock, woken);
    else
      work_.wait_for(lock, k_retry_after, woken);
    writer_sleeps_ = false;
  }
  if (waiting_.empty()) return !stopping_;
  rest(lock, options_.commit_every_max, Haste::soon);
  rest(lock, options_.commit_every_min, Haste::now);
  haste_ = Haste::none;
  std::swap(waiting_, batch_);
  batch_lines_ = in_flight_lines_ = std::exchange(waiting_lines_, 0);
  return true;
}

// Until so long after the last commit, or until somebody's haste is that great.
void SegmentedLog::rest(std::unique_lock<std::mutex>& lock, Duration length, Haste haste) {
  const Duration left = committed_at_ + length - io::read_mono();
  if (left <= 0ns) return;
  work_.wait_for(lock, left, [this, haste] { return haste_ >= haste || stopping_; });
}

bool SegmentedLog::write_batch() {
  committed_at_ = io::read_mono();
  std::string_view rest = batch_;
  while (!rest.empty()) {
    const std::size_t fits = part_that_fits(rest);
    const int error =
        fits == 0 ? begin_segment(*claimed_sequence(rest)) : write_part(rest.substr(0, fits));
    if (error != 0) {
      if (!wait_out(error)) return false;
      continue;
    }
    rest.remove_prefix(fits);
  }
  const std::lock_guard lock(mutex_);
  in_flight_lines_ = 0;
  waits_since_ = io::read_mono();
  return true;
}

// How much of `rest` still goes into the open segment, in whole lines. A line that is longer than a
// segment has one to itself.
std::size_t SegmentedLog::part_that_fits(std::string_view rest) const {
  const std::size_t room =
      options_.segment_bytes_max - std::min<std::size_t>(size_, options_.segment_bytes_max);
  if (rest.size() <= room) return rest.size();
  const std::size_t end = room == 0 ? std::string_view::npos : rest.rfind('\n', room - 1);
  if (end != std::string_view::npos) return end + 1;
  return size_ == 0 ? rest.find('\n') + 1 : 0;
}

// Writes at the end of what is certain, so that a try that failed half-way is written over.
int SegmentedLog::write_part(std::string_view part) {
  std::uint64_t offset = size_;
  for (std::string_view rest = part; !rest.empty();) {
    const ssize_t wrote =
        disk_.write_at(file_.fd(), rest.data(), rest.size(), static_cast<off_t>(offset));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return wrote < 0 ? errno : EIO;
    rest.remove_prefix(static_cast<std::size_t>(wrote));
    offset += static_cast<std::uint64_t>(wrote);
  }
  if (options_.sync && disk_.sync(file_.fd()) != 0) return errno;
  size_ = offset;
  const std::size_t before =
      part.size() < 2 ? std::string_view::npos : part.rfind('\n', part.size() - 2);
  const auto last =
      claimed_sequence(part.substr(before == std::string_view::npos ? 0 : before + 1));
  ASSERT(last.has_value());
  const bool on_reserve = options_.reserve_bytes > 0 && !reserve_ready_;
  tell(*last, on_reserve ? Health::full : Health::good,
       on_reserve ? "the disk of " + options_.folder + " is full; facts go to the reserve" : "");
  return 0;
}

int SegmentedLog::begin_segment(std::uint64_t first) {
  const Segment segment{first, options_.folder + "/" + segment_name(first)};
  File file(disk_.create(segment.path));
  if (!file) return errno;
  if (options_.sync && sync_folder(options_.folder) != 0) {
    const int error = errno;
    ::unlink(segment.path.c_str());
    return error;
  }
  file_ = std::move(file);
  size_ = 0;
  const std::lock_guard lock(mutex_);
  segments_.push_back(segment);
  last_size_ = 0;
  return 0;
}

// A write failed. Room is made from the reserve, or a while is waited. When the program ends
// meanwhile, what waits is lost; it was acknowledged to nobody.
bool SegmentedLog::wait_out(int error) {
  if (is_full(error) && drop_reserve()) return true;
  const std::string place = options_.folder + ": " + std::strerror(error);
  tell(0, is_full(error) ? Health::full : Health::failed,
       is_full(error) ? "the disk is full, and the reserve too: " + place
                      : "the disk cannot be written: " + place);
  std::unique_lock lock(mutex_);
  return !work_.wait_for(lock, k_retry_after, [this] { return stopping_; });
}

void SegmentedLog::tell(std::uint64_t up_to, Health health, std::string problem) {
  Committed now;
  {
    const std::lock_guard lock(mutex_);
    if (up_to == 0 && committed_.health == health) return;
    if (up_to > 0) {
      committed_.up_to = up_to;
      last_size_ = size_;
    }
    committed_.health = health;
    committed_.problem = std::move(problem);
    now = committed_;
  }
  done_.notify_all();
  if (on_committed_) on_committed_(now);
}

// ---- the reserve: room that is kept for the calls in progress when the disk fills ----

int SegmentedLog::make_reserve() {
  if (disk_.room(options_.folder) < options_.reserve_bytes + k_room_beside_reserve) return ENOSPC;
  const std::string path = options_.folder + k_reserve_name;
  ::unlink(path.c_str());
  const File file(disk_.create(path));
  if (!file || disk_.allocate(file.fd(), options_.reserve_bytes) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return error;
  }
  reserve_ready_ = true;
  return 0;
}

bool SegmentedLog::drop_reserve() {
  if (!reserve_ready_) return false;
  reserve_ready_ = false;
  return ::unlink((options_.folder + k_reserve_name).c_str()) == 0;
}

void SegmentedLog::look_after_reserve() {
  if (options_.reserve_bytes == 0 || reserve_ready_) return;
  if (make_reserve() == 0) tell(0, Health::good, "");
}

}  // namespace

Result<std::unique_ptr<EventLog>> EventLog::open(EventLogOptions options,
                                                 std::function<void(Committed)> on_committed) {
  auto log = std::make_unique<SegmentedLog>(std::move(options), std::move(on_committed));
  TRY(log->open_folder());
  log->start();
  return std::unique_ptr<EventLog>(std::move(log));
}

}  // namespace firstring::store

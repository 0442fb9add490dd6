#include "store/segment.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "store/crc32c.h"
#include "store/disk.h"

namespace firstring::store {
namespace {

constexpr std::string_view k_name_begin = "events-", k_name_end = ".log";
constexpr std::size_t k_name_digits = 20, k_crc_digits = 8;
constexpr std::size_t k_chunk = 256 << 10;
constexpr std::array<char, 64> k_zeros{};
constexpr std::uint64_t k_bisect_until = 8 << 10;  // then reading on is cheaper

Error file_error(const std::string& what, const std::string& path) {
  return {Code::io, what + " " + path + ": " + std::strerror(errno)};
}

Error damage(const std::string& path, std::uint64_t offset, const std::string& what) {
  return {Code::io, path + ": damaged at byte " + std::to_string(offset) + " (" + what +
                        "). Put the file back from a backup; nothing was changed."};
}

struct Opened {
  File file;
  std::uint64_t size = 0;
};
Result<Opened> open_segment(const std::string& path) {
  Opened opened{File(::open(path.c_str(), O_RDONLY | O_CLOEXEC)), 0};
  struct stat stats {};
  if (!opened.file || ::fstat(opened.file.fd(), &stats) != 0)
    return file_error("cannot read", path);
  opened.size = static_cast<std::uint64_t>(stats.st_size);
  return opened;
}

// A file as bytes in memory, read as they are touched.
class Mapped {
 public:
  static Result<Mapped> open(const std::string& path) {
    const Opened opened = TRY(open_segment(path));
    Mapped mapped;
    if (opened.size == 0) return mapped;
    void* at = ::mmap(nullptr, opened.size, PROT_READ, MAP_PRIVATE, opened.file.fd(), 0);
    if (at == MAP_FAILED) return file_error("cannot read", path);
    ::madvise(at, opened.size, MADV_SEQUENTIAL);
    mapped.bytes_ = {static_cast<const char*>(at), opened.size};
    return mapped;
  }
  Mapped(Mapped&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  Mapped& operator=(Mapped&&) = delete;
  ~Mapped() {
    if (!bytes_.empty()) ::munmap(const_cast<char*>(bytes_.data()), bytes_.size());
  }
  std::string_view bytes() const { return bytes_; }

 private:
  Mapped() = default;
  std::string_view bytes_;
};

// True when a whole good line with a number above `sequence` stands behind `from`.
bool good_line_behind(std::string_view bytes, std::size_t from, std::uint64_t sequence) {
  for (std::size_t end = bytes.find('\n', from); end != std::string_view::npos;) {
    const std::size_t start = end + 1;
    end = bytes.find('\n', start);
    if (end == std::string_view::npos) return false;
    const auto line = parse_line(bytes.substr(start, end - start));
    if (line && line->sequence > sequence) return true;
  }
  return false;
}

// Is what stands behind the last good line the rest of a write that was cut off? A killed process
// leaves a line without its end; a power cut may leave blocks of zeros as well. Whole lines that
// are wrong were damaged later, and may have been acknowledged.
bool is_torn(std::string_view rest) {
  return rest.find('\n') == std::string_view::npos ||
         rest.find(std::string_view(k_zeros.data(), k_zeros.size())) != std::string_view::npos;
}

// Reads a file from an offset on, line by line.
class LineReader {
 public:
  LineReader(int fd, std::uint64_t offset, std::uint64_t end)
      : fd_(fd), offset_(offset), read_to_(offset), end_(end) {}

  std::uint64_t offset() const { return offset_; }  // of the next line

  // The next line without its end; nothing at the end of the file. The view holds until the next
  // call. False in `whole` when the file ends before the line does.
  std::optional<std::string_view> next(bool& whole) {
    for (std::size_t searched = at_;;) {
      const std::size_t end = buffer_.find('\n', searched);
      if (end != std::string::npos) {
        const std::string_view line(buffer_.data() + at_, end - at_);
        at_ = end + 1;
        offset_ += line.size() + 1;
        whole = true;
        return line;
      }
      searched = buffer_.size() - at_;
      if (!fill()) break;
    }
    whole = false;
    if (at_ == buffer_.size()) return std::nullopt;
    return std::string_view(buffer_).substr(at_);
  }

 private:
  bool fill() {
    if (read_to_ >= end_) return false;
    buffer_.erase(0, at_);
    at_ = 0;
    const std::size_t old = buffer_.size();
    const std::size_t want = std::min<std::uint64_t>(next_chunk_, end_ - read_to_);
    next_chunk_ = k_chunk;
    buffer_.resize(old + want);
    const ssize_t got = ::pread(fd_, buffer_.data() + old, want, static_cast<off_t>(read_to_));
    buffer_.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got <= 0) return false;
    read_to_ += static_cast<std::uint64_t>(got);
    return true;
  }

  const int fd_;
  std::uint64_t offset_, read_to_;
  const std::uint64_t end_;
  std::size_t next_chunk_ = 16 << 10;  // one fact is often all that is wanted
  std::string buffer_;
  std::size_t at_ = 0;
};

// An offset at or before the start of line `sequence`, near it. What is unreadable on the way makes
// it 0: reading from there finds and names the damage.
std::uint64_t find_near(int fd, std::uint64_t size, std::uint64_t sequence) {
  std::uint64_t low = 0, high = size;  // the line at `low` has at most `sequence`
  while (high - low > k_bisect_until) {
    const std::uint64_t middle = low + (high - low) / 2;
    LineReader reader(fd, middle, high);
    bool whole = false;
    if (!reader.next(whole) || !whole) {  // no line begins in the upper half
      high = middle;
      continue;
    }
    const std::uint64_t start = reader.offset();
    const auto line = reader.next(whole);
    if (!line || !whole) {
      high = middle;
      continue;
    }
    const auto claimed = claimed_sequence(*line);
    if (!claimed) return 0;
    if (*claimed <= sequence)
      low = start;
    else
      high = middle;
  }
  return low;
}

}  // namespace

std::string segment_name(std::uint64_t first) {
  std::string digits = std::to_string(first);
  digits.insert(0, k_name_digits - digits.size(), '0');
  return std::string(k_name_begin) + digits + std::string(k_name_end);
}

Result<std::vector<Segment>> list_segments(const std::string& folder) {
  std::vector<Segment> segments;
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.size() != k_name_begin.size() + k_name_digits + k_name_end.size()) continue;
    if (!name.starts_with(k_name_begin) || !name.ends_with(k_name_end)) continue;
    Segment segment{0, at->path().string()};
    const char* digits = name.data() + k_name_begin.size();
    const auto [stop, bad] = std::from_chars(digits, digits + k_name_digits, segment.first);
    if (bad == std::errc{} && stop == digits + k_name_digits) segments.push_back(segment);
  }
  if (error) return Error{Code::io, "cannot read folder " + folder + ": " + error.message()};
  std::sort(segments.begin(), segments.end(),
            [](const Segment& a, const Segment& b) { return a.first < b.first; });
  return segments;
}

void append_line(std::string& out, std::uint64_t sequence, std::string_view bytes) {
  constexpr std::string_view k_hex = "0123456789abcdef";
  const std::size_t start = out.size();
  char number[24];
  const char* stop = std::to_chars(number, number + sizeof number, sequence).ptr;
  out.append(k_crc_digits, '0');
  out += ' ';
  out.append(number, static_cast<std::size_t>(stop - number));
  out += ' ';
  out += bytes;
  std::uint32_t crc = crc32c(std::string_view(out).substr(start + k_crc_digits + 1));
  for (std::size_t i = k_crc_digits; i > 0; --i, crc >>= 4) out[start + i - 1] = k_hex[crc & 15];
  out += '\n';
}

std::optional<std::uint64_t> claimed_sequence(std::string_view text) {
  if (text.size() < k_crc_digits + 3 || text[k_crc_digits] != ' ') return std::nullopt;
  std::uint64_t sequence = 0;
  const char* end = text.data() + text.size();
  const auto [stop, bad] = std::from_chars(text.data() + k_crc_digits + 1, end, sequence);
  if (bad != std::errc{} || stop == end || *stop != ' ') return std::nullopt;
  return sequence;
}

std::optional<Line> parse_line(std::string_view text) {
  const auto sequence = claimed_sequence(text);
  if (!sequence) return std::nullopt;
  std::uint32_t crc = 0;
  const char* crc_end = text.data() + k_crc_digits;
  const auto [stop, bad] = std::from_chars(text.data(), crc_end, crc, 16);
  if (bad != std::errc{} || stop != crc_end) return std::nullopt;
  if (crc32c(text.substr(k_crc_digits + 1)) != crc) return std::nullopt;
  const std::size_t blank = text.find(' ', k_crc_digits + 1);
  return Line{*sequence, text.substr(blank + 1)};
}

Result<SegmentEnd> check_segment(const Segment& segment) {
  const Mapped mapped = TRY(Mapped::open(segment.path));
  const std::string_view bytes = mapped.bytes();
  SegmentEnd end{segment.first, 0, 0};
  while (end.good_bytes < bytes.size()) {
    const std::size_t stop = bytes.find('\n', end.good_bytes);
    if (stop == std::string_view::npos) break;
    const auto line = parse_line(bytes.substr(end.good_bytes, stop - end.good_bytes));
    if (!line || line->sequence != end.next) break;
    end.good_bytes = stop + 1;
    end.next += 1;
  }
  const std::string_view rest = bytes.substr(end.good_bytes);
  if (!is_torn(rest) || good_line_behind(bytes, end.good_bytes, end.next)) {
    return damage(segment.path, end.good_bytes, "line " + std::to_string(end.next));
  }
  end.torn_bytes = rest.size();
  return end;
}

Result<std::uint64_t> last_sequence_of(const Segment& segment) {
  const Mapped mapped = TRY(Mapped::open(segment.path));
  const std::string_view bytes = mapped.bytes();
  if (bytes.empty()) return damage(segment.path, 0, "it is empty");
  const std::size_t before =
      bytes.size() < 2 ? std::string_view::npos : bytes.rfind('\n', bytes.size() - 2);
  const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
  const auto line = bytes.back() == '\n' ? parse_line(bytes.substr(start, bytes.size() - 1 - start))
                                         : std::nullopt;
  if (!line) return damage(segment.path, start, "its last line");
  return line->sequence;
}

Result<bool> read_segment(const Segment& segment, std::uint64_t bytes_max, std::uint64_t first,
                          std::uint64_t last,
                          const std::function<bool(std::uint64_t, std::string_view)>& visit) {
  const Opened opened = TRY(open_segment(segment.path));
  const std::uint64_t size = std::min(opened.size, bytes_max);
  const std::uint64_t near = first <= segment.first ? 0 : find_near(opened.file.fd(), size, first);
  LineReader reader(opened.file.fd(), near, size);
  std::optional<std::uint64_t> expected;
  if (near == 0) expected = segment.first;
  for (;;) {
    const std::uint64_t offset = reader.offset();
    bool whole = false;
    const auto text = reader.next(whole);
    if (!text) return true;
    const auto line = whole ? parse_line(*text) : std::nullopt;
    if (!line || (expected && line->sequence != *expected)) {
      return damage(segment.path, offset,
                    expected ? "line " + std::to_string(*expected) : "a line");
    }
    expected = line->sequence + 1;
    if (line->sequence < first) continue;
    if (line->sequence > last) return true;
    if (!visit(line->sequence, line->bytes)) return false;
    if (line->sequence == last) return true;
  }
}

}  // namespace firstring::store

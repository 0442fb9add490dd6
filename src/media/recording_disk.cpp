#include "media/recording_disk.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

namespace firstring::media {

namespace {

Error disk_error(const std::string& path, int number) {
  const auto text = std::generic_category().message(number);
  const std::string what = "The recording " + path + " cannot be written: " + text;
  if (number == EEXIST) return {Code::conflict, what + "."};
  if (number == EACCES || number == EPERM || number == EROFS) {
    return {Code::denied, what + ". Give the server's user the right to write there."};
  }
  if (number == ENOSPC || number == EDQUOT) {
    return {Code::io, what + ". Free some space or move the recordings folder."};
  }
  return {Code::io, what + "."};
}

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::string hex(std::span<const unsigned char> bytes) {
  constexpr std::string_view k_digits = "0123456789abcdef";
  std::string text;
  for (const auto byte : bytes) {
    text.push_back(k_digits[byte >> 4]);
    text.push_back(k_digits[byte & 15]);
  }
  return text;
}

// By reading the file again: a WAV header changes until the end.
Result<std::string> sha256_of(int descriptor, const std::string& path) {
  const std::unique_ptr<EVP_MD_CTX, FreeDigest> digest(EVP_MD_CTX_new());
  if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) {
    return Error{Code::internal, "OpenSSL has no SHA-256."};
  }
  std::array<unsigned char, 65536> block;
  for (std::int64_t offset = 0;;) {
    const auto count = pread(descriptor, block.data(), block.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return disk_error(path, errno);
    if (count == 0) break;
    EVP_DigestUpdate(digest.get(), block.data(), static_cast<std::size_t>(count));
    offset += count;
  }
  std::array<unsigned char, 32> sum{};
  EVP_DigestFinal_ex(digest.get(), sum.data(), nullptr);
  return hex(sum);
}

}  // namespace

Result<RecordingDisk> RecordingDisk::create(std::string path) {
  const int flags = O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC | O_NOFOLLOW;
  const int descriptor = open(path.c_str(), flags, 0640);
  if (descriptor < 0) return disk_error(path, errno);
  return RecordingDisk(std::move(path), descriptor);
}

RecordingDisk::RecordingDisk(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {}

RecordingDisk::RecordingDisk(RecordingDisk&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      failed_(std::move(other.failed_)) {}

RecordingDisk::~RecordingDisk() {
  if (descriptor_ >= 0) close(descriptor_);
}

Result<void> RecordingDisk::append(std::span<const std::uint8_t> bytes) {
  if (auto written = write_at(size_, bytes); !written) return written.error();
  size_ += static_cast<std::int64_t>(bytes.size());
  return {};
}

Result<void> RecordingDisk::overwrite(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  ASSERT(offset >= 0 && offset + static_cast<std::int64_t>(bytes.size()) <= size_);
  return write_at(offset, bytes);
}

Result<void> RecordingDisk::write_at(std::int64_t offset, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty() && !failed_) {
    const auto count = pwrite(descriptor_, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      failed_ = disk_error(path_, errno);
      break;
    }
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += count;
  }
  if (failed_) return *failed_;
  return {};
}

Result<FinishedRecording> RecordingDisk::finish(std::int64_t duration_ms) {
  if (failed_) return *failed_;
  if (fdatasync(descriptor_) != 0 && errno != EINVAL) return disk_error(path_, errno);
  FinishedRecording finished{.path = path_, .duration_ms = duration_ms};
  finished.sha256 = TRY(sha256_of(descriptor_, path_));
  const auto end = lseek(descriptor_, 0, SEEK_END);
  if (end < 0) return disk_error(path_, errno);
  finished.bytes = end;
  return finished;
}

}  // namespace firstring::media

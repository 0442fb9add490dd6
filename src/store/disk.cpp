#include "store/disk.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

namespace firstring::store {

int Disk::create(const std::string& path) {
  return ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
}

ssize_t Disk::write_at(int fd, const char* bytes, std::size_t size, off_t offset) {
  return ::pwrite(fd, bytes, size, offset);
}

int Disk::sync(int fd) {
  return ::fdatasync(fd);
}

int Disk::allocate(int fd, std::size_t size) {
  const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(size));
  if (error == 0) return 0;
  errno = error;
  return -1;
}

std::uint64_t Disk::room(const std::string& folder) {
  struct statvfs stats {};
  if (::statvfs(folder.c_str(), &stats) != 0) return 0;
  return static_cast<std::uint64_t>(stats.f_bavail) * stats.f_frsize;
}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    fd_ = other.fd_;
    other.fd_ = -1;
  }
  return *this;
}

void File::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

int sync_folder(const std::string& folder) {
  const File file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return file ? ::fsync(file.fd()) : -1;
}

}  // namespace firstring::store

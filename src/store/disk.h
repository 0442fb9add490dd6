// Disk: the few things that the event log asks of a disk, so that tests can hand it one that is
// full, fails, hangs or loses power.
// Lives on: the thread of whoever writes.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace firstring::store {

// All return as the system calls do: below zero, and errno says why.
class Disk {
 public:
  virtual ~Disk() = default;
  virtual int create(const std::string& path);  // new, for reading and writing
  virtual ssize_t write_at(int fd, const char* bytes, std::size_t size, off_t offset);
  virtual int sync(int fd);                               // fdatasync
  virtual int allocate(int fd, std::size_t size);         // real blocks, not a hole
  virtual std::uint64_t room(const std::string& folder);  // bytes free for us
};

// One file descriptor; closed when destroyed.
class File {
 public:
  File() = default;
  explicit File(int fd) : fd_(fd) {}
  ~File() { close(); }
  File(File&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  File& operator=(File&& other) noexcept;
  void close();
  int fd() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Makes the entry of a new or removed file in this folder durable.
int sync_folder(const std::string& folder);

}  // namespace firstring::store

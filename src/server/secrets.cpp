#include "server/secrets.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "io/entropy.h"

namespace firstring::server {
namespace {

// Easily told apart on a screen and typed on a phone: no 0 O 1 l I.
constexpr std::string_view k_letters = "abcdefghijkmnpqrstuvwxyz23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

Error io_error(const std::string& path, const char* what) {
  return {Code::io, std::string(what) + " " + path + ": " + std::strerror(errno)};
}

Result<std::string> read_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line)) {
    return Error{Code::io, "the secret file " + path + " cannot be read or is empty"};
  }
  return line;
}

}  // namespace

Result<std::string> read_or_make_secret(const std::string& data_folder, const std::string& name,
                                        std::size_t characters) {
  const std::string folder = data_folder + "/secrets";
  const std::string path = folder + "/" + name;
  if (std::filesystem::exists(path)) return read_line(path);
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error{Code::io, "cannot make the folder " + folder + ": " + failed.message()};
  ::chmod(folder.c_str(), 0700);
  std::string secret;
  while (secret.size() < characters) {
    const std::size_t draw = io::entropy_seed() & 63;  // a draw past the letters is thrown away
    if (draw < k_letters.size()) secret += k_letters[draw];
  }
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return io_error(path, "cannot make");
  const std::string line = secret + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const bool closed = ::close(fd) == 0;
  if (!written || !closed) return io_error(path, "cannot write");
  return secret;
}

Result<std::string> resolve_secret(const config::Secret& secret, const std::string& data_folder) {
  switch (secret.kind) {
    case config::Secret::Kind::none: return std::string{};
    case config::Secret::Kind::literal: return secret.value;
    case config::Secret::Kind::environment: {
      const char* value = std::getenv(secret.value.c_str());
      if (value != nullptr && *value != '\0') return std::string(value);
      return Error{Code::not_found, "the environment variable " + secret.value + " is not set"};
    }
    case config::Secret::Kind::file: return read_line(secret.value);
    case config::Secret::Kind::generated:
      return read_or_make_secret(data_folder, secret.value, 20);
  }
  return Error{Code::internal, "unknown kind of secret"};
}

}  // namespace firstring::server

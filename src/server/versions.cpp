#include "server/versions.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "store/disk.h"

namespace firstring::server {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Error io_error(const std::string& what, const std::string& path) {
  return {Code::io, what + " " + path + ": " + std::strerror(errno) + "."};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t wrote = ::write(fd, text.data(), text.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(wrote));
  }
  return true;
}

Result<std::string> read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) return Error{Code::io, "The file " + path + " cannot be read."};
  return text.str();
}

// The number of 000012.json; 0: it is no version.
int number_in(const std::string& name) {
  int number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  return error == std::errc{} && std::string_view(end) == ".json" ? number : 0;
}

std::string text_in(const Json& json, const char* name) {
  const auto at = json.find(name);
  return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

}  // namespace

Result<void> replace_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  struct stat before{};
  const mode_t mode = ::stat(path.c_str(), &before) == 0 ? before.st_mode & 07777 : 0600;
  const store::File file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  if (!file) return io_error("Cannot write", fresh);
  if (!write_all(file.fd(), text) || ::fchmod(file.fd(), mode) != 0 || ::fsync(file.fd()) != 0 ||
      std::rename(fresh.c_str(), path.c_str()) != 0) {
    auto error = io_error("Cannot write", path);
    ::unlink(fresh.c_str());
    return error;
  }
  const fs::path folder = fs::path(path).parent_path();
  if (store::sync_folder(folder.empty() ? "." : folder.string()) != 0) {
    return io_error("Cannot write to the folder of", path);
  }
  return {};
}

std::string Versions::path_of(int number, std::string_view ending) const {
  char name[32];
  std::snprintf(name, sizeof name, "/%06d", number);
  return folder_ + name + std::string(ending);
}

int Versions::newest() const {
  std::error_code error;
  int newest = 0;
  for (fs::directory_iterator at(folder_, error), end; !error && at != end; at.increment(error)) {
    newest = std::max(newest, number_in(at->path().filename().string()));
  }
  return newest;
}

Result<Version> Versions::add(Version version, std::string_view text) const {
  std::error_code failed;
  fs::create_directories(folder_, failed);
  if (failed) {
    return Error{Code::io, "Cannot make the folder " + folder_ + ": " + failed.message() + "."};
  }
  ::chmod(folder_.c_str(), 0700);  // a password may stand in a configuration
  version.number = newest() + 1;
  Json json;
  json["number"] = version.number;
  json["hash"] = version.hash;
  json["at_ns"] = version.at.ns;
  json["author"] = version.author;
  json["message"] = version.message;
  // The text first: a version is there when its second file is.
  TRY(replace_file(path_of(version.number, ".yaml"), text));
  TRY(replace_file(path_of(version.number, ".json"),
                   json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"));
  return version;
}

void Versions::take_back(int number) const {
  ::unlink(path_of(number, ".json").c_str());
  ::unlink(path_of(number, ".yaml").c_str());
}

Result<Version> Versions::find(int number) const {
  const std::string path = path_of(number, ".json");
  if (number <= 0 || !fs::exists(path)) {
    return Error{Code::not_found, "There is no version " + std::to_string(number) +
                                      " of the configuration."};
  }
  const std::string text = TRY(read_file(path));
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return Error{Code::io, "The file " + path + " is damaged."};
  Version version{.number = number};
  version.hash = text_in(json, "hash");
  const auto at = json.find("at_ns");
  if (at != json.end() && at->is_number_integer()) version.at = WallTime{at->get<std::int64_t>()};
  version.author = text_in(json, "author");
  version.message = text_in(json, "message");
  return version;
}

Result<std::vector<Version>> Versions::list(int before, int limit) const {
  const int newest_number = newest();
  int number = before > 0 ? std::min(before - 1, newest_number) : newest_number;
  std::vector<Version> versions;
  for (; number > 0 && static_cast<int>(versions.size()) < limit; --number) {
    auto version = find(number);
    if (version) {
      versions.push_back(std::move(*version));
    } else if (version.error().code != Code::not_found) {
      return std::move(version).error();
    }
  }
  return versions;
}

Result<std::string> Versions::text_of(int number) const {
  TRY(find(number));
  return read_file(path_of(number, ".yaml"));
}

}  // namespace firstring::server

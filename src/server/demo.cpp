#include "server/demo.h"

#include <filesystem>

namespace firstring::server {
namespace fs = std::filesystem;

namespace {

constexpr const char* k_config = "harbor-dental.yaml";

Result<void> empty_folder(const fs::path& folder) {
  std::error_code failed;
  if (!fs::exists(folder, failed) || fs::is_empty(folder, failed)) return {};
  if (!fs::exists(folder / k_config, failed)) {
    return Error{Code::denied, "--fresh would delete " + folder.string() +
                                   ", which does not look like Firstring's demo data (no " +
                                   k_config + " in it). Name another folder with --data."};
  }
  fs::remove_all(folder, failed);
  if (failed) {
    return Error{Code::io, "cannot empty " + folder.string() + ": " + failed.message()};
  }
  return {};
}

}  // namespace

Result<std::string> seed_demo(const std::string& examples_folder, const std::string& data_folder,
                              Fresh fresh) {
  const fs::path data = fs::absolute(data_folder.empty() ? "data" : data_folder);
  if (fresh == Fresh::yes) TRY(empty_folder(data));
  std::error_code failed;
  fs::create_directories(data / "prompts", failed);
  if (failed) {
    return Error{Code::io, "cannot make " + data.string() + ": " + failed.message() +
                               ". Name a folder that you may write with --data."};
  }
  const fs::path config = data / k_config;
  if (!fs::exists(config)) {
    fs::copy_file(fs::path(examples_folder) / k_config, config, failed);
    if (failed) {
      return Error{Code::io, "cannot copy the demo to " + config.string() + ": " +
                                 failed.message()};
    }
  }
  return config.string();
}

}  // namespace firstring::server

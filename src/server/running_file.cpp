#include "server/running_file.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "server/demo.h"

namespace firstring::server {
namespace {

std::string path_of(const Core& core) { return core.data_folder + "/running.json"; }

}  // namespace

Result<void> write_running_file(const Core& core, std::uint16_t http_port) {
  nlohmann::ordered_json running;
  running["pid"] = ::getpid();
  running["version"] = k_version;
  running["http"] = "http://" + core.settings.http_ip + ":" + std::to_string(http_port);
  for (const auto& listener : core.transports->listeners()) {
    std::string transport(sip::name_of(listener.spec.transport));
    for (char& c : transport) c = static_cast<char>(c | 0x20);
    running["sip"].push_back(transport + ":" + listener.spec.ip + ":" +
                             std::to_string(listener.port));
  }
  // Whole or not at all: a reader never sees half of it.
  const std::string path = path_of(core), fresh = path + ".new";
  std::ofstream file(fresh, std::ios::trunc);
  file << running.dump(2) << "\n";
  file.close();
  if (!file || std::rename(fresh.c_str(), path.c_str()) != 0) {
    return Error{Code::io, "cannot write " + path};
  }
  return {};
}

void remove_running_file(const Core& core) { std::remove(path_of(core).c_str()); }

}  // namespace firstring::server

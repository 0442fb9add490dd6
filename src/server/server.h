// Server: the composition root. Builds every part of firstringd, connects them, runs the control
// loop, and takes all down again.
//
// create() does everything that can fail, so that a problem is told before anything is promised.
// SIGINT and SIGTERM drain: no new calls, running ones get their time, then the rest is hung up; a
// second signal ends at once. SIGHUP reads the configuration again: whole and valid, or not at all.
// Lives on: the thread that calls run() becomes the control loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace firstring::server {

struct ServerOptions {
  std::string config_file;
  std::string data_folder;                   // "": as the configuration says
  std::string listen_ip;                     // "": as the configuration says; else all listeners
  int media_cpu = -1;                        // pin the media thread; -1: no
};

// What a person is told when the server has started.
struct Welcome {
  std::vector<std::string> lines;            // at most 15
};

class Server {
 public:
  // Error::detail lists every problem, a line each.
  static Result<std::unique_ptr<Server>> create(ServerOptions options);
  virtual ~Server() = default;

  virtual Welcome welcome() const = 0;
  virtual int run() = 0;                     // exit status; 0 after a drained stop
};

}  // namespace firstring::server

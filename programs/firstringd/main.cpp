// firstringd: the server. Parses its options, builds the server, runs it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>

#include "server/demo.h"
#include "server/server.h"

namespace {

struct Arguments {
  firstring::server::ServerOptions server;
  std::string demo_folder;
  bool fresh = false;
};

int fail(const firstring::Error& error, int status) {
  std::fprintf(stderr, "firstringd: %s\n", error.detail.c_str());
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace firstring;
  Arguments arguments;
  CLI::App app{"Firstring: calls from the first ring to the final resolution", "firstringd"};
  app.add_option("--config", arguments.server.config_file, "the configuration file (YAML)");
  app.add_option("--data", arguments.server.data_folder, "where log, database and recordings lie");
  app.add_option("--listen", arguments.server.listen_ip, "the address of all listeners");
  app.add_option("--media-cpu", arguments.server.media_cpu, "pin the media thread to this CPU");
  app.add_option("--demo", arguments.demo_folder, "run the demo business of this folder");
  app.add_flag("--fresh", arguments.fresh, "begin with empty data (demo only)");
  app.set_version_flag("--version", std::string("firstringd ") + server::k_version);
  CLI11_PARSE(app, argc, argv);

  if (arguments.server.config_file.empty()) {
    if (arguments.demo_folder.empty()) return fail({Code::invalid, "--config FILE is missing"}, 2);
    auto config = server::seed_demo(arguments.demo_folder, arguments.server.data_folder,
                                    arguments.fresh ? server::Fresh::yes : server::Fresh::no);
    if (!config) return fail(config.error(), 2);
    arguments.server.config_file = *config;
  }
  auto created = server::Server::create(arguments.server);
  if (!created) return fail(created.error(), created.error().code == Code::invalid ? 2 : 1);
  for (const std::string& line : created.value()->welcome().lines) std::puts(line.c_str());
  std::fflush(stdout);
  return created.value()->run();
}

#include "server/server.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <filesystem>
#include <utility>

#include "io/clock.h"
#include "io/entropy.h"
#include "server/api/api.h"
#include "server/build.h"
#include "server/configuring.h"
#include "server/core.h"
#include "server/demo.h"
#include "server/drain.h"
#include "server/office.h"
#include "server/running_file.h"
#include "server/secrets.h"
#include "server/welcome.h"

namespace firstring::server {
namespace {

constexpr Duration k_slow_iteration = 20ms;

// SIGINT, SIGTERM and SIGHUP as a descriptor. Must be made before any thread is.
int open_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

// A call in progress has two sockets for each leg: take as many descriptors as we may.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

class RunningServer final : public Server {
 public:
  RunningServer() : signals_(open_signals()), drain_(core_, [this] { core_.loop.stop(); }) {}
  ~RunningServer() override {
    api_.reset();  // its thread may still post
    if (signals_ >= 0) ::close(signals_);
  }

  Result<void> start(const ServerOptions& options);
  Welcome welcome() const override { return welcome_; }
  int run() override;

 private:
  Result<void> build(const ServerOptions& options, config::Loaded loaded);
  void connect_loop();
  void on_signal();
  void every_second();
  bool look_after_recordings();
  void after_each();

  int signals_ = -1;
  Core core_;
  std::vector<std::function<void()>> work_;
  Timer second_{core_.loop.timers()};
  Drain drain_;
  std::unique_ptr<ServerOffice> office_;
  std::unique_ptr<api::Api> api_;
  Welcome welcome_;
};

Result<void> RunningServer::start(const ServerOptions& options) {
  config::Loaded loaded = config::load_file(options.config_file);
  if (!loaded.business) return Error{Code::invalid, in_lines(loaded.problems)};
  namespace fs = std::filesystem;
  const fs::path beside = fs::absolute(options.config_file).parent_path();
  core_.config_file = options.config_file;
  core_.settings = loaded.server;
  core_.data_folder = options.data_folder.empty()
                          ? (beside / core_.settings.data_folder).lexically_normal().string()
                          : fs::absolute(options.data_folder).string();
  core_.settings.prompt_folder = (beside / core_.settings.prompt_folder).string();
  if (!options.listen_ip.empty()) {
    core_.settings.media_ip = options.listen_ip;
    core_.settings.http_ip = options.listen_ip;
  }
  core_.tenant = loaded.business->tenant;
  core_.started = core_.loop.clock().wall_now();
  core_.random = std::make_unique<Random>(io::entropy_seed());
  core_.reporter = std::make_unique<call::Reporter>(core_.loop.clock(), core_.outbox.facts);
  core_.reporter->set_tenant(core_.tenant);
  return build(options, std::move(loaded));
}

Result<void> RunningServer::build(const ServerOptions& options, config::Loaded loaded) {
  TRY(build_ledger(core_, *loaded.business));
  TRY(build_media(core_, options.media_cpu));
  core_.switchboard = std::make_unique<flow::Switchboard>(
      flow::Switchboard::Given{.clock = core_.loop.clock(),
                               .timers = core_.loop.timers(),
                               .outbox = core_.outbox,
                               .ids = &core_.ids,
                               .seed = io::entropy_seed()});
  TRY(build_sip(core_, options.listen_ip));
  const config::Loaded shown{.business = nullptr,
                             .server = loaded.server,
                             .phones = loaded.phones,
                             .trunks = {},
                             .problems = {}};
  core_.reporter->report(call::FactType::system_started, {}, call::text("version", k_version));
  const flow::Configuration business = *loaded.business;
  restore_agents(core_);
  TRY(apply_file(core_, std::move(loaded)));
  restore_handle_times(core_);
  restore_turns(core_);
  restore_phones(core_);
  office_ = std::make_unique<ServerOffice>(core_);
  const std::string token = TRY(read_or_make_secret(core_.data_folder, "api-token", 32));
  api::ApiOptions outside;
  outside.http.bind_ip = core_.settings.http_ip;
  outside.http.port = core_.settings.http_port;
  outside.http.ports_to_try = core_.settings.http_ports_to_try;
  outside.tokens = {token};
  api_ = TRY(api::Api::start(std::move(outside), *office_));
  core_.ledger->subscribe([this](std::span<const call::Fact> facts) {
    if (api_ != nullptr) api_->publish(facts);
  });
  core_.prompts->wait_until_ready();
  connect_loop();
  TRY(write_running_file(core_, api_->port()));
  welcome_ = TRY(make_welcome(core_, business, shown.phones, token, api_->port()));
  return {};
}

void RunningServer::connect_loop() {
  core_.loop.watch(signals_, EPOLLIN, [this](std::uint32_t) { on_signal(); });
  core_.loop.on_wake([this] {
    core_.posted.take(work_);
    for (const auto& work : work_) work();
  });
  core_.loop.after_each([this] { after_each(); });
  second_.start(1s, [this] { every_second(); });
}

// Decide, append facts, send: once per iteration, whatever it brought.
void RunningServer::after_each() {
  core_.exchange->pump();
  if (!core_.outbox.facts.empty()) core_.ledger->append(core_.outbox.facts);
  core_.engine->flush();
  core_.transports->flush();
  drain_.refuse_when_overloaded();
  drain_.look();
  if (io::read_mono() - core_.loop.clock().now() > k_slow_iteration) core_.slow_iterations += 1;
}

void RunningServer::every_second() {
  second_.start(1s, [this] { every_second(); });
  core_.ledger->every_second();
  core_.figures->follow(core_.ledger->committed());
  if (const std::string problem = core_.figures->problem(); !problem.empty()) {
    core_.ledger->raise_alarm("figures_stuck",
                              "Figures of past days are not brought up to date: " + problem);
  } else {
    core_.ledger->clear_alarm("figures_stuck");
  }
  const std::vector<std::string> broken = core_.switchboard->broken_promises();
  if (broken.empty()) {
    core_.ledger->clear_alarm("promise_broken");
  } else {
    core_.journal->warn("promise_broken", {{"what", broken.front()}});
    core_.ledger->raise_alarm("promise_broken",
                              broken.front() + " Please report this with the log of the server.");
  }
  drain_.refuse_when_unwell(look_after_recordings());
}

// Says whether new calls may be taken as far as recording them goes.
bool RunningServer::look_after_recordings() {
  constexpr std::uintmax_t k_room_min = 16 << 20;
  const std::string folder = core_.data_folder + "/recordings";
  std::error_code failed;
  const auto space = std::filesystem::space(folder, failed);
  const bool good = !failed && space.available > k_room_min && ::access(folder.c_str(), W_OK) == 0;
  if (good) {
    core_.ledger->clear_alarm("recordings_unwritable");
    return true;
  }
  const bool refuse = core_.switchboard->configuration().record_failure_refuses;
  core_.ledger->raise_alarm(
      "recordings_unwritable",
      folder + " cannot be written or is full. " +
          (refuse ? "No new calls are taken" : "Calls go on unrecorded") +
          " until there is room; free some, or mend its permissions.");
  return !refuse;
}

void RunningServer::on_signal() {
  signalfd_siginfo signal{};
  while (::read(signals_, &signal, sizeof signal) == static_cast<ssize_t>(sizeof signal)) {
    if (signal.ssi_signo == SIGHUP) {
      reload(core_);
    } else {
      drain_.begin(core_.settings.drain);
    }
  }
}

int RunningServer::run() {
  core_.journal->note("started", {{"version", k_version}});
  core_.loop.run();
  api_.reset();
  remove_running_file(core_);
  core_.reporter->report(call::FactType::system_stopped, {},
                         call::text("reason", drain_.was_cut_short() ? "signal" : "drained"));
  core_.exchange->pump();
  core_.ledger->append(core_.outbox.facts);
  core_.transports->flush();
  const bool kept = core_.ledger->flush(5s);
  core_.journal->note("stopped", {{"all_facts_kept", kept ? "yes" : "no"}});
  return kept ? 0 : 1;
}

}  // namespace

Result<std::unique_ptr<Server>> Server::create(ServerOptions options) {
  raise_descriptor_limit();
  auto server = std::make_unique<RunningServer>();
  TRY(server->start(options));
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace firstring::server

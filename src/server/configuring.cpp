#include "server/configuring.h"

#include <cstdio>
#include <filesystem>

#include "server/build.h"

namespace firstring::server {
namespace {

// One process serves one business as long as it runs.
Result<void> check_tenant(const Core& core, const config::Loaded& loaded) {
  if (loaded.business->tenant == core.tenant) return {};
  return Error{Code::invalid, core.config_file + ":1:1: business.slug: found \"" +
                                  loaded.business->tenant + "\", expected \"" + core.tenant +
                                  "\", as long as it runs"};
}

// The version that this text is: a new one, unless it is the newest.
Result<Version> version_for(Core& core, const config::Loaded& loaded,
                            const std::string& author, const std::string& message) {
  const int newest = core.versions->newest();
  if (newest > 0) {
    auto version = core.versions->find(newest);
    if (version && version->hash == loaded.business->version) return version;
  }
  return core.versions->add({.hash = loaded.business->version,
                             .at = core.loop.clock().wall_now(),
                             .author = author,
                             .message = message},
                            loaded.source);
}

Result<void> put_in_force(Core& core, config::Loaded loaded, const Version& version) {
  TRY(apply_business(core, std::move(loaded)));
  core.reporter->report(
      call::FactType::config_applied, {}, call::text("version", core.version),
      call::text("source", std::filesystem::path(core.config_file).filename().string()),
      call::integer("number", version.number), call::text("author", version.author),
      call::text("message", version.message));
  core.journal->note("config_applied", {{"version", core.version}});
  return {};
}

}  // namespace

Result<void> apply_file(Core& core, config::Loaded loaded) {
  TRY(check_tenant(core, loaded));
  // A history that cannot be written keeps nobody from taking calls.
  auto version = version_for(core, loaded, "file", "as found in the file");
  if (!version) core.ledger->raise_alarm("configuration_history", version.error().detail);
  const Version unknown{.hash = loaded.business->version, .author = "file", .message = {}};
  return put_in_force(core, std::move(loaded), version.value_or(unknown));
}

Result<Version> apply_draft(Core& core, api::ConfigurationDraft draft) {
  config::Loaded& loaded = *draft.loaded;
  TRY(check_tenant(core, loaded));
  if (!draft.base.empty() && draft.base != core.version) {
    return Error{Code::outdated, "Another configuration is in force by now (" + core.version +
                                     "). Look at the plan again before you apply it."};
  }
  const config::Loaded on_disk = config::load_file(core.config_file);
  if (!on_disk.business || on_disk.business->version != core.version) {
    return Error{Code::conflict,
                 "The file " + core.config_file +
                     " was changed by hand and is not in force. Reload it (SIGHUP) or put it back "
                     "first, so that nobody's work is lost."};
  }
  if (loaded.business->version == core.version) return core.versions->find(core.versions->newest());
  const Version version = TRY(version_for(core, loaded, draft.author, draft.message));
  auto done = replace_file(core.config_file, loaded.source);
  if (done) done = put_in_force(core, std::move(loaded), version);
  if (done) return version;
  core.versions->take_back(version.number);
  if (const auto back = replace_file(core.config_file, on_disk.source); !back) {
    core.ledger->raise_alarm("configuration_file",
                             back.error().detail + " It may hold what was refused; put it back.");
  }
  return std::move(done).error();
}

void reload(Core& core) {
  config::Loaded loaded = config::load_file(core.config_file);
  std::string problem = in_lines(loaded.problems);
  if (loaded.business) {
    if (auto applied = apply_file(core, std::move(loaded)); !applied) {
      problem = applied.error().detail;
    }
  }
  if (problem.empty()) return;
  std::fprintf(stderr, "The configuration stays as it was:\n%s\n", problem.c_str());
  core.journal->warn("config_refused", {{"problems", problem}});
  core.reporter->report(call::FactType::config_refused, {},
                        call::text("source", core.config_file),
                        call::text("problems", problem));
}

}  // namespace firstring::server

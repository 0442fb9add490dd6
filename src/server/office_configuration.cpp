// ServerOffice: the configuration, its versions and its changes.
#include "server/configuring.h"
#include "server/office.h"

namespace firstring::server {

Result<api::ConfigurationVersion> ServerOffice::apply_configuration(
    api::ConfigurationDraft draft) {
  return settled(apply_draft(core_, std::move(draft)));
}

Result<api::ConfigurationPlan> ServerOffice::plan_configuration(std::string_view yaml) const {
  const Version base = TRY(configuration_version(0));
  api::ConfigurationPlan plan{.base = base.hash, .changes = {}, .loaded = nullptr};
  plan.loaded = std::make_shared<config::Loaded>(config::load_text_as(yaml, core_.config_file));
  if (plan.loaded->business) {
    const std::string running = TRY(configuration_text(base.number));
    plan.changes = config::differences(running, yaml);
  }
  return plan;
}

Result<std::vector<api::ConfigurationVersion>> ServerOffice::configuration_versions(
    int before, int limit) const {
  return core_.versions->list(before, limit);
}

Result<api::ConfigurationVersion> ServerOffice::configuration_version(int number) const {
  return core_.versions->find(number > 0 ? number : core_.versions->newest());
}

Result<std::string> ServerOffice::configuration_text(int number) const {
  return core_.versions->text_of(number > 0 ? number : core_.versions->newest());
}

}  // namespace firstring::server

// ServerOffice: what the API may ask, answered from the Core.
// Lives on: as each function of api::Office says.
#pragma once

#include <string>
#include <vector>

#include "server/api/office.h"
#include "server/core.h"

namespace firstring::server {

class ServerOffice final : public api::Office {
 public:
  explicit ServerOffice(Core& core) : core_(core), tenant_(core.tenant) {}

  bool post(std::function<void()> work) override { return core_.posted.put(std::move(work)); }
  const std::string& tenant() const override { return tenant_; }

  api::Now now() const override;
  api::Floor floor() const override;
  api::Figures figures() const override;
  api::FigureRules figure_rules() const override;
  std::vector<api::Alarm> alarms() const override;
  std::vector<api::Check> readiness() const override;
  std::vector<api::Metric> metrics() const override;
  api::Summary summary() const override;
  std::vector<insight::CallRecord> open_records() const override;
  std::optional<insight::CallRecord> open_record(CallId call) const override;
  std::vector<api::TraceLine> sip_trace(CallId call) const override;
  std::optional<flow::WaitView> why_waiting(CallId call) const override;
  const work::Board& board() const override { return core_.desk->board(); }
  Result<void> act(const work::Deed& deed) override;
  Duration lost_after() const override { return core_.switchboard->configuration().lost_after; }

  Result<void> set_ready(std::string_view agent) override;
  Result<void> set_away(std::string_view agent, std::string_view reason) override;
  Result<void> sign_out(std::string_view agent) override;
  Result<void> end_wrap_up(std::string_view agent) override;
  Result<void> extend_wrap_up(std::string_view agent) override;
  Result<void> clear_agent(std::string_view agent, std::string_view by) override;
  Result<void> hold(CallId call) override;
  Result<void> resume(CallId call) override;
  Result<void> mute(CallId call, call::Mute mute) override;
  Result<void> start_recording(CallId call) override;
  Result<void> stop_recording(CallId call) override;
  Result<void> hang_up(CallId call) override;
  Result<void> supervise(CallId call, const flow::SuperviseRequest& request) override;
  Result<void> stop_supervision(CallId call) override;
  std::vector<flow::RoomView> rooms() const override;
  Result<void> mute_member(std::string_view room, CallId call, call::Mute mute) override;
  Result<void> remove_member(std::string_view room, CallId call) override;
  Result<void> lock_room(std::string_view room, bool locked) override;
  Result<void> transfer(CallId call, const flow::HandOn& asked) override;
  Result<void> consult(CallId call, const flow::HandOn& asked) override;
  Result<void> swap_consult(CallId call) override;
  Result<void> complete_consult(CallId call) override;
  Result<void> cancel_consult(CallId call) override;
  Result<void> set_disposition(CallId call, std::string_view agent, std::string_view outcome,
                               std::string_view notes) override;
  Result<api::ConfigurationVersion> apply_configuration(api::ConfigurationDraft draft) override;
  Result<CallId> place_call(std::string_view agent, std::string_view number) override;
  Result<void> cancel_callback(TurnId turn) override;
  Result<void> call_back_now(TurnId turn) override;
  void after_commit(std::function<void()> then) override;
  void set_watched(bool watched) override;

  Result<api::ConfigurationPlan> plan_configuration(std::string_view yaml) const override;
  Result<std::vector<api::ConfigurationVersion>> configuration_versions(int before,
                                                                        int limit) const override;
  Result<api::ConfigurationVersion> configuration_version(int number) const override;
  Result<std::string> configuration_text(int number) const override;
  Result<std::vector<insight::CallRecord>> history(const api::CallQuery& query) const override;
  Result<std::optional<insight::CallRecord>> closed_record(CallId call) const override;
  Result<std::vector<call::Fact>> facts_of(CallId call, std::uint64_t first_sequence,
                                           std::uint64_t last_sequence,
                                           std::size_t limit) const override;
  Result<void> read_facts(std::uint64_t first,
                          const std::function<bool(const call::Fact&)>& visit) const override;
  Result<insight::Answer> reckon(const insight::Question& question) const override;
  Result<std::vector<api::RecordingRow>> recordings(
      const api::RecordingQuery& query) const override;
  Result<std::optional<api::RecordingRow>> recording(RecordingId id) const override;
  std::string voicemail_path(RecordingId id) const override;

 private:
  // Carries out what a request of a person caused, and takes its facts to the ledger.
  template <typename T>
  Result<T> settled(Result<T> result) {
    core_.exchange->pump();
    if (!core_.outbox.facts.empty()) core_.ledger->append(core_.outbox.facts);
    return result;
  }
  void fill_path(api::RecordingRow& row) const;

  Core& core_;
  const std::string tenant_;
};

}  // namespace firstring::server

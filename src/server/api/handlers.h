// handlers: one function a route, by noun in calls.cpp, transfers.cpp, agents.cpp, figures.cpp,
// figure_questions.cpp, recordings.cpp, overview.cpp, configuration.cpp. All are alike: read, ask
// or act, answer.
// Lives on: HTTP thread.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "server/api/reply.h"

namespace firstring::api {

Reply list_calls(const Ask& ask);
Reply get_call(const Ask& ask);
Reply list_call_facts(const Ask& ask);
Reply list_call_ladder(const Ask& ask);
Reply why_call(const Ask& ask);
Reply hold_call(const Ask& ask);
Reply resume_call(const Ask& ask);
Reply mute_call(const Ask& ask);
Reply unmute_call(const Ask& ask);
Reply hang_up_call(const Ask& ask);
Reply transfer_call(const Ask& ask);
Reply consult_in_call(const Ask& ask);
Reply swap_consult(const Ask& ask);
Reply complete_consult(const Ask& ask);
Reply cancel_consult(const Ask& ask);
Reply record_call(const Ask& ask);
Reply supervise_call(const Ask& ask);
Reply stop_supervision(const Ask& ask);
Reply set_disposition(const Ask& ask);

Reply list_agents(const Ask& ask);
Reply get_agent(const Ask& ask);
Reply put_presence(const Ask& ask);
Reply end_wrap_up(const Ask& ask);
Reply extend_wrap_up(const Ask& ask);
Reply clear_agent(const Ask& ask);

Reply place_call(const Ask& ask);
Reply list_callbacks(const Ask& ask);
Reply cancel_callback(const Ask& ask);
Reply call_back_now(const Ask& ask);

Reply list_queues(const Ask& ask);
Reply get_queue(const Ask& ask);
Reply get_kpis(const Ask& ask);
Reply get_figures(const Ask& ask);
Reply list_figure_definitions(const Ask& ask);

Reply list_conferences(const Ask& ask);
Reply get_conference(const Ask& ask);
Reply lock_conference(const Ask& ask);
Reply unlock_conference(const Ask& ask);
Reply mute_member(const Ask& ask);
Reply unmute_member(const Ask& ask);
Reply remove_member(const Ask& ask);

Reply list_recordings(const Ask& ask);
Reply get_recording(const Ask& ask);
Reply get_audio(const Ask& ask);
Reply sound_of(const RecordingRow& row);  // its file, with ranges

// voicemails.cpp
Reply list_voicemails(const Ask& ask);
Reply get_voicemail(const Ask& ask);
Reply get_voicemail_audio(const Ask& ask);
Reply hear_voicemail(const Ask& ask);
Reply assign_voicemail(const Ask& ask);
Reply take_voicemail(const Ask& ask);
Reply finish_voicemail(const Ask& ask);
Reply delete_voicemail(const Ask& ask);

// recovery.cpp
Reply list_recovery(const Ask& ask);
Reply dismiss_caller(const Ask& ask);
Reply list_messages(const Ask& ask);

Reply get_live(const Ask& ask);
Reply list_alarms(const Ask& ask);
Reply get_openapi(const Ask& ask);
Reply get_livez(const Ask& ask);
Reply get_readyz(const Ask& ask);
Reply get_metrics(const Ask& ask);
Reply get_page(const Ask& ask);

Reply get_configuration(const Ask& ask);
Reply get_configuration_source(const Ask& ask);
Reply plan_configuration(const Ask& ask);
Reply put_configuration(const Ask& ask);
Reply list_configuration_versions(const Ask& ask);
Reply get_configuration_version(const Ask& ask);
Reply get_version_source(const Ask& ask);
Reply restore_configuration_version(const Ask& ask);

}  // namespace firstring::api

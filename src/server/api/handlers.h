// handlers: one function a route, by noun in calls.cpp, agents.cpp, figures.cpp, recordings.cpp,
// overview.cpp. All are alike: read, ask or act, answer.
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
Reply record_call(const Ask& ask);
Reply set_disposition(const Ask& ask);

Reply list_agents(const Ask& ask);
Reply get_agent(const Ask& ask);
Reply put_presence(const Ask& ask);
Reply end_wrap_up(const Ask& ask);

Reply list_queues(const Ask& ask);
Reply get_queue(const Ask& ask);
Reply get_kpis(const Ask& ask);
Reply get_figures(const Ask& ask);
Reply list_figure_definitions(const Ask& ask);

Reply list_recordings(const Ask& ask);
Reply get_recording(const Ask& ask);
Reply get_audio(const Ask& ask);

Reply get_live(const Ask& ask);
Reply list_alarms(const Ask& ask);
Reply get_configuration(const Ask& ask);
Reply get_openapi(const Ask& ask);
Reply get_livez(const Ask& ask);
Reply get_readyz(const Ask& ask);
Reply get_metrics(const Ask& ask);
Reply get_page(const Ask& ask);

}  // namespace firstring::api

// Conferences: who is in which room, and what people ask of a room and of its members.
#include <nlohmann/json.hpp>

#include "server/api/handlers.h"
#include "server/api/query.h"
#include "server/api/status.h"

namespace firstring::api {
namespace {

using Json = nlohmann::ordered_json;

struct Rooms {
  std::vector<flow::RoomView> rooms;
  Now now;
};

Json text(const std::string& value) { return value.empty() ? Json() : Json(value); }

std::string to_json(const flow::RoomView& room, const Now& now) {
  Json members = Json::array();
  for (const auto& member : room.members) {
    members.push_back({{"call", to_text(member.call)},
                       {"from", text(member.from)},
                       {"from_name", text(member.from_name)},
                       {"moderator", member.moderator},
                       {"muted", member.muted},
                       {"held", member.held},
                       {"since", to_rfc3339(now.wall_of(member.since))}});
  }
  const Json json = {{"slug", room.slug},
                     {"name", room.name},
                     {"members_max", room.members_max},
                     {"locked", room.locked},
                     {"open", room.open},
                     {"members", std::move(members)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Rooms rooms_of(Office& office) { return {office.rooms(), office.now()}; }

Result<CallId> call_of(const Ask& ask) {
  const auto value = parse_id("call_", ask.path_values.at(1));
  if (!value || *value == 0) return Error{Code::not_found, "There is no call of this id."};
  return CallId{*value};
}

template <typename Act>
Reply act(const Ask& ask, Act act) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return do_and_then(
      [act](Office& office) -> Result<bool> {
        TRY(act(office));
        return true;
      },
      [](bool) { return Reply(done()); });
}

Reply lock(const Ask& ask, bool locked) {
  return act(ask, [room = ask.path_values.at(0), locked](Office& office) {
    return office.lock_room(room, locked);
  });
}

Reply mute(const Ask& ask, call::Mute mute) {
  const CallId call = TRY(call_of(ask));
  return act(ask, [room = ask.path_values.at(0), call, mute](Office& office) {
    return office.mute_member(room, call, mute);
  });
}

}  // namespace

// GET /conferences: every room, also those in which nobody is.
Reply list_conferences(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control(rooms_of, [request = ask.request](const Rooms& all) -> Reply {
    std::vector<std::string> items;
    for (const auto& room : all.rooms) items.push_back(to_json(room, all.now));
    return list(request, items, std::nullopt);
  });
}

// GET /conferences/{slug}
Reply get_conference(const Ask& ask) {
  if (auto problem = Query(ask.request).problem()) return *problem;
  return from_control(rooms_of, [slug = ask.path_values.at(0)](const Rooms& all) -> Reply {
    for (const auto& room : all.rooms) {
      if (room.slug == slug) return ok(to_json(room, all.now));
    }
    return Error{Code::not_found, "There is no conference of this name."};
  });
}

Reply lock_conference(const Ask& ask) { return lock(ask, true); }
Reply unlock_conference(const Ask& ask) { return lock(ask, false); }
Reply mute_member(const Ask& ask) { return mute(ask, call::Mute::on); }
Reply unmute_member(const Ask& ask) { return mute(ask, call::Mute::off); }

// POST /conferences/{slug}/members/{id}/remove: the call goes on in its flow, or is hung up.
Reply remove_member(const Ask& ask) {
  const CallId call = TRY(call_of(ask));
  return act(ask, [room = ask.path_values.at(0), call](Office& office) {
    return office.remove_member(room, call);
  });
}

}  // namespace firstring::api

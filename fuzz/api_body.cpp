// Any bytes as the body and as the parameters of an API request: read, or refused with reasons.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "http/target.h"
#include "server/api/body.h"
#include "server/api/query.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace firstring;
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  http::Request request{.method = "PUT", .path = "/", .headers = {{"content-type",
                                                                  "application/json"}}};
  request.body = text;
  api::Body body(request);
  const auto presence = body.one_of("presence", {"ready", "away"});
  const auto notes = body.text("notes", {.required = false, .bytes_max = 100});
  const auto problem = body.problem();
  if (!problem && (presence.empty() || notes.size() > 100)) std::abort();
  if (problem && problem->error.detail.empty()) std::abort();

  const auto target = http::parse_target("/?" + text);
  if (!target) return 0;
  request.query = target->query;
  api::Query query(request);
  const int limit = query.integer("limit", 1, 200, 50);
  query.time("received_at[gte]");
  query.cursor();
  if (limit < 1 || limit > 200) std::abort();
  query.problem();
  api::list(request, {}, 7);
  return 0;
}

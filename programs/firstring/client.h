// Client: the server's API from outside, over libcurl; and where to find server and token.
// Lives on: the program's one thread.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace firstring::cli {

using Json = nlohmann::ordered_json;

// Reading what an unknown server may have sent: a field that is not there is null, "-", or 0.
const Json& field(const Json& object, const std::string& name);
std::string text_of(const Json& object, const std::string& name);
double number_of(const Json& object, const std::string& name);

// As given on the command line or in the environment; empty: not given.
struct Place {
  std::string url, token, data_folder;
};
// Completes it: the data folder's running.json and secrets/api-token know what was not given.
Place find_server(Place given);

class Client {
 public:
  explicit Client(Place place) : place_(std::move(place)) {}

  // The JSON of a 2xx answer (null for 204). An error says what the server said, for people.
  Result<Json> get(const std::string& path);
  Result<Json> send(const std::string& method, const std::string& path, const Json& body);
  // A configuration, as it stands in a file. `base`: only on top of this version; empty: of any.
  Result<std::string> get_text(const std::string& path);
  Result<Json> send_yaml(const std::string& method, const std::string& path,
                         const std::string& yaml, const std::string& base = {});
  // Whatever the status: {status, body}. Error only when there was no answer at all.
  struct Answer {
    long status = 0;
    std::string body;
    double seconds = 0;
  };
  Result<Answer> ask(const std::string& method, const std::string& path,
                     const std::optional<std::string>& body,
                     const std::vector<std::string>& headers = {"Content-Type: application/json"});
  const Place& place() const { return place_; }

 private:
  Result<Json> json_of(const Answer& answer) const;

  const Place place_;
};

std::string encode(const std::string& text);  // for a path or a query

}  // namespace firstring::cli

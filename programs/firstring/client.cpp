#include "client.h"

#include <curl/curl.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "console.h"

namespace firstring::cli {
namespace {

constexpr std::size_t k_answer_bytes_max = 16 << 20;

std::size_t collect(char* bytes, std::size_t size, std::size_t count, void* out) {
  auto& text = *static_cast<std::string*>(out);
  if (text.size() + size * count > k_answer_bytes_max) return 0;
  text.append(bytes, size * count);
  return size * count;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::string url_of_running(const std::string& data_folder) {
  std::ifstream file(data_folder + "/running.json");
  const auto running = Json::parse(file, nullptr, false);
  if (!running.is_object() || !running.contains("http") || !running["http"].is_string()) return {};
  auto url = running["http"].get<std::string>();
  // A server that listens everywhere is reached here.
  if (const auto at = url.find("//0.0.0.0:"); at != std::string::npos) {
    url.replace(at, 9, "//127.0.0.1");
  }
  return url;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// What the server says in a problem (RFC 9457), or what its status alone tells.
Error explain(const Client::Answer& answer) {
  Code code = Code::internal;
  if (answer.status == 400) code = Code::invalid;
  if (answer.status == 401 || answer.status == 429) code = Code::unauthorized;
  if (answer.status == 404) code = Code::not_found;
  if (answer.status == 409) code = Code::conflict;
  if (answer.status == 503) code = Code::unavailable;
  const auto problem = Json::parse(answer.body, nullptr, false);
  std::string detail = "The server answered with status " + std::to_string(answer.status) + ".";
  if (problem.is_object() && problem.contains("detail") && problem["detail"].is_string()) {
    detail = safe(problem["detail"].get<std::string>());
    for (const auto& one : field(problem, "errors")) {
      detail += "\n  " + safe(text_of(one, "pointer")) + ": " + safe(text_of(one, "detail"));
    }
  }
  if (answer.status == 401) {
    detail += "\nGive it with --token, FIRSTRING_TOKEN, or the data folder with --data; the server "
              "keeps it in secrets/api-token there.";
  }
  return {code, detail};
}

}  // namespace

const Json& field(const Json& object, const std::string& name) {
  static const Json none;
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found == object.end() ? none : *found;
}

std::string text_of(const Json& object, const std::string& name) {
  const auto& value = field(object, name);
  if (value.is_string()) return value.get<std::string>();
  return value.is_null() ? "-" : value.dump(-1, ' ', true, Json::error_handler_t::replace);
}

double number_of(const Json& object, const std::string& name) {
  const auto& value = field(object, name);
  return value.is_number() ? value.get<double>() : 0;
}

Place find_server(Place given) {
  if (given.url.empty()) given.url = environment("FIRSTRING_URL");
  if (given.token.empty()) given.token = environment("FIRSTRING_TOKEN");
  if (given.data_folder.empty()) given.data_folder = environment("FIRSTRING_DATA");
  if (given.data_folder.empty()) {
    given.data_folder = "/var/lib/firstring";
    for (const char* folder : {"data", "."}) {
      const auto file = std::string(folder) + "/running.json";
      if (::access(file.c_str(), R_OK) == 0) {
        given.data_folder = folder;
        break;
      }
    }
  }
  if (given.url.empty()) given.url = url_of_running(given.data_folder);
  if (given.url.empty()) given.url = "http://127.0.0.1:8080";
  while (given.url.ends_with('/')) given.url.pop_back();
  if (given.token.empty()) given.token = first_line(given.data_folder + "/secrets/api-token");
  return given;
}

std::string encode(const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> out(
      curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())), curl_free);
  return out ? out.get() : "";
}

Result<Client::Answer> Client::ask(const std::string& method, const std::string& path,
                                   const std::optional<std::string>& body,
                                   const std::vector<std::string>& headers_of_body) {
  const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(),
                                                                 curl_easy_cleanup);
  if (!curl) return Error{Code::internal, "libcurl could not be started."};
  Answer answer;
  char problem[CURL_ERROR_SIZE] = "";
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(nullptr, curl_slist_free_all);
  const auto add = [&](const std::string& line) {
    auto* longer = curl_slist_append(headers.get(), line.c_str());
    headers.release();
    headers.reset(longer);
  };
  add("Accept: application/json");
  if (!place_.token.empty()) add("Authorization: Bearer " + place_.token);
  if (body) {
    for (const auto& line : headers_of_body) add(line);
  }
  curl_easy_setopt(curl.get(), CURLOPT_URL, (place_.url + path).c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, method.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, 3000L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, 20'000L);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, problem);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, collect);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer.body);
  if (body) {
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(body->size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->c_str());
  }
  const auto code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    const std::string why = *problem ? problem : curl_easy_strerror(code);
    return Error{Code::unavailable,
                 "No answer from " + safe(place_.url) + ": " + safe(why) +
                     ".\nIs firstringd running? Say where it is with --url, FIRSTRING_URL or its "
                     "data folder with --data."};
  }
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  curl_easy_getinfo(curl.get(), CURLINFO_TOTAL_TIME, &answer.seconds);
  return answer;
}

Result<Json> Client::json_of(const Answer& answer) const {
  if (answer.status < 200 || answer.status > 299) return explain(answer);
  if (answer.body.empty()) return Json();
  auto json = Json::parse(answer.body, nullptr, false);
  if (json.is_discarded()) {
    return Error{Code::internal, "What answers at " + safe(place_.url) + " is not Firstring."};
  }
  return json;
}

Result<Json> Client::get(const std::string& path) {
  const auto answer = TRY(ask("GET", path, std::nullopt));
  return json_of(answer);
}

Result<Json> Client::send(const std::string& method, const std::string& path, const Json& body) {
  const auto answer = TRY(ask(method, path, body.dump()));
  return json_of(answer);
}

Result<std::string> Client::get_text(const std::string& path) {
  auto answer = TRY(ask("GET", path, std::nullopt));
  if (answer.status != 200) return explain(answer);
  return std::move(answer.body);
}

Result<Json> Client::send_yaml(const std::string& method, const std::string& path,
                               const std::string& yaml, const std::string& base) {
  std::vector<std::string> headers = {"Content-Type: application/yaml"};
  if (!base.empty()) headers.push_back("If-Match: \"" + base + "\"");
  const auto answer = TRY(ask(method, path, yaml, headers));
  return json_of(answer);
}

}  // namespace firstring::cli

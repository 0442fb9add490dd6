// Reply: what a handler gives back: an answer, a problem, or work to be done on the control thread.
//
// A handler runs on the HTTP thread: it reads the request and returns. What needs the control
// thread is described as two halves: `ask` runs there and takes copies away, `render` makes the
// answer of them back on the HTTP thread, so that the control thread makes no JSON.
// Lives on: as said for each part.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "http/server.h"
#include "server/api/office.h"

namespace firstring::api {

// Where in the request something is wrong (RFC 6901 pointer into the body, or a query parameter).
struct Complaint {
  std::string pointer;           // "/presence"; "?limit" for a query parameter
  std::string code;              // "unknown_field", "required", "out_of_range" …
  std::string detail;
  friend bool operator==(const Complaint&, const Complaint&) = default;
};

struct Problem {
  Error error;
  std::vector<Complaint> complaints;
};

// What one request is about, as a handler sees it.
struct Ask {
  const http::Request& request;
  const std::vector<std::string>& path_values;  // what stood for {…} in the route, in order
  const Office& office;                         // its HTTP-thread part
};

class Reply;
using Finish = std::function<Reply()>;          // HTTP thread

struct Deferred {
  // An action is answered only once its facts are on disk.
  enum class Kind { question, action };
  Kind kind = Kind::question;
  std::function<Result<Finish>(Office&)> work;  // control thread
};

class Reply {
 public:
  Reply(http::Response response) : state_(std::move(response)) {}  // NOLINT: implicit
  Reply(Error error) : state_(Problem{std::move(error), {}}) {}    // NOLINT: implicit
  Reply(Problem problem) : state_(std::move(problem)) {}           // NOLINT: implicit
  Reply(Deferred deferred) : state_(std::move(deferred)) {}        // NOLINT: implicit

  http::Response* response() { return std::get_if<http::Response>(&state_); }
  Problem* problem() { return std::get_if<Problem>(&state_); }
  Deferred* deferred() { return std::get_if<Deferred>(&state_); }

 private:
  std::variant<http::Response, Problem, Deferred> state_;
};

using Handler = Reply (*)(const Ask& ask);

// `ask`: Office& -> T on the control thread; `render`: T -> Reply on the HTTP thread.
template <typename AskFn, typename RenderFn>
Reply from_control(AskFn ask, RenderFn render) {
  return Deferred{Deferred::Kind::question,
                  [ask = std::move(ask), render = std::move(render)](Office& office) {
                    return Result<Finish>(Finish([answer = ask(office), render]() mutable -> Reply {
                      return render(std::move(answer));
                    }));
                  }};
}

// `act`: Office& -> Result<T>; if it worked, `render` answers once its facts are on disk.
template <typename ActFn, typename RenderFn>
Reply do_and_then(ActFn act, RenderFn render) {
  return Deferred{
      Deferred::Kind::action,
      [act = std::move(act), render = std::move(render)](Office& office) -> Result<Finish> {
        auto done = act(office);
        if (!done.has_value()) return std::move(done).error();
        return Finish([answer = std::move(done).value(), render]() mutable -> Reply {
          return render(std::move(answer));
        });
      }};
}

}  // namespace firstring::api

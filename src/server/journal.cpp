#include "server/journal.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

#include <nlohmann/json.hpp>

#include "io/clock.h"

namespace firstring::server {
namespace {

class FileJournal final : public Journal {
 public:
  explicit FileJournal(const std::string& path) : sink_(path, 10 << 20, 5) {
    sink_.set_pattern("%v");
  }

  void note(std::string_view event, Fields fields) override { write("info", event, fields); }
  void warn(std::string_view event, Fields fields) override { write("warning", event, fields); }

 private:
  void write(std::string_view level, std::string_view event, Fields fields) {
    nlohmann::ordered_json line;
    line["at"] = to_rfc3339(io::read_wall());
    line["level"] = level;
    line["event"] = event;
    for (const auto& [key, value] : fields) line[std::string(key)] = value;
    const std::string text =
        line.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
    try {
      sink_.log(spdlog::details::log_msg("", spdlog::level::info, text));
      sink_.flush();
    } catch (const spdlog::spdlog_ex&) {
      // The disk is full or gone; the ledger raises the alarm about it.
    }
  }

  spdlog::sinks::rotating_file_sink_mt sink_;
};

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const std::string& path) {
  try {
    auto journal = std::make_unique<FileJournal>(path);
    return std::unique_ptr<Journal>(std::move(journal));
  } catch (const spdlog::spdlog_ex& error) {
    return Error{Code::io, "cannot write the log " + path + ": " + error.what()};
  }
}

}  // namespace firstring::server

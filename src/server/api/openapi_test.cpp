// The document and the server, held to each other; and the page in a real browser, fed with poison.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "server/api/api.h"
#include "server/api/assets.h"
#include "server/api/fake_office.h"
#include "server/api/router.h"

namespace firstring::api {
namespace {

struct Ran {
  int status = -1;
  std::string output;
};

Ran run(const std::string& command) {
  Ran ran;
  std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (!pipe) return ran;
  std::array<char, 4096> bytes;
  while (const auto size = std::fread(bytes.data(), 1, bytes.size(), pipe)) {
    ran.output.append(bytes.data(), size);
  }
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

class RunningApi : public testing::Test {
 protected:
  RunningApi() {
    folder_ = std::filesystem::temp_directory_path() /
              ("firstring-openapi-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  ~RunningApi() override {
    office_.stop();
    api_.reset();
    std::filesystem::remove_all(folder_);
  }
  void start() { api_ = Api::start({.tokens = {"secret"}}, office_).value(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(api_->port()); }

  std::filesystem::path folder_;
  FakeOffice office_;
  std::unique_ptr<Api> api_;
};

TEST_F(RunningApi, KeepsWhatTheDocumentPromises) {
  std::ofstream(folder_ / "audio") << "0123456789";
  office_.recordings_[1].path = folder_ / "audio";
  std::ofstream routes_file(folder_ / "routes");
  for (const auto& route : routes()) routes_file << route.method << ' ' << route.path << '\n';
  routes_file.close();
  start();
  const auto ran = run("/usr/bin/python3 tests/api/check_openapi.py " + url() + " secret " +
                       (folder_ / "routes").string());
  EXPECT_EQ(ran.status, 0) << ran.output;
}

// T-XSS: what callers and people write comes from the network; on the page it must stay text.
TEST_F(RunningApi, PageShowsPoisonAsText) {
  const std::string poison = "<img src=x onerror=\"document.title='owned'\"><script>document.title="
                             "'owned'</script>&lt;b&gt;";
  office_.floor_.calls[0].from_name = poison;
  office_.floor_.calls[0].number = "javascript:document.title='owned'";
  office_.floor_.agents[0].name = poison;
  office_.floor_.agents[1].reason = poison;
  office_.floor_.queues[0].name = poison;
  office_.summary_.name = poison;
  office_.closed_[0].from_name = poison;
  office_.closed_[0].outcome = poison;
  office_.alarms_ = {{poison, poison, office_.floor_now.wall}};
  start();
  const std::string command =
      "timeout 90 /usr/bin/chromium --headless --no-sandbox --disable-gpu --disable-quic"
      " --no-first-run --disable-background-networking --disable-component-update --disable-sync"
      " --enable-logging=stderr --user-data-dir=" + (folder_ / "browser").string() +
      " --virtual-time-budget=4000 --dump-dom '" + url() + "/#token=secret'";
  // The browser's time is its own and waits for no WebSocket: a busy machine needs some tries.
  const std::string drawn = "&lt;img src=x onerror=";  // as text: escaped in the tree
  auto ran = run(command);
  for (int i = 0; i < 20 && ran.output.find(drawn) == std::string::npos; ++i) ran = run(command);
  ASSERT_EQ(ran.status, 0) << ran.output;
  ASSERT_NE(ran.output.find(drawn), std::string::npos) << ran.output;
  EXPECT_EQ(ran.output.find("<img src=\"x\""), std::string::npos);
  EXPECT_EQ(ran.output.find("<title>owned"), std::string::npos);
  EXPECT_EQ(ran.output.find("Content Security Policy"), std::string::npos) << "a violation";
  EXPECT_EQ(ran.output.find("Uncaught"), std::string::npos) << ran.output;
  EXPECT_EQ(ran.output.find("token=secret"), std::string::npos) << "the token left the address";
}

TEST(Document, IsJsonAsItIsYaml) {
  const auto& document = openapi_json();
  EXPECT_EQ(document.find("{\"openapi\":\"3.1.0\""), 0u) << document.substr(0, 100);
  EXPECT_NE(document.find("\"minimum\":1,\"maximum\":200,\"default\":50"), std::string::npos);
  EXPECT_NE(document.find("[\"string\",\"null\"]"), std::string::npos);
}

}  // namespace
}  // namespace firstring::api

// mongoose-server: near-neighbour indexes over the weights of a model in
// training.  See README.md and docs/configuration.md; exit codes are those of
// sysexits.h.
#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "server/config.h"
#include "server/environment_check.h"
#include "server/index_server.h"
#include "server/log.h"

// Read by jemalloc; MALLOC_CONF in the environment goes before.  Every re-hash
// copies some MiB of cells: freed pages are kept for a minute, of any size, as
// to fault them in again costs a quarter of the background's time.
extern "C" {
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
const char* malloc_conf = "oversize_threshold:0,dirty_decay_ms:60000";
}

namespace mongoose::server {
namespace {

// One line: the first problem, and how many more there are.
int Fail(const std::vector<StartProblem>& problems) {
  std::cerr << "mongoose-server: " << problems.front().text;
  if (problems.size() > 1) {
    std::cerr << " (and " << problems.size() - 1
              << " more; --check-config lists all)";
  }
  std::cerr << "\n";
  return problems.front().exit_code;
}

std::vector<StartProblem> ProblemsOf(const absl::Status& status) {
  const int exit_code = absl::IsNotFound(status)      ? EX_NOINPUT
                        : absl::IsUnavailable(status) ? EX_UNAVAILABLE
                                                      : EX_CONFIG;
  std::vector<StartProblem> problems;
  for (const auto line : absl::StrSplit(status.message(), '\n')) {
    problems.push_back({exit_code, std::string(line)});
  }
  return problems;
}

int CheckConfig(const absl::StatusOr<v1::ServerConfig>& config) {
  const std::vector<StartProblem> problems =
      config.ok() ? CheckEnvironment(*config) : ProblemsOf(config.status());
  for (const StartProblem& problem : problems) {
    std::cerr << "mongoose-server: " << problem.text << "\n";
  }
  if (!problems.empty()) return problems.front().exit_code;
  std::cout << "configuration is valid; the server can start\n";
  return EX_OK;
}

// Blocks until SIGTERM or SIGINT; the signals are blocked in every thread.
int WaitForSignal(const sigset_t& signals) {
  int signal = 0;
  sigwait(&signals, &signal);
  return signal;
}

int Run(const v1::ServerConfig& config) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const std::vector<StartProblem> problems = CheckEnvironment(config);
  if (!problems.empty()) return Fail(problems);
  SetUpLog(config.log());
  auto server = IndexServer::Start(config);
  if (!server.ok()) return Fail(ProblemsOf(server.status()));
  LogInfo("ready", {{"version", MONGOOSE_VERSION},
                    {"rehash_backend", config.pools().rehash_backend()},
                    {"port", (*server)->ports().front()},
                    {"metrics_port", (*server)->metrics_port()}});
  const int signal = WaitForSignal(signals);
  LogInfo("signal received", {{"signal", signal}});
  (*server)->Shutdown();
  return 0;
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Owns near-neighbour indexes over the weights of a model in "
      "training and answers which neurons are active.",
      "mongoose-server");
  std::string config_path;
  std::vector<std::string> overrides;
  bool print_config = false;
  bool check_config = false;
  app.add_option("--config", config_path, "YAML file (docs/configuration.md)");
  app.add_option("--set", overrides,
                 "Override a setting: section.field=value; may be repeated")
      ->allow_extra_args(false);
  app.add_flag("--print-config", print_config,
               "Print the configuration in force and exit");
  app.add_flag("--check-config", check_config,
               "Tell everything that would keep the server from starting, and "
               "exit");
  app.set_version_flag("--version", MONGOOSE_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;  // 0: --help, --version
  }
  const auto config = LoadConfig(config_path, overrides);
  if (check_config) return CheckConfig(config);
  if (!config.ok()) return Fail(ProblemsOf(config.status()));
  if (print_config) {
    std::cout << FormatConfig(*config);
    return 0;
  }
  return Run(*config);
}

}  // namespace
}  // namespace mongoose::server

int main(int argc, char** argv) { return mongoose::server::Main(argc, argv); }

// mongoose-server: near-neighbour indexes over the weights of a model in
// training.  See README.md and docs/configuration.md.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

#include "server/config.h"
#include "server/index_server.h"
#include "server/log.h"

namespace mongoose::server {
namespace {

int Fail(const absl::Status& status) {
  std::cerr << "mongoose-server: " << status.message() << "\n";
  return 1;
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
  if (const absl::Status log = SetUpLog(config.log()); !log.ok()) {
    return Fail(log);
  }
  auto server = IndexServer::Start(config);
  if (!server.ok()) return Fail(server.status());
  LogInfo("ready", {{"version", MONGOOSE_VERSION},
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
  app.add_option("--config", config_path, "YAML file (docs/configuration.md)");
  app.add_option("--set", overrides,
                 "Override a setting: section.field=value; may be repeated")
      ->allow_extra_args(false);
  app.add_flag("--print-config", print_config,
               "Print the configuration in force and exit");
  app.set_version_flag("--version", MONGOOSE_VERSION);
  CLI11_PARSE(app, argc, argv);
  const auto config = LoadConfig(config_path, overrides);
  if (!config.ok()) return Fail(config.status());
  if (print_config) {
    std::cout << FormatConfig(*config);
    return 0;
  }
  return Run(*config);
}

}  // namespace
}  // namespace mongoose::server

int main(int argc, char** argv) { return mongoose::server::Main(argc, argv); }

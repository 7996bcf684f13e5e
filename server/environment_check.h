#ifndef MONGOOSE_SERVER_ENVIRONMENT_CHECK_H_
#define MONGOOSE_SERVER_ENVIRONMENT_CHECK_H_

#include <string>
#include <vector>

#include "mongoose/v1/server_config.pb.h"

namespace mongoose::server {

// Something outside the configuration that keeps the server from starting.
struct StartProblem {
  int exit_code;     // of sysexits.h
  std::string text;  // one line: field, rule, value, reason
};

// Finds addresses that are taken or cannot be resolved and a device that is not
// there (EX_UNAVAILABLE), sockets whose folder is missing or not writable
// (EX_CANTCREAT), and TLS files that cannot be read or hold something else
// (EX_NOINPUT).  Binds and releases
// each address.  REQUIRES: config from LoadConfig.
std::vector<StartProblem> CheckEnvironment(const v1::ServerConfig& config);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_ENVIRONMENT_CHECK_H_

#ifndef MONGOOSE_SERVER_CONFIG_H_
#define MONGOOSE_SERVER_CONFIG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "mongoose/v1/server_config.pb.h"

namespace mongoose::server {

// Reads YAML with the field names of server_config.proto, applies overrides of
// the form "section.field=value" in order, fills in defaults and checks
// ranges.  An empty `path` means no file.  NotFound for a missing file;
// InvalidArgument for anything else: one line an error, each with the place,
// the field, what is allowed and what was given.
absl::StatusOr<v1::ServerConfig> LoadConfig(
    const std::string& path, const std::vector<std::string>& overrides);

// The configuration as YAML that LoadConfig accepts.
std::string FormatConfig(const v1::ServerConfig& config);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_CONFIG_H_

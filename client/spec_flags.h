// The flags that say what index to create.
#ifndef MONGOOSE_CLIENT_SPEC_FLAGS_H_
#define MONGOOSE_CLIENT_SPEC_FLAGS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::client {

struct SpecFlags {
  std::uint32_t num_rows = 0;  // 0: what `json` says
  std::uint32_t dim = 0;       // 0: what `json` says
  bool has_bias = false;       // false: what `json` says
  std::string json;            // an IndexSpec; may be empty
};

// Adds --rows, --dim, --bias and --spec, and returns them.  `flags` must
// outlive `app`.
std::vector<CLI::Option*> AddSpecFlags(CLI::App& app, SpecFlags& flags);

// InvalidArgument with what is wrong with the JSON.
absl::StatusOr<v1::IndexSpec> MakeSpec(const std::string& name,
                                       const SpecFlags& flags);

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_SPEC_FLAGS_H_

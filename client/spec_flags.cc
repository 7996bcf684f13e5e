#include "client/spec_flags.h"

#include <google/protobuf/util/json_util.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace mongoose::client {

std::vector<CLI::Option*> AddSpecFlags(CLI::App& app, SpecFlags& flags) {
  return {app.add_option("--rows", flags.num_rows, "Number of rows"),
          app.add_option("--dim", flags.dim, "Values per query"),
          app.add_flag("--bias", flags.has_bias, "Rows end with a bias"),
          app.add_option("--spec", flags.json,
                         "IndexSpec as JSON, for everything else")};
}

absl::StatusOr<v1::IndexSpec> MakeSpec(const std::string& name,
                                       const SpecFlags& flags) {
  v1::IndexSpec spec;
  if (!flags.json.empty()) {
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(flags.json, &spec);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--spec: ", std::string(parsed.message())));
    }
  }
  spec.set_name(name);
  if (flags.num_rows != 0) spec.set_num_rows(flags.num_rows);
  if (flags.dim != 0) spec.set_dim(flags.dim);
  if (flags.has_bias) spec.set_has_bias(true);
  return spec;
}

}  // namespace mongoose::client

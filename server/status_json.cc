#include "server/status_json.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "server/status_codec.h"

namespace mongoose::server {
namespace {

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto printed =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  return printed.ok() ? json : "{}";
}

}  // namespace

std::string RenderStatusJson(const IndexCatalog& catalog, bool is_ready) {
  std::string indexes;
  for (const AnyIndex& index : catalog.All()) {
    v1::GetIndexStatusResponse status;
    EncodeStatus(index, status);
    absl::StrAppend(&indexes, indexes.empty() ? "" : ",",
                    "{\"spec\":", ToJson(EncodeSpecOf(index)),
                    ",\"status\":", ToJson(status), "}");
  }
  return absl::StrCat("{\"version\":\"", MONGOOSE_VERSION,
                      "\",\"ready\":", is_ready ? "true" : "false",
                      ",\"indexes\":[", indexes, "]}");
}

}  // namespace mongoose::server

#include "server/status_json.h"

#include <nlohmann/json.hpp>

#include <google/protobuf/util/json_util.h>

#include "server/status_codec.h"

namespace mongoose::server {
namespace {

nlohmann::json ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto printed =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  return printed.ok() ? nlohmann::json::parse(json) : nlohmann::json::object();
}

}  // namespace

std::string RenderStatusJson(const IndexCatalog& catalog, bool is_ready) {
  nlohmann::json indexes = nlohmann::json::array();
  for (const AnyIndex& index : catalog.All()) {
    v1::GetIndexStatusResponse status;
    EncodeStatus(index, status);
    indexes.push_back(
        {{"spec", ToJson(EncodeSpecOf(index))}, {"status", ToJson(status)}});
  }
  return nlohmann::json{{"version", MONGOOSE_VERSION},
                        {"ready", is_ready},
                        {"indexes", std::move(indexes)}}
      .dump();
}

}  // namespace mongoose::server

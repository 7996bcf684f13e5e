// YAML checked against a protobuf message and turned into one.
#ifndef MONGOOSE_SERVER_YAML_SCHEMA_H_
#define MONGOOSE_SERVER_YAML_SCHEMA_H_

#include <yaml-cpp/yaml.h>

#include <map>
#include <string>
#include <vector>

#include <google/protobuf/message.h>

namespace mongoose::server {

// What stands before an error.
struct YamlSource {
  std::string name;
  bool has_lines = true;  // errors tell the line
};

// Where fields were set: "limits.max_batch" -> "server.yaml:7".
using FieldPlaces = std::map<std::string, std::string>;

// Sets the fields that `node`, a map of field names, gives in `message`; lists
// replace what was there.  Returns what is wrong, one line each, with the
// place, the key and what is allowed: unknown keys, keys given twice, values of
// the wrong type.
std::vector<std::string> MergeYaml(const YAML::Node& node,
                                   const YamlSource& source,
                                   google::protobuf::Message& message,
                                   FieldPlaces& places);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_YAML_SCHEMA_H_

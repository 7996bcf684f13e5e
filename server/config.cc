#include "server/config.h"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include <google/protobuf/util/json_util.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace mongoose::server {
namespace {

// Plain scalars become numbers and booleans where they look like them, as in
// YAML's core schema; quoted ones stay strings.
nlohmann::json ScalarToJson(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  if (text == "true" || text == "false") return text == "true";
  std::int64_t integer = 0;
  if (absl::SimpleAtoi(text, &integer)) return integer;
  return text;
}

nlohmann::json YamlToJson(const YAML::Node& node) {
  switch (node.Type()) {
    case YAML::NodeType::Map: {
      nlohmann::json object = nlohmann::json::object();
      for (const auto& entry : node) {
        object[entry.first.Scalar()] = YamlToJson(entry.second);
      }
      return object;
    }
    case YAML::NodeType::Sequence: {
      nlohmann::json array = nlohmann::json::array();
      for (const auto& item : node) array.push_back(YamlToJson(item));
      return array;
    }
    case YAML::NodeType::Scalar:
      return ScalarToJson(node);
    default:
      return nullptr;
  }
}

void JsonToYaml(const nlohmann::ordered_json& json, YAML::Emitter& out) {
  if (json.is_object()) {
    out << YAML::BeginMap;
    for (const auto& [key, value] : json.items()) {
      out << YAML::Key << key << YAML::Value;
      JsonToYaml(value, out);
    }
    out << YAML::EndMap;
  } else if (json.is_array()) {
    out << YAML::BeginSeq;
    for (const auto& value : json) JsonToYaml(value, out);
    out << YAML::EndSeq;
  } else if (json.is_boolean()) {
    out << json.get<bool>();
  } else if (json.is_string()) {
    out << json.get<std::string>();
  } else {
    out << json.dump();
  }
}

absl::Status ApplyOverride(const std::string& text, YAML::Node& root) {
  const std::size_t equals = text.find('=');
  const std::size_t dot = text.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot > equals) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--set must have the form section.field=value, got \"", text, "\""));
  }
  root[text.substr(0, dot)][text.substr(dot + 1, equals - dot - 1)] =
      YAML::Load(text.substr(equals + 1));
  return absl::OkStatus();
}

absl::StatusOr<YAML::Node> ReadYaml(const std::string& path,
                                    const std::vector<std::string>& overrides) {
  if (!path.empty() && !std::filesystem::exists(path)) {
    return absl::NotFoundError(
        absl::StrCat("configuration file \"", path, "\" does not exist"));
  }
  try {
    YAML::Node root =
        path.empty() ? YAML::Node(YAML::NodeType::Map) : YAML::LoadFile(path);
    if (root.IsNull()) root = YAML::Node(YAML::NodeType::Map);
    for (const std::string& text : overrides) {
      RETURN_IF_ERROR(ApplyOverride(text, root));
    }
    return root;
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("configuration \"", path, "\": ", error.what()));
  }
}

std::uint64_t MachineBytes() {
  return static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

// Sets `field` of `section` where it is zero.
#define MONGOOSE_DEFAULT(section, field, value) \
  if ((section).field() == 0) (section).set_##field(value)

void FillDefaults(v1::ServerConfig& config) {
  v1::ListenConfig& listen = *config.mutable_listen();
  if (listen.addresses().empty()) listen.add_addresses("127.0.0.1:50051");
  if (listen.metrics_address().empty()) {
    listen.set_metrics_address("127.0.0.1:9464");
  }
  if (!listen.has_reflection()) listen.set_reflection(true);
  v1::PoolConfig& pools = *config.mutable_pools();
  MONGOOSE_DEFAULT(pools, query_threads,
                   std::max(1U, std::thread::hardware_concurrency()));
  MONGOOSE_DEFAULT(pools, rehash_threads,
                   std::max(1U, std::thread::hardware_concurrency()));
  if (!pools.has_rehash_nice()) pools.set_rehash_nice(10);
  MONGOOSE_DEFAULT(pools, update_threads, 1);
  MONGOOSE_DEFAULT(pools, admin_threads, 2);
  MONGOOSE_DEFAULT(pools, query_queue, 256);
  MONGOOSE_DEFAULT(pools, update_queue, 256);
  MONGOOSE_DEFAULT(pools, admin_queue, 64);
  v1::LimitConfig& limits = *config.mutable_limits();
  MONGOOSE_DEFAULT(limits, max_message_bytes, 64U << 20);
  MONGOOSE_DEFAULT(limits, max_indexes, 100);
  MONGOOSE_DEFAULT(limits, max_index_bytes, std::uint64_t{16} << 30);
  MONGOOSE_DEFAULT(limits, update_credit_bytes, 8U << 20);
  MONGOOSE_DEFAULT(limits, max_batch, 65536);
  MONGOOSE_DEFAULT(limits, max_total_bytes, MachineBytes() / 5 * 4);
  v1::LogConfig& log = *config.mutable_log();
  if (log.level().empty()) log.set_level("info");
  if (log.format().empty()) log.set_format("json");
  v1::ShutdownConfig& shutdown = *config.mutable_shutdown();
  if (!shutdown.has_drain_ms()) shutdown.set_drain_ms(1500);
  if (!shutdown.has_grace_ms()) shutdown.set_grace_ms(10000);
}
#undef MONGOOSE_DEFAULT

struct Range {
  const char* field;
  std::uint64_t value;
  std::uint64_t min;
  std::uint64_t max;
};

absl::Status CheckRanges(const v1::ServerConfig& config) {
  const auto& pools = config.pools();
  const auto& limits = config.limits();
  constexpr std::uint64_t kMaxQueue = 1000000;
  constexpr std::uint64_t kMaxMillis = 600000;
  const Range ranges[] = {
      {"pools.query_threads", pools.query_threads(), 1, 256},
      {"pools.update_threads", pools.update_threads(), 1, 256},
      {"pools.admin_threads", pools.admin_threads(), 1, 16},
      {"pools.rehash_threads", pools.rehash_threads(), 1, 256},
      {"pools.rehash_nice", pools.rehash_nice(), 0, 19},
      {"pools.query_queue", pools.query_queue(), 1, kMaxQueue},
      {"pools.update_queue", pools.update_queue(), 1, kMaxQueue},
      {"pools.admin_queue", pools.admin_queue(), 1, kMaxQueue},
      {"limits.max_message_bytes", limits.max_message_bytes(), 1 << 10,
       1 << 30},
      {"limits.max_indexes", limits.max_indexes(), 1, 10000},
      {"limits.max_index_bytes", limits.max_index_bytes(), 1 << 20, UINT64_MAX},
      {"limits.update_credit_bytes", limits.update_credit_bytes(), 64 << 10,
       UINT32_MAX},
      {"limits.max_batch", limits.max_batch(), 1, 1000000},
      {"limits.max_total_bytes", limits.max_total_bytes(), 1 << 20, UINT64_MAX},
      {"shutdown.drain_ms", config.shutdown().drain_ms(), 0, kMaxMillis},
      {"shutdown.grace_ms", config.shutdown().grace_ms(), 0, kMaxMillis},
  };
  for (const Range& range : ranges) {
    if (range.value >= range.min && range.value <= range.max) continue;
    return absl::InvalidArgumentError(absl::StrCat(range.field, " must be ",
                                                   range.min, "..", range.max,
                                                   ", got ", range.value));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ServerConfig> LoadConfig(
    const std::string& path, const std::vector<std::string>& overrides) {
  ASSIGN_OR_RETURN(const YAML::Node root, ReadYaml(path, overrides));
  if (!root.IsMap()) {
    return absl::InvalidArgumentError(
        absl::StrCat("configuration \"", path, "\" must be a map of sections"));
  }
  v1::ServerConfig config;
  const auto parsed = google::protobuf::util::JsonStringToMessage(
      YamlToJson(root).dump(), &config);  // refuses unknown fields
  if (!parsed.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "configuration \"", path, "\": ", std::string(parsed.message())));
  }
  FillDefaults(config);
  RETURN_IF_ERROR(CheckRanges(config));
  return config;
}

std::string FormatConfig(const v1::ServerConfig& config) {
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(config, &json, options)
           .ok()) {
    return "";
  }
  YAML::Emitter out;
  JsonToYaml(nlohmann::ordered_json::parse(json), out);
  return std::string(out.c_str()) + "\n";
}

}  // namespace mongoose::server

#include "server/config.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/process_stats.h"
#include "server/text_file.h"
#include "server/yaml_schema.h"

namespace mongoose::server {
namespace {

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

// What has been read so far, and what was wrong with it.
struct Draft {
  v1::ServerConfig config;
  FieldPlaces places;
  std::vector<std::string> errors;

  void Add(const std::string& field, const std::string& text) {
    const auto place = places.find(field);
    errors.push_back(absl::StrCat(
        place == places.end() ? "" : place->second + ": ", field, text));
  }
  void Merge(const YAML::Node& node, const YamlSource& source) {
    auto found = MergeYaml(node, source, config, places);
    std::ranges::move(found, std::back_inserter(errors));
  }
};

void ReadFile(const std::string& path, const std::string& text, Draft& draft) {
  try {
    const std::vector<YAML::Node> roots = YAML::LoadAll(text);
    if (roots.size() > 1) {
      draft.errors.push_back(
          absl::StrCat(path, ": configuration must be one YAML document, got ",
                       roots.size()));
    } else if (!roots.empty() && roots[0].IsMap()) {
      draft.Merge(roots[0], {.name = path});
    } else if (!roots.empty() && !roots[0].IsNull()) {
      draft.errors.push_back(
          absl::StrCat(path, ": configuration must be a map of sections"));
    }
  } catch (const YAML::Exception& error) {
    draft.errors.push_back(
        absl::StrCat(path, ":", error.mark.line + 1,
                     ": configuration is not YAML: ", error.msg));
  }
}

// `text` is section.field=value; deeper fields have more dots.
void ReadOverride(const std::string& text, Draft& draft) {
  const std::string source = absl::StrCat("--set ", text);
  const std::vector<std::string> halves =
      absl::StrSplit(text, absl::MaxSplits('=', 1));
  std::vector<std::string> path = absl::StrSplit(halves[0], '.');
  if (halves.size() != 2 || path.size() < 2) {
    draft.errors.push_back(
        absl::StrCat(source, ": must have the form section.field=value"));
    return;
  }
  try {
    YAML::Node node = YAML::Load(halves[1]);
    for (; !path.empty(); path.pop_back()) {
      YAML::Node map(YAML::NodeType::Map);
      map[path.back()] = node;
      node = map;
    }
    draft.Merge(node, {.name = source, .has_lines = false});
  } catch (const YAML::Exception& error) {
    draft.errors.push_back(
        absl::StrCat(source, ": value is not YAML: ", error.msg));
  }
}

// Sets `field` of `section` where it is not given.
#define MONGOOSE_DEFAULT(section, field, value) \
  if (!(section).has_##field()) (section).set_##field(value)

void FillDefaults(v1::ServerConfig& config) {
  v1::ListenConfig& listen = *config.mutable_listen();
  if (listen.addresses().empty()) listen.add_addresses("127.0.0.1:50051");
  if (listen.metrics_address().empty()) {
    listen.set_metrics_address("127.0.0.1:9464");
  }
  MONGOOSE_DEFAULT(listen, reflection, true);
  v1::PoolConfig& pools = *config.mutable_pools();
  MONGOOSE_DEFAULT(pools, query_threads,
                   std::max(1U, std::thread::hardware_concurrency()));
  MONGOOSE_DEFAULT(pools, rehash_threads,
                   std::max(1U, std::thread::hardware_concurrency()));
  MONGOOSE_DEFAULT(pools, rehash_nice, 10);
  if (pools.rehash_backend().empty()) pools.set_rehash_backend("cpu");
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
  MONGOOSE_DEFAULT(limits, max_total_bytes, ProcessMemoryLimit() / 5 * 4);
  v1::LogConfig& log = *config.mutable_log();
  if (log.level().empty()) log.set_level("info");
  if (log.format().empty()) log.set_format("json");
  if (log.calls().empty()) log.set_calls("traced");
  MONGOOSE_DEFAULT(log, max_calls_per_second, 100);
  v1::ShutdownConfig& shutdown = *config.mutable_shutdown();
  MONGOOSE_DEFAULT(shutdown, drain_ms, 1500);
  MONGOOSE_DEFAULT(shutdown, grace_ms, 10000);
}
#undef MONGOOSE_DEFAULT

struct Range {
  const char* field;
  std::uint64_t value;
  std::uint64_t min;
  std::uint64_t max;
};

std::vector<Range> RangesOf(const v1::ServerConfig& config) {
  const auto& pools = config.pools();
  const auto& limits = config.limits();
  constexpr std::uint64_t kMaxQueue = 1000000;
  constexpr std::uint64_t kMaxMillis = 600000;
  constexpr std::uint64_t kMinBytes = 1 << 20;
  return {
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
      {"limits.max_index_bytes", limits.max_index_bytes(), kMinBytes,
       UINT64_MAX},
      {"limits.update_credit_bytes", limits.update_credit_bytes(), 64 << 10,
       UINT32_MAX},
      {"limits.max_batch", limits.max_batch(), 1, 1000000},
      {"limits.max_total_bytes", limits.max_total_bytes(), kMinBytes,
       ProcessMemoryLimit()},
      {"log.max_calls_per_second", config.log().max_calls_per_second(), 1,
       1000000},
      {"shutdown.drain_ms", config.shutdown().drain_ms(), 0, kMaxMillis},
      {"shutdown.grace_ms", config.shutdown().grace_ms(), 0, kMaxMillis},
  };
}

struct Word {
  const char* field;
  const std::string& value;
  std::vector<std::string> allowed;
};

std::vector<Word> WordsOf(const v1::ServerConfig& config) {
  return {
      {"pools.rehash_backend",
       config.pools().rehash_backend(),
       {"cpu", "cuda", "emulated"}},
      {"log.level", config.log().level(), {"debug", "info", "warn", "error"}},
      {"log.format", config.log().format(), {"json", "text"}},
      {"log.calls", config.log().calls(), {"none", "failed", "traced", "all"}}};
}

// What is given, but empty: a default would not be what was meant.
void CheckEmpty(Draft& draft) {
  const v1::ListenConfig& listen = draft.config.listen();
  if (listen.addresses().empty() && draft.places.contains("listen.addresses")) {
    draft.Add("listen.addresses", " must have at least one address");
  }
  if (listen.metrics_address().empty() &&
      draft.places.contains("listen.metrics_address")) {
    draft.Add("listen.metrics_address", " must be host:port or off, got \"\"");
  }
}

// Values of the right type that are not allowed.
void CheckValues(Draft& draft) {
  for (const Range& range : RangesOf(draft.config)) {
    if (range.value >= range.min && range.value <= range.max) continue;
    draft.Add(range.field, absl::StrCat(" must be ", range.min, "..", range.max,
                                        ", got ", range.value));
  }
  for (const Word& word : WordsOf(draft.config)) {
    if (std::ranges::count(word.allowed, word.value) > 0) continue;
    draft.Add(word.field, absl::StrCat(" must be one of ",
                                       absl::StrJoin(word.allowed, ", "),
                                       ", got \"", word.value, "\""));
  }
  const v1::TlsConfig& tls = draft.config.listen().tls();
  if (tls.certificate().empty() != tls.private_key().empty()) {
    draft.Add("listen.tls", " must have both certificate and private_key");
  } else if (tls.certificate().empty() && !tls.client_ca().empty()) {
    draft.Add("listen.tls.client_ca", " must be given with a certificate only");
  }
}

}  // namespace

absl::StatusOr<v1::ServerConfig> LoadConfig(
    const std::string& path, const std::vector<std::string>& overrides) {
  Draft draft;
  if (!path.empty()) {
    const absl::StatusOr<std::string> text = ReadTextFile(path);
    if (!text.ok()) {
      return absl::NotFoundError(
          absl::StrCat("configuration file ", text.status().message()));
    }
    ReadFile(path, *text, draft);
  }
  for (const std::string& text : overrides) ReadOverride(text, draft);
  CheckEmpty(draft);
  FillDefaults(draft.config);
  CheckValues(draft);
  if (draft.errors.empty()) return std::move(draft.config);
  return absl::InvalidArgumentError(absl::StrJoin(draft.errors, "\n"));
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

#include "server/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace mongoose::server {
namespace {

std::atomic<bool> log_as_json{true};

std::string Timestamp() {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(),
                          absl::UTCTimeZone());
}

std::string Quote(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false,
                                   nlohmann::json::error_handler_t::replace);
}

std::string FormatLine(std::string_view level, std::string_view event,
                       const std::vector<LogField>& fields) {
  const bool json = log_as_json.load();
  std::string line =
      json ? absl::StrCat("{\"time\":\"", Timestamp(), "\",\"level\":\"",
                          std::string(level),
                          "\",\"event\":", Quote(std::string(event)))
           : absl::StrCat(Timestamp(), " ", std::string(level), " ",
                          std::string(event));
  for (const LogField& field : fields) {
    const std::string value =
        field.quoted() ? Quote(field.value()) : field.value();
    line += json ? absl::StrCat(",\"", field.key(), "\":", value)
                 : absl::StrCat(" ", field.key(), "=", value);
  }
  return json ? line + "}" : line;
}

void Write(spdlog::level::level_enum level, std::string_view event,
           const std::vector<LogField>& fields) {
  auto* logger = spdlog::default_logger_raw();
  if (!logger->should_log(level)) return;
  const auto name = spdlog::level::to_string_view(level);
  logger->log(level, spdlog::string_view_t(FormatLine(
                         {name.data(), name.size()}, event, fields)));
}

}  // namespace

LogField::LogField(std::string_view key, std::string_view value)
    : key_(key), value_(value) {}

void SetUpLog(const v1::LogConfig& config) {
  log_as_json = config.format() == "json";
  auto logger = std::make_shared<spdlog::logger>(
      "mongoose", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%v");
  logger->set_level(spdlog::level::from_str(config.level()));
  spdlog::set_default_logger(std::move(logger));
}

void LogDebug(std::string_view event, const std::vector<LogField>& fields) {
  Write(spdlog::level::debug, event, fields);
}
void LogInfo(std::string_view event, const std::vector<LogField>& fields) {
  Write(spdlog::level::info, event, fields);
}
void LogWarning(std::string_view event, const std::vector<LogField>& fields) {
  Write(spdlog::level::warn, event, fields);
}
void LogError(std::string_view event, const std::vector<LogField>& fields) {
  Write(spdlog::level::err, event, fields);
}

}  // namespace mongoose::server

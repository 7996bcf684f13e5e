// Structured log lines: an event and its fields, one line each on stderr.
#ifndef MONGOOSE_SERVER_LOG_H_
#define MONGOOSE_SERVER_LOG_H_

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "mongoose/v1/server_config.pb.h"

namespace mongoose::server {

// A value of a log field; numbers are written as JSON numbers.
class LogField {
 public:
  LogField(std::string_view key, std::string_view value);
  LogField(std::string_view key, const char* value)
      : LogField(key, std::string_view(value)) {}
  template <typename T>
  requires std::integral<T> || std::floating_point<T> LogField(
      std::string_view key, T value)
      : key_(key), value_(std::to_string(value)), quoted_(false) {}

  const std::string& key() const { return key_; }
  const std::string& value() const { return value_; }
  bool quoted() const { return quoted_; }

 private:
  std::string key_;
  std::string value_;
  bool quoted_ = true;
};

// Sets level and format for the process.  REQUIRES: config from LoadConfig.
void SetUpLog(const v1::LogConfig& config);

void LogDebug(std::string_view event, const std::vector<LogField>& fields = {});
void LogInfo(std::string_view event, const std::vector<LogField>& fields = {});
void LogWarning(std::string_view event,
                const std::vector<LogField>& fields = {});
void LogError(std::string_view event, const std::vector<LogField>& fields = {});

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_LOG_H_

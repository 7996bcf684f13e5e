#include "server/trace_context.h"

#include <algorithm>
#include <cstddef>

namespace mongoose::server {
namespace {

// version "-" trace id "-" parent id "-" flags
constexpr std::size_t kVersionDigits = 2;
constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kParentDigits = 16;
constexpr std::size_t kFlagDigits = 2;
constexpr std::size_t kSize =
    kVersionDigits + 1 + kTraceDigits + 1 + kParentDigits + 1 + kFlagDigits;

bool IsHex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
  });
}

bool IsId(std::string_view text) {
  return IsHex(text) && text.find_first_not_of('0') != std::string_view::npos;
}

// Bit 0 of the flags' last digit.
bool IsOdd(char digit) {
  return ((digit <= '9' ? digit - '0' : digit - 'a' + 10) & 1) != 0;
}

}  // namespace

std::optional<TraceContext> ParseTraceparent(std::string_view value) {
  if (value.size() < kSize) return std::nullopt;
  const std::string_view version = value.substr(0, kVersionDigits);
  const std::string_view trace = value.substr(3, kTraceDigits);
  const std::string_view parent = value.substr(36, kParentDigits);
  const std::string_view flags = value.substr(53, kFlagDigits);
  // Later versions may append fields, after another dash.
  const bool ends = version == "00"
                        ? value.size() == kSize
                        : value.size() == kSize || value[kSize] == '-';
  const bool valid = ends && value[2] == '-' && value[35] == '-' &&
                     value[52] == '-' && IsHex(version) && version != "ff" &&
                     IsId(trace) && IsId(parent) && IsHex(flags);
  if (!valid) return std::nullopt;
  return TraceContext{.trace_id = std::string(trace),
                      .parent_id = std::string(parent),
                      .sampled = IsOdd(flags.back())};
}

}  // namespace mongoose::server

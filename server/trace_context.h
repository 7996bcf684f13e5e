#ifndef MONGOOSE_SERVER_TRACE_CONTEXT_H_
#define MONGOOSE_SERVER_TRACE_CONTEXT_H_

#include <optional>
#include <string>
#include <string_view>

namespace mongoose::server {

// Where a call stands in its caller's trace [W3C Trace Context].
struct TraceContext {
  std::string trace_id;   // 32 lower-case hexadecimal digits
  std::string parent_id;  // 16 of them: the caller's span
  bool sampled = false;   // the caller records this trace
};

// Reads a `traceparent` value; none if it breaks the specification's rules,
// since such a value is to be ignored.
std::optional<TraceContext> ParseTraceparent(std::string_view value);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_TRACE_CONTEXT_H_

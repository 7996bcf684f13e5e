#ifndef MONGOOSE_SERVER_CALL_RECORD_H_
#define MONGOOSE_SERVER_CALL_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>

#include "core/query/active_sets.h"
#include "server/trace_context.h"

namespace mongoose::server {

// What is noted of one call while it is worked on, for its line in the log.
// Of a stream: sums over its messages.  Used by one thread at a time.
struct CallRecord {
  std::optional<TraceContext> trace;
  std::string index;             // empty: the call names none, or none yet
  std::uint64_t messages = 0;    // received
  double queue_seconds = 0;      // waited for a thread
  double work_seconds = 0;       // in the handler
  StageSeconds stage_seconds{};  // of queries, summed over threads
  double encode_seconds = 0;     // of queries
};

// A record with the trace that the call's metadata name.
CallRecord StartRecord(const grpc::CallbackServerContext& context);

// The index a request names: its field `index` or `name`, else that of its
// field `query` or `spec`; empty if it has none of them.  Cut after 128 bytes.
std::string IndexNameIn(const google::protobuf::Message& request);

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_CALL_RECORD_H_

// `mongoosectl bench`: a load generator for a running server.
#ifndef MONGOOSE_CLIENT_BENCH_COMMAND_H_
#define MONGOOSE_CLIENT_BENCH_COMMAND_H_

#include "absl/status/status.h"
#include "client/bench_flags.h"
#include "client/index_client.h"

namespace mongoose::client {

// Puts the load on the server, with a progress line on stderr if that is a
// terminal, and prints the report to stdout.  SIGINT and SIGTERM end the load
// early; the report is then of the time until that, and the status Cancelled.
// A temporary index is deleted in any case.
//
// `options` are those `client` was made with.  InvalidArgument for flags that
// contradict each other or the index; NotFound without the index; unless
// errors are allowed, the most frequent code of calls that failed.
absl::Status RunBench(IndexClient& client, const ClientOptions& options,
                      const BenchFlags& flags);

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_BENCH_COMMAND_H_

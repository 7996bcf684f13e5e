// The senders of a bench: queries, and chunks of row changes.
#ifndef MONGOOSE_CLIENT_BENCH_CALLS_H_
#define MONGOOSE_CLIENT_BENCH_CALLS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/bench_load.h"
#include "client/index_client.h"

#include "mongoose/v1/index_service.pb.h"

namespace mongoose::client {

// Which queries to make.
struct QueryLoad {
  v1::QueryNeuronsRequest call;    // index, plan and layout; no queries
  std::uint32_t dim = 0;           // values per query
  std::uint32_t num_clusters = 0;  // of the index's rows; 0: not known
  std::uint32_t batch = 1;         // queries in one call, > 0
  int num_senders = 1;
  std::uint64_t seed = 0;
};

// Each sender makes one call at a time, with a batch drawn from a pool that is
// made here, so that making vectors costs nothing while latencies are
// measured.  The pool takes at most about 64 MiB, or one batch.
// `client` must outlive the senders.
std::vector<Caller> MakeQueryCallers(IndexClient& client,
                                     const QueryLoad& load);

// Which row changes to send.
struct UpdateLoad {
  v1::IndexSpec spec;            // of the index
  std::uint32_t chunk_rows = 1;  // rows in one chunk, 1..spec.num_rows()
  float change = 0;              // Euclidean length of a row's change
  std::string writer_prefix;     // sender i writes as "<prefix>-<i>"
  int num_senders = 1;
  absl::Duration timeout;  // until a chunk is acknowledged
  std::uint64_t seed = 0;
};

// Each sender has an update stream of its own and one chunk in flight, which
// adds changes of random direction to distinct random rows.  A call ends with
// the chunk's acknowledgement.  After a failure the sender opens a new stream.
// `client` must outlive the senders.
std::vector<Caller> MakeUpdateCallers(IndexClient& client,
                                      const UpdateLoad& load);

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_BENCH_CALLS_H_

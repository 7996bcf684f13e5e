#ifndef MONGOOSE_CORE_INDEX_INDEX_STATUS_H_
#define MONGOOSE_CORE_INDEX_INDEX_STATUS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "core/index/learn_loop.h"
#include "core/index/query_counts.h"
#include "core/index/recall_probe.h"
#include "core/index/replica.h"
#include "core/query/bucket_sizes.h"
#include "core/schedule/rehash_policy.h"

namespace mongoose {

// The state an answer was computed from.
struct IndexState {
  std::uint64_t index_version = 0;     // 0: no snapshot yet
  std::uint64_t applied_sequence = 0;  // update chunks in the rows
  std::uint64_t hashed_sequence = 0;   // update chunks in the tables
  float staleness = 0;                 // predicted, calibrated
};

// One thing the re-hash loop did, for logs.
struct RehashEvent {
  std::string_view index;
  RehashDecision decision;
  absl::Status status;   // not OK: the snapshot before it serves on
  std::size_t rows = 0;  // hashed
  double seconds = 0;
};
// Called on the index's own thread; must not block.
using RehashListener = std::function<void(const RehashEvent&)>;

// What the re-hash loop has done since the index was created.
struct RehashCounts {
  std::uint64_t rebuilds = 0;          // all rows
  std::uint64_t partial_rehashes = 0;  // some rows
  std::uint64_t rows_rehashed = 0;
  // Whose values a partition's cells took without hashing them.
  std::uint64_t rows_copied = 0;
  std::uint64_t failed_rebuilds = 0;
  double rebuild_seconds = 0;
  float sampled_staleness = 0;      // measured on the last sample
  float sampled_changed_bits = 0;   // changed bits of the last sample
  double snapshot_age_seconds = 0;  // since rows were re-hashed; 0: never
  double running_seconds = 0;       // of the re-hash at work; 0: none is
  BucketSizes bucket_sizes;         // of the current snapshot
  std::string last_action = "keep";
  std::string last_reason;
};

// Everything an operator may ask about an index.
struct IndexStatus {
  IndexState state;
  Replica::Counts replica;
  RehashCounts rehash;
  RecallProbe::Result recall;
  QueryCounts queries;
  LearnCounts learning;
  std::size_t num_rows = 0;
  double recall_target = 0;  // of the spec
  std::size_t memory_bytes = 0;
  std::size_t hot_rows = 0;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_INDEX_STATUS_H_

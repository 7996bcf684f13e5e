// One index over the rows of an output layer.
#ifndef MONGOOSE_CORE_INDEX_NEURON_INDEX_H_
#define MONGOOSE_CORE_INDEX_NEURON_INDEX_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/backend/backend.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "core/base/mutex.h"
#include "core/index/hot_list_tracker.h"
#include "core/index/index_runtime.h"
#include "core/index/index_spec.h"
#include "core/index/index_status.h"
#include "core/index/learn_loop.h"
#include "core/index/query_counts.h"
#include "core/index/query_mean.h"
#include "core/index/query_sampler.h"
#include "core/index/recall_probe.h"
#include "core/index/rehash_loop.h"
#include "core/index/replica.h"
#include "core/index/snapshot_cell.h"
#include "core/index/update_chunk.h"
#include "core/query/active_sets.h"

namespace mongoose {

// All of core that the server sees of one index.
//
// Thread-safe.  Neither Apply nor Query ever waits for a rebuild: one
// background thread ("rehash") re-hashes a frozen copy of the rows and swaps
// in a new snapshot.  The runtime's parts must outlive the index.
class NeuronIndex {
 public:
  // InvalidArgument when the spec is out of range (ValidateIndexSpec); what the
  // backend for re-hashing says of the hash functions.
  static absl::StatusOr<std::unique_ptr<NeuronIndex>> Create(
      const IndexSpec& spec, const IndexRuntime& runtime);
  // Waits for a running rebuild to end.
  ~NeuronIndex();

  NeuronIndex(const NeuronIndex&) = delete;
  NeuronIndex& operator=(const NeuronIndex&) = delete;

  const IndexSpec& spec() const { return spec_; }

  // Applies one chunk of changes whole, at most once; see Replica::Apply for
  // the errors.
  absl::StatusOr<UpdateResult> Apply(const UpdateChunk& chunk);

  struct Answer {
    ActiveSets sets;
    ActiveUnion unite;  // when a union was asked for
    IndexState state;
  };
  enum class Layout { kPerSample, kUnion, kUnionWithPositions };
  // Answers a batch from the current snapshot and the newest rows.
  // InvalidArgument or OutOfRange with field, rule and value when the query
  // does not suit the index; FailedPrecondition before the first snapshot;
  // the status of `cancel` when it ends the work.
  absl::StatusOr<Answer> Query(const NeuronQuery& query, Layout layout,
                               const CancelToken& cancel);

  // Learns from pairs of queries and rows to be found, and waits for the
  // verdict; see LearnLoop::Learn.  InvalidArgument or OutOfRange with field,
  // rule and value when the pairs do not suit the index.
  absl::StatusOr<GateVerdict> Learn(const LearnLoop::Pairs& pairs,
                                    const CancelToken& cancel);

  // Chunks applied so far.
  std::uint64_t applied_sequence() const {
    return replica_.counts().applied_sequence;
  }

  // Null before the first snapshot.
  std::shared_ptr<const IndexSnapshot> snapshot() const {
    return current_.Acquire();
  }
  IndexState state() const;
  IndexStatus status() const;
  std::map<std::string, std::uint64_t> writer_sequences() const {
    return replica_.writer_sequences();
  }

  // Waits until the background thread has acted on everything applied so far
  // and has nothing left to do.
  void WaitUntilIdleForTest() ABSL_LOCKS_EXCLUDED(mu_);
  Replica::Frozen FreezeForTest() { return replica_.Freeze(); }

 private:
  NeuronIndex(const IndexSpec& spec, const IndexRuntime& runtime);

  absl::Status ValidateVectors(MatrixView<const float> queries) const;
  absl::Status ValidateQuery(const NeuronQuery& query) const;
  void Poke() ABSL_LOCKS_EXCLUDED(mu_);
  void RehashThread(int nice) ABSL_LOCKS_EXCLUDED(mu_);

  const IndexSpec spec_;
  const Backend& backend_;
  Replica replica_;
  SnapshotCell<IndexSnapshot> current_;
  HotListTracker hot_list_;
  QueryMean query_mean_;
  QueryTally tally_;
  RecallProbe probe_;
  WorkspacePool workspaces_;
  QuerySampler sampler_;
  RehashLoop rehash_loop_;
  LearnLoop learn_loop_;

  Mutex mu_;
  CondVar changed_;
  std::uint64_t pokes_ ABSL_GUARDED_BY(mu_) = 0;
  std::uint64_t pokes_done_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::jthread rehash_thread_;  // last: uses all of the above
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_NEURON_INDEX_H_

// The measured paths; docs/benchmarks.md says what each one means.
#ifndef MONGOOSE_TESTS_BENCH_MEASURED_PATHS_H_
#define MONGOOSE_TESTS_BENCH_MEASURED_PATHS_H_

#include "absl/status/status.h"
#include "core/base/worker_pool.h"
#include "tests/bench/bench_options.h"
#include "tests/bench/bench_sets.h"
#include "tests/bench/results.h"

namespace mongoose::bench {

// What every path needs; all outlive the call.
struct PathContext {
  const BenchOptions& options;
  WorkerPool& workers;  // options.threads - 1 threads
  Results& results;
};

// Paths 1 and 2: candidates of single queries and of a batch, by equal codes.
// Internal when both sides do not find the same rows.
absl::Status MeasureLookups(const BenchSet& set, const PathContext& context);

// Path 3: all rows hashed and all tables made anew.
void MeasureRehash(const BenchSet& set, const PathContext& context);

// Path 4: 1 % of the rows changed.
void MeasureUpdates(const BenchSet& set, const PathContext& context);

// Path 5: recall against time, over the settings of every method.
void MeasureRecall(const BenchSet& set, const PathContext& context);

// Path 6: cost at recall >= 0.9 as the number of rows grows.
void MeasureGrowth(const PathContext& context);

// Path 7: patching one table against building it anew, around the crossover.
void MeasureCrossover(const PathContext& context);

// Path 8: the scheduler's check of staleness against a rebuild.
void MeasureChecks(const BenchSet& set, const PathContext& context);

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_MEASURED_PATHS_H_

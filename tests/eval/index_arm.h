// An index that learns by itself, as an arm of the retrieval comparison.
#ifndef MONGOOSE_TESTS_EVAL_INDEX_ARM_H_
#define MONGOOSE_TESTS_EVAL_INDEX_ARM_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/backend/backend.h"
#include "core/base/clock.h"
#include "core/base/matrix_view.h"
#include "core/index/neuron_index.h"
#include "core/learn/query_truths.h"
#include "core/query/index_snapshot.h"
#include "tests/bench/bench_sets.h"

namespace mongoose::eval {

// Rows for each of the hot list at the start, as of an index by default.
inline constexpr std::size_t kRowsPerHotRow = 400;

class IndexArm {
 public:
  // The indexes answer with `wanted` rows, and learn to find as many, from the
  // queries of `training`.  All must outlive it.
  IndexArm(const bench::BenchSet& set, const QueryTruths& training,
           std::size_t wanted, std::uint64_t seed, const Backend& backend,
           const Clock& clock);

  struct Result {
    std::shared_ptr<const IndexSnapshot> snapshot;
    std::string reason;  // for what it uses
  };
  // What an index uses that read about `rows` rows a query before it learned,
  // after it has answered all queries a few times.
  Result Learn(double rows) const;

 private:
  // An index that holds the set and has answered all queries.
  std::unique_ptr<NeuronIndex> Start(const IndexSpec& spec,
                                     int times_asked) const;
  // Of an index that reads about `rows` rows a query, not learning.
  IndexSpec SpecReading(double rows) const;

  const bench::BenchSet& set_;
  const QueryTruths& training_;
  const Backend& backend_;
  const Clock& clock_;
  IndexSpec spec_;
  std::shared_ptr<const IndexSnapshot> start_;  // with a hot list, not learned
};

}  // namespace mongoose::eval

#endif  // MONGOOSE_TESTS_EVAL_INDEX_ARM_H_

// Exact search as people do it: one matrix product a batch, then the best k.
#ifndef MONGOOSE_TESTS_BENCH_EXACT_PEER_H_
#define MONGOOSE_TESTS_BENCH_EXACT_PEER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/base/worker_pool.h"
#include "tests/support/matrix.h"

namespace mongoose::bench {

inline constexpr RowId kNoRow = ~RowId{0};  // fills an answer that is short

// Not thread-safe.  The rows and the pool must outlive it.
class ExactPeer {
 public:
  ExactPeer(const test_support::Matrix& rows, WorkerPool& workers)
      : rows_(rows), workers_(workers) {}

  // The k rows of largest inner product with each query, best first:
  // found [queries, k].  The product runs on the library's own threads, the
  // selection on those of the pool.
  void Search(MatrixView<const float> queries, std::span<RowId> found);

 private:
  const test_support::Matrix& rows_;
  WorkerPool& workers_;
  std::vector<float> scores_;
};

// The found.size() rows of `candidates` of largest inner product with `query`;
// candidates that are not rows (negative) are passed over.
void RerankExactly(const test_support::Matrix& rows,
                   std::span<const float> query,
                   std::span<const std::int64_t> candidates,
                   std::span<RowId> found);

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_EXACT_PEER_H_

// hnswlib as a peer.
#ifndef MONGOOSE_TESTS_BENCH_HNSW_PEER_H_
#define MONGOOSE_TESTS_BENCH_HNSW_PEER_H_

#include <cstddef>
#include <memory>
#include <span>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/base/worker_pool.h"
#include "tests/support/matrix.h"

namespace mongoose::bench {

// Inner product, M = 32, ef_construction = 100.  The pool must outlive it.
class HnswPeer {
 public:
  HnswPeer(const test_support::Matrix& rows, WorkerPool& workers);
  ~HnswPeer();

  // found [queries, k], best first; `ef` candidates are kept while searching.
  void Search(MatrixView<const float> queries, std::size_t ef,
              std::span<RowId> found);
  // updatePoint with update probability 1, row by row.
  void Update(std::span<const RowId> ids, MatrixView<const float> values);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_HNSW_PEER_H_

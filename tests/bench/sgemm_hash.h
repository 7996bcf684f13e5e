// SimHash as people compute it: one matrix product, then the signs.
#ifndef MONGOOSE_TESTS_BENCH_SGEMM_HASH_H_
#define MONGOOSE_TESTS_BENCH_SGEMM_HASH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/base/worker_pool.h"

namespace mongoose::bench {

// Gaussian directions.  Not thread-safe.
class SgemmHash {
 public:
  SgemmHash(std::size_t cols, std::size_t bits_per_table,
            std::size_t num_tables, std::uint64_t seed);

  // Writes codes [rows, num_tables]; the signs on the threads of the pool.
  void Hash(MatrixView<const float> rows, std::span<Code> codes,
            WorkerPool& workers);

 private:
  std::size_t bits_per_table_;
  std::size_t num_tables_;
  // [bits_per_table * num_tables, cols]: bit by bit of all tables, so that
  // packing the signs runs along the tables.
  std::vector<float> directions_;
  std::vector<float> products_;
};

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_SGEMM_HASH_H_

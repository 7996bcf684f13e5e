// FAISS indexes as peers.  Debian's build has no SIMD beyond SSE2.
#ifndef MONGOOSE_TESTS_BENCH_FAISS_PEERS_H_
#define MONGOOSE_TESTS_BENCH_FAISS_PEERS_H_

#include <algorithm>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/base/worker_pool.h"
#include "tests/support/matrix.h"

namespace mongoose::bench {

// Answers go to found [queries, k], short ones filled with kNoRow.  FAISS
// searches on OMP_NUM_THREADS threads.

// IndexFlatIP.
class FaissFlat {
 public:
  explicit FaissFlat(const test_support::Matrix& rows);
  ~FaissFlat();
  void Search(MatrixView<const float> queries, std::span<RowId> found);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// IndexIVFFlat by inner product, trained on the rows.
class FaissIvf {
 public:
  // A list for each 64 rows, at most 1,024: FAISS asks for 39 rows a list.
  static std::size_t NumLists(std::size_t num_rows) {
    return std::clamp<std::size_t>(num_rows / 64, 1, 1024);
  }
  // With `can_update`, keeps the map from ids to lists that Update needs.
  FaissIvf(const test_support::Matrix& rows, bool can_update);
  ~FaissIvf();
  void Search(MatrixView<const float> queries, std::size_t num_probes,
              std::span<RowId> found);
  // update_vectors: the centroids stay.
  void Update(std::span<const RowId> ids, MatrixView<const float> values);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// IndexLSH with a random rotation, then exact re-ranking of its best
// `num_candidates`.  The rows and the pool must outlive it.
class FaissLsh {
 public:
  FaissLsh(const test_support::Matrix& rows, std::size_t num_bits,
           WorkerPool& workers);
  ~FaissLsh();
  void Search(MatrixView<const float> queries, std::size_t num_candidates,
              std::span<RowId> found);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// IndexBinaryMultiHash over the sign bits of a random rotation, then exact
// re-ranking.  The rows and the pool must outlive it.
class FaissMultiHash {
 public:
  FaissMultiHash(const test_support::Matrix& rows, std::size_t bits_per_table,
                 std::size_t num_tables, WorkerPool& workers);
  ~FaissMultiHash();
  void Search(MatrixView<const float> queries, std::size_t num_candidates,
              std::span<RowId> found);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

std::string FaissCompileOptions();

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_FAISS_PEERS_H_

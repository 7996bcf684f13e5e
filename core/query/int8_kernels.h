// SIMD kernels that compare a few queries with tiles of int8 rows.
#ifndef MONGOOSE_CORE_QUERY_INT8_KERNELS_H_
#define MONGOOSE_CORE_QUERY_INT8_KERNELS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/table/cell_rows.h"

namespace mongoose {

// Queries rounded to int8, in the forms that the kernels multiply by.
class Int8Queries {
 public:
  // `stride` is that of the rows they are compared with; queries of at most as
  // many values.
  Int8Queries(std::size_t stride, MatrixView<const float> queries);

  std::size_t size() const { return steps_.size(); }
  std::size_t stride() const { return stride_; }
  // Value = step * integer.
  float step(std::size_t query) const { return steps_[query]; }
  // Four values a word, [stride / 4].
  const std::int32_t* words(std::size_t query) const {
    return &words_[query * stride_ / CellRows::kValuesPerWord];
  }
  // The integers as floats, [stride].
  const float* floats(std::size_t query) const {
    return &floats_[query * stride_];
  }
  // Sum of the integers.
  std::int32_t sum(std::size_t query) const { return sums_[query]; }

 private:
  void Add(std::span<const float> query);

  std::size_t stride_;
  std::vector<float> steps_;
  std::vector<std::int32_t> words_;
  std::vector<float> floats_;
  std::vector<std::int32_t> sums_;
};

// Where the rows near to one query go: keys_end[i] is the key of rows_end[i].
struct NearCursor {
  std::size_t query = 0;  // in Int8Queries
  float limit = 0;        // only rows of a larger key are of interest
  float* keys_end = nullptr;
  RowId* rows_end = nullptr;
};

// Appends to each cursor the rows of a tile whose key, the inner product in
// units of the query's step, is above its limit.  Equal on every target.
// REQUIRES: room for 2 * kTileRows at each end.
void ScanTile(const CellRows::Tile& tile, const Int8Queries& queries,
              std::span<NearCursor> cursors);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_INT8_KERNELS_H_

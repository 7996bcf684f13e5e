#ifndef MONGOOSE_CORE_LEARN_QUERY_TRUTHS_H_
#define MONGOOSE_CORE_LEARN_QUERY_TRUTHS_H_

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"

namespace mongoose {

inline constexpr RowId kNoRow = std::numeric_limits<RowId>::max();

// Queries, and for each the rows that an index should find: the exact nearest,
// or its labels.  Keeps the newest `capacity`.  Not thread-safe.
class QueryTruths {
 public:
  // At most `max_rows`, which is not 0, of each query.
  QueryTruths(std::size_t cols, std::size_t capacity, std::size_t max_rows)
      : cols_(cols), capacity_(capacity), max_rows_(max_rows) {}

  // Keeps the first max_rows() of `rows`; takes the place of the oldest query
  // when full.
  void Add(std::span<const float> query, std::span<const RowId> rows) {
    assert(query.size() == cols_);
    const std::size_t place = num_added_++ % capacity_;
    if (place >= size()) {
      queries_.resize(queries_.size() + cols_);
      rows_.resize(rows_.size() + max_rows_);
    }
    std::ranges::copy(query, &queries_[place * cols_]);
    SetRows(place, rows);
  }
  // Replaces the rows of the query at `place`.
  void SetRows(std::size_t place, std::span<const RowId> rows) {
    const std::span<RowId> to =
        std::span(rows_).subspan(place * max_rows_, max_rows_);
    const std::size_t count = std::min(rows.size(), max_rows_);
    std::ranges::copy(rows.first(count), to.begin());
    std::ranges::fill(to.subspan(count), kNoRow);
  }

  std::size_t size() const { return rows_.size() / max_rows_; }
  std::size_t max_rows() const { return max_rows_; }
  // Queries added since construction.
  std::size_t num_added() const { return num_added_; }
  MatrixView<const float> queries() const { return {queries_, size(), cols_}; }
  // max_rows() of them; kNoRow after the last.
  std::span<const RowId> rows(std::size_t query) const {
    return all_rows().subspan(query * max_rows_, max_rows_);
  }
  std::span<const RowId> all_rows() const { return rows_; }

 private:
  std::size_t cols_;
  std::size_t capacity_;
  std::size_t max_rows_;
  std::size_t num_added_ = 0;
  std::vector<float> queries_;  // [size, cols]
  std::vector<RowId> rows_;     // [size, max_rows]
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_QUERY_TRUTHS_H_

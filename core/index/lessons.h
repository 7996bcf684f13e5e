#ifndef MONGOOSE_CORE_INDEX_LESSONS_H_
#define MONGOOSE_CORE_INDEX_LESSONS_H_

#include <cstddef>
#include <span>

#include "core/base/row_id.h"
#include "core/learn/query_truths.h"

namespace mongoose {

// Queries to learn from, and every fourth one to judge by.  Not thread-safe.
struct Lessons {
  // At most `max_rows` of each query.
  Lessons(std::size_t cols, std::size_t capacity, std::size_t max_rows)
      : training(cols, capacity - capacity / 4, max_rows),
        held_back(cols, capacity / 4, max_rows) {}

  void Add(std::span<const float> query, std::span<const RowId> rows) {
    ++num_added;
    AddTo(num_added, query, rows);
  }
  // A query given again goes where it went before.
  void AddAgain(std::span<const float> query, std::span<const RowId> rows) {
    AddTo(num_added, query, rows);
  }

  QueryTruths training;
  QueryTruths held_back;
  std::size_t num_added = 0;

 private:
  void AddTo(std::size_t place, std::span<const float> query,
             std::span<const RowId> rows) {
    (place % 4 == 0 ? held_back : training).Add(query, rows);
  }
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_LESSONS_H_

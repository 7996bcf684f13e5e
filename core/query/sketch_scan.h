// Candidates by comparing the sketches of a few queries with those of all rows.
#ifndef MONGOOSE_CORE_QUERY_SKETCH_SCAN_H_
#define MONGOOSE_CORE_QUERY_SKETCH_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/base/row_id.h"
#include "core/hash/sketch.h"

namespace mongoose {

// A row and its Hamming distance to a query, ordered by distance, then row.
struct NearRow {
  std::uint64_t key;  // distance * 2^32 + row

  RowId row() const { return static_cast<RowId>(key); }
  std::uint32_t distance() const {
    return static_cast<std::uint32_t>(key >> 32);
  }
};

// Blocks [first, last) of a sketch.
struct BlockRange {
  std::size_t first;
  std::size_t last;
};

// Finds the `count` rows of smallest (distance, row) for each of `num_queries`
// queries; fewer when there are fewer rows.  Rows are read in chunks that stay
// in the L1 cache while all queries are compared with them.
//
// `queries` [num_queries, sketch.num_words()].  Results are in no order.
// O(rows * num_queries * num_words / 8) vector operations.
class SketchScan {
 public:
  SketchScan(const Sketch& sketch, std::span<const std::uint64_t> queries,
             std::size_t count);

  std::span<const NearRow> nearest(std::size_t query) const {
    return std::span(near_).subspan(query * room_, found_[query]);
  }

 private:
  using NearList = UninitializedVector<NearRow>;

  // Above every distance.
  std::uint32_t NoLimit() const {
    return static_cast<std::uint32_t>(sketch_.num_words() * 64 + 1);
  }
  void ScanAll(std::size_t first_query, std::size_t last_query);
  void Scan(BlockRange blocks, std::size_t query);
  // A limit below which `count_` rows are likely to be, from a sample of rows.
  std::uint32_t GuessLimit(std::size_t query);
  // Keeps the nearest `count_` rows found so far; later ones must be nearer.
  void Trim(std::size_t query);

  const Sketch& sketch_;
  const std::span<const std::uint64_t> queries_;
  const std::size_t count_;
  std::size_t room_;                   // for rows of a query, more than count_
  NearList near_;                      // [queries, room_]
  std::vector<std::size_t> found_;     // rows in near_
  std::vector<std::uint32_t> limits_;  // rows below it are of interest
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_SKETCH_SCAN_H_

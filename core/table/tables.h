// The buckets of all tables of one index version.
#ifndef MONGOOSE_CORE_TABLE_TABLES_H_
#define MONGOOSE_CORE_TABLE_TABLES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/base/row_id.h"

namespace mongoose {

// A row within its segment.
using LocalRow = std::uint16_t;
// Rows of a segment: the most that a LocalRow can tell apart, few enough that
// a segment of a table is built and read within the L2 cache.
inline constexpr std::size_t kSegmentRows = 65536;

inline std::size_t NumSegments(std::size_t num_rows) {
  return (num_rows + kSegmentRows - 1) / kSegmentRows;
}

// Rows [first, first + count).
struct RowRange {
  std::size_t first;
  std::size_t count;
};
// Those of a segment.
inline RowRange SegmentRows(std::size_t num_rows, std::size_t segment) {
  const std::size_t first = segment * kSegmentRows;
  return {first, std::min(kSegmentRows, num_rows - first)};
}

// One table over one segment: code -> ascending rows, in compressed sparse
// rows.  Immutable.
class TableSegment {
 public:
  using Rows = UninitializedVector<LocalRow>;

  // REQUIRES: offsets has 2^bits + 1 entries, rises from 0 to rows.size().
  TableSegment(std::vector<std::uint32_t> offsets, Rows rows)
      : offsets_(std::move(offsets)), rows_(std::move(rows)) {}

  std::size_t num_buckets() const { return offsets_.size() - 1; }
  std::span<const LocalRow> bucket(Code code) const {
    return std::span(rows_).subspan(offsets_[code],
                                    offsets_[code + 1U] - offsets_[code]);
  }
  // Fetches what bucket(code) will read first.
  void PrefetchBucket(Code code) const { __builtin_prefetch(&offsets_[code]); }
  std::span<const std::uint32_t> offsets() const { return offsets_; }
  std::span<const LocalRow> rows() const { return rows_; }
  std::size_t bytes() const {
    return offsets_.size() * sizeof(std::uint32_t) +
           rows_.size() * sizeof(LocalRow);
  }

  friend bool operator==(const TableSegment&, const TableSegment&) = default;

 private:
  std::vector<std::uint32_t> offsets_;  // [buckets + 1]
  Rows rows_;                           // ascending in each bucket
};

// All tables, segment by segment.  Immutable and thread-safe; what an update
// did not touch is shared between versions.
class Tables {
 public:
  Tables() = default;
  // `segments` [num_segments, num_tables].
  Tables(std::size_t num_tables,
         std::vector<std::shared_ptr<const TableSegment>> segments)
      : num_tables_(num_tables), segments_(std::move(segments)) {}

  std::size_t size() const { return num_tables_; }
  std::size_t num_segments() const {
    return num_tables_ == 0 ? 0 : segments_.size() / num_tables_;
  }
  // Row r of `segment` is row segment * kSegmentRows + r of the index.
  const TableSegment& at(std::size_t segment, std::size_t table) const {
    return *segments_[segment * num_tables_ + table];
  }
  std::shared_ptr<const TableSegment> Share(std::size_t segment,
                                            std::size_t table) const {
    return segments_[segment * num_tables_ + table];
  }
  // The rows of one bucket, ascending; copies.
  std::vector<RowId> BucketRows(std::size_t table, Code code) const {
    std::vector<RowId> rows;
    for (std::size_t segment = 0; segment < num_segments(); ++segment) {
      for (const LocalRow row : at(segment, table).bucket(code)) {
        rows.push_back(static_cast<RowId>(segment * kSegmentRows + row));
      }
    }
    return rows;
  }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& segment : segments_) sum += segment->bytes();
    return sum;
  }

  friend bool operator==(const Tables& a, const Tables& b) {
    return a.num_tables_ == b.num_tables_ &&
           std::ranges::equal(
               a.segments_, b.segments_,
               [](const auto& x, const auto& y) { return *x == *y; });
  }

 private:
  std::size_t num_tables_ = 0;
  std::vector<std::shared_ptr<const TableSegment>> segments_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_TABLE_TABLES_H_

// Writing tables past the caches: a table is larger than they are and read
// later, so ordinary stores would first fetch every line they replace.
#ifndef MONGOOSE_CORE_TABLE_STREAMED_ROWS_H_
#define MONGOOSE_CORE_TABLE_STREAMED_ROWS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/row_id.h"

namespace mongoose {

// Rows in a cache line, the unit of streaming.
inline constexpr std::size_t kRowsPerLine = 16;

// The second half of a counting sort: the rows of bucket c, ascending, go to
// ids[offsets[c]] and on, where row i belongs to bucket column[i].
// REQUIRES: ids.data() is aligned to a cache line and has column.size() rows.
void ScatterRows(std::span<const Code> column,
                 std::span<const std::uint32_t> offsets, std::span<RowId> ids);

// Copies whole cache lines.  REQUIRES: both aligned, `count` a multiple of
// kRowsPerLine.
void StreamLines(const RowId* from, std::size_t count, RowId* to);

// Appends to `out`, which must be aligned to a cache line.
class RowStream {
 public:
  explicit RowStream(std::span<RowId> out) : out_(out) {}
  ~RowStream() { Flush(); }
  RowStream(const RowStream&) = delete;
  RowStream& operator=(const RowStream&) = delete;

  void Append(RowId row) {
    staged_[num_staged_++] = row;
    if (num_staged_ == staged_.size()) Flush();
  }
  void Append(std::span<const RowId> rows) {
    while (!rows.empty()) {
      const std::size_t count =
          std::min(rows.size(), staged_.size() - num_staged_);
      std::copy_n(rows.begin(), count, &staged_[num_staged_]);
      num_staged_ += count;
      if (num_staged_ == staged_.size()) Flush();
      rows = rows.subspan(count);
    }
  }

 private:
  void Flush();

  alignas(64) std::array<RowId, 256 * kRowsPerLine> staged_;
  std::size_t num_staged_ = 0;
  std::size_t num_written_ = 0;
  const std::span<RowId> out_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_TABLE_STREAMED_ROWS_H_

#ifndef MONGOOSE_CORE_HASH_CODE_MATRIX_H_
#define MONGOOSE_CORE_HASH_CODE_MATRIX_H_

#include <algorithm>
#include <cstddef>
#include <span>

#include "core/base/cow_blocks.h"
#include "core/base/row_id.h"

namespace mongoose {

// Where the codes of consecutive vectors go: those of vector v start at
// data + v * stride.
struct CodeRows {
  Code* data = nullptr;
  std::size_t stride = 0;
};

// The codes of all rows, shape [rows, tables], kept so that unchanged rows
// are never hashed again and old codes are known without old weights.
//
// Rows are padded with zero codes to a multiple of 8 bytes, so that two rows
// can be compared in 64-bit words.  Copies share blocks of 16 rows; see
// CowBlocks for thread-safety.
class CodeMatrix {
 public:
  CodeMatrix(std::size_t rows, std::size_t tables)
      : rows_(rows),
        tables_(tables),
        stride_((tables + 3) / 4 * 4),
        blocks_((rows + kRowsPerBlock - 1) / kRowsPerBlock,
                kRowsPerBlock * stride_) {}

  std::size_t rows() const { return rows_; }
  std::size_t tables() const { return tables_; }
  std::size_t stride() const { return stride_; }
  std::size_t bytes() const { return blocks_.bytes(); }

  // The `stride` codes of a row.
  const Code* padded_row(std::size_t row) const {
    return blocks_.block(row / kRowsPerBlock) + row % kRowsPerBlock * stride_;
  }
  std::span<const Code> row(std::size_t row) const {
    return {padded_row(row), tables_};
  }
  std::span<Code> mutable_row(std::size_t row) {
    return {blocks_.MutableBlock(row / kRowsPerBlock) +
                row % kRowsPerBlock * stride_,
            tables_};
  }
  // Rows from `row` on, for hashing into.  REQUIRES: not copied so far.
  CodeRows From(std::size_t row) {
    return {blocks_.base() + row * stride_, stride_};
  }

  friend bool operator==(const CodeMatrix& a, const CodeMatrix& b) {
    if (a.rows_ != b.rows_ || a.tables_ != b.tables_) return false;
    for (std::size_t i = 0; i < a.rows_; ++i) {
      if (!std::ranges::equal(a.row(i), b.row(i))) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kRowsPerBlock = 16;

  std::size_t rows_;
  std::size_t tables_;
  std::size_t stride_;
  CowBlocks<Code> blocks_;  // [16, stride] each
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_CODE_MATRIX_H_

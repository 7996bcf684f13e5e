#ifndef MONGOOSE_CORE_HASH_CODE_MATRIX_H_
#define MONGOOSE_CORE_HASH_CODE_MATRIX_H_

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "core/base/aligned_vector.h"
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
// can be compared in 64-bit words.  Copies share memory until one of them is
// written, in blocks of 16 rows.  Not synchronised: immutable once shared
// between threads; a copy may be written while others read the original.
class CodeMatrix {
 public:
  CodeMatrix(std::size_t rows, std::size_t tables)
      : rows_(rows),
        tables_(tables),
        stride_((tables + 3) / 4 * 4),
        base_(std::make_shared<Codes>(rows * stride_, Code{0})),
        blocks_((rows + kRowsPerBlock - 1) / kRowsPerBlock),
        clones_(blocks_.size()) {
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      blocks_[i] = base_->data() + i * kRowsPerBlock * stride_;
    }
  }

  std::size_t rows() const { return rows_; }
  std::size_t tables() const { return tables_; }
  std::size_t stride() const { return stride_; }
  std::size_t bytes() const {
    std::size_t bytes = base_->size() * sizeof(Code);
    for (const auto& clone : clones_) {
      if (clone != nullptr) bytes += clone->size() * sizeof(Code);
    }
    return bytes;
  }

  // The `stride` codes of a row.
  const Code* padded_row(std::size_t row) const {
    return blocks_[row / kRowsPerBlock] + row % kRowsPerBlock * stride_;
  }
  std::span<const Code> row(std::size_t row) const {
    return {padded_row(row), tables_};
  }
  std::span<Code> mutable_row(std::size_t row) {
    Codes& codes = MutableBlock(row / kRowsPerBlock);
    Code* block = &codes == base_.get()
                      ? base_->data() + row / kRowsPerBlock * BlockSize()
                      : codes.data();
    return {block + row % kRowsPerBlock * stride_, tables_};
  }
  // Rows from `row` on, for hashing into.  REQUIRES: not copied so far.
  CodeRows From(std::size_t row) {
    assert(base_.use_count() == 1);
    return {base_->data() + row * stride_, stride_};
  }

  friend bool operator==(const CodeMatrix& a, const CodeMatrix& b) {
    if (a.rows_ != b.rows_ || a.tables_ != b.tables_) return false;
    for (std::size_t i = 0; i < a.rows_; ++i) {
      if (!std::ranges::equal(a.row(i), b.row(i))) return false;
    }
    return true;
  }

 private:
  using Codes = AlignedVector<Code>;
  static constexpr std::size_t kRowsPerBlock = 16;

  std::size_t BlockSize() const { return kRowsPerBlock * stride_; }
  // The base or a clone, whichever holds the block, not shared with a copy.
  Codes& MutableBlock(std::size_t block) {
    auto& clone = clones_[block];
    if (clone == nullptr && base_.use_count() == 1) return *base_;
    if (clone == nullptr || clone.use_count() > 1) {
      const std::size_t rows =
          std::min(kRowsPerBlock, rows_ - block * kRowsPerBlock);
      clone = std::make_shared<Codes>(blocks_[block],
                                      blocks_[block] + rows * stride_);
      blocks_[block] = clone->data();
    }
    return *clone;
  }

  std::size_t rows_;
  std::size_t tables_;
  std::size_t stride_;
  std::shared_ptr<Codes> base_;                 // [rows, stride]
  std::vector<const Code*> blocks_;             // in base_ or clones_
  std::vector<std::shared_ptr<Codes>> clones_;  // null where base_ holds
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_CODE_MATRIX_H_

#ifndef MONGOOSE_CORE_HASH_CODE_MATRIX_H_
#define MONGOOSE_CORE_HASH_CODE_MATRIX_H_

#include <cstddef>
#include <span>

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
// can be compared in 64-bit words.  Not synchronised: immutable once shared.
class CodeMatrix {
 public:
  CodeMatrix(std::size_t rows, std::size_t tables)
      : rows_(rows),
        tables_(tables),
        stride_((tables + 3) / 4 * 4),
        codes_(rows * stride_, 0) {}

  std::size_t rows() const { return rows_; }
  std::size_t tables() const { return tables_; }
  std::size_t stride() const { return stride_; }
  std::size_t bytes() const { return codes_.size() * sizeof(Code); }

  std::span<const Code> row(std::size_t row) const {
    return std::span(codes_).subspan(row * stride_, tables_);
  }
  std::span<Code> mutable_row(std::size_t row) {
    return std::span(codes_).subspan(row * stride_, tables_);
  }
  const Code* data() const { return codes_.data(); }
  // Rows from `row` on, for hashing into.
  CodeRows From(std::size_t row) { return {&codes_[row * stride_], stride_}; }

  friend bool operator==(const CodeMatrix&, const CodeMatrix&) = default;

 private:
  std::size_t rows_;
  std::size_t tables_;
  std::size_t stride_;
  AlignedVector<Code> codes_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_HASH_CODE_MATRIX_H_

// Rows of an index as they were at one moment.
#ifndef MONGOOSE_CORE_BASE_FROZEN_ROWS_H_
#define MONGOOSE_CORE_BASE_FROZEN_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/base/bfloat16.h"
#include "core/base/row_id.h"

namespace mongoose {

enum class RowType { kFloat32, kBfloat16 };

// How rows are laid out in memory.
struct RowLayout {
  std::size_t num_rows = 0;
  std::size_t cols = 0;  // values of a row: dim, plus one with a bias
  RowType type = RowType::kFloat32;

  // Rows stand in blocks of 16: one tile of the hash kernels.
  static constexpr std::size_t kRowsPerBlock = 16;
  // Values from one row to the next: `cols` padded with zeros to a multiple
  // of the widest vector, 16 floats.
  std::size_t stride() const { return (cols + 15) / 16 * 16; }
  std::size_t num_blocks() const {
    return (num_rows + kRowsPerBlock - 1) / kRowsPerBlock;
  }
  std::size_t value_bytes() const { return type == RowType::kFloat32 ? 4 : 2; }
};

// 16 consecutive rows, [16, stride], in one of the two types.
struct RowBlock {
  AlignedVector<float> fp32;
  AlignedVector<Bfloat16> bf16;
  std::uint64_t epoch = 0;  // the replica's, when the block was last cloned
};

// An immutable list of blocks.  Thread-safe; cheap to share, not to copy.
class FrozenRows {
 public:
  // REQUIRES: blocks.size() == layout.num_blocks().
  FrozenRows(const RowLayout& layout,
             std::vector<std::shared_ptr<const RowBlock>> blocks)
      : layout_(layout), blocks_(std::move(blocks)) {}

  const RowLayout& layout() const { return layout_; }
  const RowBlock& block(std::size_t i) const { return *blocks_[i]; }

  // Writes row `row` as floats, zero-padded.  REQUIRES: out.size() == stride.
  void CopyRow(RowId row, std::span<float> out) const {
    const RowBlock& block = *blocks_[row / RowLayout::kRowsPerBlock];
    const std::size_t first =
        row % RowLayout::kRowsPerBlock * layout_.stride();
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] = layout_.type == RowType::kFloat32
                   ? block.fp32[first + i]
                   : FromBfloat16(block.bf16[first + i]);
    }
  }

 private:
  RowLayout layout_;
  std::vector<std::shared_ptr<const RowBlock>> blocks_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_FROZEN_ROWS_H_

// Rows of an index as they were at one moment.
#ifndef MONGOOSE_CORE_BASE_FROZEN_ROWS_H_
#define MONGOOSE_CORE_BASE_FROZEN_ROWS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
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
  RowBlock() = default;
  // Blocks are copied whole, not value by value as their allocator would.
  RowBlock(const RowBlock& other)
      : fp32(other.fp32.size()), bf16(other.bf16.size()), epoch(other.epoch) {
    std::copy_n(other.fp32.data(), fp32.size(), fp32.data());
    std::copy_n(other.bf16.data(), bf16.size(), bf16.data());
  }
  RowBlock& operator=(const RowBlock&) = delete;

  UninitializedVector<float> fp32;
  UninitializedVector<Bfloat16> bf16;
  std::uint64_t epoch = 0;  // the replica's, when the block was last cloned
};

// An immutable list of blocks.  Thread-safe; cheap to share, not to copy.
class FrozenRows {
 public:
  // REQUIRES: blocks.size() == layout.num_blocks().
  FrozenRows(const RowLayout& layout,
             std::vector<std::shared_ptr<const RowBlock>> blocks)
      : layout_(layout), blocks_(std::move(blocks)) {
    data_.reserve(blocks_.size());
    for (const auto& block : blocks_) {
      data_.push_back(layout.type == RowType::kFloat32
                          ? static_cast<const void*>(block->fp32.data())
                          : block->bf16.data());
    }
  }

  const RowLayout& layout() const { return layout_; }

  // The `stride` values of a row.  REQUIRES: layout().type is T's.
  const float* Float32Row(RowId row) const {
    return static_cast<const float*>(data_[row / RowLayout::kRowsPerBlock]) +
           Offset(row);
  }
  const Bfloat16* Bfloat16Row(RowId row) const {
    return static_cast<const Bfloat16*>(data_[row / RowLayout::kRowsPerBlock]) +
           Offset(row);
  }

  // Writes the first out.size() values of a row as floats.
  // REQUIRES: out.size() <= stride.
  void CopyRow(RowId row, std::span<float> out) const {
    if (layout_.type == RowType::kFloat32) {
      std::copy_n(Float32Row(row), out.size(), out.begin());
    } else {
      std::transform(Bfloat16Row(row), Bfloat16Row(row) + out.size(),
                     out.begin(), FromBfloat16);
    }
  }

 private:
  std::size_t Offset(RowId row) const {
    return row % RowLayout::kRowsPerBlock * layout_.stride();
  }

  RowLayout layout_;
  std::vector<std::shared_ptr<const RowBlock>> blocks_;
  std::vector<const void*> data_;  // of blocks_, one load away
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_FROZEN_ROWS_H_

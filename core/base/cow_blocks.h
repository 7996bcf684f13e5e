#ifndef MONGOOSE_CORE_BASE_COW_BLOCKS_H_
#define MONGOOSE_CORE_BASE_COW_BLOCKS_H_

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/aligned_vector.h"

namespace mongoose {

// Blocks of equal size whose copies share memory until one of them writes.
// A copy of blocks more than half of which were written apart gathers them
// again, so that memory stays below twice that of the blocks.
//
// Not synchronised: immutable once shared between threads; a copy may be
// written while others read the original.
template <typename T>
class CowBlocks {
 public:
  CowBlocks(std::size_t num_blocks, std::size_t block_size)
      : block_size_(block_size),
        base_(std::make_shared<Values>(num_blocks * block_size, T{})),
        blocks_(num_blocks),
        clones_(num_blocks) {
    for (std::size_t i = 0; i < num_blocks; ++i) blocks_[i] = BaseBlock(i);
  }

  CowBlocks(const CowBlocks& other)
      : block_size_(other.block_size_),
        base_(other.base_),
        num_clones_(other.num_clones_),
        blocks_(other.blocks_),
        clones_(other.clones_) {
    if (2 * num_clones_ > num_blocks()) Gather();
  }
  CowBlocks(CowBlocks&&) noexcept = default;
  CowBlocks& operator=(CowBlocks other) noexcept {
    std::swap(block_size_, other.block_size_);
    std::swap(base_, other.base_);
    std::swap(num_clones_, other.num_clones_);
    std::swap(blocks_, other.blocks_);
    std::swap(clones_, other.clones_);
    return *this;
  }

  std::size_t num_blocks() const { return blocks_.size(); }
  const T* block(std::size_t i) const { return blocks_[i]; }
  T* MutableBlock(std::size_t i) {
    auto& clone = clones_[i];
    if (clone == nullptr && base_.use_count() == 1) return BaseBlock(i);
    if (clone == nullptr) ++num_clones_;
    if (clone == nullptr || clone.use_count() > 1) {
      // The old clone is read before it is let go: others may let go of it too.
      auto own = std::make_shared<Values>(block_size_);
      std::copy_n(blocks_[i], block_size_, own->data());
      clone = std::move(own);
      blocks_[i] = clone->data();
    }
    return clone->data();
  }
  // All blocks one after another.  REQUIRES: not copied so far.
  T* base() {
    assert(base_.use_count() == 1);
    return base_->data();
  }
  // Copies all blocks to memory of its own: cheaper than to clone them one by
  // one where about half or more are about to be written.
  void Gather() {
    if (num_clones_ == 0 && base_.use_count() == 1) return;
    // The old base is read until the last block is copied.
    const auto old = std::exchange(
        base_, std::make_shared<Values>(num_blocks() * block_size_));
    for (std::size_t i = 0; i < num_blocks(); ++i) {
      std::copy_n(blocks_[i], block_size_, BaseBlock(i));
      blocks_[i] = BaseBlock(i);
    }
    clones_.assign(num_blocks(), nullptr);
    num_clones_ = 0;
  }
  std::size_t bytes() const {
    return (base_->size() + num_clones_ * block_size_) * sizeof(T);
  }

 private:
  using Values = UninitializedVector<T>;

  T* BaseBlock(std::size_t i) { return base_->data() + i * block_size_; }

  std::size_t block_size_;
  std::shared_ptr<Values> base_;
  std::size_t num_clones_ = 0;
  std::vector<const T*> blocks_;                 // in base_ or clones_
  std::vector<std::shared_ptr<Values>> clones_;  // null: in base_
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_COW_BLOCKS_H_

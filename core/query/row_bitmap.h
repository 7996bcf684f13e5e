#ifndef MONGOOSE_CORE_QUERY_ROW_BITMAP_H_
#define MONGOOSE_CORE_QUERY_ROW_BITMAP_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/row_id.h"

namespace mongoose {

// A set of rows, one bit each: small enough for the cache closest to the core
// where a byte a row would not be.
class RowBitmap {
 public:
  explicit RowBitmap(std::size_t num_rows) : words_((num_rows + 63) / 64, 0) {}

  // True when `row` is new.
  bool Insert(RowId row) {
    std::uint64_t& word = words_[row / 64];
    const std::uint64_t bit = std::uint64_t{1} << (row % 64);
    const bool fresh = (word & bit) == 0;
    word |= bit;
    return fresh;
  }
  void Erase(RowId row) {
    words_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
  }
  bool Contains(RowId row) const {
    return (words_[row / 64] >> (row % 64) & 1) != 0;
  }
  void AppendAscending(std::vector<RowId>& out) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        out.push_back(static_cast<RowId>(
            i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
      }
    }
  }

 private:
  friend class RowRanks;

  std::vector<std::uint64_t> words_;
};

// Where rows stand among those of a bitmap, which must not change meanwhile.
class RowRanks {
 public:
  explicit RowRanks(const RowBitmap& rows)
      : words_(rows.words_), before_(words_.size()) {
    std::uint32_t count = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      before_[i] = count;
      count += static_cast<std::uint32_t>(std::popcount(words_[i]));
    }
  }

  // How many rows of the bitmap are smaller than `row`.
  std::uint32_t Rank(RowId row) const {
    const std::uint64_t smaller = (std::uint64_t{1} << (row % 64)) - 1;
    return before_[row / 64] + static_cast<std::uint32_t>(
                                   std::popcount(words_[row / 64] & smaller));
  }

 private:
  const std::vector<std::uint64_t>& words_;
  std::vector<std::uint32_t> before_;  // rows in the words before
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_ROW_BITMAP_H_

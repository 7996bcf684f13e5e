// The rows of a partition, cell by cell, rounded to int8.
#ifndef MONGOOSE_CORE_TABLE_CELL_ROWS_H_
#define MONGOOSE_CORE_TABLE_CELL_ROWS_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/cow_blocks.h"
#include "core/base/frozen_rows.h"
#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/table/cell_sums.h"

namespace mongoose {

// Each row has a step of its own: value = step * (byte - kZero).  Rows stand
// in tiles of 16 as dot-product instructions want them: word w of all 16, then
// word w + 1, a word being four consecutive values.  A tile belongs to one
// cell; all tiles of a cell but the first are full, so that there is always
// room for rows / 16 + cells of them.
//
// Rows of the hot list stand in a cell of their own, which every query reads,
// whatever cell they belong to.
//
// Beside the rows are the sums of each cell, of the rounded values, so that
// what leaves a sum is what had entered it.
//
// Copies share tiles; see CowBlocks for thread-safety.
class CellRows {
 public:
  static constexpr std::size_t kTileRows = 16;
  // Bytes are unsigned, as the instructions want of one side.
  static constexpr int kZero = 128;
  static constexpr std::size_t kValuesPerWord = 4;

  // Row i belongs to cell codes.row(i)[0].  REQUIRES: cells < num_cells;
  // hot_rows ascending.
  CellRows(const CodeMatrix& codes, std::size_t num_cells,
           const FrozenRows& rows, std::vector<RowId> hot_rows = {});

  // Values of a row in memory, a multiple of 16; the last are padding.
  std::size_t stride() const { return stride_; }
  std::size_t num_rows() const { return slots_.size(); }
  // Without that of the hot list.
  std::size_t num_cells() const { return hot_cell(); }
  std::size_t hot_cell() const { return first_tiles_.size() - 1; }
  std::size_t cell_size(std::size_t cell) const { return sizes_[cell]; }
  bool is_hot(RowId row) const {
    return std::ranges::binary_search(hot_rows_, row);
  }
  std::size_t bytes() const;

  struct Tile {
    const std::int32_t* words;  // [stride / 4, 16]
    const float* steps;         // [16], NaN where there is no row
    const RowId* ids;           // [16]
  };
  // Calls visit(tile) for each tile of a cell, while the next two come.
  template <typename Visit>
  void ForEachTile(std::size_t cell, Visit visit) const {
    std::uint32_t ahead = NextTile(first_tiles_[cell]);
    Prefetch(ahead);
    for (std::uint32_t tile = first_tiles_[cell]; tile != kNoTile;
         tile = next_tiles_[tile]) {
      ahead = NextTile(ahead);
      Prefetch(ahead);
      visit(TileAt(tile));
    }
  }
  // Its first tile, which ForEachTile reads at once.
  void PrefetchCell(std::size_t cell) const { Prefetch(first_tiles_[cell]); }
  // The rows of a cell, in no order; copies.
  std::vector<RowId> RowsOfCell(std::size_t cell) const;

  // Sums over the rows that belong to each cell, wherever they stand.
  const CellSums& sums() const { return sums_; }

  // Sorts rows as they stand in memory, to be set in that order.
  void SortByPlace(std::span<RowId> rows) const;

  // How far a row's values are from `values`, relative to their norm, in
  // [0, 1], without what rounding adds; 0 for the values set last.
  float DistanceTo(RowId row, std::span<const float> values) const;

  // Where most tiles will be written, copies them all at once, so that Set need
  // not clone one by one.  `num_rows` is how many rows are about to be set.
  void ExpectChanges(std::size_t num_rows);
  // Gives a row new values and moves it from the cell it belongs to to
  // another; a row of the hot list stays there.  REQUIRES: `values` finite.
  void Set(RowId row, Code from, Code to, std::span<const float> values);
  // Replaces the hot list; rows that enter or leave it take their values from
  // `rows`.  REQUIRES: hot_rows ascending; `codes` those of all rows.
  void SetHotRows(std::vector<RowId> hot_rows, const CodeMatrix& codes,
                  const FrozenRows& rows);
  // Adds all rows up again.  O(rows * cols).  REQUIRES: `codes` are those of
  // all rows.
  void SumAnew(const CodeMatrix& codes);

 private:
  static constexpr std::uint32_t kNoTile = UINT32_MAX;
  struct Labels {
    std::array<float, kTileRows> steps;
    std::array<RowId, kTileRows> ids;
  };

  Tile TileAt(std::uint32_t tile) const {
    const Labels& labels = *labels_.block(tile);
    return {words_.block(tile), labels.steps.data(), labels.ids.data()};
  }
  std::uint32_t NextTile(std::uint32_t tile) const {
    return tile == kNoTile ? kNoTile : next_tiles_[tile];
  }
  void Prefetch(std::uint32_t tile) const {
    if (tile == kNoTile) return;
    const auto* words = reinterpret_cast<const char*>(words_.block(tile));
    for (std::size_t i = 0; i < stride_ * kTileRows; i += 64) {
      __builtin_prefetch(words + i);
    }
    __builtin_prefetch(labels_.block(tile));
  }
  // Rows in the first tile of a cell of `size` rows.
  static std::size_t RowsOfFirstTile(std::size_t size) {
    return size == 0 ? 0 : (size - 1) % kTileRows + 1;
  }
  // Between the cells where a row stands.  Returns as WriteValues.
  std::span<const float> Move(RowId row, std::size_t from, std::size_t to,
                              std::span<const float> values);
  void Insert(RowId row, std::size_t cell);
  void Remove(RowId row, std::size_t cell);
  void AddFirstTile(std::size_t cell);
  // A row's values as they are kept, [stride], until the next call of either on
  // this thread.
  std::span<const float> Rounded(RowId row) const;
  std::span<const float> WriteValues(RowId row, std::span<const float> values);
  void MoveSlot(std::uint32_t from, std::uint32_t to);

  std::vector<RowId> hot_rows_;  // ascending
  std::size_t cols_;
  std::size_t stride_;
  CowBlocks<std::int32_t> words_;           // [stride / 4, 16] a tile
  CowBlocks<Labels> labels_;                // one a tile
  std::vector<std::uint32_t> slots_;        // [rows], tile * 16 + place
  std::vector<std::uint32_t> sizes_;        // [cells + 1], rows
  std::vector<std::uint32_t> first_tiles_;  // [cells + 1]
  std::vector<std::uint32_t> next_tiles_;   // [tiles], of the same cell
  std::vector<std::uint32_t> free_tiles_;
  CellSums sums_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_TABLE_CELL_ROWS_H_

#include "core/table/cell_rows.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>

#include "core/base/aligned_vector.h"
#include "core/hash/integer_gemm.h"
#include "core/hash/integer_kernels.h"

namespace mongoose {
namespace {

constexpr float kNoRowStep = std::numeric_limits<float>::quiet_NaN();

std::size_t NumTiles(std::size_t num_rows, std::size_t num_cells) {
  return num_rows / CellRows::kTileRows + num_cells;
}

// All rows by the cells they stand in, ascending in each.
std::vector<RowId> SortByCell(std::span<const std::uint32_t> cells,
                              std::size_t num_cells) {
  std::vector<std::size_t> ends(num_cells + 1, 0);
  for (const std::uint32_t cell : cells) ++ends[cell + 1U];
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<RowId> sorted(cells.size());
  for (std::size_t row = 0; row < cells.size(); ++row) {
    sorted[ends[cells[row]]++] = static_cast<RowId>(row);
  }
  return sorted;
}

// Rounds to bytes[0..values.size()); the others stay.  Returns the step.
float Round(std::span<const float> values, std::span<std::int8_t> bytes) {
  return RoundToAmplitude(values, IntegerGemm::Amplitude(values.size()),
                          bytes.data());
}

// step * byte, until the next call on this thread.
std::span<const float> Scaled(std::span<const std::int8_t> bytes, float step) {
  thread_local AlignedVector<float> values;
  values.resize(bytes.size());
  std::ranges::transform(bytes, values.begin(), [step](std::int8_t byte) {
    return step * static_cast<float>(byte);
  });
  return values;
}

// Words hold values with kZero added to each byte, modulo 256.
constexpr std::uint32_t kZeros = 0x80808080U;

}  // namespace

CellRows::CellRows(const CodeMatrix& codes, std::size_t num_cells,
                   const FrozenRows& rows, std::vector<RowId> hot_rows)
    : hot_rows_(std::move(hot_rows)),
      cols_(rows.layout().cols),
      stride_((cols_ + 15) / 16 * 16),
      words_(NumTiles(codes.rows(), num_cells + 1),
             stride_ / kValuesPerWord * kTileRows),
      labels_(NumTiles(codes.rows(), num_cells + 1), 1),
      slots_(codes.rows()),
      sizes_(num_cells + 1, 0),
      first_tiles_(num_cells + 1, kNoTile),
      next_tiles_(NumTiles(codes.rows(), num_cells + 1), kNoTile),
      sums_(num_cells, cols_) {
  assert(sums_.stride() == stride_);
  // Taken from the back: the last tile of a cell comes first, so that a cell
  // is read from lower to higher addresses.
  free_tiles_.resize(next_tiles_.size());
  std::iota(free_tiles_.begin(), free_tiles_.end(), 0U);
  std::vector<std::uint32_t> cells(codes.rows());
  for (std::size_t row = 0; row < cells.size(); ++row) {
    cells[row] = codes.row(row)[0];
  }
  for (const RowId row : hot_rows_) {
    cells[row] = static_cast<std::uint32_t>(hot_cell());
  }
  std::vector<float> values(cols_);
  for (const RowId row : SortByCell(cells, num_cells + 1)) {
    rows.CopyRow(row, values);
    Insert(row, cells[row]);
    sums_.Add(codes.row(row)[0], WriteValues(row, values));
  }
}

std::size_t CellRows::bytes() const {
  return words_.bytes() + labels_.bytes() + sums_.bytes() +
         (slots_.size() + sizes_.size() + first_tiles_.size() +
          next_tiles_.size() + free_tiles_.size() + hot_rows_.size()) *
             sizeof(std::uint32_t);
}

std::vector<RowId> CellRows::RowsOfCell(std::size_t cell) const {
  std::vector<RowId> rows;
  ForEachTile(cell, [&](const Tile& tile) {
    for (std::size_t i = 0; i < kTileRows; ++i) {
      if (tile.steps[i] == tile.steps[i]) rows.push_back(tile.ids[i]);
    }
  });
  return rows;
}

std::span<const float> CellRows::Rounded(RowId row) const {
  thread_local std::vector<std::int8_t> bytes;
  bytes.resize(stride_);
  const Tile tile = TileAt(static_cast<std::uint32_t>(slots_[row] / kTileRows));
  const std::size_t place = slots_[row] % kTileRows;
  for (std::size_t w = 0; w < stride_ / kValuesPerWord; ++w) {
    const std::int32_t stored = tile.words[w * kTileRows + place];
    const std::uint32_t word = static_cast<std::uint32_t>(stored) ^ kZeros;
    std::memcpy(&bytes[w * kValuesPerWord], &word, sizeof(word));
  }
  return Scaled(bytes, tile.steps[place]);
}

float CellRows::DistanceTo(RowId row, std::span<const float> values) const {
  assert(values.size() == cols_);
  std::vector<std::int8_t> bytes(stride_, 0);
  const float step = Round(values, bytes);
  const std::span<const float> kept = Rounded(row);
  double apart = 0;
  double rounding = 0;  // what rounding alone puts between them
  double square = 0;
  for (std::size_t i = 0; i < cols_; ++i) {
    const double value = values[i];
    const double from_kept = value - double{kept[i]};
    const double from_rounded =
        value - double{step * static_cast<float>(bytes[i])};
    apart += from_kept * from_kept;
    rounding += from_rounded * from_rounded;
    square += value * value;
  }
  const double moved = std::max(0.0, apart - rounding);
  if (moved >= square) return moved > 0 ? 1.0F : 0.0F;
  return static_cast<float>(std::sqrt(moved / square));
}

void CellRows::SortByPlace(std::span<RowId> rows) const {
  std::ranges::sort(rows, {}, [this](RowId row) { return slots_[row]; });
}

void CellRows::ExpectChanges(std::size_t num_rows) {
  if (2 * num_rows < words_.num_blocks()) return;
  words_.Gather();
  labels_.Gather();
}

void CellRows::Set(RowId row, Code from, Code to,
                   std::span<const float> values) {
  sums_.Remove(from, Rounded(row));
  const std::size_t hot = hot_cell();
  sums_.Add(to, is_hot(row) ? Move(row, hot, hot, values)
                            : Move(row, from, to, values));
}

void CellRows::SetHotRows(std::vector<RowId> hot_rows, const CodeMatrix& codes,
                          const FrozenRows& rows) {
  std::vector<float> values(cols_);
  const std::size_t hot = hot_cell();
  const auto move_others = [&](std::span<const RowId> from_list,
                               std::span<const RowId> to_list, bool enter) {
    for (const RowId row : from_list) {
      if (std::ranges::binary_search(to_list, row)) continue;
      const Code cell = codes.row(row)[0];
      rows.CopyRow(row, values);
      sums_.Remove(cell, Rounded(row));
      sums_.Add(cell,
                Move(row, enter ? cell : hot, enter ? hot : cell, values));
    }
  };
  move_others(hot_rows_, hot_rows, /*enter=*/false);
  move_others(hot_rows, hot_rows_, /*enter=*/true);
  hot_rows_ = std::move(hot_rows);
}

void CellRows::SumAnew(const CodeMatrix& codes) {
  sums_ = CellSums(num_cells(), cols_);
  for (std::size_t i = 0; i < codes.rows(); ++i) {
    sums_.Add(codes.row(i)[0], Rounded(static_cast<RowId>(i)));
  }
}

std::span<const float> CellRows::Move(RowId row, std::size_t from,
                                      std::size_t to,
                                      std::span<const float> values) {
  if (from != to) {
    Remove(row, from);
    Insert(row, to);
  }
  return WriteValues(row, values);
}

void CellRows::Insert(RowId row, std::size_t cell) {
  if (sizes_[cell] % kTileRows == 0) AddFirstTile(cell);
  const std::size_t place = sizes_[cell]++ % kTileRows;
  slots_[row] = static_cast<std::uint32_t>(
      std::size_t{first_tiles_[cell]} * kTileRows + place);
}

void CellRows::AddFirstTile(std::size_t cell) {
  const std::uint32_t tile = free_tiles_.back();
  free_tiles_.pop_back();
  labels_.MutableBlock(tile)->steps.fill(kNoRowStep);
  next_tiles_[tile] = first_tiles_[cell];
  first_tiles_[cell] = tile;
}

// The last row of the first tile takes the place of the one that leaves.
void CellRows::Remove(RowId row, std::size_t cell) {
  const std::uint32_t tile = first_tiles_[cell];
  const auto last = static_cast<std::uint32_t>(
      tile * kTileRows + RowsOfFirstTile(sizes_[cell]) - 1);
  if (slots_[row] != last) MoveSlot(last, slots_[row]);
  labels_.MutableBlock(tile)->steps[last % kTileRows] = kNoRowStep;
  --sizes_[cell];
  if (last % kTileRows != 0) return;
  first_tiles_[cell] = next_tiles_[tile];
  next_tiles_[tile] = kNoTile;
  free_tiles_.push_back(tile);
}

void CellRows::MoveSlot(std::uint32_t from, std::uint32_t to) {
  const std::size_t source = from / kTileRows;
  const std::size_t target = to / kTileRows;
  std::int32_t* const words = words_.MutableBlock(target) + to % kTileRows;
  const std::int32_t* const old = words_.block(source) + from % kTileRows;
  for (std::size_t w = 0; w < stride_ / kValuesPerWord; ++w) {
    words[w * kTileRows] = old[w * kTileRows];
  }
  Labels& labels = *labels_.MutableBlock(target);
  const Labels& old_labels = *labels_.block(source);
  labels.steps[to % kTileRows] = old_labels.steps[from % kTileRows];
  const RowId row = old_labels.ids[from % kTileRows];
  labels.ids[to % kTileRows] = row;
  slots_[row] = to;
}

std::span<const float> CellRows::WriteValues(RowId row,
                                             std::span<const float> values) {
  assert(values.size() == cols_);
  thread_local std::vector<std::int8_t> bytes;
  bytes.assign(stride_, 0);
  const std::size_t tile = slots_[row] / kTileRows;
  const std::size_t place = slots_[row] % kTileRows;
  Labels& labels = *labels_.MutableBlock(tile);
  labels.ids[place] = row;
  labels.steps[place] = Round(values, bytes);
  std::int32_t* const words = words_.MutableBlock(tile) + place;
  for (std::size_t w = 0; w < stride_ / kValuesPerWord; ++w) {
    std::int32_t word = 0;
    std::memcpy(&word, &bytes[w * kValuesPerWord], sizeof(word));
    words[w * kTileRows] =
        static_cast<std::int32_t>(static_cast<std::uint32_t>(word) ^ kZeros);
  }
  return Scaled(bytes, labels.steps[place]);
}

}  // namespace mongoose

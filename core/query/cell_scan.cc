#include "core/query/cell_scan.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/hash/key_limit.h"

namespace mongoose {
namespace {

constexpr float kNoLimit = -std::numeric_limits<float>::infinity();

// Room that ScanTile may write to beyond what it finds.
constexpr std::size_t kSlack = 2 * CellRows::kTileRows;
// Found beyond the wanted before they are trimmed: seldom enough to cost
// little, often enough that the limit is sharp.
constexpr std::size_t kSpare = 192;

}  // namespace

CellScan::CellScan(const PartitionProjection& partition, const CellRows& rows,
                   MatrixView<const float> queries, std::size_t num_cells,
                   std::size_t count)
    : count_(std::min(count, rows.num_rows())),
      room_(2 * count_ + kSpare + kSlack),
      queries_(rows.stride(), queries),
      keys_(queries.rows() * room_),
      rows_(queries.rows() * room_),
      cursors_(queries.rows()),
      num_scored_(queries.rows(), 0) {
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    cursors_[q] = {.query = q,
                   .limit = kNoLimit,
                   .keys_end = &keys_[q * room_],
                   .rows_end = &rows_[q * room_]};
  }
  std::vector<Code> nearest(queries.rows() * num_cells);
  partition.NearestCells(queries, num_cells, nearest);
  AssignCells(nearest, num_cells, rows.num_cells());
  for (std::size_t cell = 0; cell < rows.num_cells(); ++cell) {
    if (cell + 1 < rows.num_cells()) rows.PrefetchCell(cell + 1);
    const auto places = std::span<const std::uint16_t>(places_).subspan(
        starts_[cell], starts_[cell + 1] - starts_[cell]);
    if (!places.empty()) ScanCell(rows, cell, places);
  }
  if (rows.cell_size(rows.hot_cell()) > 0) {
    std::vector<std::uint16_t> all(queries.rows());
    std::iota(all.begin(), all.end(), std::uint16_t{0});
    ScanCell(rows, rows.hot_cell(), all);
  }
  for (NearCursor& cursor : cursors_) Trim(cursor);
}

void CellScan::AssignCells(std::span<const Code> nearest, std::size_t num_cells,
                           std::size_t num_buckets) {
  starts_.assign(num_buckets + 2, 0);
  for (const Code cell : nearest) ++starts_[cell + 2U];
  for (std::size_t i = 2; i < starts_.size(); ++i) starts_[i] += starts_[i - 1];
  places_.resize(nearest.size());
  // starts_[cell + 1] moves from the cell's start to its end.
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    places_[starts_[nearest[i] + 1U]++] =
        static_cast<std::uint16_t>(i / num_cells);
  }
}

void CellScan::ScanCell(const CellRows& rows, std::size_t cell,
                        std::span<const std::uint16_t> places) {
  group_.clear();
  for (const std::uint16_t q : places) {
    num_scored_[q] += rows.cell_size(cell);
    group_.push_back(cursors_[q]);
  }
  rows.ForEachTile(cell, [&](const CellRows::Tile& tile) {
    ScanTile(tile, queries_, group_);
    for (NearCursor& cursor : group_) {
      const auto used = cursor.keys_end - &keys_[cursor.query * room_];
      if (static_cast<std::size_t>(used) + kSlack > room_) Trim(cursor);
    }
  });
  for (const NearCursor& cursor : group_) cursors_[cursor.query] = cursor;
}

void CellScan::Trim(NearCursor& cursor) {
  float* const keys = &keys_[cursor.query * room_];
  RowId* const rows = &rows_[cursor.query * room_];
  const auto found = static_cast<std::size_t>(cursor.keys_end - keys);
  if (found <= count_) return;
  const KeyLimit limit = LimitOfLargest({keys, found}, count_);
  std::vector<RowId> ties;
  for (std::size_t i = 0; i < found && limit.num_ties > 0; ++i) {
    if (keys[i] == limit.limit) ties.push_back(rows[i]);
  }
  std::size_t kept = 0;  // no branches: none could be predicted
  for (std::size_t i = 0; i < found; ++i) {
    const float key = keys[i];
    keys[kept] = key;
    rows[kept] = rows[i];
    kept += key > limit.limit ? 1 : 0;
  }
  std::ranges::sort(ties);  // the smallest ids stay
  for (std::size_t i = 0; i < limit.num_ties; ++i, ++kept) {
    keys[kept] = limit.limit;
    rows[kept] = ties[i];
  }
  cursor.keys_end = keys + kept;
  cursor.rows_end = rows + kept;
  // Another row at the limit may have a smaller id.
  cursor.limit =
      limit.num_ties == 0 ? limit.limit : std::nextafter(limit.limit, kNoLimit);
}

}  // namespace mongoose

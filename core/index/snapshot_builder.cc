#include "core/index/snapshot_builder.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "core/base/counter_rng.h"
#include "core/base/status_macros.h"
#include "core/hash/code_matrix.h"
#include "core/learn/cell_means.h"

namespace mongoose {
namespace {

// Stream of the spec's seed; LearnPartition has the ones before.
constexpr std::uint64_t kSplitStream = 4;

std::vector<RowId> AllRows(const FrozenRows& rows) {
  std::vector<RowId> ids(rows.layout().num_rows);
  std::iota(ids.begin(), ids.end(), RowId{0});
  return ids;
}

// Writes the codes of `ids` that stand in the first rows of `codes`.
void SetSketches(std::span<const RowId> ids, const CodeMatrix& codes,
                 std::size_t bits_per_table, Sketch& sketch) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    sketch.Set(ids[i], codes.row(i), bits_per_table);
  }
}

void SetCodes(std::span<const RowId> ids, const CodeMatrix& changed,
              CodeMatrix& codes) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    std::ranges::copy(changed.row(i), codes.mutable_row(ids[i]).begin());
  }
}

// Gives rows `ids` their new values and moves them between cells, from their
// codes in `old` to those in `now`.
void SetCellRows(std::span<const RowId> ids, const FrozenRows& rows,
                 const CodeMatrix& old, const CodeMatrix& now,
                 CellRows& cells) {
  std::vector<RowId> sorted(ids.begin(), ids.end());
  cells.SortByPlace(sorted);
  std::vector<float> values(rows.layout().cols);
  for (const RowId id : sorted) {
    rows.CopyRow(id, values);
    cells.Set(id, old.row(id)[0], now.row(id)[0], values);
  }
  if (cells.sums().lost_digits()) cells.SumAnew(now);
}

}  // namespace

absl::StatusOr<IndexSnapshot> SnapshotBuilder::Build(
    std::shared_ptr<const Projection> projection, const FrozenRows& rows,
    std::vector<RowId> hot_list) const {
  const HashSpec& spec = projection->spec();
  const std::vector<RowId> ids = AllRows(rows);
  IndexSnapshot snapshot{.projection = std::move(projection)};
  CodeMatrix codes(ids.size(), spec.num_tables);
  RETURN_IF_ERROR(backend_.HashRows(*snapshot.projection, rows, ids, codes));
  if (spec.is_partition()) {
    snapshot.cells = std::make_shared<const CellRows>(codes, spec.num_buckets(),
                                                      rows, hot_list);
    snapshot.tables = std::make_shared<const Tables>();
  } else {
    ASSIGN_OR_RETURN(snapshot.tables,
                     backend_.BuildTables(codes, spec.num_buckets()));
  }
  if (spec.sketch_bits > 0) {
    auto sketch = std::make_shared<Sketch>(ids.size(), spec.sketch_bits);
    SetSketches(ids, codes, spec.bits_per_table, *sketch);
    snapshot.sketch = std::move(sketch);
  }
  snapshot.codes = std::make_shared<const CodeMatrix>(std::move(codes));
  snapshot.hot_list =
      std::make_shared<const std::vector<RowId>>(std::move(hot_list));
  return snapshot;
}

absl::StatusOr<IndexSnapshot> SnapshotBuilder::Rehash(
    const IndexSnapshot& old, const FrozenRows& rows,
    std::span<const RowId> ids) const {
  const HashSpec& spec = old.projection->spec();
  IndexSnapshot snapshot = old;
  CodeMatrix changed(ids.size(), spec.num_tables);
  RETURN_IF_ERROR(backend_.HashRows(*old.projection, rows, ids, changed));
  CodeMatrix codes = *old.codes;
  SetCodes(ids, changed, codes);
  ASSIGN_OR_RETURN(snapshot.tables,
                   backend_.UpdateTables(*old.tables, *old.codes, codes, ids));
  if (old.sketch != nullptr) {
    auto sketch = std::make_shared<Sketch>(*old.sketch);
    SetSketches(ids, changed, spec.bits_per_table, *sketch);
    snapshot.sketch = std::move(sketch);
  }
  snapshot.codes = std::make_shared<const CodeMatrix>(std::move(codes));
  return snapshot;
}

absl::StatusOr<IndexSnapshot> SnapshotBuilder::Follow(
    const IndexSnapshot& old, const FrozenRows& rows,
    std::span<const RowId> ids, std::span<const RowId> far) const {
  const HashSpec& spec = old.projection->spec();
  IndexSnapshot snapshot = old;
  auto cells = std::make_shared<CellRows>(*old.cells);
  cells->ExpectChanges(ids.size());
  SetCellRows(ids, rows, *old.codes, *old.codes, *cells);
  CellMeans means = MeansOr(cells->sums(), old.partition()->cells());
  if (!far.empty()) {
    CounterRng rng(spec.seed, kSplitStream);
    SplitLargest(spec.cols, rng, means);
    const PartitionProjection assign(spec, std::move(means.cells));
    CodeMatrix changed(far.size(), 1);
    RETURN_IF_ERROR(backend_.HashRows(assign, rows, far, changed));
    auto codes = std::make_shared<CodeMatrix>(*old.codes);
    SetCodes(far, changed, *codes);
    SetCellRows(far, rows, *old.codes, *codes, *cells);
    means = MeansOr(cells->sums(), assign.cells());
    snapshot.codes = std::move(codes);
  }
  snapshot.projection = WithRouterOf(*old.partition(), std::move(means.cells));
  snapshot.cells = std::move(cells);
  return snapshot;
}

IndexSnapshot SnapshotBuilder::WithHotList(const IndexSnapshot& old,
                                           std::vector<RowId> hot_list,
                                           const FrozenRows& rows) {
  IndexSnapshot snapshot = old;
  if (old.cells != nullptr) {
    auto cells = std::make_shared<CellRows>(*old.cells);
    cells->SetHotRows(hot_list, *old.codes, rows);
    snapshot.cells = std::move(cells);
  }
  snapshot.hot_list =
      std::make_shared<const std::vector<RowId>>(std::move(hot_list));
  return snapshot;
}

}  // namespace mongoose

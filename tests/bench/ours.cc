#include "tests/bench/ours.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "core/backend/cpu_backend.h"
#include "core/base/cancel_token.h"
#include "core/hash/vector_hasher.h"
#include "core/index/snapshot_builder.h"
#include "core/learn/partition_learner.h"
#include "core/query/row_bitmap.h"
#include "tests/bench/exact_peer.h"

namespace mongoose::bench {
HashSpec HashSpecOf(TableShape shape, std::size_t cols) {
  return {.family = shape.family,
          .cols = cols,
          .bits_per_table = shape.bits_per_table,
          .num_tables = shape.num_tables,
          .seed = 1,
          .profile = shape.profile,
          .sketch_bits = shape.sketch_bits};
}

namespace {

std::vector<Code> Flatten(const CodeMatrix& codes) {
  std::vector<Code> flat;
  flat.reserve(codes.rows() * codes.tables());
  for (std::size_t row = 0; row < codes.rows(); ++row) {
    const auto source = codes.row(row);
    flat.insert(flat.end(), source.begin(), source.end());
  }
  return flat;
}

}  // namespace

OurIndex::OurIndex(std::shared_ptr<const FrozenRows> rows, TableShape shape,
                   WorkerPool& workers)
    : rows_(std::move(rows)),
      workers_(workers),
      workspaces_(rows_->layout().num_rows) {
  const HashSpec spec = HashSpecOf(shape, rows_->layout().cols);
  if (spec.is_partition()) {
    const CpuBackend backend(workers_, clock_);
    snapshot_.projection =
        LearnPartition(spec, *rows_, /*start=*/nullptr, backend).value();
  } else {
    snapshot_.projection = CreateProjection(spec).value();
  }
}

std::vector<RowId> OurIndex::AllRows() const {
  std::vector<RowId> ids(num_rows());
  std::iota(ids.begin(), ids.end(), RowId{0});
  return ids;
}

void OurIndex::HashAll() {
  const CpuBackend backend(workers_, clock_);
  CodeMatrix codes(num_rows(), snapshot_.projection->spec().num_tables);
  backend.HashRows(*snapshot_.projection, *rows_, AllRows(), codes)
      .IgnoreError();
  snapshot_.codes = std::make_shared<const CodeMatrix>(std::move(codes));
}

void OurIndex::BuildTables() {
  const CpuBackend backend(workers_, clock_);
  const std::size_t buckets = snapshot_.projection->spec().num_buckets();
  snapshot_.tables = backend.BuildTables(*snapshot_.codes, buckets).value();
}

void OurIndex::Build() {
  const CpuBackend backend(workers_, clock_);
  Adopt(
      SnapshotBuilder(backend).Build(snapshot_.projection, *rows_, {}).value());
}

void OurIndex::RehashRows(std::shared_ptr<const FrozenRows> rows,
                          std::span<const RowId> ids) {
  const CpuBackend backend(workers_, clock_);
  const SnapshotBuilder builder(backend);
  Adopt(snapshot_.cells == nullptr
            ? builder.Rehash(snapshot_, *rows, ids).value()
            : builder.Follow(snapshot_, *rows, ids, /*far=*/ids).value());
  rows_ = std::move(rows);
}

void OurIndex::Adopt(IndexSnapshot snapshot) {
  snapshot_ = std::move(snapshot);
  snapshot_.version = 1;
  snapshot_.hot_list = std::make_shared<const std::vector<RowId>>();
}

std::vector<Code> OurIndex::RowCodes() const {
  return Flatten(*snapshot_.codes);
}

std::vector<Code> OurIndex::QueryCodes(MatrixView<const float> queries) const {
  CodeMatrix codes(queries.rows(), snapshot_.projection->spec().num_tables);
  HashQueries(*snapshot_.projection, queries, codes, {});
  return Flatten(codes);
}

void OurIndex::Search(MatrixView<const float> queries, const QueryPlan& plan,
                      std::span<RowId> found) {
  const CpuBackend backend(workers_, clock_);
  const NeverCancelled never;
  const auto sets = backend.QueryNeurons(snapshot_, *rows_,
                                         {.queries = queries, .plan = plan},
                                         workspaces_, never);
  std::ranges::fill(found, kNoRow);
  const std::size_t k = found.size() / queries.rows();
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    const auto first = sets->offsets[q];
    std::copy_n(sets->ids.begin() + first, sets->offsets[q + 1] - first,
                found.subspan(q * k).begin());
  }
}

std::size_t OurIndex::bytes() const { return snapshot_.bytes(); }

std::span<const RowId> OurLookup::Lookup(std::span<const Code> codes) {
  counter_.Reset();
  counter_.Count(tables_, codes, {}, /*min_hits=*/1);
  return counter_.rows();
}

std::span<const RowId> OurLookup::Unite(std::span<const Code> codes) {
  // A bitmap where most buckets are read several times over.
  const std::size_t buckets = tables_.at(0, 0).num_buckets();
  if (codes.size() >= 4 * buckets) return UniteByBitmap(codes);
  counter_.Reset();
  const std::size_t tables = tables_.size();
  for (std::size_t first = 0; first < codes.size(); first += tables) {
    counter_.Count(tables_, codes.subspan(first, tables), {},
                   /*min_hits=*/1);
  }
  return counter_.rows();
}

std::span<const RowId> OurLookup::UniteByBitmap(std::span<const Code> codes) {
  const std::size_t num_tables = tables_.size();
  RowBitmap rows(num_rows_);
  for (std::size_t segment = 0; segment < tables_.num_segments(); ++segment) {
    const auto base = static_cast<RowId>(segment * kSegmentRows);
    for (std::size_t table = 0; table < num_tables; ++table) {
      const TableSegment& buckets = tables_.at(segment, table);
      RowBitmap read(buckets.num_buckets());
      for (std::size_t i = table; i < codes.size(); i += num_tables) {
        if (!read.Insert(codes[i])) continue;
        for (const LocalRow row : buckets.bucket(codes[i])) {
          rows.Insert(base + row);
        }
      }
    }
  }
  united_.clear();
  rows.AppendAscending(united_);
  return united_;
}

}  // namespace mongoose::bench

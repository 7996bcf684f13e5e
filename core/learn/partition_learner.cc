#include "core/learn/partition_learner.h"

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/base/counter_rng.h"
#include "core/base/row_id.h"
#include "core/base/row_sample.h"
#include "core/base/status_macros.h"
#include "core/hash/code_matrix.h"
#include "core/learn/cell_means.h"

namespace mongoose {
namespace {

// Rows an anchor is the mean of.  The first passes find the cells roughly; the
// last ones of a first build, with more rows, place the anchors.
constexpr std::size_t kRowsPerCell = 64;
constexpr int kPasses = 20;
constexpr int kPassesAfterStart = 5;
constexpr std::size_t kRowsPerCellLast = 256;
constexpr int kLastPasses = 15;

// Streams of the spec's seed.
constexpr std::uint64_t kSampleStream = 1;
constexpr std::uint64_t kSplitStream = 2;

class PartitionLearner {
 public:
  PartitionLearner(const HashSpec& spec, const FrozenRows& rows,
                   const Backend& backend)
      : spec_(spec),
        rows_(rows),
        backend_(backend),
        sample_rng_(spec.seed, kSampleStream),
        split_rng_(spec.seed, kSplitStream) {
    TakeSample(kRowsPerCell);
  }

  void TakeSample(std::size_t rows_per_cell) {
    sample_ = SampleRows(rows_.layout().num_rows,
                         rows_per_cell * spec_.num_buckets(), sample_rng_);
  }

  PartitionProjection::Cells RandomCells() {
    PartitionProjection::Cells cells{
        .anchors = std::vector<float>(spec_.num_buckets() * spec_.cols),
        .spreads = std::vector<float>(spec_.num_buckets())};
    CounterRng rng(spec_.seed, kSampleStream + 2);
    for (std::size_t cell = 0; cell < spec_.num_buckets(); ++cell) {
      const auto place =
          rng.NextBelow(static_cast<std::uint32_t>(sample_.size()));
      rows_.CopyRow(
          sample_[place],
          std::span(cells.anchors).subspan(cell * spec_.cols, spec_.cols));
    }
    return cells;
  }

  // The cells of the next pass.
  absl::StatusOr<PartitionProjection::Cells> Improve(
      PartitionProjection::Cells cells) {
    const PartitionProjection projection(spec_, std::move(cells));
    CodeMatrix codes(sample_.size(), 1);
    RETURN_IF_ERROR(backend_.HashRows(projection, rows_, sample_, codes));
    CellMeans means = MeansOf(SumSample(codes));
    SplitLargest(spec_.cols, split_rng_, means);
    return std::move(means.cells);
  }

 private:
  CellSums SumSample(const CodeMatrix& codes) const {
    CellSums sums(spec_.num_buckets(), spec_.cols);
    AlignedVector<float> row(sums.stride());
    for (std::size_t i = 0; i < sample_.size(); ++i) {
      rows_.CopyRow(sample_[i], std::span(row).first(spec_.cols));
      sums.Add(codes.row(i)[0], row);
    }
    return sums;
  }

  const HashSpec& spec_;
  const FrozenRows& rows_;
  const Backend& backend_;
  CounterRng sample_rng_;
  CounterRng split_rng_;
  std::vector<RowId> sample_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const PartitionProjection>> LearnPartition(
    const HashSpec& spec, const FrozenRows& rows,
    const PartitionProjection* start, const Backend& backend) {
  PartitionLearner learner(spec, rows, backend);
  PartitionProjection::Cells cells =
      start == nullptr ? learner.RandomCells() : start->cells();
  const int passes = start == nullptr ? kPasses : kPassesAfterStart;
  for (int pass = 0; pass < passes; ++pass) {
    if (start == nullptr && pass == kPasses - kLastPasses) {
      learner.TakeSample(kRowsPerCellLast);
    }
    ASSIGN_OR_RETURN(cells, learner.Improve(std::move(cells)));
  }
  if (start != nullptr) return WithRouterOf(*start, std::move(cells));
  return std::make_shared<const PartitionProjection>(spec, std::move(cells));
}

}  // namespace mongoose

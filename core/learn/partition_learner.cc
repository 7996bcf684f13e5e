#include "core/learn/partition_learner.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "core/base/counter_rng.h"
#include "core/base/row_id.h"
#include "core/base/row_sample.h"
#include "core/base/status_macros.h"
#include "core/hash/code_matrix.h"
#include "core/learn/router_trainer.h"

namespace mongoose {
namespace {

// Rows an anchor is the mean of.  The first passes find the cells roughly; the
// last ones of a first build, with more rows, place the anchors.
constexpr std::size_t kRowsPerCell = 64;
constexpr int kPasses = 10;
constexpr std::size_t kRowsPerCellLast = 256;
constexpr int kLastPasses = 5;

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
    PartitionProjection::Cells cells = NoCells();
    CounterRng rng(spec_.seed, kSampleStream + 2);
    for (std::size_t cell = 0; cell < spec_.num_buckets(); ++cell) {
      const auto place =
          rng.NextBelow(static_cast<std::uint32_t>(sample_.size()));
      rows_.CopyRow(sample_[place], Anchor(cells, cell));
    }
    return cells;
  }

  // The cells of the next pass.
  absl::StatusOr<PartitionProjection::Cells> Improve(
      PartitionProjection::Cells cells) {
    const PartitionProjection projection(spec_, std::move(cells));
    CodeMatrix codes(sample_.size(), 1);
    RETURN_IF_ERROR(backend_.HashRows(projection, rows_, sample_, codes));
    return MeansOf(codes);
  }

 private:
  std::span<float> Anchor(PartitionProjection::Cells& cells,
                          std::size_t cell) const {
    return std::span(cells.anchors).subspan(cell * spec_.cols, spec_.cols);
  }
  PartitionProjection::Cells NoCells() const {
    return {.anchors = std::vector<float>(spec_.num_buckets() * spec_.cols),
            .spreads = std::vector<float>(spec_.num_buckets())};
  }

  // Sums in the order of the rows, so that they are the same everywhere.
  struct Sums {
    std::vector<double> values;  // [num_buckets, cols]
    std::vector<double> squares;
    std::vector<std::size_t> sizes;
  };
  Sums SumsOf(const CodeMatrix& codes) const {
    Sums sums{.values = std::vector<double>(spec_.num_buckets() * spec_.cols),
              .squares = std::vector<double>(spec_.num_buckets()),
              .sizes = std::vector<std::size_t>(spec_.num_buckets())};
    std::vector<float> row(spec_.cols);
    for (std::size_t i = 0; i < sample_.size(); ++i) {
      const Code cell = codes.row(i)[0];
      double* const sum = &sums.values[cell * spec_.cols];
      rows_.CopyRow(sample_[i], row);
      for (std::size_t c = 0; c < row.size(); ++c) {
        sum[c] += row[c];
        sums.squares[cell] += double{row[c]} * double{row[c]};
      }
      ++sums.sizes[cell];
    }
    return sums;
  }

  PartitionProjection::Cells MeansOf(const CodeMatrix& codes) {
    const Sums sums = SumsOf(codes);
    PartitionProjection::Cells cells = NoCells();
    for (std::size_t cell = 0; cell < sums.sizes.size(); ++cell) {
      if (sums.sizes[cell] == 0) continue;
      const auto size = static_cast<double>(sums.sizes[cell]);
      const auto anchor = Anchor(cells, cell);
      double square = 0;
      for (std::size_t c = 0; c < anchor.size(); ++c) {
        const double mean = sums.values[cell * spec_.cols + c] / size;
        anchor[c] = static_cast<float>(mean);
        square += mean * mean;
      }
      const double variance = std::max(0.0, sums.squares[cell] / size - square);
      cells.spreads[cell] = static_cast<float>(
          std::sqrt(variance / static_cast<double>(spec_.cols)));
    }
    SplitLargest(cells, sums.sizes);
    return cells;
  }

  // Gives each empty cell a copy of a large cell's anchor, turned a little
  // either way.
  void SplitLargest(PartitionProjection::Cells& cells,
                    std::span<const std::size_t> sizes) {
    std::vector<std::size_t> order(sizes.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
      return sizes[a] > sizes[b];
    });
    std::size_t largest = 0;
    for (auto empty = order.rbegin();
         empty != order.rend() && sizes[*empty] == 0 &&
         sizes[order[largest]] > 1;
         ++empty, ++largest) {
      const auto from = Anchor(cells, order[largest]);
      const auto to = Anchor(cells, *empty);
      const float turn = cells.spreads[order[largest]] / 4;
      for (std::size_t c = 0; c < from.size(); ++c) {
        const float step = turn * split_rng_.NextSign();
        constexpr float kMax = std::numeric_limits<float>::max();
        to[c] = std::clamp(from[c] + step, -kMax, kMax);
        from[c] = std::clamp(from[c] - step, -kMax, kMax);
      }
      cells.spreads[*empty] = cells.spreads[order[largest]];
    }
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
  const int passes = start == nullptr ? kPasses : kPasses / 2;
  for (int pass = 0; pass < passes; ++pass) {
    if (start == nullptr && pass == kPasses - kLastPasses) {
      learner.TakeSample(kRowsPerCellLast);
    }
    ASSIGN_OR_RETURN(cells, learner.Improve(std::move(cells)));
  }
  if (start != nullptr && start->has_learned_router()) {
    PartitionProjection::Router router = CarryRouter(*start, cells);
    return std::make_shared<const PartitionProjection>(spec, std::move(cells),
                                                       std::move(router));
  }
  return std::make_shared<const PartitionProjection>(spec, std::move(cells));
}

}  // namespace mongoose

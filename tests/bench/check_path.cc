#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/backend/cpu_backend.h"
#include "core/base/clock.h"
#include "core/index/neuron_index.h"
#include "tests/bench/measured_paths.h"
#include "tests/bench/ours.h"
#include "tests/support/index_fixture.h"

namespace mongoose::bench {
namespace {

constexpr std::uint64_t kCheckEverySteps = 20;
constexpr int kEstimates = 20;

// An index that samples its staleness and never re-hashes.
class CheckedIndex {
 public:
  CheckedIndex(const BenchSet& set, TableShape shape, WorkerPool& workers)
      : backend_(workers, clock_),
        index_(
            NeuronIndex::Create(SpecOf(set, shape), {.backend = backend_,
                                                     .rehash_backend = backend_,
                                                     .clock = clock_})
                .value()),
        writer_(*index_) {
    writer_.SetAll(set.rows).value();
    index_->WaitUntilIdleForTest();
  }

  // Every row moves by `share` of its norm in a random direction.
  void Move(const Matrix& rows, float share) {
    const Matrix noise = test_support::GaussianMatrix(rows.rows, rows.cols, 9);
    Matrix moved = rows;
    for (std::size_t i = 0; i < rows.rows; ++i) {
      const double scale = share * Norm(rows.row(i)) / Norm(noise.row(i));
      for (std::size_t c = 0; c < rows.cols; ++c) {
        moved.row(i)[c] += static_cast<float>(scale) * noise.row(i)[c];
      }
    }
    writer_.SetAll(moved).value();
    index_->WaitUntilIdleForTest();
  }

  // As many steps as bring one check of the staleness.
  void Check() {
    for (std::uint64_t i = 0; i < kCheckEverySteps; ++i) {
      writer_.EndStep().value();
    }
    index_->WaitUntilIdleForTest();
  }
  double Estimate() const { return index_->status().rehash.sampled_staleness; }
  // Of all rows; `hashed` are those that the snapshot was made of.
  double Staleness(const Matrix& hashed) {
    const auto snapshot = index_->snapshot();
    const auto rows = index_->FreezeForTest().rows;
    if (snapshot->cells != nullptr) return MeanShareMoved(hashed, *rows);
    return test_support::StaleShare(*snapshot, *rows);
  }

 private:
  static IndexSpec SpecOf(const BenchSet& set, TableShape shape) {
    IndexSpec spec = test_support::SmallSpec();
    spec.num_rows = set.rows.rows;
    spec.dim = set.rows.cols;
    spec.hash = HashSpecOf(shape, set.rows.cols);
    spec.default_plan = DefaultQueryPlan(spec.hash, spec.num_rows);
    spec.rehash_policy = EveryNSpec{.steps = 1U << 30};
    return spec;
  }
  static double Norm(std::span<const float> row) {
    double sum = 0;
    for (const float v : row) sum += double{v} * double{v};
    return std::sqrt(sum);
  }
  // Mean distance between the rows, relative to `now`.
  static double MeanShareMoved(const Matrix& before, const FrozenRows& now) {
    std::vector<float> row(before.cols);
    std::vector<float> difference(before.cols);
    double sum = 0;
    for (RowId id = 0; id < before.rows; ++id) {
      now.CopyRow(id, row);
      std::ranges::transform(row, before.row(id), difference.begin(),
                             std::minus<>());
      sum += Norm(difference) / Norm(row);
    }
    return sum / static_cast<double>(before.rows);
  }

  SteadyClock clock_;
  CpuBackend backend_;
  std::unique_ptr<NeuronIndex> index_;
  test_support::Writer<NeuronIndex> writer_;
};

void MeasureShape(const BenchSet& set, const std::string& name,
                  TableShape shape, const PathContext& context) {
  context.results.Say(absl::StrCat("path 8: ", set.name, " ", name));
  CheckedIndex index(set, shape, context.workers);
  OurIndex rebuilt(set.frozen, shape, context.workers);
  for (const float share : {0.001F, 0.01F, 0.05F}) {
    index.Move(set.rows, share);
    PathResult result{
        .path = 8,
        .work = absl::StrCat("check of ", name, "; rows moved by ", 100 * share,
                             " %"),
        .set = set.name,
        .bits_per_table = shape.bits_per_table,
        .num_tables = shape.num_tables,
        .peer = "rebuild",
        .target = 100};
    result.costs =
        MeasurePairs([&] { rebuilt.Build(); }, [&] { index.Check(); },
                     context.options.repetitions);
    const double truth = index.Staleness(set.rows);
    double worst = 0;
    double squares = 0;
    for (int i = 0; i < kEstimates; ++i) {
      index.Check();
      const double error = 100 * std::abs(index.Estimate() - truth);
      worst = std::max(worst, error);
      squares += error * error;
    }
    result.note =
        absl::StrCat("true staleness ", std::round(1e4 * truth) / 100, " %; ",
                     kEstimates, " estimates: rms error ",
                     std::round(1e3 * std::sqrt(squares / kEstimates)) / 1e3,
                     " points and at most ", std::round(1e3 * worst) / 1e3);
    context.results.Add(result);
  }
}

}  // namespace

void MeasureChecks(const BenchSet& set, const PathContext& context) {
  MeasureShape(set, "SimHash", {.bits_per_table = 9, .num_tables = 50},
               context);
  MeasureShape(set, "a partition", DefaultShape(set.rows.rows), context);
}

}  // namespace mongoose::bench

#include "tests/eval/index_arm.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <ranges>

#include "absl/strings/str_cat.h"
#include "core/base/cancel_token.h"
#include "core/index/cells_judge.h"
#include "tests/support/index_fixture.h"
#include "tests/support/partition.h"

namespace mongoose::eval {
namespace {

constexpr std::size_t kBatch = 64;
constexpr std::size_t kCopies = 16;
constexpr int kTimesAsked = 3;  // by then learning has judged two candidates

// An evaluation that cannot go on says why and ends.
void ExitUnlessOk(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "mongoose-retrieval: " << status << "\n";
  std::exit(EXIT_FAILURE);
}

// Asks each query `kCopies` times in a row, of which the index samples one: as
// in use, it has answered many queries for each one that it learns from.
void Ask(NeuronIndex& index, MatrixView<const float> queries) {
  const std::size_t cols = queries.cols();
  for (std::size_t first = 0; first < queries.rows(); first += kBatch) {
    const std::size_t count = std::min(kBatch, queries.rows() - first);
    test_support::Matrix copies(count * kCopies, cols);
    for (std::size_t i = 0; i < copies.rows; ++i) {
      std::ranges::copy(queries.row(first + i / kCopies),
                        copies.row(i).begin());
    }
    ExitUnlessOk(index
                     .Query({.queries = copies.view(),
                             .plan = index.spec().default_plan},
                            NeuronIndex::Layout::kPerSample, NeverCancelled())
                     .status());
    index.WaitUntilIdleForTest();
  }
}

}  // namespace

IndexArm::IndexArm(const bench::BenchSet& set, const QueryTruths& training,
                   std::size_t wanted, std::uint64_t seed,
                   const Backend& backend, const Clock& clock)
    : set_(set), training_(training), backend_(backend), clock_(clock) {
  spec_.name = "arm";
  spec_.num_rows = set.rows.rows;
  spec_.dim = set.rows.cols;
  spec_.hash = test_support::PartitionSpec(
      spec_.dim, DefaultPartitionBits(spec_.num_rows));
  spec_.hash.seed = seed;
  spec_.default_plan = DefaultQueryPlan(spec_.hash, spec_.num_rows);
  spec_.default_plan.num_active = wanted;
  spec_.hot_list_rows = spec_.num_rows / kRowsPerHotRow;
  start_ = Start(spec_, 1)->snapshot();
}

std::unique_ptr<NeuronIndex> IndexArm::Start(const IndexSpec& spec,
                                             int times_asked) const {
  auto index = NeuronIndex::Create(
      spec, {.backend = backend_, .rehash_backend = backend_, .clock = clock_});
  ExitUnlessOk(index.status());
  test_support::Writer writer(**index);
  ExitUnlessOk(writer.SetAll(set_.rows).status());
  ExitUnlessOk(writer.EndStep().status());
  (*index)->WaitUntilIdleForTest();
  for (int i = 0; i < times_asked; ++i) Ask(**index, training_.queries());
  return *std::move(index);
}

IndexSpec IndexArm::SpecReading(double rows) const {
  IndexSpec spec = spec_;
  QueryPlan& plan = spec.default_plan;
  const auto reads = [&](const IndexSnapshot& snapshot) {
    return RowsRead(snapshot, plan, training_);
  };
  plan.num_probes = *std::ranges::lower_bound(
      std::views::iota(std::size_t{0}, spec.hash.num_buckets()), rows, {},
      [&](std::size_t num_probes) {
        plan.num_probes = num_probes;
        return reads(*start_);
      });
  // The hot list is another when queries read fewer cells.
  const auto before = Start(spec, 1)->snapshot();
  while (plan.num_probes > 0 && reads(*before) > rows) --plan.num_probes;
  // What no cell fits in.
  spec.hot_list_rows = static_cast<std::size_t>(std::max(
      1.0, static_cast<double>(spec.hot_list_rows) + rows - reads(*before)));
  return spec;
}

IndexArm::Result IndexArm::Learn(double rows) const {
  IndexSpec spec = SpecReading(rows);
  spec.learning = {
      .mode = LearnMode::kAuto, .sample_share = 1.0F / kCopies, .max_load = 1};
  const auto index = Start(spec, kTimesAsked);
  const LearnCounts learning = index->status().learning;
  return {
      .snapshot = index->snapshot(),
      .reason = absl::StrCat(
          RowsRead(*index->snapshot(), spec.default_plan, training_),
          " rows read, ", learning.adopted, " adopted, ", learning.refused,
          " refused, ", learning.dropped, " dropped; ", learning.last.reason)};
}

}  // namespace mongoose::eval

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

constexpr std::size_t kRowsPerHotRow = 400;
constexpr std::size_t kBatch = 64;
constexpr std::size_t kCopies = 16;
constexpr int kTimesAsked = 3;

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
  start_ = Start(spec_)->snapshot();
}

std::unique_ptr<NeuronIndex> IndexArm::Start(const IndexSpec& spec) const {
  auto index = NeuronIndex::Create(
      spec, {.backend = backend_, .rehash_backend = backend_, .clock = clock_});
  ExitUnlessOk(index.status());
  test_support::Writer writer(**index);
  ExitUnlessOk(writer.SetAll(set_.rows).status());
  ExitUnlessOk(writer.EndStep().status());
  (*index)->WaitUntilIdleForTest();
  for (int i = 0; i < kTimesAsked; ++i) Ask(**index, training_.queries());
  return *std::move(index);
}

QueryPlan IndexArm::PlanReading(double rows) const {
  QueryPlan plan = spec_.default_plan;
  const auto probes =
      std::views::iota(std::size_t{0}, spec_.hash.num_buckets());
  plan.num_probes =
      *std::ranges::lower_bound(probes, rows, {}, [&](std::size_t num_probes) {
        plan.num_probes = num_probes;
        return RowsRead(*start_, plan, training_);
      });
  return plan;
}

IndexArm::Result IndexArm::Learn(double rows) const {
  IndexSpec spec = spec_;
  spec.default_plan = PlanReading(rows);
  spec.learning = {
      .mode = LearnMode::kAuto, .sample_share = 1.0F / kCopies, .max_load = 1};
  const auto index = Start(spec);
  const LearnCounts learning = index->status().learning;
  return {.snapshot = index->snapshot(),
          .reason = absl::StrCat(
              learning.adopted, " adopted, ", learning.refused, " refused, ",
              learning.dropped, " dropped; ", learning.last.reason)};
}

}  // namespace mongoose::eval

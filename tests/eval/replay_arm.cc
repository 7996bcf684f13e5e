#include "tests/eval/replay_arm.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <numeric>

#include "core/hash/code_matrix.h"
#include "core/hash/vector_hasher.h"
#include "core/index/snapshot_change.h"
#include "core/oracle/exact_search.h"

namespace mongoose::eval {
namespace {

constexpr std::size_t kTruth = 100;
constexpr std::size_t kChunkRows = 2048;
// Rows whose true staleness is measured at a frame.
constexpr std::size_t kSampledRows = 4096;

// An evaluation that cannot go on says why and ends.
template <typename T>
T ValueOrExit(absl::StatusOr<T> result) {
  if (result.ok()) return *std::move(result);
  std::cerr << "mongoose-replay: " << result.status() << "\n";
  std::exit(EXIT_FAILURE);
}

double RecallAt(std::size_t k, std::span<const RowId> truth,
                const ActiveSets& sets) {
  double sum = 0;
  const std::size_t queries = sets.offsets.size() - 1;
  for (std::size_t q = 0; q < queries; ++q) {
    sum += Recall(truth.subspan(q * kTruth, k), sets.rows(q));
  }
  return sum / static_cast<double>(queries);
}

// The staleness that the index tries to predict, measured.
double TrueStaleness(const IndexSnapshot& snapshot, const FrozenRows& rows) {
  const std::size_t num_rows = rows.layout().num_rows;
  const std::size_t every = std::max<std::size_t>(1, num_rows / kSampledRows);
  std::vector<RowId> ids;
  for (std::size_t row = 0; row < num_rows; row += every) {
    ids.push_back(static_cast<RowId>(row));
  }
  if (snapshot.cells != nullptr) {
    return MeanDistance(*snapshot.cells, rows, ids);
  }
  CodeMatrix codes(ids.size(), snapshot.codes->tables());
  HashRows(*snapshot.projection, rows, ids, 0, codes);
  return CompareCodes(*snapshot.codes, codes, ids,
                      snapshot.projection->spec().num_bits())
      .entries;
}

}  // namespace

ReplayArm::ReplayArm(const ArmOptions& options, const Backend& backend,
                     const Clock& clock)
    : options_(options),
      index_(ValueOrExit(NeuronIndex::Create(
          options.spec,
          {.backend = backend, .rehash_backend = backend, .clock = clock}))) {}

UpdateResult ReplayArm::Send(UpdateChunk chunk) {
  chunk.writer_id = "replay";
  chunk.sequence = ++sequence_;
  return ValueOrExit(index_->Apply(chunk));
}

void ReplayArm::SendRows(std::span<const RowId> ids,
                         std::span<const float> values, bool ends_step) {
  const std::size_t cols = options_.spec.hash.cols;
  for (std::size_t first = 0; first < ids.size(); first += kChunkRows) {
    const std::size_t count = std::min(kChunkRows, ids.size() - first);
    Send({.kind = ChangeKind::kSetRows,
          .ids = ids.subspan(first, count),
          .values = {values.subspan(first * cols, count * cols), count, cols},
          .ends_step = ends_step && first + count == ids.size()});
  }
  bytes_ += static_cast<double>(values.size() * index_value_bytes() +
                                ids.size_bytes());
}

// Every step reports all changed rows, of which the frame knows only the sum;
// the values of rows asked for follow.
void ReplayArm::SendDrift(const examples::TrajectoryFrame& frame,
                          std::uint64_t steps) {
  const std::size_t cols = frame.values.cols();
  std::vector<float> distances(frame.ids.size());
  for (std::size_t i = 0; i < frame.ids.size(); ++i) {
    const auto now = frame.values.row(i);
    double square = 0;
    for (std::size_t c = 0; c < cols; ++c) {
      float& before = trainer_[frame.ids[i] * cols + c];
      square += double{now[c] - before} * double{now[c] - before};
      before = now[c];
    }
    distances[i] = static_cast<float>(std::sqrt(square));
  }
  const UpdateResult result = Send({.kind = ChangeKind::kDrift,
                                    .ids = frame.ids,
                                    .distances = distances,
                                    .ends_step = true});
  bytes_ += static_cast<double>(steps * frame.ids.size() *
                                (sizeof(RowId) + sizeof(float)));
  std::vector<float> values;
  for (const RowId row : result.rows_wanted) {
    const auto first =
        trainer_.begin() + static_cast<std::ptrdiff_t>(row * cols);
    values.insert(values.end(), first,
                  first + static_cast<std::ptrdiff_t>(cols));
  }
  SendRows(result.rows_wanted, values, /*ends_step=*/false);
}

void ReplayArm::EndSteps(std::uint64_t count) {
  for (std::uint64_t i = 0; i < count; ++i) Send({});
}

void ReplayArm::Apply(const examples::TrajectoryFrame& frame,
                      std::uint64_t steps) {
  const bool first = sequence_ == 0;
  if (first || options_.feed == Feed::kRows) {
    SendRows(frame.ids, frame.values.values(), /*ends_step=*/true);
  } else {
    SendDrift(frame, steps);
  }
  if (steps > 1) EndSteps(steps - 1);
  index_->WaitUntilIdleForTest();
  if (!first) {
    steps_ += steps;
    return;
  }
  const auto values = frame.values.values();
  trainer_.assign(values.begin(), values.end());
  bytes_ = 0;
  const IndexStatus status = index_->status();
  first_hashes_ = status.rehash.rows_rehashed;
  first_rebuilds_ = status.rehash.rebuilds;
}

void ReplayArm::Show(MatrixView<const float> queries) {
  ValueOrExit(
      index_->Query({.queries = queries, .plan = options_.spec.default_plan},
                    NeuronIndex::Layout::kPerSample, NeverCancelled()));
  index_->WaitUntilIdleForTest();
}

ArmPoint ReplayArm::Measure(std::uint64_t step, MatrixView<const float> queries,
                            std::span<const RowId> truth) {
  QueryPlan plan = options_.spec.default_plan;
  plan.num_active = kTruth;
  plan.max_candidates = std::max<std::size_t>(plan.max_candidates, 2 * kTruth);
  const auto answer = ValueOrExit(
      index_->Query({.queries = queries, .plan = plan},
                    NeuronIndex::Layout::kPerSample, NeverCancelled()));
  const IndexStatus status = index_->status();
  const auto frozen = index_->FreezeForTest();
  const double layer_bytes = static_cast<double>(
      options_.spec.num_rows * options_.spec.hash.cols * sizeof(float));
  return {
      .step = step,
      .rebuilds = status.rehash.rebuilds - first_rebuilds_,
      .rows_hashed = status.rehash.rows_rehashed - first_hashes_,
      .rows_copied = status.rehash.rows_copied,
      .recall_at_10 = RecallAt(10, truth, answer.sets),
      .recall_at_100 = RecallAt(kTruth, truth, answer.sets),
      .predicted_staleness = status.state.staleness,
      .true_staleness = TrueStaleness(*index_->snapshot(), *frozen.rows),
      .wire_share =
          steps_ == 0 ? 0 : bytes_ / static_cast<double>(steps_) / layer_bytes,
      .rows_read = static_cast<double>(answer.sets.num_candidates) /
                   static_cast<double>(queries.rows())};
}

}  // namespace mongoose::eval

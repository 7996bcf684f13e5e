// A small index, its writer and its surroundings.
#ifndef MONGOOSE_TESTS_SUPPORT_INDEX_FIXTURE_H_
#define MONGOOSE_TESTS_SUPPORT_INDEX_FIXTURE_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/cancel_token.h"
#include "core/base/clock.h"
#include "core/base/worker_pool.h"
#include "core/hash/vector_hasher.h"
#include "core/index/neuron_index.h"
#include "core/table/table_builder.h"
#include "tests/support/flaky_backend.h"
#include "tests/support/matrix.h"

namespace mongoose::test_support {

// 100 rows of 24 values in 8 tables of 6 bits; re-hashes whatever moved.
inline IndexSpec SmallSpec() {
  IndexSpec spec;
  spec.name = "layer";
  spec.num_rows = 100;
  spec.dim = 24;
  spec.hash = {.cols = 24, .bits_per_table = 6, .num_tables = 8, .seed = 5};
  spec.rehash_policy = DriftThresholdSpec{.max_row_staleness = 0};
  return spec;
}

// Numbers the chunks of one writer and applies them to a Replica or an index.
template <typename Target>
class Writer {
 public:
  explicit Writer(Target& target, std::string id = "w")
      : target_(target), id_(std::move(id)) {}

  absl::StatusOr<UpdateResult> Set(std::span<const RowId> ids,
                                   const Matrix& values) {
    return Send(
        {.kind = ChangeKind::kSetRows, .ids = ids, .values = values.view()});
  }
  // All rows, from row 0.
  absl::StatusOr<UpdateResult> SetAll(const Matrix& values) {
    return Set(AllIds(values.rows), values);
  }
  absl::StatusOr<UpdateResult> Add(std::span<const RowId> ids,
                                   const Matrix& values) {
    return Send(
        {.kind = ChangeKind::kAddDeltas, .ids = ids, .values = values.view()});
  }
  absl::StatusOr<UpdateResult> Report(std::span<const RowId> ids,
                                      std::span<const float> distances) {
    return Send(
        {.kind = ChangeKind::kDrift, .ids = ids, .distances = distances});
  }
  absl::StatusOr<UpdateResult> EndStep() { return Send({}); }

  // Gives `chunk` the writer's name and next number.
  absl::StatusOr<UpdateResult> Send(UpdateChunk chunk) {
    chunk.writer_id = id_;
    chunk.sequence = next_;
    auto result = target_.Apply(chunk);
    if (result.ok()) ++next_;
    return result;
  }
  std::uint64_t next_sequence() const { return next_; }

 private:
  Target& target_;
  std::string id_;
  std::uint64_t next_ = 1;
};

// Cancelled from its Nth check on.
class CancelledAtCheck final : public CancelToken {
 public:
  explicit CancelledAtCheck(int nth) : checks_left_(nth) {}
  absl::Status Check() const override {
    if (--checks_left_ > 0) return absl::OkStatus();
    return absl::CancelledError("the caller has gone");
  }

 private:
  mutable std::atomic<int> checks_left_;
};

// Waits until `condition` holds; false when it does not within 20 seconds.
template <typename Condition>
bool HoldsSoon(Condition condition) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

// Codes and tables of `rows` from scratch are those of `snapshot`.
inline bool IsBuiltFrom(const IndexSnapshot& snapshot, const FrozenRows& rows,
                        WorkerPool& workers) {
  CodeMatrix codes(rows.layout().num_rows, snapshot.codes->tables());
  HashRows(*snapshot.projection, rows, AllIds(codes.rows()), 0, codes);
  const std::size_t buckets = snapshot.projection->spec().num_buckets();
  if (snapshot.sketch != nullptr) {
    Sketch sketch(codes.rows(), snapshot.projection->spec().sketch_bits);
    for (std::size_t row = 0; row < codes.rows(); ++row) {
      sketch.Set(static_cast<RowId>(row), codes.row(row),
                 snapshot.projection->spec().bits_per_table);
    }
    if (!(*snapshot.sketch == sketch)) return false;
  }
  return *snapshot.codes == codes &&
         *snapshot.tables == BuildTables(codes, buckets, workers);
}

// Share of table entries of `snapshot` that differ from those of `rows`.
inline double StaleShare(const IndexSnapshot& snapshot,
                         const FrozenRows& rows) {
  CodeMatrix codes(rows.layout().num_rows, snapshot.codes->tables());
  HashRows(*snapshot.projection, rows, AllIds(codes.rows()), 0, codes);
  std::size_t stale = 0;
  for (std::size_t row = 0; row < codes.rows(); ++row) {
    for (std::size_t table = 0; table < codes.tables(); ++table) {
      stale += codes.row(row)[table] != snapshot.codes->row(row)[table] ? 1 : 0;
    }
  }
  return static_cast<double>(stale) /
         static_cast<double>(codes.rows() * codes.tables());
}

// An index on a backend that can be told to fail.
class IndexTest : public ::testing::Test {
 protected:
  void Create(const IndexSpec& spec) {
    index_ = *NeuronIndex::Create(
        spec,
        {.backend = backend_, .rehash_backend = backend_, .clock = clock_});
    writer_ = std::make_unique<Writer<NeuronIndex>>(*index_);
  }
  // Creates the index and publishes its first snapshot from `rows`.
  void CreateWith(const IndexSpec& spec, const Matrix& rows) {
    Create(spec);
    ASSERT_TRUE(writer_->SetAll(rows).ok());
    index_->WaitUntilIdleForTest();
    ASSERT_NE(index_->snapshot(), nullptr);
  }
  void CreateGaussian(const IndexSpec& spec, std::uint64_t seed = 1) {
    CreateWith(spec, GaussianMatrix(spec.num_rows, spec.hash.cols, seed));
  }
  absl::StatusOr<NeuronIndex::Answer> Ask(
      const NeuronQuery& query,
      NeuronIndex::Layout layout = NeuronIndex::Layout::kPerSample) {
    return index_->Query(query, layout, never_);
  }

  WorkerPool workers_{1};
  SteadyClock clock_;
  FlakyBackend backend_{workers_, clock_};
  NeverCancelled never_;
  std::unique_ptr<NeuronIndex> index_;
  std::unique_ptr<Writer<NeuronIndex>> writer_;
};

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_INDEX_FIXTURE_H_

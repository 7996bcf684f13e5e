// Everything at once, for ThreadSanitizer: readers, writers, drift reports,
// rebuilds, failures, creations and deletions.
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "core/index/index_catalog.h"
#include "core/table/table_builder.h"
#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

class IndexConcurrencyTest : public ::testing::Test {
 protected:
  static IndexSpec Spec(const std::string& name) {
    IndexSpec spec = test_support::SmallSpec();
    spec.name = name;
    spec.hot_list_rows = 5;
    spec.rehash_policy = DriftThresholdSpec{.max_row_staleness = 0.05F};
    return spec;
  }
  // A new index with its first snapshot.
  std::shared_ptr<NeuronIndex> CreateFull(const std::string& name) {
    auto created = *catalog_.Create(Spec(name));
    if (!created.is_new) return created.index;
    test_support::Writer<NeuronIndex> writer(*created.index, "first");
    EXPECT_TRUE(writer.SetAll(GaussianMatrix(100, 24, 1)).ok());
    return created.index;
  }
  void Write(NeuronIndex& index, const std::string& writer_id) {
    test_support::Writer<NeuronIndex> writer(index, writer_id);
    CounterRng rng(writer_id.size(), 1);
    const std::vector<float> distances(10, 0.3F);
    while (!stop_) {
      const auto ids = test_support::RandomIds(100, 10, rng);
      const Matrix values = GaussianMatrix(10, 24, rng.NextBits());
      EXPECT_TRUE(writer.Set(ids, values).ok());
      EXPECT_TRUE(writer.Add(ids, values).ok());
      EXPECT_TRUE(writer.Report(ids, distances).ok());
    }
  }
  void Read(NeuronIndex& index, NeuronIndex::Layout layout) {
    const Matrix queries = GaussianMatrix(40, 24, 7);
    while (!stop_) {
      const auto answer = index.Query(
          {.queries = queries.view(), .plan = {.num_tail = 5}}, layout, never_);
      ASSERT_TRUE(answer.ok()) << answer.status();
      ASSERT_EQ(answer->sets.offsets.size(), 41U);
      for (const RowId row : answer->sets.ids) ASSERT_LT(row, 100U);
    }
  }
  void Watch(NeuronIndex& index) {
    WorkerPool alone(0);
    while (!stop_) {
      const auto snapshot = index.snapshot();
      ASSERT_EQ(*snapshot->tables, BuildTables(*snapshot->codes, 64, alone));
      ASSERT_GE(index.status().state.index_version, snapshot->version);
      index.writer_sequences();
      const std::uint64_t seen = index.state().applied_sequence;
      ASSERT_GE(index.applied_sequence(), seen);
    }
  }
  void Fail() {
    while (!stop_) {
      backend_.fail_hash = !backend_.fail_hash;
      backend_.fail_tables = !backend_.fail_hash && !backend_.fail_tables;
      std::this_thread::yield();
    }
  }
  void CreateAndDelete() {
    for (int i = 0; !stop_; ++i) {
      const std::string name = absl::StrCat("short-", i % 3);
      const auto index = CreateFull(name);
      catalog_.List("", 10);
      catalog_.Delete(name).IgnoreError();
      index->status();
    }
  }
  // Runs all of `work` on threads of their own for `duration`.
  void RunFor(std::chrono::milliseconds duration,
              const std::vector<std::function<void()>>& work) {
    const auto end = std::chrono::steady_clock::now() + duration;
    std::vector<std::jthread> threads;
    for (const auto& job : work) threads.emplace_back(job);
    while (std::chrono::steady_clock::now() < end) {
      std::this_thread::yield();
    }
    stop_ = true;
  }

  std::atomic<bool> stop_{false};
  NeverCancelled never_;
  SteadyClock clock_;
  WorkerPool workers_{2};
  test_support::FlakyBackend backend_{workers_, clock_};
  IndexCatalog catalog_{
      {.backend = backend_, .rehash_backend = backend_, .clock = clock_},
      workers_,
      {}};
};

TEST_F(IndexConcurrencyTest, ReadersWritersRebuildsAndDeletesRunTogether) {
  using enum NeuronIndex::Layout;
  const auto index = CreateFull("long");
  index->WaitUntilIdleForTest();
  RunFor(std::chrono::seconds(2),
         {[&] { Write(*index, "one"); }, [&] { Write(*index, "two-"); },
          [&] { Read(*index, kPerSample); },
          [&] { Read(*index, kUnionWithPositions); }, [&] { Watch(*index); },
          [&] { CreateAndDelete(); }, [&] { CreateAndDelete(); }});
  index->WaitUntilIdleForTest();
  EXPECT_GT(index->state().index_version, 2U);
}

TEST_F(IndexConcurrencyTest, FailingRebuildsDisturbNobody) {
  const auto index = CreateFull("long");
  index->WaitUntilIdleForTest();
  RunFor(std::chrono::seconds(1),
         {[&] { Write(*index, "one"); },
          [&] { Read(*index, NeuronIndex::Layout::kUnion); },
          [&] { Watch(*index); }, [&] { Fail(); }});
  index->WaitUntilIdleForTest();
  EXPECT_GT(index->status().rehash.failed_rebuilds, 0U);
}

}  // namespace
}  // namespace mongoose

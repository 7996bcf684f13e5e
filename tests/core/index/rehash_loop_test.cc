#include "core/index/rehash_loop.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A loop that is stepped by hand.
class RehashLoopTest : public ::testing::Test {
 protected:
  void Create(const IndexSpec& spec) {
    spec_ = spec;
    replica_ = std::make_unique<Replica>(
        spec_.layout(), StalenessModel::OfCodes(spec_.hash.bits_per_table),
        CreateRehashPolicy(spec_.rehash_policy)->row_threshold());
    writer_ = std::make_unique<test_support::Writer<Replica>>(*replica_);
    loop_ = std::make_unique<RehashLoop>(RehashParts{
        spec_, backend_, clock_, *replica_, current_, hot_list_, query_mean_,
        [this](const RehashEvent& event) { events_.push_back(event); }});
  }
  void CreateBuilt(const IndexSpec& spec) {
    Create(spec);
    ASSERT_TRUE(writer_->SetAll(rows_).ok());
    ASSERT_TRUE(loop_->RunOnce());
  }
  // Moves the first `count` rows somewhere else.
  void MoveRows(std::size_t count, std::uint64_t seed = 9) {
    ASSERT_TRUE(writer_->SetAll(GaussianMatrix(count, 24, seed)).ok());
  }
  bool IsFresh() {
    return test_support::IsBuiltFrom(*current_.Acquire(),
                                     *replica_->Freeze().rows, workers_);
  }

  const Matrix rows_ = GaussianMatrix(100, 24, 1);
  IndexSpec spec_;
  WorkerPool workers_{0};
  test_support::FakeClock clock_;
  test_support::FlakyBackend backend_{workers_, clock_};
  SnapshotCell<IndexSnapshot> current_;
  HotListTracker hot_list_{100};
  QueryMean query_mean_{24};
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<test_support::Writer<Replica>> writer_;
  std::unique_ptr<RehashLoop> loop_;
  std::vector<RehashEvent> events_;
};

TEST_F(RehashLoopTest, BuildsNothingBeforeEveryRowIsSet) {
  Create(test_support::SmallSpec());
  EXPECT_FALSE(loop_->RunOnce());
  MoveRows(99);
  EXPECT_FALSE(loop_->RunOnce());
  EXPECT_EQ(current_.Acquire(), nullptr);
  ASSERT_TRUE(writer_->SetAll(rows_).ok());
  EXPECT_TRUE(loop_->RunOnce());
  EXPECT_EQ(current_.Acquire()->version, 1U);
}

TEST_F(RehashLoopTest, StalenessIsZeroRightAfterARebuild) {
  CreateBuilt(test_support::SmallSpec());
  EXPECT_NEAR(replica_->counts().staleness, 0, 1e-6);
  EXPECT_EQ(replica_->counts().dirty_rows, 0U);
  EXPECT_TRUE(IsFresh());
}

TEST_F(RehashLoopTest, DoesNothingWhenNothingMoved) {
  CreateBuilt(test_support::SmallSpec());
  const auto snapshot = current_.Acquire();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(writer_->EndStep().ok());
    EXPECT_FALSE(loop_->RunOnce());
  }
  EXPECT_EQ(current_.Acquire(), snapshot);
  EXPECT_EQ(loop_->counts().rows_rehashed, 100U);
}

TEST_F(RehashLoopTest, RehashesOnlyTheRowsThatMoved) {
  CreateBuilt(test_support::SmallSpec());
  MoveRows(7);
  backend_.rows_hashed = 0;
  EXPECT_TRUE(loop_->RunOnce());
  EXPECT_EQ(backend_.rows_hashed, 7U);
  EXPECT_TRUE(IsFresh());
  const RehashCounts counts = loop_->counts();
  EXPECT_EQ(counts.partial_rehashes, 1U);
  EXPECT_EQ(counts.rebuilds, 1U);
  EXPECT_EQ(counts.last_action, "rehash_rows");
  EXPECT_FALSE(loop_->RunOnce());
}

TEST_F(RehashLoopTest, RebuildsWhenMostRowsAreDirty) {
  CreateBuilt(test_support::SmallSpec());
  MoveRows(61);
  EXPECT_TRUE(loop_->RunOnce());
  EXPECT_EQ(loop_->counts().rebuilds, 2U);
  EXPECT_EQ(loop_->counts().last_action, "rebuild");
  EXPECT_THAT(loop_->counts().last_reason,
              HasSubstr("share of rows to hash 0.61"));
  EXPECT_TRUE(IsFresh());
}

TEST_F(RehashLoopTest, RebuildingTwiceChangesNothing) {
  IndexSpec spec = test_support::SmallSpec();
  spec.rehash_policy = EveryNSpec{.steps = 1};
  CreateBuilt(spec);
  const auto first = current_.Acquire();
  ASSERT_TRUE(writer_->EndStep().ok());
  ASSERT_TRUE(loop_->RunOnce());
  const auto second = current_.Acquire();
  EXPECT_EQ(second->version, 2U);
  EXPECT_EQ(*second->codes, *first->codes);
  EXPECT_EQ(*second->tables, *first->tables);
}

TEST_F(RehashLoopTest, AFailedRebuildKeepsTheSnapshotAndTheDirtyRows) {
  CreateBuilt(test_support::SmallSpec());
  const auto old = current_.Acquire();
  MoveRows(80);
  backend_.fail_hash = true;
  EXPECT_FALSE(loop_->RunOnce());
  EXPECT_EQ(current_.Acquire(), old);
  EXPECT_GE(replica_->counts().dirty_rows, 80U);
  EXPECT_GT(replica_->counts().staleness, 0.1F);
  EXPECT_EQ(loop_->counts().failed_rebuilds, 1U);
  EXPECT_THAT(loop_->counts().last_reason, HasSubstr("hashing broke"));
  backend_.fail_hash = false;
  EXPECT_TRUE(loop_->RunOnce());
  EXPECT_TRUE(IsFresh());
}

TEST_F(RehashLoopTest, TellsItsListenerWhatItDid) {
  CreateBuilt(test_support::SmallSpec());
  EXPECT_FALSE(loop_->RunOnce());  // nothing to do is nothing to tell
  MoveRows(5);
  EXPECT_TRUE(loop_->RunOnce());
  MoveRows(5, 10);
  backend_.fail_tables = true;
  EXPECT_FALSE(loop_->RunOnce());
  ASSERT_EQ(events_.size(), 3U);
  EXPECT_EQ(events_[0].decision.action, RehashAction::kRebuild);
  EXPECT_EQ(events_[0].rows, 100U);
  EXPECT_EQ(events_[1].decision.action, RehashAction::kRehashRows);
  EXPECT_EQ(events_[1].rows, 5U);
  EXPECT_TRUE(events_[1].status.ok());
  EXPECT_EQ(events_[2].status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(events_[2].rows, 0U);
}

TEST_F(RehashLoopTest, AFailedPartialRehashRecoversWithTheNextSuccess) {
  CreateBuilt(test_support::SmallSpec());
  const auto old = current_.Acquire();
  MoveRows(5);
  backend_.fail_tables = true;
  EXPECT_FALSE(loop_->RunOnce());
  EXPECT_FALSE(loop_->RunOnce());
  EXPECT_EQ(current_.Acquire(), old);
  EXPECT_EQ(replica_->counts().dirty_rows, 5U);
  EXPECT_EQ(loop_->counts().failed_rebuilds, 2U);
  EXPECT_EQ(loop_->counts().partial_rehashes, 0U);
  backend_.fail_tables = false;
  EXPECT_TRUE(loop_->RunOnce());
  EXPECT_TRUE(IsFresh());
  EXPECT_EQ(current_.Acquire()->version, 2U);
}

TEST_F(RehashLoopTest, AFailedFirstBuildIsTriedAgain) {
  Create(test_support::SmallSpec());
  ASSERT_TRUE(writer_->SetAll(rows_).ok());
  backend_.fail_tables = true;
  EXPECT_FALSE(loop_->RunOnce());
  EXPECT_EQ(current_.Acquire(), nullptr);
  backend_.fail_tables = false;
  EXPECT_TRUE(loop_->RunOnce());
  EXPECT_TRUE(IsFresh());
}

TEST_F(RehashLoopTest, EveryNRebuildsEveryNStepsOnly) {
  IndexSpec spec = test_support::SmallSpec();
  spec.rehash_policy = EveryNSpec{.steps = 5};
  CreateBuilt(spec);
  std::size_t published = 0;
  for (int step = 0; step < 20; ++step) {
    MoveRows(100, 20);
    published += loop_->RunOnce() ? 1 : 0;
    EXPECT_FALSE(loop_->RunOnce());
  }
  EXPECT_EQ(published, 4U);
}

TEST_F(RehashLoopTest, TheSketchPolicyRebuildsOnceForOneChange) {
  IndexSpec spec = test_support::SmallSpec();
  spec.rehash_policy = CodeSketchSpec{.check_every_steps = 1};
  CreateBuilt(spec);
  MoveRows(100);
  EXPECT_TRUE(loop_->RunOnce());
  EXPECT_TRUE(IsFresh());
  EXPECT_FALSE(loop_->RunOnce()) << loop_->counts().last_reason;
  EXPECT_EQ(loop_->counts().rebuilds, 2U);
}

TEST_F(RehashLoopTest, TheSketchPolicyKeepsWhenFewBitsChanged) {
  IndexSpec spec = test_support::SmallSpec();
  spec.rehash_policy =
      CodeSketchSpec{.max_changed_bits = 0.2F, .check_every_steps = 1};
  CreateBuilt(spec);
  MoveRows(10);
  EXPECT_FALSE(loop_->RunOnce());
  EXPECT_GT(loop_->counts().sampled_changed_bits, 0);
  EXPECT_LT(loop_->counts().sampled_changed_bits, 0.2F);
}

// The values behind reported drift have not arrived, so codes cannot differ.
TEST_F(RehashLoopTest, ReportedDriftDoesNotSpoilTheCalibration) {
  IndexSpec spec = test_support::SmallSpec();
  spec.rehash_policy = DriftThresholdSpec{.max_row_staleness = 0.5F};
  CreateBuilt(spec);
  const auto ids = test_support::AllIds(100);
  const std::vector<float> distances(100, 0.005F);
  for (int step = 0; step < 100; ++step) {
    ASSERT_TRUE(writer_->Report(ids, distances).ok());
    loop_->RunOnce();
  }
  EXPECT_GT(replica_->counts().calibration, 0.9F);
}

TEST_F(RehashLoopTest, TheHotListIsDrawnAnewAfterEnoughObservations) {
  IndexSpec spec = test_support::SmallSpec();
  spec.hot_list_rows = 2;
  CreateBuilt(spec);
  EXPECT_THAT(*current_.Acquire()->hot_list, IsEmpty());
  hot_list_.Observe(std::vector<RowId>(99, 42));
  EXPECT_FALSE(loop_->RunOnce());
  hot_list_.Observe(std::vector<RowId>(3, 17));
  clock_.Advance(std::chrono::seconds(5));
  EXPECT_TRUE(loop_->RunOnce());
  EXPECT_THAT(*current_.Acquire()->hot_list, testing::ElementsAre(17, 42));
  // Its rows are as old as before.
  EXPECT_DOUBLE_EQ(loop_->counts().snapshot_age_seconds, 5);
  EXPECT_EQ(current_.Acquire()->version, 2U);
}

TEST_F(RehashLoopTest, CountsTellTheSnapshotsAgeAndBuckets) {
  Create(test_support::SmallSpec());
  EXPECT_EQ(loop_->counts().snapshot_age_seconds, 0);
  ASSERT_TRUE(writer_->SetAll(rows_).ok());
  ASSERT_TRUE(loop_->RunOnce());
  clock_.Advance(std::chrono::seconds(7));
  const RehashCounts counts = loop_->counts();
  EXPECT_DOUBLE_EQ(counts.snapshot_age_seconds, 7);
  EXPECT_EQ(counts.running_seconds, 0);
  EXPECT_GE(counts.bucket_sizes.largest, 2U);  // 100 rows in 64 buckets
  EXPECT_LE(counts.bucket_sizes.expected,
            static_cast<double>(counts.bucket_sizes.largest));
}

TEST_F(RehashLoopTest, CountsTellHowLongARehashHasBeenAtWork) {
  Create(test_support::SmallSpec());
  ASSERT_TRUE(writer_->SetAll(rows_).ok());
  double running = 0;
  backend_.before_hash = [&] {
    clock_.Advance(std::chrono::seconds(3));
    running = loop_->counts().running_seconds;
  };
  ASSERT_TRUE(loop_->RunOnce());
  EXPECT_DOUBLE_EQ(running, 3);
  EXPECT_EQ(loop_->counts().running_seconds, 0);
}

TEST_F(RehashLoopTest, CentringFreezesTheMeansOfRowsAndQueries) {
  IndexSpec spec = test_support::SmallSpec();
  spec.hash.centre = true;
  query_mean_.Observe(Matrix(1, 24, 2.0F).view());
  CreateBuilt(spec);
  const Means& means = current_.Acquire()->projection->means();
  EXPECT_EQ(means.queries, std::vector<float>(24, 2.0F));
  double sum = 0;
  for (std::size_t i = 0; i < 100; ++i) sum += double{rows_.row(i)[3]};
  EXPECT_NEAR(means.rows[3], sum / 100, 1e-6);
  EXPECT_TRUE(IsFresh());
}

}  // namespace
}  // namespace mongoose

#include "core/index/learn_loop.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/error_reason.h"
#include "core/index/snapshot_builder.h"
#include "core/learn/partition_learner.h"
#include "core/learn/router_trainer.h"
#include "tests/support/fake_clock.h"
#include "tests/support/index_fixture.h"
#include "tests/support/planted_rows.h"

namespace mongoose {
namespace {

using test_support::Matrix;
using test_support::PlantedRows;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A loop and its surroundings, on one thread.
class LearnLoopTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kBatch = 64;      // worth a look
  static constexpr std::size_t kSearched = 128;  // at a time
  static constexpr std::size_t kEnough = 1024;  // queries for a first candidate

  void Start(const IndexSpec& spec, bool publish = true) {
    spec_ = spec;
    test_support::Writer<Replica> writer(replica_);
    ASSERT_TRUE(writer.SetAll(planted_.rows).ok());
    if (publish) PublishAnchors(nullptr);
    loop_ = std::make_unique<LearnLoop>(Parts());
  }
  LearnParts Parts() {
    return {spec_,
            backend_,
            clock_,
            replica_,
            current_,
            workspaces_,
            sampler_,
            [this](Adoption adoption) {
              adopted_.push_back(adoption.reason);
              IndexSnapshot next = *current_.Acquire();
              next.projection = std::move(adoption.projection);
              current_.Publish(
                  std::make_shared<const IndexSnapshot>(std::move(next)));
              return absl::OkStatus();
            },
            [this](const std::string& reason) { refused_.push_back(reason); }};
  }
  // A snapshot whose anchors are learned from `start`.
  void PublishAnchors(const PartitionProjection* start) {
    const auto rows = replica_.Freeze().rows;
    auto anchors = *LearnPartition(spec_.hash, *rows, start, backend_);
    current_.Publish(std::make_shared<const IndexSnapshot>(
        *SnapshotBuilder(backend_).Build(std::move(anchors), *rows, {})));
  }
  void Offer(std::size_t count) {
    const auto asked = planted_.Ask(count, ++seed_);
    sampler_.Offer({.queries = asked.queries.view()});
  }
  std::size_t RunAll() {
    std::size_t units = 0;
    for (; loop_->HasWork(); ++units) loop_->RunOnce();
    return units;
  }
  // Offers queries in batches and does the work there is; its units.
  std::size_t Feed(std::size_t count) {
    std::size_t units = 0;
    for (std::size_t first = 0; first < count; first += kBatch) {
      Offer(kBatch);
      units += RunAll();
    }
    return units;
  }
  // Learns from queries, each with a row of a cluster that is not its own.
  // `wake` is called as the index's thread would be.
  absl::StatusOr<GateVerdict> Learn(const std::function<void()>& wake,
                                    const CancelToken& cancel) {
    const auto asked = planted_.Ask(kEnough, ++seed_);
    const std::vector<RowId> rows = PlantedRows::RowsFor(asked, 7);
    return loop_->Learn({.queries = asked.queries.view(), .rows = rows}, wake,
                        cancel);
  }
  absl::StatusOr<GateVerdict> Learn() {
    return Learn([this] { RunAll(); }, never_);
  }

  test_support::FakeClock clock_;
  SteadyClock real_clock_;
  WorkerPool workers_{0};
  test_support::FlakyBackend backend_{workers_, real_clock_};
  const PlantedRows planted_;
  IndexSpec spec_ = test_support::LearningSpec(LearnMode::kAuto);
  Replica replica_{spec_.layout(), StalenessModel::OfValues(), 0};
  SnapshotCell<IndexSnapshot> current_;
  WorkspacePool workspaces_{PlantedRows::kRows};
  QuerySampler sampler_{1};
  NeverCancelled never_;
  std::vector<std::string> adopted_;
  std::vector<std::string> refused_;
  std::uint64_t seed_ = 100;
  std::unique_ptr<LearnLoop> loop_;
};

IndexSpec Auto() { return test_support::LearningSpec(LearnMode::kAuto); }

TEST_F(LearnLoopTest, HasWorkOnceABatchOfQueriesWaits) {
  Start(Auto());
  EXPECT_FALSE(loop_->HasWork());
  Offer(kBatch - 1);
  EXPECT_FALSE(loop_->HasWork());
  Offer(1);
  EXPECT_TRUE(loop_->HasWork());
}

TEST_F(LearnLoopTest, KeepsEveryFourthQueryToJudgeBy) {
  Start(Auto());
  Offer(kBatch);
  loop_->RunOnce();
  EXPECT_EQ(loop_->counts().training_queries, 48U);
  EXPECT_EQ(loop_->counts().held_back_queries, 16U);
}

TEST_F(LearnLoopTest, WaitsForTheFirstSnapshot) {
  Start(Auto(), /*publish=*/false);
  Offer(kBatch);
  loop_->RunOnce();
  EXPECT_EQ(sampler_.num_waiting(), kBatch);
  EXPECT_EQ(loop_->counts().training_queries, 0U);
}

TEST_F(LearnLoopTest, AdoptsByItselfWhatFindsMore) {
  Start(Auto());
  Feed(kEnough - kBatch);
  EXPECT_THAT(adopted_, IsEmpty());
  Feed(kBatch);
  const LearnCounts counts = loop_->counts();
  ASSERT_EQ(counts.adopted, 1U) << counts.last.reason;
  EXPECT_THAT(adopted_, ElementsAre(counts.last.reason));
  EXPECT_THAT(refused_, IsEmpty());
  EXPECT_TRUE(counts.last.adopt);
  EXPECT_GT(counts.last.candidate.all, counts.last.current.all + 0.3);
  EXPECT_GT(counts.last.candidate.all, counts.last.hot_list.all);
  EXPECT_EQ(counts.last.queries, kEnough / 4);
  EXPECT_GT(counts.last.rows, 0);
  EXPECT_LT(counts.last.rows, PlantedRows::kRows / 4);
  EXPECT_THAT(counts.last_trigger, HasSubstr("768 queries"));
  EXPECT_TRUE(current_.Acquire()->partition()->has_learned_router());
}

TEST_F(LearnLoopTest, WorksInUnitsOfAPassOrABatch) {
  Start(Auto());
  const std::size_t units = Feed(kEnough);
  const std::size_t taken = kEnough / kBatch;
  const std::size_t judges = kEnough / 4 / kSearched;  // batches searched
  const std::size_t lessons = 3 * judges;              // batches searched
  const std::size_t passes = RouterTrainer::kPasses;
  // Each search ends with a unit that decides what is next; training begins
  // with one for the trainer and ends with one for the verdict.
  EXPECT_EQ(units, taken + judges + 1 + lessons + 1 + 1 + passes + 1);
}

TEST_F(LearnLoopTest, WantsAsManyRowsAsAnswersHold) {
  IndexSpec spec = test_support::LearningSpec(LearnMode::kAuto);
  spec.default_plan.num_active = 20;
  Start(spec);
  const auto asked = planted_.Ask(3, ++seed_);
  QueryTruths truths(PlantedRows::kCols, 3, /*max_rows=*/32);
  for (std::size_t q = 0; q < 3; ++q) truths.Add(asked.queries.row(q), {});
  const LearnParts parts = Parts();
  MakeRouterLearner(parts)->Search(1, 2, truths);
  EXPECT_EQ(std::ranges::count(truths.rows(0), kNoRow), truths.max_rows());
  EXPECT_EQ(std::ranges::find(truths.rows(1), kNoRow) - truths.rows(1).begin(),
            20);
}

TEST(NumWantedTest, IsThatOfAnswersWithinLimits) {
  const auto wanted = [](std::size_t active, std::size_t candidates) {
    return NumWanted({.num_active = active, .max_candidates = candidates});
  };
  EXPECT_EQ(wanted(0, 128), 10U);
  EXPECT_EQ(wanted(10, 128), 10U);
  EXPECT_EQ(wanted(20, 128), 20U);
  EXPECT_EQ(wanted(65536, 128), 100U);
  EXPECT_EQ(wanted(32, 16), 16U);
}

TEST_F(LearnLoopTest, ReadingAllCellsLeavesNothingToGain) {
  IndexSpec spec = Auto();
  spec.default_plan.num_probes = spec.hash.num_buckets() - 1;
  Start(spec);
  Feed(kEnough);
  EXPECT_THAT(adopted_, IsEmpty());
  EXPECT_THAT(refused_, ElementsAre(HasSubstr("refused")));
  EXPECT_EQ(loop_->counts().refused, 1U);
  EXPECT_EQ(loop_->counts().last.current.all, 1);
  EXPECT_FALSE(current_.Acquire()->partition()->has_learned_router());
}

TEST_F(LearnLoopTest, ARefusalPutsTheNextCandidateOff) {
  IndexSpec spec = Auto();
  spec.default_plan.num_probes = spec.hash.num_buckets() - 1;
  Start(spec);
  Feed(2 * kEnough);  // the second is learned from more queries
  ASSERT_EQ(refused_.size(), 2U);
  Feed(4 * kEnough - kBatch);
  EXPECT_EQ(refused_.size(), 2U);
  Feed(kBatch);
  EXPECT_EQ(refused_.size(), 3U);
}

TEST_F(LearnLoopTest, RestsAfterAUnitToKeepToItsLoad) {
  IndexSpec spec = Auto();
  spec.learning.max_load = 0.25F;
  Start(spec);
  Offer(kBatch);
  clock_.step = std::chrono::seconds(1);  // of a unit, which looks twice
  loop_->RunOnce();
  EXPECT_EQ(loop_->counts().seconds, 1);
  Offer(kBatch);
  EXPECT_FALSE(loop_->HasWork());  // a second has gone by
  EXPECT_FALSE(loop_->HasWork());
  EXPECT_TRUE(loop_->HasWork());
}

TEST_F(LearnLoopTest, LearnsFromLabelsWhenTheyAreTheTarget) {
  IndexSpec spec = Auto();
  spec.learning.target = LearnTarget::kLabels;
  Start(spec);
  const auto asked = planted_.Ask(kBatch, 5);
  std::vector<std::uint32_t> offsets = {0};
  const std::vector<RowId> rows = PlantedRows::RowsFor(asked, 7);
  std::vector<RowId> labels;  // of every second query
  for (std::size_t i = 0; i < kBatch; ++i) {
    if (i % 2 == 0) labels.push_back(rows[i]);
    offsets.push_back(static_cast<std::uint32_t>(labels.size()));
  }
  backend_.queries_answered = 0;
  for (std::size_t i = 0; i < 2 * kEnough / kBatch; ++i) {
    sampler_.Offer({.queries = asked.queries.view(),
                    .label_offsets = offsets,
                    .label_ids = labels});
    RunAll();
  }
  EXPECT_EQ(loop_->counts().training_queries, 768U);
  EXPECT_EQ(backend_.queries_answered, 0U);  // nothing was searched
  ASSERT_EQ(adopted_.size() + refused_.size(), 1U);
  EXPECT_GT(loop_->counts().last.candidate.all,
            loop_->counts().last.current.all + 0.3);
}

TEST_F(LearnLoopTest, CarriesOnWhenTheAnchorsAreLearnedAnew) {
  Start(Auto());
  Feed(kEnough - kBatch);
  Offer(kBatch);
  for (int unit = 0; unit < 20; ++unit) loop_->RunOnce();  // amid training
  ASSERT_TRUE(loop_->HasWork());
  const auto before = current_.Acquire();
  const Matrix turned = test_support::GaussianMatrix(20, PlantedRows::kCols, 4);
  ASSERT_TRUE(test_support::Writer<Replica>(replica_, "other")
                  .Set(test_support::AllIds(20), turned)
                  .ok());
  PublishAnchors(before->partition());
  const auto anchors = current_.Acquire()->partition()->cells().anchors;
  ASSERT_FALSE(anchors == before->partition()->cells().anchors);
  EXPECT_LT(RunAll(), std::size_t{RouterTrainer::kPasses});
  EXPECT_EQ(adopted_.size(), 1U);
  EXPECT_TRUE(current_.Acquire()->partition()->cells().anchors == anchors);
}

TEST_F(LearnLoopTest, ARouterThatFindsLessThanItsAnchorsIsDropped) {
  Start(Auto());
  Feed(kEnough);
  ASSERT_EQ(adopted_.size(), 1U);
  IndexSnapshot worse = *current_.Acquire();
  const PartitionProjection& partition = *worse.partition();
  PartitionProjection::Router router = partition.router();
  for (float& value : router.vectors) value = -value;
  worse.projection = std::make_shared<const PartitionProjection>(
      partition.spec(), partition.cells(), std::move(router));
  current_.Publish(std::make_shared<const IndexSnapshot>(std::move(worse)));
  Feed(kEnough);
  EXPECT_EQ(loop_->counts().dropped, 1U);
  EXPECT_THAT(adopted_, ElementsAre(HasSubstr("adopted"),
                                    HasSubstr("router dropped: recall"),
                                    HasSubstr("adopted")));
  EXPECT_THAT(loop_->counts().last_trigger, HasSubstr("dropped"));
}

TEST_F(LearnLoopTest, FailedSearchesLeaveNothingToLearnFrom) {
  IndexSpec spec = Auto();
  Start(spec);
  backend_.fail_query = true;
  Feed(kEnough);
  EXPECT_THAT(adopted_, IsEmpty());
  EXPECT_EQ(refused_.size(), 1U);
  backend_.fail_query = false;
  Feed(kEnough);
  EXPECT_EQ(adopted_.size(), 1U);
}

TEST_F(LearnLoopTest, LearnsFromPairsWhenAskedTo) {
  for (const LearnMode mode : {LearnMode::kManual, LearnMode::kAuto}) {
    Start(test_support::LearningSpec(mode));
    const auto verdict = Learn();
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_TRUE(verdict->adopt) << verdict->reason;
    EXPECT_EQ(verdict->queries, kEnough / 4);
    EXPECT_EQ(loop_->counts().adopted, 1U);
    EXPECT_EQ(loop_->counts().last.reason, verdict->reason);
    EXPECT_EQ(loop_->counts().last_trigger, "asked to");
  }
}

TEST_F(LearnLoopTest, ACallerWhoWaitsIsNotPutOffByRests) {
  IndexSpec spec = Auto();
  spec.learning.max_load = 1e-6F;
  Start(spec);
  clock_.step = std::chrono::seconds(1);
  EXPECT_TRUE(Learn().ok());
}

TEST_F(LearnLoopTest, NeedsASnapshotAndAModeToLearnFromPairs) {
  Start(Auto(), /*publish=*/false);
  absl::Status status = Learn().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "NO_SNAPSHOT");
  spec_.learning.mode = LearnMode::kOff;
  PublishAnchors(nullptr);
  status = Learn().status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), "LEARNING_OFF");
}

TEST_F(LearnLoopTest, ACancelledCallThatHasNotBegunIsForgotten) {
  Start(Auto());
  for (const int check : {1, 2}) {
    const test_support::CancelledAtCheck cancelled(check);
    EXPECT_EQ(Learn([] {}, cancelled).status().code(),
              absl::StatusCode::kCancelled);
    EXPECT_FALSE(loop_->HasWork());
  }
}

TEST_F(LearnLoopTest, WhatACancelledCallHasBegunIsNotAdopted) {
  Start(Auto());
  const test_support::CancelledAtCheck cancelled(3);
  EXPECT_EQ(Learn([this] { loop_->RunOnce(); }, cancelled).status().code(),
            absl::StatusCode::kCancelled);
  RunAll();
  EXPECT_THAT(adopted_, IsEmpty());
  EXPECT_EQ(loop_->counts().adopted, 0U);
  EXPECT_FALSE(loop_->counts().last.adopt);
  EXPECT_TRUE(Learn()->adopt);
}

}  // namespace
}  // namespace mongoose

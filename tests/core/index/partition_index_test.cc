// An index whose hash functions are a learned partition.
#include <algorithm>
#include <cstddef>
#include <numeric>
#include <set>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/learn/cell_means.h"
#include "core/oracle/exact_search.h"
#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::HasSubstr;
using ::testing::Pointwise;

class PartitionIndexTest : public test_support::IndexTest {
 protected:
  static constexpr std::size_t kRows = 600;
  static constexpr std::size_t kCols = 24;

  static IndexSpec Spec() {
    IndexSpec spec = test_support::SmallSpec();
    spec.num_rows = kRows;
    spec.hash = test_support::PartitionSpec(kCols, 5);
    spec.default_plan = DefaultQueryPlan(spec.hash, spec.num_rows);
    return spec;
  }
  void SetSome(CounterRng& rng, std::size_t count) {
    const auto ids = test_support::RandomIds(kRows, count, rng);
    ASSERT_TRUE(
        writer_->Set(ids, GaussianMatrix(count, kCols, rng.NextBits())).ok());
    index_->WaitUntilIdleForTest();
  }
  NeuronQuery Query(QueryPlan plan) const {
    return {.queries = queries_.view(), .plan = plan};
  }

  // All rows as they are now.
  Matrix Rows() {
    const auto frozen = index_->FreezeForTest();
    Matrix rows(kRows, kCols);
    for (RowId row = 0; row < kRows; ++row) {
      frozen.rows->CopyRow(row, rows.row(row));
    }
    return rows;
  }

  const Matrix queries_ = GaussianMatrix(40, kCols, 99);
};

// The ids, steps and values of every cell, in an order of their own; that of
// the hot list last.
using Cell = std::set<std::tuple<RowId, float, std::vector<int>>>;
std::vector<Cell> Contents(const CellRows& rows) {
  std::vector<Cell> cells(rows.num_cells() + 1);
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    for (auto& row : test_support::ReadCell(rows, cell)) {
      cells[cell].insert({row.id, row.step, std::move(row.values)});
    }
  }
  return cells;
}

// Codes of rows that were not hashed lately are those of older anchors; the
// rest must fit together at every moment.
TEST_F(PartitionIndexTest, CellsAndAnchorsFollowEveryUpdate) {
  CreateGaussian(Spec());
  CounterRng rng(1, 0);
  for (int round = 0; round < 40; ++round) {
    SetSome(rng, 1 + rng.NextBelow(60));
    const auto snapshot = index_->snapshot();
    const auto frozen = index_->FreezeForTest();
    ASSERT_EQ(Contents(*snapshot->cells),
              Contents(CellRows(*snapshot->codes, 32, *frozen.rows)));
    if (index_->status().rehash.last_action == "rebuild") continue;
    const auto [means, sizes] =
        MeansOf(CellRows(*snapshot->codes, 32, *frozen.rows).sums());
    const auto& cells = snapshot->partition()->cells();
    for (std::size_t cell = 0; cell < sizes.size(); ++cell) {
      if (sizes[cell] == 0) continue;
      const auto anchor = [&](const PartitionProjection::Cells& of) {
        return std::vector(&of.anchors[cell * kCols],
                           &of.anchors[cell * kCols] + kCols);
      };
      ASSERT_THAT(anchor(cells), Pointwise(FloatEq(), anchor(means)));
      ASSERT_FLOAT_EQ(cells.spreads[cell], means.spreads[cell]);
    }
  }
  EXPECT_GT(index_->status().rehash.partial_rehashes, 10U);
}

TEST_F(PartitionIndexTest, AHugeRowLeavesNoTraceInTheAnchors) {
  CreateGaussian(Spec());
  const std::vector<RowId> ids = {7};
  const Matrix row = GaussianMatrix(1, kCols, 3);
  Matrix huge = row;
  for (float& value : huge.values) value *= 1e20F;
  ASSERT_TRUE(writer_->Set(ids, huge).ok());
  index_->WaitUntilIdleForTest();
  ASSERT_TRUE(writer_->Set(ids, row).ok());
  index_->WaitUntilIdleForTest();
  const auto snapshot = index_->snapshot();
  EXPECT_FALSE(snapshot->cells->sums().lost_digits());
  const auto means = MeansOf(
      CellRows(*snapshot->codes, 32, *index_->FreezeForTest().rows).sums());
  for (std::size_t cell = 0; cell < means.sizes.size(); ++cell) {
    if (means.sizes[cell] == 0) continue;
    ASSERT_NEAR(snapshot->partition()->cells().spreads[cell],
                means.cells.spreads[cell], 1e-4)
        << cell;
  }
}

TEST_F(PartitionIndexTest, TheHotListIsACellThatFollowsEveryUpdate) {
  IndexSpec spec = Spec();
  spec.hot_list_rows = 5;
  CreateGaussian(spec);
  CounterRng rng(1, 0);
  std::set<std::vector<RowId>> lists;
  for (int round = 0; round < 60; ++round) {
    ASSERT_TRUE(Ask(Query(spec.default_plan)).ok());  // 1,280 observations
    SetSome(rng, 1 + rng.NextBelow(60));
    const auto snapshot = index_->snapshot();
    lists.insert(*snapshot->hot_list);
    ASSERT_EQ(
        Contents(*snapshot->cells),
        Contents(CellRows(*snapshot->codes, 32, *index_->FreezeForTest().rows,
                          *snapshot->hot_list)));
  }
  EXPECT_GE(lists.size(), 4U);  // none, and some that followed each other
}

TEST_F(PartitionIndexTest, SearchingAllCellsFindsTheExactTop) {
  CreateGaussian(Spec());
  QueryPlan plan = Spec().default_plan;
  plan.num_active = 10;
  const auto answer = Ask(Query(plan));
  ASSERT_TRUE(answer.ok());
  const auto truth =
      ExactTopRows(*index_->FreezeForTest().rows, queries_.view(), 10);
  EXPECT_EQ(answer->sets.ids, truth);
  EXPECT_EQ(answer->sets.num_candidates, queries_.rows * kRows);
}

TEST_F(PartitionIndexTest, AFewCellsFindMost) {
  CreateGaussian(Spec());
  QueryPlan plan = Spec().default_plan;
  plan.num_active = 10;
  plan.num_probes = 11;
  const auto answer = Ask(Query(plan));
  ASSERT_TRUE(answer.ok());
  const auto truth =
      ExactTopRows(*index_->FreezeForTest().rows, queries_.view(), 10);
  std::size_t hits = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto found =
        std::span(answer->sets.ids).subspan(i / 10 * 10, std::size_t{10});
    hits += std::ranges::count(found, truth[i]) > 0 ? 1 : 0;
  }
  EXPECT_GT(static_cast<double>(hits) / static_cast<double>(truth.size()),
            0.75);
  EXPECT_LT(answer->sets.num_candidates, queries_.rows * kRows / 2);
}

TEST_F(PartitionIndexTest, TheHotListIsProposedOnce) {
  IndexSpec spec = Spec();
  spec.hot_list_rows = 50;
  CreateGaussian(spec);
  QueryPlan plan = spec.default_plan;
  plan.num_active = 200;
  CounterRng rng(2, 0);
  for (int round = 0; round < 100; ++round) {  // 8,000 observations of 50 rows
    ASSERT_TRUE(Ask(Query(plan)).ok());
  }
  SetSome(rng, 10);
  ASSERT_EQ(index_->status().hot_rows, 50U);
  const auto answer = Ask(Query(plan));
  ASSERT_TRUE(answer.ok());
  for (std::size_t i = 0; i < queries_.rows; ++i) {
    const auto rows = answer->sets.rows(i);
    const std::set<RowId> distinct(rows.begin(), rows.end());
    EXPECT_EQ(distinct.size(), rows.size());
  }
}

TEST_F(PartitionIndexTest, RowsThatMoveAreCopiedUntilTheyAreFar) {
  IndexSpec spec = Spec();
  spec.rehash_policy = DriftThresholdSpec{.max_row_staleness = 0.1F,
                                          .max_index_staleness = 0,
                                          .max_cell_drift = 0.5F};
  CreateGaussian(spec);
  const std::uint64_t first = index_->status().rehash.rows_rehashed;
  const std::vector<RowId> ids = {3};
  Matrix start(1, kCols);
  index_->FreezeForTest().rows->CopyRow(3, start.row(0));
  // The row grows, shrinks back, and so on; then it stays five times as long.
  std::vector<std::uint64_t> hashed;
  for (const float length : {1.25F, 1.0F, 1.25F, 1.0F, 1.25F, 5.0F, 5.1F}) {
    Matrix moved = start;
    for (float& v : moved.row(0)) v *= length;
    ASSERT_TRUE(writer_->Set(ids, moved).ok());
    index_->WaitUntilIdleForTest();
    hashed.push_back(index_->status().rehash.rows_rehashed - first);
    if (length > 5) break;  // too little to be copied
    EXPECT_EQ(index_->status().rehash.rows_copied + hashed.back(),
              hashed.size());
    EXPECT_EQ(index_->snapshot()->cells->DistanceTo(3, moved.row(0)), 0);
  }
  EXPECT_THAT(hashed, ElementsAre(0, 0, 0, 0, 0, 1, 1));
}

TEST_F(PartitionIndexTest, AFailedRehashIsTriedAgainWithTheSameRows) {
  CreateGaussian(Spec());
  const auto before = index_->snapshot();
  const IndexStatus then = index_->status();
  backend_.fail_hash = true;
  CounterRng rng(5, 0);
  SetSome(rng, 30);
  EXPECT_EQ(index_->snapshot(), before);
  EXPECT_EQ(index_->status().replica.dirty_rows, 30U);
  EXPECT_EQ(index_->status().replica.far_rows, 30U);
  backend_.fail_hash = false;
  ASSERT_TRUE(writer_->EndStep().ok());
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(index_->status().replica.dirty_rows, 0U);
  EXPECT_EQ(index_->status().rehash.rows_rehashed,
            then.rehash.rows_rehashed + 30);
}

TEST_F(PartitionIndexTest,
       AnchorsAreLearnedAgainOnceThreeTimesAllRowsHaveMoved) {
  CreateGaussian(Spec());
  CounterRng rng(3, 0);
  std::size_t changes = 0;
  while (changes < 3 * kRows) {
    const auto before = index_->snapshot();
    SetSome(rng, 50);
    const auto after = index_->snapshot();
    ASSERT_EQ(index_->status().rehash.rebuilds, 1U);
    for (RowId row = 0; row < kRows; ++row) {
      changes += before->codes->row(row)[0] != after->codes->row(row)[0];
    }
  }
  SetSome(rng, 50);
  EXPECT_EQ(index_->status().rehash.rebuilds, 2U);
  EXPECT_THAT(index_->status().rehash.last_reason, HasSubstr("anchors"));
}

TEST_F(PartitionIndexTest, AFailedRebuildLeavesTheOldAnchors) {
  IndexSpec spec = Spec();
  spec.rehash_policy = EveryNSpec{.steps = 1};
  CreateGaussian(spec);
  const auto before = index_->snapshot();
  backend_.fail_hash = true;
  ASSERT_TRUE(writer_->EndStep().ok());
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(index_->snapshot(), before);
  EXPECT_GE(index_->status().rehash.failed_rebuilds, 1U);
}

TEST_F(PartitionIndexTest, AnswersWhileRowsMove) {
  CreateGaussian(Spec());
  std::jthread writer([this](const std::stop_token& stop) {
    CounterRng rng(4, 0);
    while (!stop.stop_requested()) {
      const auto ids = test_support::RandomIds(kRows, 30, rng);
      ASSERT_TRUE(
          writer_->Set(ids, GaussianMatrix(30, kCols, rng.NextBits())).ok());
    }
  });
  for (int round = 0; round < 200; ++round) {
    const auto answer = Ask(Query(Spec().default_plan));
    ASSERT_TRUE(answer.ok());
    ASSERT_EQ(answer->sets.ids.size(), queries_.rows * 32);
    ASSERT_TRUE(std::ranges::all_of(answer->sets.ids,
                                    [](RowId row) { return row < kRows; }));
  }
}

TEST_F(PartitionIndexTest, MemoryIsAsEstimated) {
  IndexSpec spec = Spec();
  spec.num_rows = 20000;
  spec.hash.bits_per_table = 8;
  CreateGaussian(spec);
  const auto estimate = static_cast<double>(EstimateIndexBytes(spec));
  const auto bytes = static_cast<double>(index_->status().memory_bytes);
  EXPECT_NEAR(bytes / estimate, 1, 0.15);
}

// Codes stay as they are when rows only grow, but the values in cells do not.
TEST_F(PartitionIndexTest, RowsThatOnlyGrowAreRehashed) {
  IndexSpec spec = Spec();
  spec.rehash_policy =
      DriftThresholdSpec{.max_row_staleness = 0.1F, .max_index_staleness = 1};
  CreateGaussian(spec);
  const std::vector<RowId> ids = {3, 7};
  Matrix grown(2, kCols);
  const auto grow = [&](float factor) {
    const auto frozen = index_->FreezeForTest();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      frozen.rows->CopyRow(ids[i], grown.row(i));
      for (float& v : grown.row(i)) v *= factor;
    }
    ASSERT_TRUE(writer_->Set(ids, grown).ok());
    index_->WaitUntilIdleForTest();
  };
  grow(1.05F);
  EXPECT_EQ(index_->status().rehash.partial_rehashes, 0U);
  EXPECT_NEAR(index_->snapshot()->cells->DistanceTo(3, grown.row(0)), 0.05,
              0.02);
  grow(1.2F);
  EXPECT_EQ(index_->status().rehash.partial_rehashes, 1U);
  EXPECT_EQ(index_->snapshot()->cells->DistanceTo(3, grown.row(0)), 0);
}

TEST_F(PartitionIndexTest, GrowthAloneNeverLearnsAgain) {
  CreateGaussian(Spec());
  for (int round = 0; round < 10; ++round) {
    Matrix rows = Rows();
    for (float& v : rows.values) v *= 2;
    // In parts, so that it is never a rebuild of most rows.
    for (RowId row = 0; row < kRows; row += 100) {
      std::vector<RowId> ids(100);
      std::iota(ids.begin(), ids.end(), row);
      Matrix part(100, kCols);
      std::ranges::copy(rows.view().Rows(row, 100).data(), part.values.begin());
      ASSERT_TRUE(writer_->Set(ids, part).ok());
      index_->WaitUntilIdleForTest();
    }
  }
  EXPECT_EQ(index_->status().rehash.rebuilds, 1U);
  EXPECT_GE(index_->status().rehash.partial_rehashes, 50U);
}

// Steps small against those of the rounded values.
TEST_F(PartitionIndexTest, CalibrationOfSmallMovesIsNearOne) {
  IndexSpec spec = Spec();
  spec.rehash_policy = EveryNSpec{.steps = 1000};
  CreateGaussian(spec);
  Matrix moved = Rows();
  const Matrix noise = GaussianMatrix(kRows, kCols, 5);
  for (std::size_t i = 0; i < moved.values.size(); ++i) {
    moved.values[i] += 0.005F * noise.values[i];
  }
  ASSERT_TRUE(writer_->Set(test_support::AllIds(kRows), moved).ok());
  for (int step = 0; step < 20; ++step) ASSERT_TRUE(writer_->EndStep().ok());
  index_->WaitUntilIdleForTest();
  EXPECT_NEAR(index_->status().replica.calibration, 1, 0.1);
}

TEST_F(PartitionIndexTest, SampledStalenessIsTheDistanceOfTheValuesKept) {
  IndexSpec spec = Spec();
  spec.rehash_policy = EveryNSpec{.steps = 1000};
  CreateGaussian(spec);
  Matrix grown = Rows();
  for (float& v : grown.values) v *= 2;
  ASSERT_TRUE(writer_->Set(test_support::AllIds(kRows), grown).ok());
  for (int step = 0; step < 20; ++step) ASSERT_TRUE(writer_->EndStep().ok());
  index_->WaitUntilIdleForTest();
  EXPECT_NEAR(index_->status().rehash.sampled_staleness, 0.5, 0.01);
}

}  // namespace
}  // namespace mongoose

// What the gate adopts and what it refuses.
#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/learn/hash_gate.h"
#include "core/learn/router_trainer.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"
#include "tests/support/planted_queries.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::PlantedQueries;
using test_support::PlantQueries;
using ::testing::HasSubstr;
using Router = PartitionProjection::Router;

// Of 8 rows wanted by each of many queries, those found; `found` over and over.
FoundRows FoundOfEight(std::size_t queries, const std::vector<float>& found) {
  FoundRows out{.wanted = std::vector<float>(queries, 8)};
  for (std::size_t q = 0; q < queries; ++q) {
    out.found.push_back(found[q % found.size()]);
  }
  out.wanted_rare = out.wanted;
  out.found_rare = out.found;
  return out;
}

TEST(JudgeCandidateTest, TheGainMustBeTheLeastAsked) {
  const FoundRows current = FoundOfEight(100, {4});
  const FoundRows better = FoundOfEight(100, {5});
  const FoundRows list = FoundOfEight(100, {0});
  EXPECT_TRUE(JudgeCandidate(current, better, list, 0.125).adopt);
  EXPECT_FALSE(JudgeCandidate(current, better, list, 0.126).adopt);
}

// Gains of 4 and of -3 rows in turn: 1/16 on average.
TEST(JudgeCandidateTest, TheGainMustBeTwoStandardErrors) {
  for (const std::size_t queries : {100U, 400U}) {
    const FoundRows current = FoundOfEight(queries, {4});
    const FoundRows candidate = FoundOfEight(queries, {8, 1});
    const FoundRows list = FoundOfEight(queries, {0});
    EXPECT_EQ(JudgeCandidate(current, candidate, list, 0.01).adopt,
              queries == 400)
        << queries;
  }
}

// Each arm varies much from query to query, their difference does not.
TEST(JudgeCandidateTest, QueriesAreComparedInPairs) {
  const FoundRows current = FoundOfEight(20, {0, 7});
  const FoundRows candidate = FoundOfEight(20, {1, 8});
  const FoundRows list = FoundOfEight(20, {0});
  EXPECT_TRUE(JudgeCandidate(current, candidate, list, 0.01).adopt);
}

TEST(JudgeCandidateTest, TheGainOverTheHotListMustBeAsLarge) {
  const FoundRows current = FoundOfEight(100, {2});
  const FoundRows candidate = FoundOfEight(100, {5});
  EXPECT_TRUE(
      JudgeCandidate(current, candidate, FoundOfEight(100, {4}), 0.1).adopt);
  const GateVerdict verdict =
      JudgeCandidate(current, candidate, FoundOfEight(100, {5}), 0.1);
  EXPECT_FALSE(verdict.adopt);
  EXPECT_THAT(verdict.reason, HasSubstr("no better than the hot list"));
}

TEST(JudgeCandidateTest, AnEqualCandidateIsNotAbove) {
  const FoundRows same = FoundOfEight(100, {5, 3});
  EXPECT_FALSE(JudgeCandidate(same, same, FoundOfEight(100, {0}), 0).adopt);
}

TEST(JudgeCandidateTest, WithoutQueriesNothingIsAdopted) {
  EXPECT_FALSE(JudgeCandidate({}, {}, {}, 0).adopt);
  const FoundRows nothing_wanted{.wanted = {0, 0}, .found = {0, 0}};
  EXPECT_FALSE(
      JudgeCandidate(nothing_wanted, nothing_wanted, nothing_wanted, 0).adopt);
}

TEST(JudgeCandidateTest, TellsTheNumbersCompared) {
  FoundRows current = FoundOfEight(100, {2});
  current.found_rare = std::vector<float>(100, 1);
  const GateVerdict verdict = JudgeCandidate(current, FoundOfEight(100, {6}),
                                             FoundOfEight(100, {4}), 0.01);
  EXPECT_EQ(verdict.queries, 100U);
  EXPECT_DOUBLE_EQ(verdict.current.all, 0.25);
  EXPECT_DOUBLE_EQ(verdict.current.without_hubs, 0.125);
  EXPECT_DOUBLE_EQ(verdict.candidate.all, 0.75);
  EXPECT_DOUBLE_EQ(verdict.hot_list.all, 0.5);
  for (const char* part : {"adopted", "0.7500", "0.2500", "0.5000", "100"}) {
    EXPECT_THAT(verdict.reason, HasSubstr(part));
  }
}

// 32 cells of 40 rows, row r in cell r / 40; four cells may be read.
class TrainedGateTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kCellRows = 40;
  static constexpr std::size_t kTraining = 2048;
  static constexpr std::size_t kHeldBack = 512;
  static constexpr std::size_t kWanted = 32;

  // Each query wants random rows of its planted cell.
  static QueryTruths TruthsOf(const PlantedQueries& planted) {
    QueryTruths truths(planted.queries.cols, planted.cells.size(), kWanted);
    CounterRng rng(1, 0);
    for (std::size_t i = 0; i < planted.cells.size(); ++i) {
      std::vector<RowId> rows =
          test_support::RandomIds(kCellRows, kWanted, rng);
      for (RowId& row : rows) {
        row += static_cast<RowId>(planted.cells[i] * kCellRows);
      }
      truths.Add(planted.queries.row(i), rows);
    }
    return truths;
  }
  QueryTruths Plant(std::size_t count, std::uint64_t map,
                    std::uint64_t seed) const {
    return TruthsOf(PlantQueries(spec_, count, map, seed));
  }
  static std::vector<std::uint32_t> CellsOf(const QueryTruths& truths) {
    std::vector<std::uint32_t> cells;
    for (const RowId row : truths.all_rows()) {
      cells.push_back(row == kNoRow
                          ? RouterTrainer::kNoCell
                          : static_cast<std::uint32_t>(row / kCellRows));
    }
    return cells;
  }
  Router TrainOn(const QueryTruths& training) const {
    RouterTrainer trainer(start_, training.queries(), CellsOf(training), 1);
    while (!trainer.done()) trainer.RunPass();
    return trainer.router();
  }
  GateVerdict Judge(Router router, const QueryTruths& training,
                    const QueryTruths& held_back) const {
    const PartitionProjection candidate(spec_, cells_, std::move(router));
    const std::vector<std::size_t> sizes(spec_.num_buckets(), kCellRows);
    const std::vector<std::uint32_t> cells = CellsOf(held_back);
    const GateCase judged{
        .held_back = held_back, .hubs = {}, .rows = 4 * kCellRows};
    return JudgeCandidate(
        FindInCells(start_, sizes, 0, cells, judged),
        FindInCells(candidate, sizes, 0, cells, judged),
        FindInList(MostWanted(training, 4 * kCellRows), judged), 0.005);
  }

  const HashSpec spec_ = test_support::PartitionSpec(16, 5);
  const PartitionProjection::Cells cells_ = test_support::RandomCells(spec_, 3);
  const PartitionProjection start_{spec_, cells_};
};

TEST_F(TrainedGateTest, AGoodCandidateIsAdopted) {
  const QueryTruths training = Plant(kTraining, 50, 1);
  const GateVerdict verdict =
      Judge(TrainOn(training), training, Plant(kHeldBack, 50, 2));
  EXPECT_TRUE(verdict.adopt) << verdict.reason;
  EXPECT_GT(verdict.candidate.all, verdict.current.all + 0.3);
}

TEST_F(TrainedGateTest, ARandomRouterIsRefused) {
  const Router random{.vectors = GaussianMatrix(32, 16, 9).values,
                      .offsets = std::vector<float>(32)};
  const GateVerdict verdict =
      Judge(random, Plant(kTraining, 50, 1), Plant(kHeldBack, 50, 2));
  EXPECT_FALSE(verdict.adopt) << verdict.reason;
  EXPECT_THAT(verdict.reason, HasSubstr("refused"));
}

TEST_F(TrainedGateTest, ShuffledTargetsBringNoGain) {
  PlantedQueries shuffled = PlantQueries(spec_, kTraining, 50, 1);
  CounterRng rng(2, 0);
  const auto order = test_support::RandomIds(kTraining, kTraining, rng);
  std::vector<std::uint32_t> cells;
  for (const RowId i : order) cells.push_back(shuffled.cells[i]);
  shuffled.cells = std::move(cells);
  const QueryTruths training = TruthsOf(shuffled);
  const GateVerdict verdict =
      Judge(TrainOn(training), training, Plant(kHeldBack, 50, 2));
  EXPECT_FALSE(verdict.adopt) << verdict.reason;
}

TEST_F(TrainedGateTest, ACandidateForTargetsThatHaveMovedIsRefused) {
  const QueryTruths training = Plant(kTraining, 50, 1);
  const GateVerdict verdict =
      Judge(TrainOn(training), training, Plant(kHeldBack, 51, 2));
  EXPECT_FALSE(verdict.adopt) << verdict.reason;
}

TEST_F(TrainedGateTest, TheHotListWinsWhereAllQueriesWantTheSameRows) {
  const auto same_rows = [&](std::size_t count, std::uint64_t seed) {
    const Matrix queries = GaussianMatrix(count, 16, seed);
    std::vector<RowId> rows;  // one in every third cell
    for (RowId cell = 0; cell < 30; cell += 3) rows.push_back(cell * kCellRows);
    QueryTruths truths(16, count, kWanted);
    for (std::size_t i = 0; i < count; ++i) truths.Add(queries.row(i), rows);
    return truths;
  };
  const QueryTruths training = same_rows(kTraining, 1);
  const GateVerdict verdict =
      Judge(TrainOn(training), training, same_rows(kHeldBack, 2));
  EXPECT_FALSE(verdict.adopt);
  EXPECT_GT(verdict.candidate.all, verdict.current.all);
  EXPECT_EQ(verdict.hot_list.all, 1);
  EXPECT_THAT(verdict.reason, HasSubstr("no better than the hot list"));
}

}  // namespace
}  // namespace mongoose

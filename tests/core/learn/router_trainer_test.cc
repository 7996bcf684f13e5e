#include "core/learn/router_trainer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/partition.h"
#include "tests/support/planted_queries.h"

namespace mongoose {
namespace {

using test_support::CellRecall;
using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::PlantedQueries;
using test_support::PlantQueries;
using Router = PartitionProjection::Router;
constexpr std::uint32_t kNoCell = RouterTrainer::kNoCell;

Matrix Scaled(Matrix x, float factor) {
  for (float& value : x.values) value *= factor;
  return x;
}

void ExpectEqual(const Router& a, const Router& b) {
  EXPECT_EQ(a.vectors, b.vectors);
  EXPECT_EQ(a.offsets, b.offsets);
}

class RouterTrainerTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kCols = 16;
  static constexpr std::size_t kRead = 4;  // of 32 cells

  static Router Train(RouterTrainer trainer) {
    while (!trainer.done()) trainer.RunPass();
    return trainer.router();
  }
  Router TrainOn(const PartitionProjection& start, const Matrix& queries,
                 std::span<const std::uint32_t> cells,
                 std::uint64_t seed = 1) const {
    return Train({start, queries.view(), cells, seed});
  }
  PartitionProjection With(Router router) const {
    return {spec_, cells_, std::move(router)};
  }

  const HashSpec spec_ = test_support::PartitionSpec(kCols, 5);
  const PartitionProjection::Cells cells_ = test_support::RandomCells(spec_, 3);
  const PartitionProjection start_{spec_, cells_};
  const PlantedQueries training_ = PlantQueries(spec_, 2048, 50, 1);
  const PlantedQueries held_back_ = PlantQueries(spec_, 1024, 50, 2);
};

TEST_F(RouterTrainerTest, LearnsAMapThatTheAnchorsDoNotKnow) {
  const auto learned =
      With(TrainOn(start_, training_.queries, training_.cells));
  EXPECT_LT(CellRecall(start_, held_back_, kRead), 0.3);
  EXPECT_GT(CellRecall(learned, held_back_, kRead), 0.7);
}

TEST_F(RouterTrainerTest, FindsMoreOfItsQueriesTheLongerItRuns) {
  RouterTrainer trainer(start_, training_.queries.view(), training_.cells, 1);
  double before = CellRecall(start_, training_, 1);
  for (int part = 0; part < 4; ++part) {
    for (int pass = 0; pass < RouterTrainer::kPasses / 4; ++pass) {
      trainer.RunPass();
    }
    const double now = CellRecall(With(trainer.router()), training_, 1);
    EXPECT_GT(now, before) << part;
    before = now;
  }
}

TEST_F(RouterTrainerTest, IsDoneAfterItsPasses) {
  RouterTrainer trainer(start_, training_.queries.view(), training_.cells, 1);
  int passes = 0;
  for (; !trainer.done(); ++passes) trainer.RunPass();
  EXPECT_EQ(passes, RouterTrainer::kPasses);
}

TEST_F(RouterTrainerTest, BeforeTheFirstPassGivesTheRouterInUse) {
  const RouterTrainer fresh(start_, training_.queries.view(), training_.cells,
                            1);
  ExpectEqual(fresh.router(), start_.router());
  const PartitionProjection learned =
      With(TrainOn(start_, training_.queries, training_.cells));
  const RouterTrainer next(learned, training_.queries.view(), training_.cells,
                           1);
  ExpectEqual(next.router(), learned.router());
}

TEST_F(RouterTrainerTest, KeepsWhatTheRouterInUseKnows) {
  const auto learned =
      With(TrainOn(start_, training_.queries, training_.cells));
  const PlantedQueries few = PlantQueries(spec_, 64, 50, 9);
  const auto again = With(TrainOn(learned, few.queries, few.cells));
  EXPECT_GT(CellRecall(again, held_back_, kRead),
            CellRecall(learned, held_back_, kRead) - 0.05);
}

TEST_F(RouterTrainerTest, LearnsSeveralCellsOfAQueryAndSkipsNoCell) {
  std::vector<std::uint32_t> cells;
  for (std::size_t i = 0; i < training_.cells.size(); ++i) {
    const std::uint32_t cell = training_.cells[i];
    const std::uint32_t next = (cell + 1) % 32;
    cells.insert(cells.end(), {cell, kNoCell, i % 2 == 0 ? next : kNoCell});
  }
  const auto learned = With(TrainOn(start_, training_.queries, cells));
  EXPECT_GT(CellRecall(learned, held_back_, kRead), 0.6);
  PlantedQueries second = held_back_;
  for (std::uint32_t& cell : second.cells) cell = (cell + 1) % 32;
  EXPECT_GT(CellRecall(learned, second, kRead), 0.4);
}

TEST_F(RouterTrainerTest, WithoutTargetsGivesTheRouterInUseAtOnce) {
  const Matrix& queries = training_.queries;
  const std::vector<std::uint32_t> none(queries.rows * 3, kNoCell);
  const std::vector<std::uint32_t> ones(queries.rows, 1);
  const Matrix zeros(queries.rows, kCols);
  const RouterTrainer trainers[] = {{start_, Matrix(0, kCols).view(), {}, 1},
                                    {start_, queries.view(), {}, 1},
                                    {start_, queries.view(), none, 1},
                                    {start_, zeros.view(), ones, 1}};
  for (const RouterTrainer& trainer : trainers) {
    EXPECT_TRUE(trainer.done());
    ExpectEqual(trainer.router(), start_.router());
  }
}

TEST_F(RouterTrainerTest, AZeroRouterCanLearn) {
  const PartitionProjection zeros(
      spec_, cells_,
      {.vectors = std::vector<float>(cells_.anchors.size()),
       .offsets = std::vector<float>(cells_.spreads.size())});
  const auto learned = With(TrainOn(zeros, training_.queries, training_.cells));
  EXPECT_GT(CellRecall(learned, held_back_, kRead), 0.7);
}

TEST_F(RouterTrainerTest, EqualArgumentsGiveEqualRouters) {
  ExpectEqual(TrainOn(start_, training_.queries, training_.cells, 5),
              TrainOn(start_, training_.queries, training_.cells, 5));
  EXPECT_NE(TrainOn(start_, training_.queries, training_.cells, 5).vectors,
            TrainOn(start_, training_.queries, training_.cells, 6).vectors);
}

// Powers of two, which round nothing.
TEST_F(RouterTrainerTest, TheScaleOfTheQueriesDoesNotMatter) {
  const Router router = TrainOn(start_, training_.queries, training_.cells);
  for (const float scale : {0x1p-60F, 0x1p-15F, 0x1p15F, 0x1p60F}) {
    const Matrix queries = Scaled(training_.queries, scale);
    const Router scaled = TrainOn(start_, queries, training_.cells);
    EXPECT_EQ(CellRecall(With(scaled), held_back_, kRead),
              CellRecall(With(router), held_back_, kRead))
        << scale;
  }
}

TEST_F(RouterTrainerTest, TheScaleOfTheRowsDoesNotMatter) {
  const auto learned =
      With(TrainOn(start_, training_.queries, training_.cells));
  for (const float scale : {0x1p-40F, 0x1p-15F, 0x1p15F, 0x1p40F}) {
    PartitionProjection::Cells cells = cells_;
    for (float& value : cells.anchors) value *= scale;
    for (float& value : cells.spreads) value *= scale;
    const PartitionProjection start(spec_, cells);
    const PartitionProjection scaled(
        spec_, cells, TrainOn(start, training_.queries, training_.cells));
    EXPECT_EQ(CellRecall(scaled, held_back_, kRead),
              CellRecall(learned, held_back_, kRead))
        << scale;
  }
}

TEST_F(RouterTrainerTest, CarriedToEqualCellsARouterStaysAsItIs) {
  const auto learned =
      With(TrainOn(start_, training_.queries, training_.cells));
  ExpectEqual(CarryRouter(learned, cells_), learned.router());
}

TEST_F(RouterTrainerTest, CarriedToNewCellsARouterMovesAsTheAnchorsDo) {
  const Router router{.vectors = GaussianMatrix(32, kCols, 8).values,
                      .offsets = std::vector<float>(32, -2.0F)};
  const PartitionProjection::Cells now = test_support::RandomCells(spec_, 4);
  const Router carried = CarryRouter(With(router), now);
  for (std::size_t i = 0; i < router.vectors.size(); ++i) {
    ASSERT_NEAR(carried.vectors[i] - router.vectors[i],
                now.anchors[i] - cells_.anchors[i], 1e-5);
  }
  for (std::size_t i = 0; i < router.offsets.size(); ++i) {
    ASSERT_NEAR(carried.offsets[i] - router.offsets[i],
                2 * (now.spreads[i] - cells_.spreads[i]), 1e-5);
  }
}

}  // namespace
}  // namespace mongoose

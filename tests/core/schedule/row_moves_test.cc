#include "core/schedule/row_moves.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/schedule/staleness_model.h"
#include "tests/support/matrix.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

std::vector<RowMove> Measure(const Matrix& before, const Matrix& after,
                             std::span<const float> mean = {}) {
  std::vector<RowMove> moves(before.rows);
  MeasureMoves(test_support::AllIds(before.rows), before.view(), after.view(),
               mean, moves);
  return moves;
}

TEST(MeasureMovesTest, GivesTheTurnOfSmallMovesOnEveryTarget) {
  for (const std::size_t cols : {2, 3, 15, 16, 17, 129, 300}) {
    const Matrix before = GaussianMatrix(9, cols, cols);
    Matrix after = GaussianMatrix(9, cols, cols + 1);
    for (std::size_t i = 0; i < 9; ++i) {
      const auto other = after.row(i);
      std::ranges::copy(test_support::TurnedBy(before.row(i), other, 0.05),
                        other.begin());
    }
    test_support::ForEachSimdTarget([&] {
      for (const RowMove& move : Measure(before, after)) {
        EXPECT_NEAR(move.angle, 0.05, 2e-4);
      }
    });
  }
}

TEST(MeasureMovesTest, NamesTheRowAndItsNewNorm) {
  Matrix before(2, 2), after(2, 2);
  after.values = {3, 4, 0, 2};
  const std::vector<RowId> ids = {8, 3};
  std::vector<RowMove> moves(2);
  MeasureMoves(ids, before.view(), after.view(), {}, moves);
  EXPECT_EQ(moves[0].row, 8U);
  EXPECT_FLOAT_EQ(moves[0].norm, 5);
  EXPECT_EQ(moves[1].row, 3U);
  EXPECT_FLOAT_EQ(moves[1].norm, 2);
}

TEST(MeasureMovesTest, GrowingAlongItselfIsNoMove) {
  const Matrix before = GaussianMatrix(5, 64, 1);
  Matrix after = before;
  for (float& v : after.values) v *= 2;
  for (const RowMove& move : Measure(before, after)) {
    EXPECT_NEAR(move.angle, 0, 1e-3);
  }
}

TEST(MeasureMovesTest, StayingIsNoMove) {
  const Matrix rows = GaussianMatrix(5, 129, 1);
  for (const RowMove& move : Measure(rows, rows)) EXPECT_EQ(move.angle, 0);
}

TEST(MeasureMovesTest, CentredRowsTurnAroundTheMean) {
  const std::vector<float> mean(20, 100.0F);
  Matrix before = GaussianMatrix(3, 20, 1);
  Matrix after = GaussianMatrix(3, 20, 2);
  for (std::size_t i = 0; i < after.values.size(); ++i) {
    after.values[i] = before.values[i] + 0.02F * after.values[i];
  }
  const auto centred = Measure(before, after);
  for (float& v : before.values) v += 100;
  for (float& v : after.values) v += 100;
  const auto moved = Measure(before, after, mean);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(moved[i].angle, centred[i].angle, 0.01);
    EXPECT_NEAR(moved[i].norm, centred[i].norm, 0.01);
  }
}

TEST(MeasureMovesTest, AReversedRowHasMoved) {
  const Matrix before = GaussianMatrix(4, 32, 3);
  Matrix after = before;
  for (float& v : after.values) v = -v;
  for (const RowMove& move : Measure(before, after)) {
    EXPECT_GT(PredictStaleShare(move.angle, 9), 0.9);
  }
}

// Layers often start at zero, where every code is 0.
TEST(MeasureMovesTest, ARowThatLeavesZeroHasMoved) {
  const Matrix after = GaussianMatrix(4, 32, 3);
  for (const RowMove& move : Measure(Matrix(4, 32), after)) {
    EXPECT_GT(PredictStaleShare(move.angle, 9), 0.9);
  }
}

TEST(MeasureMovesTest, ATurnIsNotHiddenByGrowth) {
  const Matrix before = GaussianMatrix(2, 32, 4);
  const double angle = 0.4 * std::numbers::pi;
  Matrix after(1, 32), first(1, 32);
  first.values.assign(before.row(0).begin(), before.row(0).end());
  after.values = test_support::TurnedBy(before.row(0), before.row(1), angle);
  for (float& v : after.values) v *= 10;
  const RowMove move = Measure(first, after)[0];
  EXPECT_GT(move.angle, 0.8 * angle);
}

TEST(MeasureMovesTest, ALargeMoveBackToNormalIsNotLostToOverflow) {
  const Matrix before(1, 8, 1e25F);
  Matrix after(1, 8, 1.0F);
  after.values[0] = -1;
  EXPECT_GT(Measure(before, after)[0].angle, 0);
}

TEST(MeasureMovesTest, MeasuresTheDistance) {
  const Matrix before = GaussianMatrix(5, 37, 6);
  const Matrix after = GaussianMatrix(5, 37, 7);
  const std::vector<RowMove> moves = Measure(before, after);
  for (std::size_t i = 0; i < moves.size(); ++i) {
    double square = 0;
    for (std::size_t c = 0; c < before.cols; ++c) {
      const double part = double{after.row(i)[c]} - double{before.row(i)[c]};
      square += part * part;
    }
    EXPECT_NEAR(moves[i].distance, std::sqrt(square), 1e-4);
  }
}

}  // namespace
}  // namespace mongoose

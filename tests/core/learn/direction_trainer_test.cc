#include "core/learn/direction_trainer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"
#include "tests/support/planted_rows.h"

namespace mongoose {
namespace {

using test_support::Matrix;
using test_support::PlantedRows;

class DirectionTrainerTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kQueries = 512;

  // Queries of PlantedRows, each with the ten rows that are near it.
  QueryTruths Lessons(std::uint64_t seed) const {
    QueryTruths truths(PlantedRows::kCols, kQueries, /*max_rows=*/32);
    const auto asked = planted_.Ask(kQueries, seed);
    for (std::size_t i = 0; i < kQueries; ++i) {
      std::vector<RowId> rows;
      for (std::size_t j = 0; j < PlantedRows::kWanted; ++j) {
        rows.push_back(static_cast<RowId>(
            asked.clusters[i] * PlantedRows::kClusterRows + j));
      }
      truths.Add(asked.queries.row(i), rows);
    }
    return truths;
  }
  std::vector<float> Train(const Projection& start, const QueryTruths& lessons,
                           DirectionLoss loss = DirectionLoss::kTriplet) const {
    DirectionTrainer trainer(start, *rows_, lessons, loss);
    while (!trainer.done()) trainer.RunPass();
    return trainer.directions();
  }
  // Mean share of bits that queries and a wanted row have in common.
  double Agreement(std::span<const float> directions,
                   const QueryTruths& truths) const {
    double same = 0;
    for (std::size_t q = 0; q < truths.size(); ++q) {
      const auto row = planted_.rows.row(truths.rows(q)[0]);
      for (std::size_t bit = 0; bit < spec_.num_bits(); ++bit) {
        const auto d = directions.subspan(bit * spec_.cols, spec_.cols);
        same += (naive::Dot(truths.queries().row(q), d) > 0) ==
                (naive::Dot(row, d) > 0);
      }
    }
    return same / static_cast<double>(truths.size() * spec_.num_bits());
  }

  const PlantedRows planted_;
  const std::shared_ptr<const FrozenRows> rows_ =
      test_support::FreezeMatrix(planted_.rows);
  HashSpec spec_{.family = HashFamily::kDenseGaussian,
                 .cols = PlantedRows::kCols,
                 .bits_per_table = 6,
                 .num_tables = 8,
                 .seed = 3};
  const std::shared_ptr<const Projection> random_ =
      CreateProjection(spec_).value();
};

TEST_F(DirectionTrainerTest, NewQueriesAgreeMoreWithTheirRows) {
  const QueryTruths lessons = Lessons(1);
  const QueryTruths others = Lessons(2);
  const double before = Agreement(random_->Directions(), others);
  for (const auto loss : {DirectionLoss::kTriplet, DirectionLoss::kPairwise}) {
    EXPECT_GT(Agreement(Train(*random_, lessons, loss), others), before + 0.2);
  }
}

TEST_F(DirectionTrainerTest, BitsStayBalanced) {
  const auto directions = Train(*random_, Lessons(1));
  for (std::size_t bit = 0; bit < spec_.num_bits(); ++bit) {
    const auto d = std::span(directions).subspan(bit * spec_.cols, spec_.cols);
    double ones = 0;
    for (std::size_t i = 0; i < PlantedRows::kRows; ++i) {
      ones += naive::Dot(planted_.rows.row(i), d) > 0 ? 1 : 0;
    }
    EXPECT_GT(ones / PlantedRows::kRows, 0.15) << bit;
    EXPECT_LT(ones / PlantedRows::kRows, 0.85) << bit;
  }
}

TEST_F(DirectionTrainerTest, EqualLessonsGiveEqualDirections) {
  const QueryTruths lessons = Lessons(1);
  EXPECT_EQ(Train(*random_, lessons), Train(*random_, lessons));
}

TEST_F(DirectionTrainerTest, TheLengthOfDirectionsDoesNotMatter) {
  const QueryTruths lessons = Lessons(1);
  HashSpec whole = spec_;
  whole.profile = NumericProfile::kInt8;
  const auto of_whole = CreateProjection(whole).value();
  EXPECT_NEAR(Agreement(Train(*of_whole, lessons), lessons),
              Agreement(Train(*random_, lessons), lessons), 0.05);
}

TEST_F(DirectionTrainerTest, WithoutWantedRowsThereIsNothingToLearn) {
  QueryTruths lessons(PlantedRows::kCols, 4, /*max_rows=*/32);
  lessons.Add(planted_.rows.row(0), {});
  const DirectionTrainer trainer(*random_, *rows_, lessons,
                                 DirectionLoss::kTriplet);
  EXPECT_TRUE(trainer.done());
}

TEST_F(DirectionTrainerTest, FewLessonsAndZeroVectorsAreFinite) {
  const Matrix zeros(20, PlantedRows::kCols, 0.0F);
  const auto rows = test_support::FreezeMatrix(zeros);
  QueryTruths lessons(PlantedRows::kCols, 4, /*max_rows=*/32);
  const std::vector<RowId> wanted = {3};
  lessons.Add(zeros.row(0), wanted);
  lessons.Add(planted_.rows.row(0), wanted);
  DirectionTrainer trainer(*random_, *rows, lessons, DirectionLoss::kTriplet);
  while (!trainer.done()) trainer.RunPass();
  EXPECT_TRUE(std::ranges::all_of(trainer.directions(),
                                  [](float v) { return std::isfinite(v); }));
}

}  // namespace
}  // namespace mongoose

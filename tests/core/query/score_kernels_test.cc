#include "core/query/score_kernels.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::Matrix;

void ExpectNaiveScores(std::size_t cols, RowType type) {
  const auto rows = test_support::FreezeMatrix(
      test_support::GaussianMatrix(40, cols, 1), type);
  const Matrix truth = test_support::Thaw(*rows);
  const Matrix query = test_support::GaussianMatrix(1, cols, 2);
  std::vector<float> padded(rows->layout().stride(), 0.0F);
  std::ranges::copy(query.values, padded.begin());
  std::vector<RowId> ids = test_support::AllIds(40);
  ids.insert(ids.end(), {39, 0, 7, 7});
  std::vector<float> scores(ids.size());
  ScoreRows(*rows, padded, ids, scores);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    ASSERT_NEAR(scores[i], naive::Dot(truth.row(ids[i]), query.row(0)), 1e-4);
  }
}

TEST(ScoreRowsTest, IsTheInnerProductOnEveryTarget) {
  test_support::ForEachSimdTarget([] {
    for (const std::size_t cols : {1, 3, 16, 127, 128, 129, 145, 200, 300}) {
      SCOPED_TRACE(cols);
      ExpectNaiveScores(cols, RowType::kFloat32);
      ExpectNaiveScores(cols, RowType::kBfloat16);
    }
  });
}

TEST(ScoreRowsTest, ScoringNoRowsIsFine) {
  const auto rows = test_support::FreezeMatrix(Matrix(1, 3));
  const std::vector<float> query(16, 1.0F);
  ScoreRows(*rows, query, {}, {});
}

void ExpectNaiveDistances(const CodeMatrix& codes) {
  const auto ids = test_support::AllIds(codes.rows());
  std::vector<std::uint16_t> distances(codes.rows());
  HammingDistances(codes, codes.row(0).data(), ids, distances);
  for (std::size_t i = 0; i < codes.rows(); ++i) {
    EXPECT_EQ(distances[i], naive::HammingDistance(codes.row(i), codes.row(0)));
  }
}

TEST(HammingDistancesTest, CountsDifferingBitsOnEveryTarget) {
  for (const std::size_t tables : {1, 3, 4, 50, 512}) {
    CodeMatrix codes(30, tables);
    CounterRng rng(tables, 0);
    for (std::size_t row = 0; row < 30; ++row) {
      for (Code& code : codes.mutable_row(row)) {
        code = static_cast<Code>(rng.NextBits());
      }
    }
    test_support::ForEachSimdTarget([&] { ExpectNaiveDistances(codes); });
  }
}

}  // namespace
}  // namespace mongoose

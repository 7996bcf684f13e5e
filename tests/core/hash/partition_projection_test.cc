#include "core/hash/partition_projection.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::ForEachSimdTarget;
using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::RoundedVector;

std::int64_t Product(const RoundedVector& a, const RoundedVector& b) {
  return std::inner_product(a.numbers.begin(), a.numbers.end(),
                            b.numbers.begin(), std::int64_t{0});
}

struct Shape {
  std::size_t cols, bits;
};

class PartitionProjectionTest : public ::testing::TestWithParam<Shape> {
 protected:
  // A zero anchor, one that is given twice and one that differs in length.
  static PartitionProjection::Cells SpecialCells(const HashSpec& spec) {
    auto cells = test_support::RandomCells(spec, 3);
    const auto at = [&](std::size_t cell) {
      return cells.anchors.begin() +
             static_cast<std::ptrdiff_t>(cell * spec.cols);
    };
    std::fill(at(4), at(5), 0.0F);
    std::copy(at(2), at(3), at(9));
    std::transform(at(7), at(8), at(6), [](float v) { return 2 * v; });
    return cells;
  }
  // Gaussian vectors, a zero vector and a few anchors.
  Matrix Vectors() const {
    Matrix x = GaussianMatrix(128, GetParam().cols, 1);
    std::ranges::fill(x.row(5), 0.0F);
    std::copy_n(cells_.anchors.begin(), 10 * x.cols, x.row(20).begin());
    return x;
  }
  static CodeMatrix Hash(const Projection& projection, const Matrix& x) {
    CodeMatrix codes(x.rows, 1);
    HashQueries(projection, x.view(), codes, {});
    return codes;
  }
  std::vector<RoundedVector> RoundedAnchors() const {
    std::vector<RoundedVector> anchors;
    for (std::size_t cell = 0; cell < spec_.num_buckets(); ++cell) {
      anchors.emplace_back(
          std::span(cells_.anchors).subspan(cell * spec_.cols, spec_.cols));
    }
    return anchors;
  }
  // The cell of each vector by cosines with the rounded anchors.
  CodeMatrix NaiveCodes(const Matrix& x) const {
    const auto anchors = RoundedAnchors();
    CodeMatrix codes(x.rows, 1);
    for (std::size_t i = 0; i < x.rows; ++i) {
      const RoundedVector rounded(x.row(i));
      float best = -std::numeric_limits<float>::infinity();
      for (std::size_t cell = 0; cell < anchors.size(); ++cell) {
        const auto square = Product(anchors[cell], anchors[cell]);
        const float inverse_norm =
            square == 0 ? 0.0F
                        : static_cast<float>(
                              1 / std::sqrt(static_cast<double>(square)));
        const float cosine =
            static_cast<float>(Product(rounded, anchors[cell])) * inverse_norm;
        if (!(cosine > best)) continue;
        best = cosine;
        codes.mutable_row(i)[0] = static_cast<Code>(cell);
      }
    }
    return codes;
  }
  // How likely each cell holds rows of large product with a query.
  std::vector<double> NaiveKeys(std::span<const float> query) const {
    const RoundedVector rounded(query);
    const double norm = std::sqrt(
        std::inner_product(query.begin(), query.end(), query.begin(), 0.0));
    std::vector<double> keys;
    for (const RoundedVector& anchor : RoundedAnchors()) {
      keys.push_back(static_cast<double>(Product(rounded, anchor)) *
                         double{rounded.step} * double{anchor.step} +
                     2 * double{cells_.spreads[keys.size()]} * norm);
    }
    return keys;
  }
  std::vector<Code> Nearest(const Matrix& queries, std::size_t count) const {
    std::vector<Code> nearest(queries.rows * count);
    projection_.NearestCells(queries.view(), count, nearest);
    return nearest;
  }

  const HashSpec spec_ =
      test_support::PartitionSpec(GetParam().cols, GetParam().bits);
  const PartitionProjection::Cells cells_ = SpecialCells(spec_);
  const PartitionProjection projection_{spec_, cells_};
};

// No unchosen cell is likelier than a chosen one; they ascend.
void ExpectLikeliest(std::span<const Code> nearest,
                     const std::vector<double>& keys) {
  std::vector<bool> chosen(keys.size(), false);
  double least = std::numeric_limits<double>::infinity();
  double magnitude = 0;
  for (const double key : keys) magnitude = std::max(magnitude, std::abs(key));
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    ASSERT_LT(nearest[i], keys.size());
    ASSERT_TRUE(i == 0 || nearest[i - 1] < nearest[i]);
    chosen[nearest[i]] = true;
    least = std::min(least, keys[nearest[i]]);
  }
  for (std::size_t cell = 0; cell < keys.size(); ++cell) {
    if (chosen[cell]) continue;
    ASSERT_LE(keys[cell], least + 1e-5 * magnitude);
  }
}

TEST_P(PartitionProjectionTest, ACellIsTheAnchorOfLargestCosineOnEveryTarget) {
  const Matrix x = Vectors();
  const CodeMatrix expected = NaiveCodes(x);
  ForEachSimdTarget([&] {
    ASSERT_EQ(Hash(PartitionProjection(spec_, cells_), x), expected);
  });
}

TEST_P(PartitionProjectionTest, BothPathsGiveTheNaiveCells) {
  if (IntegerGemm::BestPath() != IntegerGemm::Path::kInt8) {
    GTEST_SKIP() << "this CPU has one path";
  }
  const Matrix x = Vectors();
  const CodeMatrix expected = NaiveCodes(x);
  for (const auto path :
       {IntegerGemm::Path::kInt8, IntegerGemm::Path::kFloat32}) {
    EXPECT_EQ(Hash(PartitionProjection(spec_, cells_, path), x), expected);
  }
}

TEST_P(PartitionProjectionTest, ScalingAVectorKeepsItsCell) {
  Matrix x = Vectors();
  const CodeMatrix before = Hash(projection_, x);
  for (float& value : x.values) value *= 0x1p-20F;
  EXPECT_EQ(Hash(projection_, x), before);
}

TEST_P(PartitionProjectionTest, ScalingAQueryKeepsItsNearestCells) {
  const Matrix queries = Vectors();
  const std::size_t count = spec_.num_buckets() / 2;
  for (const float scale : {0x1p-60F, 0x1p70F, 0x1p100F}) {
    Matrix scaled = queries;
    for (float& value : scaled.values) value *= scale;
    EXPECT_EQ(Nearest(scaled, count), Nearest(queries, count));
  }
}

TEST_P(PartitionProjectionTest, NearestCellsAreTheLikeliestOnEveryTarget) {
  const Matrix queries = GaussianMatrix(kBlockVectors + 17, GetParam().cols, 2);
  for (const std::size_t count : {std::size_t{1}, std::size_t{3},
                                  std::size_t{15}, spec_.num_buckets() - 1}) {
    const std::vector<Code> first = Nearest(queries, count);
    for (std::size_t q = 0; q < queries.rows; q += 9) {
      ASSERT_NO_FATAL_FAILURE(
          ExpectLikeliest(std::span(first).subspan(q * count, count),
                          NaiveKeys(queries.row(q))));
    }
    ForEachSimdTarget([&] { ASSERT_EQ(Nearest(queries, count), first); });
  }
}

TEST_P(PartitionProjectionTest, AllCellsAreNearestWhenAllAreWanted) {
  std::vector<Code> all(spec_.num_buckets());
  std::iota(all.begin(), all.end(), Code{0});
  EXPECT_EQ(Nearest(GaussianMatrix(1, GetParam().cols, 2), all.size()), all);
}

TEST_P(PartitionProjectionTest, AZeroVectorTakesTheFirstCells) {
  const Matrix zero(1, GetParam().cols);
  EXPECT_EQ(Hash(projection_, zero).row(0)[0], 0);
  EXPECT_EQ(Nearest(zero, 3), (std::vector<Code>{0, 1, 2}));
}

TEST_P(PartitionProjectionTest, AVectorTakesTheFirstOfAllZeroAnchors) {
  const PartitionProjection zeros(
      spec_, {.anchors = std::vector<float>(cells_.anchors.size()),
              .spreads = std::vector<float>(cells_.spreads.size())});
  const Matrix x = GaussianMatrix(3, GetParam().cols, 2);
  EXPECT_EQ(Hash(zeros, x), CodeMatrix(3, 1));
  std::vector<Code> nearest(2 * 3);
  zeros.NearestCells(x.view(), 2, nearest);
  EXPECT_EQ(nearest, (std::vector<Code>{0, 1, 0, 1, 0, 1}));
}

// Ties before a likelier cell must not take its place.
TEST(PartitionTiesTest, OfEquallyLikelyCellsTheFirstAreNearest) {
  const HashSpec spec = test_support::PartitionSpec(1, 4);
  const Matrix query(1, 1, 1.0F);
  for (const float tie : {-1.0F, 0.0F, 1.0F}) {
    PartitionProjection::Cells cells{.anchors = std::vector<float>(16, tie),
                                     .spreads = std::vector<float>(16)};
    cells.anchors[9] = 5;
    cells.anchors[14] = 4;
    const PartitionProjection projection(spec, cells);
    std::vector<Code> two(2);
    projection.NearestCells(query.view(), 2, two);
    EXPECT_EQ(two, (std::vector<Code>{9, 14}));
    std::vector<Code> four(4);
    projection.NearestCells(query.view(), 4, four);
    EXPECT_EQ(four, (std::vector<Code>{0, 1, 9, 14}));
  }
}

TEST_P(PartitionProjectionTest, KeepsItsAnchors) {
  EXPECT_EQ(projection_.cells().anchors, cells_.anchors);
  EXPECT_EQ(projection_.cells().spreads, cells_.spreads);
  EXPECT_EQ(projection_.Directions(), cells_.anchors);
}

INSTANTIATE_TEST_SUITE_P(Shapes, PartitionProjectionTest,
                         ::testing::Values(Shape{1, 4}, Shape{3, 5},
                                           Shape{16, 4}, Shape{64, 9},
                                           Shape{129, 10}, Shape{300, 6},
                                           Shape{1041, 7}, Shape{4097, 4}));

}  // namespace
}  // namespace mongoose

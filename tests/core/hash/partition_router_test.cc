// The query's side of a partition: which cells to read.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/partition_projection.h"
#include "core/hash/vector_hasher.h"
#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::RoundedVector;
using Router = PartitionProjection::Router;

struct Shape {
  std::size_t cols, bits;
};

class PartitionRouterTest : public ::testing::TestWithParam<Shape> {
 protected:
  // Vectors that have nothing to do with the anchors, one of them zero, and
  // offsets of either sign.
  static Router Learned(const HashSpec& spec) {
    Matrix vectors = GaussianMatrix(spec.num_buckets(), spec.cols, 8);
    std::ranges::fill(vectors.row(4), 0.0F);
    Router router{.vectors = std::move(vectors.values),
                  .offsets = std::vector<float>(spec.num_buckets())};
    CounterRng rng(8, 0);
    for (float& offset : router.offsets) {
      offset = static_cast<float>(2 * rng.NextUniform() - 1);
    }
    return router;
  }
  // Products of the rounded vectors plus the norm times the offset.
  std::vector<double> NaiveKeys(std::span<const float> query) const {
    const RoundedVector rounded(query);
    const double norm = std::sqrt(
        std::inner_product(query.begin(), query.end(), query.begin(), 0.0));
    std::vector<double> keys;
    for (std::size_t cell = 0; cell < spec_.num_buckets(); ++cell) {
      const RoundedVector vector(
          std::span(router_.vectors).subspan(cell * spec_.cols, spec_.cols));
      const auto product =
          std::inner_product(vector.numbers.begin(), vector.numbers.end(),
                             rounded.numbers.begin(), std::int64_t{0});
      keys.push_back(static_cast<double>(product) * double{vector.step} *
                         double{rounded.step} +
                     norm * double{router_.offsets[cell]});
    }
    return keys;
  }
  static std::vector<float> Keys(const PartitionProjection& projection,
                                 const Matrix& queries) {
    std::vector<float> keys(queries.rows * projection.spec().num_buckets());
    projection.CellKeys(queries.view(), keys);
    return keys;
  }
  static std::vector<Code> Nearest(const PartitionProjection& projection,
                                   const Matrix& queries, std::size_t count) {
    std::vector<Code> nearest(queries.rows * count);
    projection.NearestCells(queries.view(), count, nearest);
    return nearest;
  }

  const HashSpec spec_ =
      test_support::PartitionSpec(GetParam().cols, GetParam().bits);
  const PartitionProjection::Cells cells_ = test_support::RandomCells(spec_, 3);
  const Router router_ = Learned(spec_);
  const PartitionProjection plain_{spec_, cells_};
  const PartitionProjection learned_{spec_, cells_, router_};
  const Matrix queries_ =
      GaussianMatrix(kBlockVectors + 17, GetParam().cols, 2);
};

TEST_P(PartitionRouterTest, IsTheAnchorsAndTwoSpreadsAtFirst) {
  EXPECT_FALSE(plain_.has_learned_router());
  EXPECT_EQ(plain_.router().vectors, cells_.anchors);
  for (std::size_t cell = 0; cell < cells_.spreads.size(); ++cell) {
    EXPECT_EQ(plain_.router().offsets[cell], 2 * cells_.spreads[cell]);
  }
}

TEST_P(PartitionRouterTest, IsTheLearnedOneBesideTheSameCells) {
  EXPECT_TRUE(learned_.has_learned_router());
  EXPECT_EQ(learned_.router().vectors, router_.vectors);
  EXPECT_EQ(learned_.router().offsets, router_.offsets);
  EXPECT_EQ(learned_.cells().anchors, cells_.anchors);
  EXPECT_EQ(learned_.cells().spreads, cells_.spreads);
  EXPECT_EQ(learned_.Directions(), cells_.anchors);
}

TEST_P(PartitionRouterTest, KeysAreProductsPlusNormTimesOffset) {
  const std::size_t cells = spec_.num_buckets();
  const std::vector<float> keys = Keys(learned_, queries_);
  for (std::size_t q = 0; q < queries_.rows; q += 5) {
    const std::vector<double> naive = NaiveKeys(queries_.row(q));
    const auto of_query = std::span(keys).subspan(q * cells, cells);
    // The unit is the query's own.
    const auto largest = std::ranges::max_element(
        naive, {}, [](double k) { return std::abs(k); });
    const double unit =
        double{of_query[static_cast<std::size_t>(largest - naive.begin())]} /
        *largest;
    ASSERT_GT(unit, 0);
    for (std::size_t cell = 0; cell < cells; ++cell) {
      ASSERT_NEAR(double{of_query[cell]} / unit, naive[cell],
                  1e-5 * std::abs(*largest));
    }
  }
}

TEST_P(PartitionRouterTest, NearestCellsAreThoseOfLargestKey) {
  const std::size_t cells = spec_.num_buckets();
  const std::vector<float> keys = Keys(learned_, queries_);
  for (const std::size_t count : {std::size_t{1}, std::size_t{5}, cells - 1}) {
    const std::vector<Code> nearest = Nearest(learned_, queries_, count);
    for (std::size_t q = 0; q < queries_.rows; ++q) {
      std::vector<Code> order(cells);
      std::iota(order.begin(), order.end(), Code{0});
      std::ranges::stable_sort(order, std::greater<>(), [&](Code cell) {
        return keys[q * cells + cell];
      });
      order.resize(count);
      std::ranges::sort(order);
      const auto found = std::span(nearest).subspan(q * count, count);
      ASSERT_TRUE(std::ranges::equal(found, order)) << count << ' ' << q;
    }
  }
}

TEST_P(PartitionRouterTest, ChangesNoRowsCell) {
  const Matrix rows = GaussianMatrix(200, GetParam().cols, 5);
  CodeMatrix with(rows.rows, 1);
  CodeMatrix without(rows.rows, 1);
  HashQueries(learned_, rows.view(), with, {});
  HashQueries(plain_, rows.view(), without, {});
  EXPECT_EQ(with, without);
}

TEST_P(PartitionRouterTest, OfTheAnchorsAndSpreadsKeepsEveryKey) {
  const PartitionProjection same(spec_, cells_, plain_.router());
  EXPECT_EQ(Keys(same, queries_), Keys(plain_, queries_));
}

TEST_P(PartitionRouterTest, GivesEqualKeysOnBothPaths) {
  if (IntegerGemm::BestPath() != IntegerGemm::Path::kInt8) {
    GTEST_SKIP() << "this CPU has one path";
  }
  using enum IntegerGemm::Path;
  EXPECT_EQ(
      Keys(PartitionProjection(spec_, cells_, router_, kInt8), queries_),
      Keys(PartitionProjection(spec_, cells_, router_, kFloat32), queries_));
}

TEST_P(PartitionRouterTest, ScalingAQueryKeepsItsNearestCells) {
  const std::size_t count = spec_.num_buckets() / 2;
  for (const float scale : {0x1p-60F, 0x1p100F}) {
    Matrix scaled = queries_;
    for (float& value : scaled.values) value *= scale;
    EXPECT_EQ(Nearest(learned_, scaled, count),
              Nearest(learned_, queries_, count));
  }
}

TEST_P(PartitionRouterTest, ACellFarBelowZeroIsReadLast) {
  Router router = router_;
  router.offsets[3] = -1e4F;
  const PartitionProjection projection(spec_, cells_, router);
  const std::vector<Code> nearest =
      Nearest(projection, queries_, spec_.num_buckets() - 1);
  EXPECT_EQ(std::ranges::count(nearest, Code{3}), 0);
}

TEST_P(PartitionRouterTest, OfZerosReadsTheFirstCells) {
  const Router zeros{.vectors = std::vector<float>(router_.vectors.size()),
                     .offsets = std::vector<float>(router_.offsets.size())};
  const Matrix queries = GaussianMatrix(2, GetParam().cols, 2);
  EXPECT_EQ(Nearest(PartitionProjection(spec_, cells_, zeros), queries, 3),
            (std::vector<Code>{0, 1, 2, 0, 1, 2}));
}

TEST_P(PartitionRouterTest, WithoutVectorsReadsByOffsets) {
  Router router{.vectors = std::vector<float>(router_.vectors.size()),
                .offsets = std::vector<float>(router_.offsets.size(), -2.0F)};
  router.offsets[7] = -1;
  router.offsets[11] = 0.5F;
  const Matrix queries = GaussianMatrix(2, GetParam().cols, 2);
  EXPECT_EQ(Nearest(PartitionProjection(spec_, cells_, router), queries, 2),
            (std::vector<Code>{7, 11, 7, 11}));
}

INSTANTIATE_TEST_SUITE_P(Shapes, PartitionRouterTest,
                         ::testing::Values(Shape{1, 4}, Shape{3, 5},
                                           Shape{64, 9}, Shape{129, 7},
                                           Shape{4097, 4}));

}  // namespace
}  // namespace mongoose

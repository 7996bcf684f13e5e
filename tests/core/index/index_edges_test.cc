#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::SmallSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Every count that is not a multiple of anything.
class IndexShapeTest : public test_support::IndexTest,
                       public ::testing::WithParamInterface<
                           std::tuple<std::size_t, std::size_t, std::size_t>> {
};

TEST_P(IndexShapeTest, ARowFindsItselfByItsOwnVector) {
  const auto [rows, cols, bits] = GetParam();
  IndexSpec spec = SmallSpec();
  spec.num_rows = rows;
  spec.dim = spec.hash.cols = cols;
  spec.hash.bits_per_table = bits;
  const Matrix values = GaussianMatrix(rows, cols, rows + cols);
  CreateWith(spec, values);
  const auto sets = Ask({.queries = values.view(),
                         .plan = {.num_active = 1000, .min_hits = 8}})
                        ->sets;
  for (RowId row = 0; row < rows; ++row) {
    const auto end = sets.ids.begin() + sets.offsets[row + 1];
    ASSERT_NE(std::find(sets.ids.begin() + sets.offsets[row], end, row), end);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, IndexShapeTest,
    ::testing::Combine(::testing::Values(1, 15, 17, 63, 65, 333),
                       ::testing::Values(1, 3, 127, 128, 129, 200, 300),
                       ::testing::Values(1, 16)));

class IndexEdgesTest : public test_support::IndexTest {};

TEST_F(IndexEdgesTest, SamplesWithoutLabelsStandBesideSamplesWithThem) {
  CreateGaussian(SmallSpec());
  const Matrix queries = GaussianMatrix(3, 24, 2);
  const std::vector<std::uint32_t> offsets = {0, 0, 2, 2};
  const std::vector<RowId> labels = {8, 8};
  const auto answer = *Ask({.queries = queries.view(),
                            .label_offsets = offsets,
                            .label_ids = labels,
                            .plan = {.num_active = 0}});
  EXPECT_THAT(answer.sets.ids, ElementsAre(8));
  EXPECT_THAT(answer.sets.offsets, ElementsAre(0, 0, 1, 1));
}

TEST_F(IndexEdgesTest, ZeroRowsAndZeroQueriesMeetInBucketZero) {
  CreateWith(SmallSpec(), Matrix(100, 24));
  const Matrix query(1, 24);
  const auto answer = *Ask(
      {.queries = query.view(), .plan = {.num_active = 100, .min_hits = 8}});
  EXPECT_EQ(answer.sets.ids, test_support::AllIds(100));
}

TEST_F(IndexEdgesTest, EqualRowsShareTheirBuckets) {
  CreateWith(SmallSpec(), Matrix(100, 24, 0.7F));
  const auto& tables = *index_->snapshot()->tables;
  const Code code = index_->snapshot()->codes->row(0)[3];
  EXPECT_THAT(tables.BucketRows(3, code), SizeIs(100));
  EXPECT_THAT(tables.BucketRows(3, code ^ 1), IsEmpty());
}

TEST_F(IndexEdgesTest, AQueryThatMeetsOnlyEmptyBucketsGetsItsTail) {
  CreateWith(SmallSpec(), Matrix(100, 24, 1.0F));
  const Matrix query(1, 24, -1.0F);
  const NeuronQuery none{.queries = query.view(),
                         .plan = {.num_active = 10, .min_hits = 1}};
  EXPECT_THAT(Ask(none)->sets.ids, IsEmpty());
  NeuronQuery tail = none;
  tail.plan.num_tail = 7;
  EXPECT_THAT(Ask(tail)->sets.ids, SizeIs(7));
}

TEST_F(IndexEdgesTest, MoreRowsThanThereAreAreNotInvented) {
  CreateGaussian(SmallSpec());
  const Matrix query = GaussianMatrix(1, 24, 2);
  const auto answer =
      *Ask({.queries = query.view(),
            .plan = {.num_active = 65536, .min_hits = 1, .num_tail = 65536}});
  auto ids = answer.sets.ids;
  std::ranges::sort(ids);
  EXPECT_EQ(ids, test_support::AllIds(100));
}

TEST_F(IndexEdgesTest, ARowMayBecomeZeroAndComeBack) {
  CreateGaussian(SmallSpec());
  const std::vector<RowId> ids = {13};
  for (const float size : {0.0F, 1.0F, 0.0F}) {
    ASSERT_TRUE(writer_->Set(ids, Matrix(1, 24, size)).ok());
    index_->WaitUntilIdleForTest();
    ASSERT_TRUE(test_support::IsBuiltFrom(
        *index_->snapshot(), *index_->FreezeForTest().rows, workers_));
  }
  const auto codes = index_->snapshot()->codes->row(13);
  EXPECT_TRUE(std::ranges::all_of(codes, [](Code c) { return c == 0; }));
}

TEST_F(IndexEdgesTest, ABiasDecidesBetweenOtherwiseEqualRows) {
  IndexSpec spec = SmallSpec();
  spec.has_bias = true;
  spec.hash.cols = 25;
  Matrix rows(100, 25, 0.1F);
  rows.row(42)[24] = 5;
  CreateWith(spec, rows);
  Matrix query(1, 25, 0.1F);
  query.values[24] = 1;
  const auto answer =
      *Ask({.queries = query.view(), .plan = {.num_active = 1, .min_hits = 1}});
  EXPECT_THAT(answer.sets.ids, ElementsAre(42));
}

}  // namespace
}  // namespace mongoose

#include "core/hash/projection.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "tests/support/matrix.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

constexpr std::size_t kDims[] = {1, 3, 127, 128, 129, 144, 145, 200, 255, 300};

// Laws that every family keeps.
class ProjectionTest : public ::testing::TestWithParam<HashFamily> {
 protected:
  static HashSpec Spec(std::size_t cols, std::uint64_t seed = 1) {
    return {.family = GetParam(),
            .cols = cols,
            .bits_per_table = 9,
            .num_tables = 14,
            .seed = seed};
  }
  static CodeMatrix CodesOf(const HashSpec& spec, const Matrix& x) {
    CodeMatrix codes(x.rows, spec.num_tables);
    HashQueries(**CreateProjection(spec), x.view(), codes, {});
    return codes;
  }
};

TEST_P(ProjectionTest, CodesAreEqualBitForBitOnAllTargets) {
  for (const std::size_t cols : kDims) {
    SCOPED_TRACE(cols);
    const Matrix x = GaussianMatrix(50, cols, cols);
    const CodeMatrix usual = CodesOf(Spec(cols), x);
    test_support::ForEachSimdTarget(
        [&] { EXPECT_EQ(CodesOf(Spec(cols), x), usual); });
  }
}

TEST_P(ProjectionTest, ScalingByAPowerOfTwoKeepsTheCode) {
  for (const float scale : {0.0009765625F, 0.5F, 2.0F, 1048576.0F}) {
    const Matrix x = GaussianMatrix(40, 129, 7);
    Matrix y = x;
    for (float& v : y.values) v *= scale;
    EXPECT_EQ(CodesOf(Spec(129), x), CodesOf(Spec(129), y));
  }
}

TEST_P(ProjectionTest, TheSameSpecGivesTheSameCodesAndAnotherSeedOthers) {
  const Matrix x = GaussianMatrix(40, 64, 8);
  EXPECT_EQ(CodesOf(Spec(64), x), CodesOf(Spec(64), x));
  EXPECT_NE(CodesOf(Spec(64), x), CodesOf(Spec(64, 2), x));
}

TEST_P(ProjectionTest, EqualVectorsGetEqualCodes) {
  Matrix x = GaussianMatrix(40, 200, 9);
  for (std::size_t i = 1; i < x.rows; ++i) {
    std::ranges::copy(x.row(0), x.row(i).begin());
  }
  const CodeMatrix codes = CodesOf(Spec(200), x);
  for (std::size_t i = 1; i < x.rows; ++i) {
    EXPECT_TRUE(std::ranges::equal(codes.row(0), codes.row(i)));
  }
}

TEST_P(ProjectionTest, TheZeroVectorGetsCodeZero) {
  for (const std::size_t cols : kDims) {
    EXPECT_EQ(CodesOf(Spec(cols), Matrix(17, cols)), CodeMatrix(17, 14));
  }
}

TEST_P(ProjectionTest, CodesFitTheTable) {
  const CodeMatrix codes = CodesOf(Spec(128), GaussianMatrix(300, 128, 3));
  for (std::size_t i = 0; i < codes.rows(); ++i) {
    for (const Code code : codes.row(i)) ASSERT_LT(code, 512);
  }
}

TEST_P(ProjectionTest, MeansAreSubtractedFromRowsAndQueries) {
  const Matrix x = GaussianMatrix(20, 16, 5);
  Means means{.rows = std::vector<float>(16, 0.5F),
              .queries = std::vector<float>(16, -0.25F)};
  const auto centred = *CreateProjection(Spec(16), means);
  CodeMatrix rows(20, 14), queries(20, 14);
  HashRows(*centred, *test_support::FreezeMatrix(x), test_support::AllIds(20),
           0, rows);
  HashQueries(*centred, x.view(), queries, {});
  Matrix less_rows = x, less_queries = x;
  for (float& v : less_rows.values) v -= 0.5F;
  for (float& v : less_queries.values) v += 0.25F;
  EXPECT_EQ(rows, CodesOf(Spec(16), less_rows));
  EXPECT_EQ(queries, CodesOf(Spec(16), less_queries));
}

INSTANTIATE_TEST_SUITE_P(Families, ProjectionTest,
                         ::testing::Values(HashFamily::kOrthogonal,
                                           HashFamily::kDenseGaussian,
                                           HashFamily::kDenseSign,
                                           HashFamily::kDensifiedWta));

}  // namespace
}  // namespace mongoose

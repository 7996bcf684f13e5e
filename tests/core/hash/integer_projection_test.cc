#include "core/hash/integer_projection.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/dense_projection.h"
#include "core/hash/integer_kernels.h"
#include "core/hash/vector_hasher.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::ForEachSimdTarget;
using test_support::GaussianMatrix;
using test_support::Matrix;

// x scaled to the amplitude and rounded, in float64.
std::vector<double> NaiveRounded(std::span<const float> x, int amplitude) {
  float largest = 0;
  for (const float v : x) largest = std::max(largest, std::abs(v));
  const float scale = static_cast<float>(amplitude) / largest;
  std::vector<double> out(x.size());
  std::ranges::transform(x, out.begin(), [&](float v) {
    return std::nearbyint(static_cast<double>(v * scale));
  });
  return out;
}

TEST(RoundToAmplitudeTest, RoundsToNearestOnEveryTarget) {
  for (const std::size_t size : {1U, 3U, 15U, 16U, 17U, 129U, 300U}) {
    const Matrix x = GaussianMatrix(1, size, size);
    const std::vector<double> expected = NaiveRounded(x.row(0), 127);
    ForEachSimdTarget([&] {
      std::vector<std::int8_t> out(size);
      RoundToAmplitude(x.row(0), 127, out.data());
      for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(out[i], expected[i]);
    });
  }
}

TEST(RoundToAmplitudeTest, ReachesTheAmplitudeAndKeepsZeros) {
  for (const float size : {1e-20F, 1.0F, 3.4e38F}) {
    const std::vector<float> x = {-size, 0, size / 2, size};
    std::vector<std::int8_t> out(4);
    RoundToAmplitude(x, 100, out.data());
    EXPECT_EQ(out, (std::vector<std::int8_t>{-100, 0, 50, 100})) << size;
  }
  const float tiny = std::numeric_limits<float>::denorm_min();
  std::vector<std::int8_t> out(2, 7);
  RoundToAmplitude(std::vector<float>{tiny, 0}, 127, out.data());
  EXPECT_EQ(out, (std::vector<std::int8_t>{0, 0}));
}

TEST(PackCodesTest, EqualsNaivePackingForEveryWidthAndTarget) {
  for (std::size_t bits = 1; bits <= 16; ++bits) {
    for (const std::size_t tables : {1U, 7U, 50U}) {
      const std::size_t columns = (bits * tables + 15) / 16 * 16;
      Matrix products = GaussianMatrix(1, columns, bits * 100 + tables);
      products.values[0] = 0;  // not positive
      const std::vector<double> margins(
          products.values.begin(),
          products.values.begin() + static_cast<std::ptrdiff_t>(bits * tables));
      const std::vector<Code> expected = naive::PackBits(margins, bits);
      ForEachSimdTarget([&] {
        std::vector<Code> codes(tables);
        PackCodes(products.values, bits, codes);
        ASSERT_EQ(codes, expected);
      });
    }
  }
}

class IntegerProjectionTest : public ::testing::TestWithParam<std::size_t> {
 protected:
  IntegerProjection Create(IntegerGemm::Path path) const {
    return {spec_, {}, DenseProjection(spec_, {}), path};
  }
  CodeMatrix Hash(const Projection& projection, const Matrix& x,
                  Matrix& margins) const {
    CodeMatrix codes(x.rows, spec_.num_tables);
    margins = Matrix(x.rows, spec_.num_bits());
    HashQueries(projection, x.view(), codes, margins.values);
    return codes;
  }
  const HashSpec spec_{.family = HashFamily::kDenseGaussian,
                       .cols = GetParam(),
                       .bits_per_table = 7,
                       .num_tables = 9,
                       .seed = 5,
                       .profile = NumericProfile::kInt8};
};

TEST_P(IntegerProjectionTest, BothPathsGiveTheNaiveProducts) {
  const Matrix x = GaussianMatrix(150, GetParam(), 1);
  const int amplitude = IntegerGemm::Amplitude(GetParam());
  const auto portable = Create(IntegerGemm::Path::kFloat32);
  const auto best = Create(IntegerGemm::BestPath());
  Matrix margins;
  Matrix best_margins;
  const CodeMatrix codes = Hash(portable, x, margins);
  EXPECT_EQ(codes, Hash(best, x, best_margins));
  EXPECT_EQ(margins.values, best_margins.values);
  const std::vector<float> directions = portable.Directions();
  for (std::size_t i = 0; i < x.rows; i += 29) {
    const std::vector<double> rounded = NaiveRounded(x.row(i), amplitude);
    for (std::size_t bit = 0; bit < spec_.num_bits(); ++bit) {
      double product = 0;
      for (std::size_t c = 0; c < rounded.size(); ++c) {
        product += rounded[c] * double{directions[bit * x.cols + c]};
      }
      ASSERT_EQ(double{margins.row(i)[bit]}, product);
      ASSERT_EQ(codes.row(i)[bit / 7] >> (bit % 7) & 1, product > 0 ? 1 : 0);
    }
  }
}

TEST_P(IntegerProjectionTest, LargestSumsStayExact) {
  Matrix x(1, GetParam(), 1.0F);
  Matrix margins;
  Matrix best_margins;
  // All coordinates at the amplitude against a direction that is rounded to
  // it too: the largest sum there is.
  const HashSpec spec{.family = HashFamily::kDenseSign,
                      .cols = GetParam(),
                      .bits_per_table = 7,
                      .num_tables = 9,
                      .profile = NumericProfile::kInt8};
  const DenseProjection signs(spec, {});
  const auto directions = signs.Directions();
  std::copy_n(directions.begin(), GetParam(), x.values.begin());
  const int amplitude = IntegerGemm::Amplitude(GetParam());
  for (const auto path :
       {IntegerGemm::Path::kFloat32, IntegerGemm::BestPath()}) {
    Hash(IntegerProjection(spec, {}, signs, path), x, margins);
    EXPECT_EQ(double{margins.values[0]},
              static_cast<double>(GetParam()) * amplitude * amplitude);
  }
  EXPECT_LT(static_cast<double>(GetParam()) * amplitude * amplitude, 0x1p24);
}

INSTANTIATE_TEST_SUITE_P(Cols, IntegerProjectionTest,
                         ::testing::Values(1, 3, 16, 64, 128, 129, 300, 1040,
                                           1041, 4097));

}  // namespace
}  // namespace mongoose

#include "server/wire_codec.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace mongoose::server {
namespace {

v1::Matrix OneRow(v1::DataType dtype, const std::string& bytes,
                  std::uint32_t cols) {
  v1::Matrix matrix;
  matrix.set_dtype(dtype);
  matrix.set_rows(1);
  matrix.set_cols(cols);
  matrix.set_values(bytes);
  return matrix;
}

// The value of a binary16 by its definition, in double.
double NaiveHalf(std::uint16_t bits) {
  const int sign = (bits >> 15) != 0 ? -1 : 1;
  const int exponent = (bits >> 10) & 31;
  const int mantissa = bits & 1023;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  if (exponent == 31) {
    return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                         : std::numeric_limits<double>::quiet_NaN();
  }
  return sign * std::ldexp(1024 + mantissa, exponent - 25);
}

TEST(WireCodecTest, EveryHalfDecodesToItsValue) {
  std::vector<std::uint16_t> halves(65536);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    halves[i] = static_cast<std::uint16_t>(i);
  }
  const auto decoded = DecodeMatrix(
      OneRow(v1::DATA_TYPE_FP16, EncodeBytes(halves), 65536), "m", false);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const double expected = NaiveHalf(halves[i]);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(decoded->values[i])) << i;
    } else {
      EXPECT_EQ(decoded->values[i], expected) << i;
    }
  }
}

TEST(WireCodecTest, Bfloat16IsTheUpperHalf) {
  const std::vector<std::uint16_t> bits = {0x3F80, 0xC000, 0x0000};
  const auto decoded = DecodeMatrix(
      OneRow(v1::DATA_TYPE_BF16, EncodeBytes(bits), 3), "m", false);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->values, (std::vector<float>{1, -2, 0}));
}

TEST(WireCodecTest, Int8IsScaledByRow) {
  v1::Matrix matrix;
  matrix.set_dtype(v1::DATA_TYPE_INT8);
  matrix.set_rows(2);
  matrix.set_cols(2);
  matrix.set_values(std::string("\x01\xFF\x7F\x80", 4));
  matrix.set_scales(EncodeBytes(std::vector<float>{0.5F, 2.0F}));
  const auto decoded = DecodeMatrix(matrix, "m", false);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->values, (std::vector<float>{0.5F, -0.5F, 254, -256}));
}

TEST(WireCodecTest, AppendedOneStandsLastInEveryRow) {
  v1::Matrix matrix;
  matrix.set_dtype(v1::DATA_TYPE_FP32);
  matrix.set_rows(2);
  matrix.set_cols(1);
  matrix.set_values(EncodeBytes(std::vector<float>{3, 4}));
  const auto decoded = DecodeMatrix(matrix, "m", true);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->values, (std::vector<float>{3, 1, 4, 1}));
  EXPECT_EQ(decoded->cols, 2U);
}

TEST(WireCodecTest, EncodedMatrixDecodesToItself) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const auto decoded = DecodeMatrix(EncodeMatrix({values, 2, 3}), "m", false);
  ASSERT_TRUE(decoded.ok());
  EXPECT_EQ(decoded->values, values);
  EXPECT_EQ(decoded->rows, 2U);
}

}  // namespace
}  // namespace mongoose::server

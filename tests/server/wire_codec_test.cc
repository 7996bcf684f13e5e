#include "server/wire_codec.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/wire_bytes.h"
#include "core/base/counter_rng.h"

namespace mongoose::server {
namespace {

using ::testing::ElementsAreArray;

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
  const v1::Matrix message =
      OneRow(v1::DATA_TYPE_FP16, EncodeBytes(halves), 65536);
  const auto decoded = DecodeMatrix(message, "m", false);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  for (std::size_t i = 0; i < halves.size(); ++i) {
    const double expected = NaiveHalf(halves[i]);
    if (std::isnan(expected)) {
      EXPECT_TRUE(std::isnan(decoded->view().data()[i])) << i;
    } else {
      EXPECT_EQ(decoded->view().data()[i], expected) << i;
    }
  }
}

TEST(WireCodecTest, Bfloat16IsTheUpperHalf) {
  const std::vector<std::uint16_t> bits = {0x3F80, 0xC000, 0x0000};
  const v1::Matrix message = OneRow(v1::DATA_TYPE_BF16, EncodeBytes(bits), 3);
  const auto decoded = DecodeMatrix(message, "m", false);
  ASSERT_TRUE(decoded.ok());
  EXPECT_THAT(decoded->view().data(),
              ElementsAreArray(std::vector<float>{1, -2, 0}));
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
  EXPECT_THAT(decoded->view().data(),
              ElementsAreArray(std::vector<float>{0.5F, -0.5F, 254, -256}));
}

TEST(WireCodecTest, AppendedOneStandsLastInEveryRow) {
  v1::Matrix matrix;
  matrix.set_dtype(v1::DATA_TYPE_FP32);
  matrix.set_rows(2);
  matrix.set_cols(1);
  matrix.set_values(EncodeBytes(std::vector<float>{3, 4}));
  const auto decoded = DecodeMatrix(matrix, "m", true);
  ASSERT_TRUE(decoded.ok());
  EXPECT_THAT(decoded->view().data(),
              ElementsAreArray(std::vector<float>{3, 1, 4, 1}));
  EXPECT_EQ(decoded->view().cols(), 2U);
}

TEST(WireCodecTest, EncodedMatrixDecodesToItself) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const v1::Matrix message = EncodeMatrix({values, 2, 3});
  const auto decoded = DecodeMatrix(message, "m", false);
  ASSERT_TRUE(decoded.ok());
  EXPECT_THAT(decoded->view().data(), ElementsAreArray(values));
  EXPECT_EQ(decoded->rows(), 2U);
}

TEST(WireCodecTest, FloatsAreReadWhereTheMessageKeepsThem) {
  const std::vector<float> values(64, 2.5F);
  const v1::Matrix message = EncodeMatrix({values, 8, 8});
  const auto plain = DecodeMatrix(message, "m", false);
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(static_cast<const void*>(plain->view().data().data()),
            message.values().data());
  const auto with_one = DecodeMatrix(message, "m", true);
  ASSERT_TRUE(with_one.ok());
  EXPECT_NE(static_cast<const void*>(with_one->view().data().data()),
            message.values().data());
}

TEST(WireCodecTest, AMovedMatrixKeepsItsValues) {
  for (const bool append_one : {false, true}) {
    for (const std::size_t cols : {2, 64}) {  // in and outside the string
      const std::vector<float> values(cols, 2.5F);
      const v1::Matrix message = EncodeMatrix({values, 1, cols});
      auto decoded = DecodeMatrix(message, "m", append_one);
      ASSERT_TRUE(decoded.ok());
      WireMatrix moved = *std::move(decoded);
      WireMatrix assigned;
      assigned = std::move(moved);
      std::vector<float> expected = values;
      if (append_one) expected.push_back(1);
      EXPECT_THAT(assigned.view().data(), ElementsAreArray(expected));
    }
  }
}

// The ids of an answer with `ids` as deltas.
std::vector<std::uint32_t> ThroughDeltas(const std::vector<std::uint32_t>& ids,
                                         std::string* bytes = nullptr) {
  v1::QueryNeuronsResponse sent;
  EncodeIdDeltas(ids, *sent.mutable_id_deltas());
  const std::string wire = sent.SerializeAsString();
  if (bytes != nullptr) *bytes = wire;
  v1::QueryNeuronsResponse received;
  EXPECT_TRUE(received.ParseFromString(wire));
  return client::AnswerIds(received);
}

TEST(WireCodecTest, IdsComeBackFromTheirDeltasInAnyOrder) {
  for (const std::vector<std::uint32_t>& ids : {std::vector<std::uint32_t>{},
                                                {7},
                                                {0},
                                                {16777215, 0, 5, 4, 16777215},
                                                {3, 3, 3}}) {
    EXPECT_EQ(ThroughDeltas(ids), ids);
  }
}

// A training step's answer: distinct labels in any order, then the other rows
// ascending.
TEST(WireCodecTest, IdsOfAUnionTakeOneAndAHalfBytesAsDeltas) {
  constexpr std::uint32_t kRows = 325'000;
  for (const double share : {0.012, 0.03}) {
    CounterRng rng(1, 0);
    std::vector<std::uint32_t> ids(256);
    for (auto& id : ids) id = rng.NextBelow(kRows);
    for (std::uint32_t row = 0; row < kRows; ++row) {
      if (rng.NextBelow(kRows) < share * kRows) ids.push_back(row);
    }
    std::string wire;
    EXPECT_EQ(ThroughDeltas(ids, &wire), ids);
    EXPECT_LE(static_cast<double>(wire.size()),
              1.5 * static_cast<double>(ids.size()))
        << share;
  }
}

}  // namespace
}  // namespace mongoose::server

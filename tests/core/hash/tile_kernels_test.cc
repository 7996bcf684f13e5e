#include "core/hash/tile_kernels.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/aligned_vector.h"
#include "core/hash/projection.h"
#include "core/hash/tile_projection.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"
#include "tests/support/simd_targets.h"

namespace mongoose {
namespace {

using test_support::ForEachSimdTarget;
using test_support::IntegerMatrix;
using test_support::Matrix;

AlignedVector<float> Aligned(const Matrix& matrix) {
  return {matrix.values.begin(), matrix.values.end()};
}

// Column v of a tile [length, 16].
std::vector<double> Lane(const AlignedVector<float>& tile, std::size_t v) {
  std::vector<double> out;
  for (std::size_t i = v; i < tile.size(); i += kTileVectors) {
    out.push_back(double{tile[i]});
  }
  return out;
}

TEST(RotateTileTest, IsTheHadamardTransformOfTheSignedTile) {
  for (std::size_t length = 1; length <= 512; length *= 2) {
    SCOPED_TRACE(length);
    const auto tile = Aligned(IntegerMatrix(length, kTileVectors, length));
    AlignedVector<float> signs(length);
    CounterRng rng(length, 0);
    for (float& sign : signs) sign = rng.NextSign();
    AlignedVector<float> rotated = tile;
    RotateTile(rotated.data(), signs.data(), length);
    for (std::size_t v = 0; v < kTileVectors; v += 5) {
      std::vector<double> x = Lane(tile, v);
      for (std::size_t i = 0; i < length; ++i) x[i] *= double{signs[i]};
      EXPECT_EQ(Lane(rotated, v), naive::Hadamard(x));
    }
  }
}

void ExpectProducts(std::size_t cols, std::size_t columns) {
  const auto tile = Aligned(IntegerMatrix(cols, kTileVectors, cols));
  const auto directions = Aligned(IntegerMatrix(cols, columns, columns));
  AlignedVector<float> out(columns * kTileVectors);
  ProjectTile(tile.data(), directions.data(), cols, columns, out.data());
  for (std::size_t i = 0; i < out.size(); ++i) {
    float sum = 0;
    for (std::size_t k = 0; k < cols; ++k) {
      sum += tile[k * kTileVectors + i % kTileVectors] *
             directions[k * columns + i / kTileVectors];
    }
    ASSERT_EQ(out[i], sum);
  }
}

TEST(ProjectTileTest, IsTheProductWithTheDirections) {
  for (const std::size_t cols : {1, 3, 129}) {
    for (const std::size_t columns : {8, 16, 64}) {
      ExpectProducts(cols, columns);
    }
  }
}

TEST(PackSignsTest, OnlyPositiveNumbersSetABit) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float tiny = std::numeric_limits<float>::denorm_min();
  const std::vector<float> column = {1, -1, 0, -0.0F, tiny, nan, INFINITY, 2};
  ForEachSimdTarget([&] {
    AlignedVector<float> projected(column.size() * kTileVectors);
    for (std::size_t i = 0; i < projected.size(); ++i) {
      projected[i] = column[i / kTileVectors];
    }
    std::vector<Code> codes(2 * kTileVectors);
    PackSigns(projected.data(), 4, 2, codes.data());
    for (std::size_t v = 0; v < kTileVectors; ++v) {
      EXPECT_EQ(codes[v], 0b0001);
      EXPECT_EQ(codes[kTileVectors + v], 0b1101);
    }
  });
}

// 16 copies of one vector.
AlignedVector<float> Repeat(const std::vector<float>& x) {
  AlignedVector<float> tile(x.size() * kTileVectors);
  for (std::size_t i = 0; i < tile.size(); ++i) tile[i] = x[i / kTileVectors];
  return tile;
}

TEST(FindWinnersTest, TakesTheFirstOfEqualLargestAndMarksZeros) {
  const auto tile = Repeat({0, 0, 5, 7, 7, -3, -2, 0, -1});
  const std::vector<std::uint32_t> coordinates = {0, 1, 7, 2, 3, 4, 5, 6, 8};
  ForEachSimdTarget([&] {
    std::vector<std::uint32_t> winners(3 * kTileVectors);
    std::vector<std::uint32_t> filled(3 * kTileVectors);
    FindWinners(tile.data(), coordinates.data(), 3, 3, winners.data(),
                filled.data());
    EXPECT_EQ(filled[0], 0U);
    EXPECT_EQ(winners[kTileVectors], 1U);
    EXPECT_EQ(winners[2 * kTileVectors], 2U);
    EXPECT_NE(filled[2 * kTileVectors], 0U);
  });
}

TEST(TileKernelsTest, RotationsAreEqualBitForBitOnAllTargets) {
  const Matrix tile = test_support::GaussianMatrix(128, kTileVectors, 1);
  const AlignedVector<float> signs(128, -1.0F);
  AlignedVector<float> first;
  const std::size_t targets = ForEachSimdTarget([&] {
    AlignedVector<float> rotated = Aligned(tile);
    RotateTile(rotated.data(), signs.data(), 128);
    if (first.empty()) first = rotated;
    EXPECT_EQ(first, rotated);
  });
  EXPECT_GE(targets, 1U);
  RecordProperty("targets", static_cast<int>(targets));
}

TEST(TileKernelsTest, ProductsAreEqualBitForBitOnAllTargets) {
  const auto tile = Aligned(test_support::GaussianMatrix(300, kTileVectors, 1));
  const auto directions = Aligned(test_support::GaussianMatrix(300, 64, 2));
  AlignedVector<float> first;
  ForEachSimdTarget([&] {
    AlignedVector<float> out(64 * kTileVectors);
    ProjectTile(tile.data(), directions.data(), 300, 64, out.data());
    if (first.empty()) first = out;
    EXPECT_EQ(first, out);
  });
}

}  // namespace
}  // namespace mongoose

#include "client/examples/inclusion_rates.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

namespace mongoose::examples {
namespace {

using Ids = std::vector<std::uint32_t>;

TEST(InclusionRatesTest, RowsOfEveryBatchStandForThemselves) {
  InclusionRates rates(3);
  for (int batch = 0; batch < 500; ++batch) {
    for (const float log_weight : rates.CountBatch(Ids{2, 0}, 1.0)) {
      ASSERT_NEAR(log_weight, 0.0F, 1e-4F);
    }
  }
}

TEST(InclusionRatesTest, RowsOfEveryFifthBatchStandForFive) {
  InclusionRates rates(2);
  std::vector<float> last;
  for (int batch = 0; batch < 2000; ++batch) {
    if (batch % 5 == 0) {
      last = rates.CountBatch(Ids{1}, 1.0);
    } else {
      rates.CountBatch(Ids{0}, 1.0);
    }
  }
  EXPECT_NEAR(last[0], std::log(5.0F), 0.05F);
}

TEST(InclusionRatesTest, FactorsHaveABound) {
  InclusionRates rates(2);
  for (int batch = 0; batch < 5000; ++batch) {
    rates.CountBatch(Ids{0}, 1.0);
  }
  EXPECT_NEAR(rates.CountBatch(Ids{1}, 1.0)[0],
              std::log(InclusionRates::kHorizon), 0.01);
}

TEST(InclusionRatesTest, TheExponentScalesLogWeights) {
  InclusionRates full(2);
  InclusionRates half(2);
  for (int batch = 0; batch < 50; ++batch) {
    full.CountBatch(Ids{0}, 1.0);
    half.CountBatch(Ids{0}, 0.5);
  }
  EXPECT_FLOAT_EQ(half.CountBatch(Ids{1}, 0.5)[0],
                  full.CountBatch(Ids{1}, 1.0)[0] / 2);
  EXPECT_EQ(half.CountBatch(Ids{1}, 0)[0], 0.0F);
}

TEST(InclusionRatesTest, TheFirstBatchTellsNothing) {
  InclusionRates rates(9);
  EXPECT_EQ(rates.CountBatch(Ids{3, 4}, 1.0), (std::vector<float>{0, 0}));
  EXPECT_TRUE(rates.CountBatch(Ids{}, 1.0).empty());
}

}  // namespace
}  // namespace mongoose::examples

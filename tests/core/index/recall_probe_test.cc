#include "core/index/recall_probe.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

// 60 rows; every answer holds the first `found` of a query's true top rows.
class RecallProbeTest : public ::testing::Test {
 protected:
  void Offer(RecallProbe& probe, std::size_t found) {
    ActiveSets answer;
    answer.offsets = {0};
    for (std::size_t i = 0; i < queries_.rows; ++i) {
      const auto top = naive::TopRows(rows_, queries_.row(i), found);
      answer.ids.insert(answer.ids.end(), top.begin(), top.end());
      answer.offsets.push_back(static_cast<std::uint32_t>(answer.ids.size()));
    }
    probe.Offer(frozen_, {.queries = queries_.view()}, answer);
  }
  static std::size_t MeasureAll(RecallProbe& probe) {
    std::size_t measured = 0;
    for (; probe.HasWork(); ++measured) probe.MeasureOne();
    return measured;
  }
  test_support::FakeClock clock_;
  const Matrix rows_ = GaussianMatrix(60, 12, 1);
  const Matrix queries_ = GaussianMatrix(4, 12, 2);
  const std::shared_ptr<const FrozenRows> frozen_ =
      test_support::FreezeMatrix(rows_);
};

TEST_F(RecallProbeTest, MeasuresTheShareOfTheTopTenThatWasFound) {
  for (const std::size_t found : {0, 3, 10, 30}) {
    RecallProbe probe(1, clock_);
    Offer(probe, found);
    EXPECT_EQ(MeasureAll(probe), 4U);
    EXPECT_EQ(probe.result().samples, 4U);
    EXPECT_NEAR(probe.result().recall,
                static_cast<double>(std::min<std::size_t>(found, 10)) / 10,
                1e-9);
  }
}

TEST_F(RecallProbeTest, TakesItsShareOfTheQueries) {
  RecallProbe probe(0.125, clock_);
  std::size_t measured = 0;
  for (int batch = 0; batch < 100; ++batch) {
    Offer(probe, 10);
    measured += MeasureAll(probe);
  }
  EXPECT_EQ(measured, 50U);
}

TEST_F(RecallProbeTest, TakesNothingWithShareZero) {
  RecallProbe probe(0, clock_);
  Offer(probe, 10);
  EXPECT_FALSE(probe.HasWork());
  probe.MeasureOne();
  EXPECT_EQ(probe.result().samples, 0U);
}

TEST_F(RecallProbeTest, DropsSamplesRatherThanQueueingThem) {
  RecallProbe probe(1, clock_);
  for (int batch = 0; batch < 100; ++batch) Offer(probe, 10);
  EXPECT_EQ(MeasureAll(probe), 8U);
}

TEST_F(RecallProbeTest, TheMeanFollowsTheLastSamples) {
  RecallProbe probe(1, clock_);
  for (int batch = 0; batch < 200; ++batch) {
    Offer(probe, batch < 100 ? 10 : 0);
    MeasureAll(probe);
  }
  EXPECT_LT(probe.result().recall, 0.01);
}

// Each search takes a second: 50 pass until the next sample is taken.
TEST_F(RecallProbeTest, TakesAtMostItsShareOfTheTime) {
  RecallProbe probe(1, clock_);
  clock_.step = std::chrono::seconds(1);
  Offer(probe, 10);
  const std::size_t first = MeasureAll(probe);
  EXPECT_GT(first, 0U);
  Offer(probe, 10);
  EXPECT_FALSE(probe.HasWork());
  clock_.step = first * std::chrono::seconds(50);
  Offer(probe, 10);
  EXPECT_TRUE(probe.HasWork());
}

}  // namespace
}  // namespace mongoose

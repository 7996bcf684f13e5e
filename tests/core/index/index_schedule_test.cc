// What the drift policy spends: nothing without drift, when predicted with it,
// and never more with a larger tolerance.
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::SmallSpec;

constexpr std::size_t kBits = 9;

IndexSpec Spec(float tolerance) {
  IndexSpec spec = SmallSpec();
  spec.hash = {
      .cols = 24, .bits_per_table = kBits, .num_tables = 20, .seed = 5};
  spec.rehash_policy = DriftThresholdSpec{.max_row_staleness = tolerance,
                                          .max_index_staleness = 1};
  return spec;
}

// The relative drift at which a K-bit entry is stale with `tolerance`.
double PredictedDrift(double tolerance) {
  const double flip = 1 - std::pow(1 - tolerance, 1.0 / kBits);
  return std::tan(flip * std::numbers::pi);
}

class IndexScheduleTest : public test_support::IndexTest {
 protected:
  // Deltas that turn every row by `size` of its length, always the same way.
  static Matrix Turns(const Matrix& rows, float size) {
    Matrix deltas = GaussianMatrix(rows.rows, rows.cols, 99);
    for (std::size_t i = 0; i < rows.rows; ++i) {
      const auto turned = test_support::TurnedBy(rows.row(i), deltas.row(i),
                                                 std::numbers::pi / 2);
      for (std::size_t c = 0; c < rows.cols; ++c) {
        deltas.row(i)[c] = size * turned[c];
      }
    }
    return deltas;
  }
  std::uint64_t RowsRehashedBy(float tolerance) {
    CreateGaussian(Spec(tolerance));
    const auto ids = test_support::AllIds(100);
    for (std::uint64_t step = 0; step < 60; ++step) {
      Matrix deltas = GaussianMatrix(100, 24, 50 + step);
      for (float& v : deltas.values) v *= 0.01F;
      EXPECT_TRUE(writer_->Add(ids, deltas).ok());
      index_->WaitUntilIdleForTest();
    }
    return index_->status().rehash.rows_rehashed;
  }
};

TEST_F(IndexScheduleTest, ZeroDeltasCauseNoRehash) {
  for (const float tolerance : {0.02F, 0.1F}) {
    CreateGaussian(Spec(tolerance));
    backend_.rows_hashed = 0;
    const auto ids = test_support::AllIds(100);
    for (int step = 0; step < 15; ++step) {
      ASSERT_TRUE(writer_->Add(ids, Matrix(100, 24)).ok());
    }
    index_->WaitUntilIdleForTest();
    EXPECT_EQ(backend_.rows_hashed, 0U);
    EXPECT_EQ(index_->state().index_version, 1U);
  }
}

TEST_F(IndexScheduleTest, SettingEqualRowsCausesNoRehash) {
  const Matrix rows = GaussianMatrix(100, 24, 1);
  CreateWith(Spec(0.05F), rows);
  for (int step = 0; step < 15; ++step) {
    ASSERT_TRUE(writer_->SetAll(rows).ok());
  }
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(index_->state().index_version, 1U);
}

TEST_F(IndexScheduleTest, UniformDriftTriggersWhereTheAlgebraPredicts) {
  for (const float tolerance : {0.05F, 0.1F, 0.25F}) {
    const Matrix rows = GaussianMatrix(100, 24, 1);
    CreateWith(Spec(tolerance), rows);
    const float size = static_cast<float>(PredictedDrift(tolerance)) / 40;
    const Matrix turns = Turns(rows, size);
    int steps = 0;
    while (index_->state().index_version == 1 && steps < 200) {
      ASSERT_TRUE(writer_->Add(test_support::AllIds(100), turns).ok());
      index_->WaitUntilIdleForTest();
      ++steps;
    }
    EXPECT_NEAR(steps, 40, 8) << "tolerance " << tolerance;
  }
}

TEST_F(IndexScheduleTest, ALargerToleranceNeverRehashesMore) {
  std::vector<std::uint64_t> rehashed;
  for (const float tolerance : {0.0F, 0.02F, 0.05F, 0.1F, 0.2F, 0.5F}) {
    rehashed.push_back(RowsRehashedBy(tolerance));
  }
  for (std::size_t i = 1; i < rehashed.size(); ++i) {
    EXPECT_LE(rehashed[i], rehashed[i - 1]) << "tolerance number " << i;
  }
  EXPECT_EQ(rehashed.front(), 61U * 100U);
  EXPECT_LT(rehashed.back(), rehashed.front() / 10);
}

TEST_F(IndexScheduleTest, ABatchWaitsForItsSmallestSize) {
  IndexSpec spec = SmallSpec();
  spec.rehash_policy = DriftThresholdSpec{
      .max_row_staleness = 0, .max_index_staleness = 1, .min_batch_rows = 5};
  CreateGaussian(spec);
  for (RowId row = 0; row < 5; ++row) {
    EXPECT_EQ(index_->state().index_version, 1U);
    const std::vector<RowId> ids = {row};
    ASSERT_TRUE(writer_->Set(ids, GaussianMatrix(1, 24, row)).ok());
    index_->WaitUntilIdleForTest();
  }
  EXPECT_EQ(index_->state().index_version, 2U);
}

TEST_F(IndexScheduleTest, TheSketchPolicyComesToRest) {
  IndexSpec spec = SmallSpec();
  spec.rehash_policy = CodeSketchSpec{.check_every_steps = 1};
  CreateGaussian(spec);
  ASSERT_TRUE(writer_->SetAll(GaussianMatrix(100, 24, 2)).ok());
  ASSERT_TRUE(test_support::HoldsSoon(
      [this] { return index_->status().rehash.rebuilds >= 2; }));
  // A loop that never rests would pass this many in no time.
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(300);
  while (std::chrono::steady_clock::now() < deadline &&
         index_->status().rehash.rebuilds < 4) {
    std::this_thread::yield();
  }
  EXPECT_EQ(index_->status().rehash.rebuilds, 2U);
}

}  // namespace
}  // namespace mongoose

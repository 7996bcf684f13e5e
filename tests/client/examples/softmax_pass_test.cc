#include "client/examples/softmax_pass.h"

#include <cstddef>
#include <vector>

#include <gtest/gtest.h>

#include "tests/client/examples/naive_softmax.h"

namespace mongoose::examples {
namespace {

TEST(SoftmaxPassTest, RecomputedExponentialsGiveTheSameGradients) {
  const DenseMatrix rows = RandomMatrix(5000, 9, 1);
  DenseMatrix inputs = RandomMatrix(20, 9, 2);
  const std::vector<float> coefficients(20, 0.05F);
  const std::vector<float> log_weights(5000, 2.0F);
  const std::vector<RowOfSample> unweighted = {
      {0, 3}, {0, 19}, {2499, 0}, {2500, 7}, {4999, 19}};  // two blocks
  const SoftmaxRows weighted{rows.values(), log_weights, unweighted};
  SoftmaxPass keeping;
  SoftmaxPass recomputing(0);
  keeping.Forward(weighted, inputs);
  recomputing.Forward(weighted, inputs);
  DenseMatrix kept;
  DenseMatrix recomputed;
  for (std::size_t block = 0; block < keeping.num_blocks(); ++block) {
    keeping.BlockGradient(block, coefficients, kept);
    recomputing.BlockGradient(block, coefficients, recomputed);
    for (std::size_t i = 0; i < kept.values().size(); ++i) {
      ASSERT_NEAR(kept.values()[i], recomputed.values()[i], 1e-6F);
    }
  }
}

TEST(SoftmaxPassTest, ProbabilitiesOfEachSampleSumToOne) {
  const DenseMatrix rows = RandomMatrix(4097, 5, 3);
  DenseMatrix inputs(1, 5);
  for (float& value : inputs.values()) {
    value = 1.0F;  // so that a gradient's last column is the probability
  }
  SoftmaxPass pass;
  pass.Forward({rows.values(), {}, {}}, inputs);
  const std::vector<float> coefficients = {1.0F};
  double sum = 0;
  DenseMatrix gradient;
  for (std::size_t block = 0; block < pass.num_blocks(); ++block) {
    pass.BlockGradient(block, coefficients, gradient);
    for (std::size_t row = 0; row < gradient.rows(); ++row) {
      sum += static_cast<double>(gradient.row(row).back());
    }
  }
  EXPECT_NEAR(sum, 1.0, 1e-5);
}

TEST(SoftmaxPassTest, BlocksTileTheRowsAndAreAboutEqual) {
  DenseMatrix inputs = RandomMatrix(1, 2, 1);
  for (const std::size_t count : {1, 1023, 2049, 3071, 3072, 5000}) {
    const DenseMatrix rows = RandomMatrix(count, 2, 2);
    SoftmaxPass pass;
    pass.Forward({rows.values(), {}, {}}, inputs);
    EXPECT_EQ(pass.num_blocks(), count < 3072 ? 1U : 2U);
    std::size_t end = 0;
    for (std::size_t block = 0; block < pass.num_blocks(); ++block) {
      EXPECT_EQ(pass.BlockBegin(block), end);
      end = pass.BlockEnd(block);
      EXPECT_NEAR(static_cast<double>(end - pass.BlockBegin(block)),
                  static_cast<double>(count / pass.num_blocks()), 1);
    }
    EXPECT_EQ(end, count);
  }
}

}  // namespace
}  // namespace mongoose::examples

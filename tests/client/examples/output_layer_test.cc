#include "client/examples/output_layer.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "tests/client/examples/naive_softmax.h"

namespace mongoose::examples {
namespace {

struct StepShape {
  std::size_t batch;
  std::size_t dim;
  std::uint32_t num_labels;
};

// Adagrad from a huge accumulator is gradient descent: the change of a weight
// is its gradient times kDescentRate / sqrt(kAccumulator).
constexpr float kAccumulator = 1e8F;
constexpr float kDescentRate = 1e4F;
constexpr OptimizerOptions kDescent{.kind = OptimizerKind::kAdagrad,
                                    .learning_rate = kDescentRate,
                                    .initial_accumulator = kAccumulator};

ActiveRows AllRows(std::uint32_t num_labels) {
  ActiveRows active;
  active.ids.resize(num_labels);
  std::iota(active.ids.begin(), active.ids.end(), 0U);
  return active;
}

// The labels first, then every third row; log weights on the latter.
ActiveRows SomeRows(const IdLists& labels, std::uint32_t num_labels,
                    bool weighted) {
  ActiveRows active{labels.ids, {}};
  std::ranges::sort(active.ids);
  active.ids.erase(std::unique(active.ids.begin(), active.ids.end()),
                   active.ids.end());
  const std::size_t num_own = active.ids.size();
  for (std::uint32_t row = 0; row < num_labels; row += 3) {
    if (!std::binary_search(
            active.ids.begin(),
            active.ids.begin() + static_cast<std::ptrdiff_t>(num_own), row)) {
      active.ids.push_back(row);
    }
  }
  if (weighted) {
    active.log_weights.assign(num_own, 0.0F);
    active.log_weights.resize(active.ids.size(), 1.1F);
  }
  return active;
}

void ExpectNear(std::span<const float> values,
                const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(values[i]), expected[i], tolerance) << i;
  }
}

// Compares loss, gradient by hidden values and change of rows of a step.
void ExpectStepMatchesOracle(const StepShape& shape, const ActiveRows* active,
                             std::uint64_t seed) {
  const DenseMatrix hidden = RandomMatrix(shape.batch, shape.dim, seed);
  const IdLists labels = RandomLabels(shape.batch, shape.num_labels, seed);
  OutputLayer layer(shape.num_labels, shape.dim, kDescent, seed);
  const DenseMatrix before = layer.weights();
  const ActiveRows rows = active ? *active : AllRows(shape.num_labels);
  const NaiveStep expected = TakeNaiveStep(hidden, labels, before, rows);
  DenseMatrix grad_hidden;
  const double loss = active
                          ? layer.StepActive(hidden, labels, rows, grad_hidden)
                          : layer.StepDense(hidden, labels, grad_hidden);
  EXPECT_NEAR(loss, expected.loss, 1e-5);
  ExpectNear(grad_hidden.values(), expected.grad_hidden, 1e-6);
  std::vector<float> change;
  for (const std::uint32_t id : rows.ids) {
    for (std::size_t d = 0; d <= shape.dim; ++d) {
      change.push_back(before.row(id)[d] - layer.weights().row(id)[d]);
    }
  }
  ExpectNear(change, expected.grad_rows, 1e-6);
}

class OutputLayerTest : public testing::TestWithParam<StepShape> {};

INSTANTIATE_TEST_SUITE_P(Shapes, OutputLayerTest,
                         testing::Values(StepShape{1, 1, 1}, StepShape{4, 3, 7},
                                         StepShape{17, 16, 100},
                                         StepShape{33, 128, 2049},
                                         StepShape{64, 20, 4200}));

TEST_P(OutputLayerTest, DenseStepMatchesOracle) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    ExpectStepMatchesOracle(GetParam(), nullptr, seed);
  }
}

TEST_P(OutputLayerTest, ActiveStepMatchesOracle) {
  const IdLists labels =
      RandomLabels(GetParam().batch, GetParam().num_labels, 5);
  const ActiveRows active = SomeRows(labels, GetParam().num_labels, false);
  ExpectStepMatchesOracle(GetParam(), &active, 5);
}

TEST_P(OutputLayerTest, LogWeightsAreAddedToTheLogits) {
  const IdLists labels =
      RandomLabels(GetParam().batch, GetParam().num_labels, 6);
  const ActiveRows active = SomeRows(labels, GetParam().num_labels, true);
  ExpectStepMatchesOracle(GetParam(), &active, 6);
}

TEST_P(OutputLayerTest, LogWeightsAreNotAddedToTheSamplesOwnRows) {
  const auto [batch, dim, num_labels] = GetParam();
  const IdLists labels = RandomLabels(batch, num_labels, 11);
  ActiveRows active = SomeRows(labels, num_labels, true);
  CounterRng rng(11, 2);
  for (float& log_weight : active.log_weights) {
    log_weight = static_cast<float>(3 * rng.NextUniform());
  }
  const auto num_active = static_cast<std::uint32_t>(active.ids.size());
  for (std::size_t b = 0; b < batch; ++b) {
    const std::uint32_t first = rng.NextBelow(num_active);
    active.own.Append(
        std::vector{active.ids[first], active.ids[(first + 1) % num_active]});
  }
  ExpectStepMatchesOracle(GetParam(), &active, 11);
}

TEST_P(OutputLayerTest, ActiveStepOverAllRowsEqualsDenseStep) {
  const auto [batch, dim, num_labels] = GetParam();
  const DenseMatrix hidden = RandomMatrix(batch, dim, 7);
  const IdLists labels = RandomLabels(batch, num_labels, 7);
  OutputLayer dense(num_labels, dim, OptimizerOptions(), 7);
  OutputLayer active(num_labels, dim, OptimizerOptions(), 7);
  DenseMatrix dense_gradient;
  DenseMatrix active_gradient;
  EXPECT_EQ(
      dense.StepDense(hidden, labels, dense_gradient),
      active.StepActive(hidden, labels, AllRows(num_labels), active_gradient));
  EXPECT_TRUE(
      std::ranges::equal(dense_gradient.values(), active_gradient.values()));
  EXPECT_TRUE(
      std::ranges::equal(dense.weights().values(), active.weights().values()));
}

TEST(OutputLayerStepTest, TellsTheNewValuesOfActiveRowsAndKeepsOthers) {
  const DenseMatrix hidden = RandomMatrix(4, 8, 8);
  const IdLists labels{{0, 1, 2, 3, 4}, {9, 2, 2, 5}};
  OutputLayer layer(20, 8, OptimizerOptions(), 8);
  const DenseMatrix before = layer.weights();
  DenseMatrix gradient;
  layer.StepActive(hidden, labels, {{5, 2, 9}, {}}, gradient);
  EXPECT_TRUE(std::ranges::equal(layer.active_values().subspan(9, 9),
                                 layer.weights().row(2)));
  EXPECT_FALSE(std::ranges::equal(before.row(2), layer.weights().row(2)));
  EXPECT_TRUE(std::ranges::equal(before.row(3), layer.weights().row(3)));
}

TEST(OutputLayerStepTest, StaysFiniteForHugeLogits) {
  DenseMatrix hidden = RandomMatrix(8, 16, 9);
  for (float& value : hidden.values()) {
    value *= 1e4F;
  }
  const IdLists labels = RandomLabels(8, 50, 9);
  OutputLayer layer(50, 16, OptimizerOptions(), 9);
  DenseMatrix gradient;
  EXPECT_TRUE(std::isfinite(layer.StepDense(hidden, labels, gradient)));
  EXPECT_TRUE(std::ranges::all_of(gradient.values(),
                                  [](float x) { return std::isfinite(x); }));
}

TEST(OutputLayerStepTest, OwnRowsOfHugeLogitsStayExactBesideHeavyRows) {
  // Sample 0 is sure of its own row, and every other row counts 100 times.
  DenseMatrix hidden(1, 4);
  std::ranges::fill(hidden.values(), 3.0F);
  OutputLayer layer(50, 4, kDescent, 12);
  std::ranges::fill(layer.weights().row(7).first(4), 2.0F);
  const IdLists labels{{0, 1}, {7}};
  ActiveRows active = AllRows(50);
  active.log_weights.assign(50, std::log(100.0F));
  const DenseMatrix before = layer.weights();
  const NaiveStep expected = TakeNaiveStep(hidden, labels, before, active);
  DenseMatrix gradient;
  EXPECT_NEAR(layer.StepActive(hidden, labels, active, gradient), expected.loss,
              2e-6);
  ExpectNear(gradient.values(), expected.grad_hidden, 2e-6);
}

TEST(OutputLayerStepTest, LazyAdamOnRowsOfEveryStepEqualsDenseAdam) {
  const OptimizerOptions adam{.kind = OptimizerKind::kAdam,
                              .learning_rate = 0.01F};
  OutputLayer dense(60, 8, adam, 10);
  OutputLayer lazy(60, 8, adam, 10);
  DenseMatrix gradient;
  for (std::uint64_t step = 0; step < 20; ++step) {
    const DenseMatrix hidden = RandomMatrix(8, 8, step);
    const IdLists labels = RandomLabels(8, 60, step);
    dense.StepDense(hidden, labels, gradient);
    lazy.StepActive(hidden, labels, AllRows(60), gradient);
  }
  EXPECT_TRUE(
      std::ranges::equal(dense.weights().values(), lazy.weights().values()));
}

}  // namespace
}  // namespace mongoose::examples

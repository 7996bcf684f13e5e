#include "client/examples/sparse_mlp.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/status/status.h"
#include "client/examples/training_run.h"
#include "tests/client/examples/naive_softmax.h"

namespace mongoose::examples {
namespace {

constexpr MlpShape kShape{
    .num_features = 30, .hidden_dim = 8, .num_labels = 12};
constexpr OptimizerOptions kAdam{.kind = OptimizerKind::kAdam,
                                 .learning_rate = 0.02F};

// Label i goes with features i and i + 12.
XcPoints LearnablePoints() {
  XcPoints points;
  for (std::uint32_t i = 0; i < 60; ++i) {
    const std::uint32_t label = i % 12;
    points.labels.ids.push_back(label);
    points.labels.offsets.push_back(i + 1);
    points.features.ids.insert(points.features.ids.end(), {label, label + 12});
    points.features.offsets.push_back(2 * i + 2);
    points.feature_values.insert(points.feature_values.end(), {0.8F, 0.6F});
  }
  return points;
}

RunSummary TrainTo(std::uint64_t num_steps, const std::string& checkpoint,
                   SparseMlp& model) {
  const XcPoints points = LearnablePoints();
  RunOptions options{.num_steps = num_steps,
                     .batch_points = 16,
                     .eval_every = 100,
                     .eval_points = 0,
                     .checkpoint = checkpoint};
  std::ostringstream ignored;
  ProgressLine progress("dense", num_steps, false, ignored);
  return *Train(options, points, points, model, nullptr, progress);
}

std::string TempFile(const std::string& name) {
  return (std::filesystem::path(testing::TempDir()) / name).string();
}

TEST(SparseMlpTest, LearnsASeparableTask) {
  SparseMlp model(kShape, kAdam, 1);
  const RunSummary summary = TrainTo(200, "", model);
  EXPECT_EQ(summary.precision.at_1, 100.0);
  EXPECT_LT(summary.curve.back().loss, summary.curve.front().loss);
}

TEST(SparseMlpTest, InputGradientMatchesAFiniteDifference) {
  XcPoints points = LearnablePoints();
  // Adagrad from a huge accumulator makes plain gradient descent.
  const OptimizerOptions descent{.learning_rate = 1e4F,
                                 .initial_accumulator = 1e8F};
  SparseMlp model(kShape, descent, 2);
  DenseMatrix hidden, gradient;
  float& weight = model.input().embeddings().row(3)[5];
  const float before = weight;
  const auto loss_at = [&](float value) {
    SparseMlp other(kShape, descent, 2);
    other.input().embeddings().row(3)[5] = value;
    other.input().Forward(points, hidden);
    return other.output().StepDense(hidden, points.labels, gradient);
  };
  const double slope =
      (loss_at(before + 0.01F) - loss_at(before - 0.01F)) / 0.02;
  loss_at(before);
  model.input().Forward(points, hidden);
  model.input().Step(points, hidden, gradient);
  EXPECT_NEAR(static_cast<double>(before - weight), slope, 2e-5);
}

TEST(SparseMlpTest, AResumedRunEqualsAnUnbrokenOne) {
  const std::string file = TempFile("resumed.ckpt");
  SparseMlp unbroken(kShape, kAdam, 3);
  TrainTo(20, "", unbroken);
  SparseMlp first(kShape, kAdam, 3);
  TrainTo(9, file, first);
  SparseMlp second(kShape, kAdam, 4);
  ASSERT_TRUE(second.Load(file).ok());
  TrainTo(20, "", second);
  EXPECT_TRUE(std::ranges::equal(unbroken.output().weights().values(),
                                 second.output().weights().values()));
}

TEST(SparseMlpTest, ACheckpointKeepsHowOftenRowsWereActive) {
  const std::string file = TempFile("rates.ckpt");
  const std::vector<std::uint32_t> some = {1, 7};
  const std::vector<std::uint32_t> all = {0, 1, 7, 11};
  SparseMlp first(kShape, kAdam, 6);
  for (int i = 0; i < 5; ++i) first.output().rates().CountBatch(some, 1);
  ASSERT_TRUE(first.Save(file).ok());
  SparseMlp second(kShape, kAdam, 6);
  ASSERT_TRUE(second.Load(file).ok());
  const auto expected = first.output().rates().CountBatch(all, 1);
  EXPECT_EQ(second.output().rates().CountBatch(all, 1), expected);
  EXPECT_GT(expected[0], 1);          // one batch of six
  EXPECT_NEAR(expected[1], 0, 1e-5);  // all of them
}

TEST(SparseMlpTest, RefusesACheckpointOfAnotherModel) {
  const std::string file = TempFile("other.ckpt");
  SparseMlp model(kShape, kAdam, 5);
  ASSERT_TRUE(model.Save(file).ok());
  SparseMlp adagrad(kShape, OptimizerOptions(), 5);
  EXPECT_TRUE(absl::IsInvalidArgument(adagrad.Load(file)));
  EXPECT_TRUE(absl::IsNotFound(model.Load(TempFile("missing.ckpt"))));
}

}  // namespace
}  // namespace mongoose::examples

#include "core/learn/rotation_trainer.h"

#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/learn/rotation_gate.h"
#include "tests/support/planted_sequences.h"

namespace mongoose {
namespace {

using test_support::PlantedSequences;
using ::testing::Each;

constexpr std::size_t kSeq = 96;
constexpr std::size_t kChunk = 8;

RotationShape Shape(std::size_t rounds) {
  return {
      .dim = PlantedSequences::kDim, .num_rounds = rounds, .max_buckets = 16};
}

std::vector<float> Train(const RotationShape& shape, std::size_t num_buckets,
                         int steps) {
  const PlantedSequences lessons(16, kSeq, 1);
  RotationTrainer trainer(shape, DrawDirections(shape, 3), num_buckets,
                          /*causal=*/true);
  for (int i = 0; i < steps; ++i) trainer.Step(lessons.all());
  return trainer.directions();
}

struct Gain {
  std::size_t rounds;
  double least;  // what is kept, by what random rotations keep
};
class RotationTrainerTest : public ::testing::TestWithParam<Gain> {};

TEST_P(RotationTrainerTest, ChunksKeepMoreAttentionOfOtherSequences) {
  const RotationShape shape = Shape(GetParam().rounds);
  const PlantedSequences others(12, kSeq, 2);
  const auto heads = others.judged(kChunk);
  const RotationCase judged{.heads = heads, .num_buckets = 16, .causal = true};
  const double random = MeanShare(RandomCapturedShares(judged, shape, 9));
  const double learned =
      MeanShare(CapturedShares(judged, Rotations(shape, Train(shape, 16, 60))));
  EXPECT_GT(learned, GetParam().least * random);
}

INSTANTIATE_TEST_SUITE_P(Rounds, RotationTrainerTest,
                         ::testing::Values(Gain{1, 1.3}, Gain{2, 1.03}));

TEST(RotationTrainer, DirectionsAreOfLengthOne) {
  const RotationShape shape = Shape(2);
  const auto directions = Train(shape, 16, 5);
  ASSERT_EQ(directions.size(), shape.num_directions() * shape.dim);
  for (std::size_t d = 0; d < shape.num_directions(); ++d) {
    const auto row = std::span(directions).subspan(d * shape.dim, shape.dim);
    EXPECT_NEAR(std::inner_product(row.begin(), row.end(), row.begin(), 0.0), 1,
                1e-4);
  }
}

TEST(RotationTrainer, LearnsThoseOfTheBucketsAlone) {
  const RotationShape shape = Shape(2);
  const auto learned = Train(shape, 8, 5);
  const auto start = Train(shape, 8, 0);
  const std::size_t used = 4 * shape.num_rounds * shape.dim;
  EXPECT_EQ(std::vector(learned.begin() + used, learned.end()),
            std::vector(start.begin() + used, start.end()));
  for (std::size_t i = 0; i < used; i += shape.dim) {
    EXPECT_NE(learned[i], start[i]) << i / shape.dim;
  }
}

TEST(RotationTrainer, GivesTheSameAgain) {
  EXPECT_EQ(Train(Shape(1), 16, 7), Train(Shape(1), 16, 7));
}

TEST(RotationTrainer, IgnoresSequencesWithoutStrongAttention) {
  const std::vector<float> zeros(10 * PlantedSequences::kDim, 0.0F);
  const RotationShape shape = Shape(1);
  RotationTrainer trainer(shape, DrawDirections(shape, 3), 16, false);
  const auto before = trainer.directions();
  const std::vector<MatrixView<const float>> heads = {
      {zeros, 10, PlantedSequences::kDim}};
  trainer.Step(heads);
  EXPECT_EQ(trainer.directions(), before);
}

}  // namespace
}  // namespace mongoose

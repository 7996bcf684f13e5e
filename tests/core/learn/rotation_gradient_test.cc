// The trainer's first step against finite differences of its loss, written
// down anew in double precision.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <gtest/gtest.h>

#include "core/attention/shared_attention.h"
#include "core/learn/rotation_trainer.h"
#include "tests/support/planted_sequences.h"

namespace mongoose {
namespace {

using test_support::PlantedSequences;

constexpr double kBeta = 10;
constexpr double kLearningRate = 0.03;
constexpr std::size_t kBuckets = 8;
constexpr std::size_t kDim = PlantedSequences::kDim;

double Dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

void Normalize(std::span<double> values) {
  const double length = std::sqrt(Dot(values, values));
  for (double& value : values) value /= length;
}

// The loss of one head by the directions [kBuckets / 2, rounds, dim].
class NaiveLoss {
 public:
  NaiveLoss(MatrixView<const float> head, std::size_t rounds)
      : rounds_(rounds),
        seq_(head.rows()),
        units_(head.data().begin(), head.data().end()),
        weights_(SharedAttention(head, /*causal=*/true)) {
    for (std::size_t i = 0; i < seq_; ++i) {
      Normalize(std::span(units_).subspan(i * kDim, kDim));
    }
    KeepStrongAttention(seq_, /*causal=*/true, weights_);
  }

  double operator()(std::span<const double> directions) const {
    std::vector<std::vector<double>> chances;  // [seq * rounds][buckets]
    std::vector<double> loads(rounds_ * kBuckets, 0.0);
    for (std::size_t i = 0; i < seq_; ++i) {
      for (std::size_t r = 0; r < rounds_; ++r) {
        chances.push_back(ChancesOf(directions, i, r));
        for (std::size_t b = 0; b < kBuckets; ++b) {
          loads[r * kBuckets + b] +=
              chances.back()[b] / static_cast<double>(seq_);
        }
      }
    }
    double sum = 0;
    double pairs = 0;
    for (std::size_t i = 0; i < seq_ * seq_; ++i) {
      if (weights_[i] == 0) continue;
      double apart = 1;
      for (std::size_t r = 0; r < rounds_; ++r) {
        apart *= 1 - Dot(chances[i / seq_ * rounds_ + r],
                         chances[i % seq_ * rounds_ + r]);
      }
      sum -= double{weights_[i]} * std::log(1 - apart + 1e-6);
      pairs += double{weights_[i]};
    }
    double balance = 0;
    for (const double load : loads) balance += load * std::log(load);
    return sum / pairs + balance / static_cast<double>(rounds_);
  }

 private:
  std::vector<double> ChancesOf(std::span<const double> directions,
                                std::size_t position, std::size_t round) const {
    std::vector<double> chances(kBuckets);
    double sum = 0;
    for (std::size_t b = 0; b < kBuckets; ++b) {
      const std::size_t d = (b % (kBuckets / 2)) * rounds_ + round;
      const double product =
          Dot(std::span(units_).subspan(position * kDim, kDim),
              directions.subspan(d * kDim, kDim));
      chances[b] = std::exp(kBeta * (b < kBuckets / 2 ? product : -product));
      sum += chances[b];
    }
    for (double& chance : chances) chance /= sum;
    return chances;
  }

  const std::size_t rounds_;
  const std::size_t seq_;
  std::vector<double> units_;
  std::vector<float> weights_;
};

class RotationGradientTest : public ::testing::TestWithParam<std::size_t> {};

// Adam's first step is the learning rate against the sign of each coordinate of
// the gradient along the sphere.
TEST_P(RotationGradientTest, FirstStepFollowsTheLoss) {
  const std::size_t rounds = GetParam();
  const RotationShape shape{
      .dim = kDim, .num_rounds = rounds, .max_buckets = kBuckets};
  const PlantedSequences planted(1, 24, 5);
  RotationTrainer trainer(shape, DrawDirections(shape, 3), kBuckets, true);
  const auto before = trainer.directions();
  trainer.Step(planted.all());
  const auto after = trainer.directions();

  const NaiveLoss loss(planted.head(0), rounds);
  std::vector<double> start(before.begin(), before.end());
  std::vector<double> gradient(start.size());
  for (std::size_t i = 0; i < start.size(); ++i) {
    constexpr double kStep = 1e-5;
    std::vector<double> moved = start;
    moved[i] += kStep;
    const double above = loss(moved);
    moved[i] -= 2 * kStep;
    gradient[i] = (above - loss(moved)) / (2 * kStep);
  }
  std::size_t compared = 0;
  for (std::size_t first = 0; first < start.size(); first += kDim) {
    const auto row = std::span(start).subspan(first, kDim);
    const auto along = std::span(gradient).subspan(first, kDim);
    const double outward = Dot(along, row);
    std::vector<double> expected(row.begin(), row.end());
    double largest = 0;
    for (std::size_t c = 0; c < kDim; ++c) {
      along[c] -= outward * row[c];
      largest = std::max(largest, std::abs(along[c]));
      expected[c] -= std::copysign(kLearningRate, along[c]);
    }
    Normalize(expected);
    for (std::size_t c = 0; c < kDim; ++c) {
      if (std::abs(along[c]) < 0.01 * largest) continue;  // rounding decides
      EXPECT_NEAR(double{after[first + c]}, expected[c], 0.01)
          << first / kDim << ", " << c;
      ++compared;
    }
  }
  EXPECT_GT(compared, start.size() * 9 / 10);
}

INSTANTIATE_TEST_SUITE_P(Rounds, RotationGradientTest,
                         ::testing::Values(1, 2, 3));

}  // namespace
}  // namespace mongoose

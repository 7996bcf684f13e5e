#include "core/learn/rotation_trainer.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/attention/shared_attention.h"
#include "core/base/matrix_product.h"
#include "core/base/single_threaded.h"

namespace mongoose {
namespace {

constexpr float kLearningRate = 0.03F;
// Sharpness of the softened hash.
constexpr float kBeta = 10;
// Weight of the loss of entropy.
constexpr float kBalance = 1;
// Keeps the logarithm of a chance finite.
constexpr float kLeastChance = 1e-6F;

// Makes each row of length 1; zeros stay.
void Normalize(std::span<float> values, std::size_t cols) {
  for (std::size_t first = 0; first < values.size(); first += cols) {
    const auto row = values.subspan(first, cols);
    const float squares =
        std::inner_product(row.begin(), row.end(), row.begin(), 0.0F);
    const float scale = squares > 0 ? 1 / std::sqrt(squares) : 0.0F;
    for (float& value : row) value *= scale;
  }
}

// Chances [buckets] of one position and round: the softmax of logits and their
// negatives.
void SoftHash(std::span<const float> products, std::size_t stride,
              std::span<float> chances) {
  const std::size_t half = chances.size() / 2;
  float largest = 0;
  for (std::size_t b = 0; b < half; ++b) {
    chances[b] = kBeta * products[b * stride];
    chances[half + b] = -chances[b];
    largest = std::max(largest, std::abs(chances[b]));
  }
  float sum = 0;
  for (float& chance : chances) {
    chance = std::exp(chance - largest);
    sum += chance;
  }
  for (float& chance : chances) chance /= sum;
}

}  // namespace

struct RotationTrainer::Head {
  std::size_t seq = 0;
  std::size_t buckets = 0;
  std::vector<float> units;    // [seq, dim]
  std::vector<float> chances;  // [rounds, seq, buckets]
  // Of the sum over pairs of weight * -ln(chance to meet), by chances.
  std::vector<float> gradient;  // [rounds, seq, buckets]
  double pairs = 0;             // sum of weights

  // Chances of one round.
  std::span<float> Of(std::size_t round) {
    const std::size_t count = seq * buckets;
    return std::span(chances).subspan(round * count, count);
  }
};

RotationTrainer::RotationTrainer(const RotationShape& shape,
                                 std::span<const float> directions,
                                 std::size_t num_buckets, bool causal)
    : shape_(shape),
      num_buckets_(num_buckets),
      causal_(causal),
      directions_(directions.begin(), directions.end()),
      used_(kLearningRate) {
  assert(directions.size() == shape.num_directions() * shape.dim);
  assert(num_buckets % 2 == 0 && num_buckets <= shape.max_buckets);
  Normalize(directions_, shape.dim);
  const std::size_t used = num_buckets / 2 * shape.num_rounds * shape.dim;
  used_.Set({directions_.begin(),
             directions_.begin() + static_cast<std::ptrdiff_t>(used)});
}

RotationTrainer::Head RotationTrainer::Look(
    MatrixView<const float> vectors) const {
  const std::size_t seq = vectors.rows();
  const std::size_t rounds = shape_.num_rounds;
  Head head{.seq = seq, .buckets = num_buckets_};
  head.units.assign(vectors.data().begin(), vectors.data().end());
  Normalize(head.units, shape_.dim);
  const SingleThreaded single;
  std::vector<float> products(seq * num_used());
  Multiply({seq, num_used(), shape_.dim}, {head.units.data(), shape_.dim},
           {used_.values().data(), shape_.dim, /*transposed=*/true},
           {products.data(), num_used()});
  std::vector<float> weights = SharedAttention(vectors, causal_);
  KeepStrongAttention(seq, causal_, weights);
  head.pairs = std::accumulate(weights.begin(), weights.end(), 0.0);
  head.chances.resize(rounds * seq * num_buckets_);
  for (std::size_t i = 0; i < seq; ++i) {
    for (std::size_t r = 0; r < rounds; ++r) {
      SoftHash(std::span(products).subspan(i * num_used() + r), rounds,
               head.Of(r).subspan(i * num_buckets_, num_buckets_));
    }
  }
  AddPairs(head, std::move(weights));
  return head;
}

void RotationTrainer::AddPairs(Head& head, std::vector<float> weights) const {
  const std::size_t seq = head.seq;
  std::vector<float> meet(seq * seq);
  const auto find_meetings = [&](const float* chances) {
    Multiply({seq, seq, num_buckets_}, {chances, num_buckets_},
             {chances, num_buckets_, /*transposed=*/true}, {meet.data(), seq});
  };
  // The chance that no round brings two positions together; 1 at first.
  std::vector<float> apart(seq * seq, 1.0F);
  for (std::size_t r = 0; r < shape_.num_rounds; ++r) {
    find_meetings(head.Of(r).data());
    for (std::size_t i = 0; i < meet.size(); ++i) {
      apart[i] *= std::max(kLeastChance, 1 - meet[i]);
    }
  }
  for (std::size_t i = 0; i < meet.size(); ++i) {
    weights[i] *= -apart[i] / (1 - apart[i] + kLeastChance);
  }
  head.gradient.resize(head.chances.size());
  for (std::size_t r = 0; r < shape_.num_rounds; ++r) {
    const float* const chances = head.Of(r).data();
    if (shape_.num_rounds > 1) find_meetings(chances);
    for (std::size_t i = 0; i < meet.size(); ++i) {
      meet[i] = weights[i] / std::max(kLeastChance, 1 - meet[i]);
    }
    float* const gradient = &head.gradient[r * seq * num_buckets_];
    Multiply({seq, num_buckets_, seq}, {meet.data(), seq},
             {chances, num_buckets_}, {gradient, num_buckets_});
    Multiply({seq, num_buckets_, seq}, {meet.data(), seq, /*transposed=*/true},
             {chances, num_buckets_},
             {gradient, num_buckets_, /*accumulate=*/true});
  }
}

void RotationTrainer::AddGradient(const Head& head,
                                  std::span<const float> load_gradient,
                                  double pair_scale,
                                  std::span<float> gradient) const {
  const std::size_t rounds = shape_.num_rounds;
  const std::size_t half = num_buckets_ / 2;
  const auto scale = static_cast<float>(pair_scale);
  std::vector<float> by_products(head.seq * num_used());
  for (std::size_t r = 0; r < rounds; ++r) {
    const auto by_load = load_gradient.subspan(r * num_buckets_, num_buckets_);
    for (std::size_t i = 0; i < head.seq; ++i) {
      const std::size_t place = (r * head.seq + i) * num_buckets_;
      const float* const chances = &head.chances[place];
      const float* const by_pairs = &head.gradient[place];
      const auto by_chance = [&](std::size_t b) {
        return scale * by_pairs[b] + by_load[b];
      };
      float mean = 0;
      for (std::size_t b = 0; b < num_buckets_; ++b) {
        mean += chances[b] * by_chance(b);
      }
      for (std::size_t b = 0; b < half; ++b) {
        by_products[i * num_used() + b * rounds + r] =
            kBeta * (chances[b] * (by_chance(b) - mean) -
                     chances[half + b] * (by_chance(half + b) - mean));
      }
    }
  }
  const SingleThreaded single;
  Multiply({num_used(), shape_.dim, head.seq},
           {by_products.data(), num_used(), /*transposed=*/true},
           {head.units.data(), shape_.dim},
           {gradient.data(), shape_.dim, /*accumulate=*/true});
}

void RotationTrainer::MoveOnSphere(std::span<float> gradient) {
  for (std::size_t first = 0; first < gradient.size(); first += shape_.dim) {
    const auto along = gradient.subspan(first, shape_.dim);
    const auto direction = std::span(used_.values()).subspan(first, shape_.dim);
    const float outward =
        std::inner_product(along.begin(), along.end(), direction.begin(), 0.0F);
    for (std::size_t c = 0; c < shape_.dim; ++c) {
      along[c] -= outward * direction[c];
    }
  }
  used_.Step(gradient);
  Normalize(used_.values(), shape_.dim);
}

void RotationTrainer::Step(std::span<const MatrixView<const float>> heads) {
  std::vector<Head> looked;
  std::vector<float> loads(shape_.num_rounds * num_buckets_);
  double pairs = 0;
  std::size_t positions = 0;
  for (const auto& vectors : heads) {
    const Head& head = looked.emplace_back(Look(vectors));
    pairs += head.pairs;
    positions += head.seq;
    for (std::size_t i = 0; i < head.chances.size(); ++i) {
      const std::size_t round = i / (head.seq * num_buckets_);
      loads[round * num_buckets_ + i % num_buckets_] += head.chances[i];
    }
  }
  if (!(pairs > 0)) return;
  const auto rounds = static_cast<double>(shape_.num_rounds);
  // Of sum load ln(load * buckets) / rounds by the chances of one position;
  // what is the same for all buckets has no effect.
  const auto per_position =
      static_cast<float>(kBalance / (static_cast<double>(positions) * rounds));
  for (float& load : loads) {
    load = per_position *
           std::log(std::max(load / static_cast<float>(positions), 1e-9F));
  }
  std::vector<float> gradient(used_.values().size());
  for (const Head& head : looked) {
    AddGradient(head, loads, 1 / pairs, gradient);
  }
  MoveOnSphere(gradient);
}

std::vector<float> RotationTrainer::directions() const {
  std::vector<float> all = directions_;
  std::ranges::copy(used_.values(), all.begin());
  return all;
}

}  // namespace mongoose

#include "core/learn/direction_loss.h"

#include <cassert>
#include <cmath>

namespace mongoose {
namespace {

constexpr float kMargin = 0.5F;

float Sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

// Of a table's loss by its two agreements.
struct Slopes {
  float wanted = 0;
  float other = 0;
};

Slopes SlopesOf(DirectionLoss loss, float wanted, float other, float share) {
  if (loss == DirectionLoss::kPairwise) {
    return {share * (Sigmoid(wanted) - 1), share * Sigmoid(other)};
  }
  const bool is_violated = kMargin - share * (wanted - other) > 0;
  return is_violated ? Slopes{-share, share} : Slopes{};
}

}  // namespace

void LossGradients(DirectionLoss loss, std::size_t bits_per_table,
                   std::span<float> query, std::span<float> wanted,
                   std::span<float> other) {
  assert(query.size() % bits_per_table == 0);
  assert(wanted.size() == query.size() && other.size() == query.size());
  const float share = 1.0F / static_cast<float>(bits_per_table);
  for (std::size_t first = 0; first < query.size(); first += bits_per_table) {
    float with_wanted = 0;
    float with_other = 0;
    for (std::size_t b = first; b < first + bits_per_table; ++b) {
      with_wanted += query[b] * wanted[b];
      with_other += query[b] * other[b];
    }
    const Slopes slopes = SlopesOf(loss, with_wanted, with_other, share);
    for (std::size_t b = first; b < first + bits_per_table; ++b) {
      const float q = query[b];
      query[b] = slopes.wanted * wanted[b] + slopes.other * other[b];
      wanted[b] = slopes.wanted * q;
      other[b] = slopes.other * q;
    }
  }
}

}  // namespace mongoose

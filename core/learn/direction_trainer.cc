#include "core/learn/direction_trainer.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "core/base/matrix_product.h"
#include "core/base/shuffle.h"
#include "core/base/single_threaded.h"

namespace mongoose {
namespace {

constexpr std::size_t kBatch = 256;
// Streams 0 to num_bits - 1 have drawn directions, ~0 samples rows.
constexpr std::uint64_t kTripletStream = ~std::uint64_t{1};
constexpr float kBalance = 0.1F;
// Draws of another row for a query before one that is wanted is let pass.
constexpr int kMaxDraws = 8;

// Scales a vector to a length; zero stays.
void SetLength(std::span<float> vector, double length) {
  double square = 0;
  for (const float v : vector) square += double{v} * double{v};
  if (square == 0) return;
  const auto scale = static_cast<float>(length / std::sqrt(square));
  for (float& v : vector) v *= scale;
}

// Adds the gradients of kBalance times the squared mean of each bit.
void AddBalance(std::span<const float> means, std::span<float> gradients) {
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    gradients[i] += 2 * kBalance * means[i % means.size()];
  }
}

// Of each of `width` columns.
std::vector<float> MeanOfColumns(std::size_t width,
                                 std::span<const float> values) {
  std::vector<float> means(width, 0.0F);
  for (std::size_t i = 0; i < values.size(); ++i) means[i % width] += values[i];
  const auto count = static_cast<float>(values.size() / width);
  for (float& mean : means) mean /= count;
  return means;
}

}  // namespace

DirectionTrainer::DirectionTrainer(const Projection& start,
                                   const FrozenRows& rows,
                                   const QueryTruths& training,
                                   DirectionLoss loss)
    : loss_(loss),
      spec_(start.spec()),
      means_(start.means()),
      rows_(rows),
      training_(training),
      rng_(start.spec().seed, kTripletStream) {
  std::vector<float> directions = start.Directions();
  assert(directions.size() == spec_.num_bits() * spec_.cols);
  // The length of a Gaussian one, whatever the profile keeps.
  for (std::size_t bit = 0; bit < spec_.num_bits(); ++bit) {
    SetLength(std::span(directions).subspan(bit * spec_.cols, spec_.cols),
              std::sqrt(static_cast<double>(spec_.cols)));
  }
  directions_.Set(std::move(directions));
  for (std::size_t query = 0; query < training.size(); ++query) {
    if (training.rows(query)[0] != kNoRow) order_.push_back(query);
  }
  if (order_.empty()) passes_ = kPasses;  // nothing to learn from
}

void DirectionTrainer::RunPass() {
  assert(!done());
  ForEachShuffledBatch(std::span(order_), kBatch, rng_,
                       [this](auto batch) { RunBatch(batch); });
  ++passes_;
}

RowId DirectionTrainer::DrawWanted(std::size_t query) {
  const auto rows = training_.rows(query);
  const auto count = std::ranges::find(rows, kNoRow) - rows.begin();
  return rows[rng_.NextBelow(static_cast<std::uint32_t>(count))];
}

RowId DirectionTrainer::DrawOther(std::size_t query) {
  RowId other = 0;
  for (int draw = 0; draw < kMaxDraws; ++draw) {
    const bool of_query = rng_.NextBelow(2) == 0;
    other = of_query ? DrawWanted(order_[rng_.NextBelow(
                           static_cast<std::uint32_t>(order_.size()))])
                     : rng_.NextBelow(
                           static_cast<std::uint32_t>(rows_.layout().num_rows));
    if (std::ranges::count(training_.rows(query), other) == 0) break;
  }
  return other;
}

void DirectionTrainer::AppendQuery(std::size_t query,
                                   std::vector<float>& to) const {
  const auto values = training_.queries().row(query);
  to.insert(to.end(), values.begin(), values.end());
  const auto added = std::span(to).last(spec_.cols);
  for (std::size_t c = 0; c < means_.queries.size(); ++c) {
    added[c] -= means_.queries[c];
  }
  SetLength(added, 1);
}

void DirectionTrainer::AppendRow(RowId row, std::vector<float>& to) const {
  to.resize(to.size() + spec_.cols);
  const auto added = std::span(to).last(spec_.cols);
  rows_.CopyRow(row, added);
  for (std::size_t c = 0; c < means_.rows.size(); ++c) {
    added[c] -= means_.rows[c];
  }
  SetLength(added, 1);
}

DirectionTrainer::Vectors DirectionTrainer::DrawTriplets(
    std::span<const std::size_t> queries) {
  Vectors triplets;
  for (const std::size_t query : queries) {
    AppendQuery(query, triplets[0]);
    AppendRow(DrawWanted(query), triplets[1]);
    AppendRow(DrawOther(query), triplets[2]);
  }
  return triplets;
}

void DirectionTrainer::RunBatch(std::span<const std::size_t> queries) {
  const SingleThreaded single;
  const Vectors vectors = DrawTriplets(queries);
  const std::size_t width = spec_.num_bits();
  Vectors bits;
  for (std::size_t k = 0; k < kOfTriplet; ++k) {
    bits[k].resize(queries.size() * width);
    Multiply({queries.size(), width, spec_.cols},
             {vectors[k].data(), spec_.cols},
             {directions_.values().data(), spec_.cols, /*transposed=*/true},
             {bits[k].data(), width});
    for (float& bit : bits[k]) bit = std::tanh(bit);
  }
  Vectors gradients = bits;
  LossGradients(loss_, spec_.bits_per_table, gradients[0], gradients[1],
                gradients[2]);
  for (const std::size_t k : {1, 2}) {
    AddBalance(MeanOfColumns(width, bits[k]), gradients[k]);
  }
  const float share = 1.0F / static_cast<float>(queries.size());
  std::vector<float> gradient(directions_.values().size(), 0.0F);
  for (std::size_t k = 0; k < kOfTriplet; ++k) {
    for (std::size_t i = 0; i < bits[k].size(); ++i) {
      gradients[k][i] *= share * (1 - bits[k][i] * bits[k][i]);
    }
    Multiply({width, spec_.cols, queries.size()},
             {gradients[k].data(), width, /*transposed=*/true},
             {vectors[k].data(), spec_.cols},
             {gradient.data(), spec_.cols, /*accumulate=*/true});
  }
  directions_.Step(gradient);
}

}  // namespace mongoose

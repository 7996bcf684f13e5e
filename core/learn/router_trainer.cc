#include "core/learn/router_trainer.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "core/base/matrix_product.h"
#include "core/base/shuffle.h"
#include "core/base/single_threaded.h"
#include "core/learn/exponentials.h"

namespace mongoose {
namespace {

constexpr std::size_t kBatch = 256;
constexpr std::uint64_t kShuffleStream = 7;

// Of all values; 0 when they are all 0.
float RootMeanSquare(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * double{value};
  return static_cast<float>(std::sqrt(
      sum / static_cast<double>(std::max<std::size_t>(1, values.size()))));
}

std::vector<float> Scaled(std::vector<float> values, float factor) {
  for (float& value : values) value *= factor;
  return values;
}

std::vector<float> Sum(const std::vector<float>& a, const std::vector<float>& b,
                       const std::vector<float>& minus) {
  std::vector<float> sum(a.size());
  for (std::size_t i = 0; i < sum.size(); ++i)
    sum[i] = a[i] + (b[i] - minus[i]);
  return sum;
}

}  // namespace

RouterTrainer::RouterTrainer(const PartitionProjection& start,
                             MatrixView<const float> queries,
                             std::span<const std::uint32_t> cells,
                             std::uint64_t seed)
    : cols_(start.spec().cols),
      num_cells_(start.spec().num_buckets()),
      wanted_(queries.rows() == 0 ? 0 : cells.size() / queries.rows()),
      queries_(queries.data().begin(), queries.data().end()),
      cells_(cells.begin(), cells.end()),
      start_(start.router()),
      rng_(seed, kShuffleStream) {
  assert(queries.rows() == 0 || queries.cols() == cols_);
  for (std::size_t i = 0; i < queries.rows(); ++i) {
    if (std::ranges::any_of(CellsOf(i), [](auto c) { return c != kNoCell; })) {
      order_.push_back(i);
    }
  }
  const float unit = RootMeanSquare(queries_);
  if (!(unit > 0) || order_.empty()) {
    passes_ = kPasses;  // nothing to learn from
    return;
  }
  for (float& value : queries_) value /= unit;
  ChooseScale();
}

// Keys become logits by the factor of least loss on a first batch, whatever the
// length of queries and rows.
void RouterTrainer::ChooseScale() {
  const float length = RootMeanSquare(start_.vectors);
  const float per_value = length > 0 ? 1 / length : 1;
  const auto first = std::span(order_).first(std::min(kBatch, order_.size()));
  vectors_.values() = Scaled(start_.vectors, per_value);
  offsets_.values() = Scaled(start_.offsets, per_value);
  ComputeLogits(first);
  double least = std::numeric_limits<double>::infinity();
  for (float factor = 1e-3F; factor < 2e3F; factor *= std::sqrt(10.0F)) {
    const float scale = factor * per_value;
    const double loss = LossAt(factor, first);
    if (loss < least && std::isfinite(scale)) {
      least = loss;
      scale_ = scale;
    }
  }
  vectors_.Set(Scaled(start_.vectors, scale_));
  offsets_.Set(Scaled(start_.offsets, scale_));
}

void RouterTrainer::ComputeLogits(std::span<const std::size_t> batch) {
  batch_.resize(batch.size() * cols_);
  norms_.resize(batch.size());
  logits_.resize(batch.size() * num_cells_);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto query = std::span(queries_).subspan(batch[i] * cols_, cols_);
    std::ranges::copy(query, &batch_[i * cols_]);
    norms_[i] = std::sqrt(
        std::inner_product(query.begin(), query.end(), query.begin(), 0.0F));
    for (std::size_t c = 0; c < num_cells_; ++c) {
      logits_[i * num_cells_ + c] = norms_[i] * offsets_.values()[c];
    }
  }
  const SingleThreaded single;
  Multiply({batch.size(), num_cells_, cols_}, {batch_.data(), cols_},
           {vectors_.values().data(), cols_, /*transposed=*/true},
           {logits_.data(), num_cells_, /*accumulate=*/true});
}

double RouterTrainer::LossAt(float factor,
                             std::span<const std::size_t> batch) const {
  double loss = 0;
  std::vector<float> powers(num_cells_);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const float* const logits = &logits_[i * num_cells_];
    std::copy_n(logits, num_cells_, powers.begin());
    const ExponentialSum all = Exponentiate(factor, powers);
    const double log_sum = double{all.largest} + std::log(double{all.sum});
    for (const std::uint32_t cell : CellsOf(batch[i])) {
      if (cell != kNoCell) loss += log_sum - double{factor * logits[cell]};
    }
  }
  return loss;
}

void RouterTrainer::LogitsToGradients(std::span<const std::size_t> batch) {
  std::size_t all_wanted = 0;
  for (const std::size_t query : batch) all_wanted += NumWanted(query);
  const float share = 1.0F / static_cast<float>(all_wanted);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    const auto logits = std::span(logits_).subspan(i * num_cells_, num_cells_);
    const float sum = Exponentiate(1, logits).sum;
    const auto wanted = static_cast<float>(NumWanted(batch[i]));
    for (float& logit : logits) logit *= share * wanted / sum;
    for (const std::uint32_t cell : CellsOf(batch[i])) {
      if (cell != kNoCell) logits[cell] -= share;
    }
  }
}

void RouterTrainer::RunBatch(std::span<const std::size_t> batch) {
  ComputeLogits(batch);
  LogitsToGradients(batch);
  std::vector<float> gradient(num_cells_ * cols_);
  {
    const SingleThreaded single;
    Multiply({num_cells_, cols_, batch.size()},
             {logits_.data(), num_cells_, /*transposed=*/true},
             {batch_.data(), cols_}, {gradient.data(), cols_});
  }
  std::vector<float> offset_gradient(num_cells_, 0.0F);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    for (std::size_t c = 0; c < num_cells_; ++c) {
      offset_gradient[c] += logits_[i * num_cells_ + c] * norms_[i];
    }
  }
  vectors_.Step(gradient);
  offsets_.Step(offset_gradient);
}

void RouterTrainer::RunPass() {
  assert(!done());
  ForEachShuffledBatch(std::span(order_), kBatch, rng_,
                       [this](auto batch) { RunBatch(batch); });
  ++passes_;
}

PartitionProjection::Router RouterTrainer::router() const {
  if (vectors_.steps() == 0) return start_;
  const float per_logit = 1 / scale_;
  return {.vectors = Scaled(vectors_.values(), per_logit),
          .offsets = Scaled(offsets_.values(), per_logit)};
}

PartitionProjection::Router CarryRouter(const PartitionProjection& old,
                                        const PartitionProjection::Cells& now) {
  const auto from = PartitionProjection::RouterOf(old.cells());
  const auto to = PartitionProjection::RouterOf(now);
  const PartitionProjection::Router router = old.router();
  return {.vectors = Sum(router.vectors, to.vectors, from.vectors),
          .offsets = Sum(router.offsets, to.offsets, from.offsets)};
}

}  // namespace mongoose

#include "client/examples/output_layer.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "client/examples/vector_loops.h"
#include "client/examples/weight_init.h"

namespace mongoose::examples {
namespace {

constexpr float kInitialDeviation = 0.05F;

float TargetShare(const IdLists& labels, std::size_t sample) {
  return 1.0F / static_cast<float>(labels.list(sample).size());
}

// Sorts pairs, whose samples ascend, by place and then by sample.
void SortByPlace(std::size_t num_places, std::vector<RowOfSample>& pairs) {
  std::vector<std::size_t> ends(num_places + 1, 0);
  for (const RowOfSample& pair : pairs) {
    assert(pair.place < num_places);
    ++ends[pair.place + 1U];
  }
  std::partial_sum(ends.begin(), ends.end(), ends.begin());
  std::vector<RowOfSample> sorted(pairs.size());
  for (const RowOfSample& pair : pairs) sorted[ends[pair.place]++] = pair;
  pairs.swap(sorted);
}

}  // namespace

OutputLayer::OutputLayer(std::size_t num_labels, std::size_t dim,
                         const OptimizerOptions& options, std::uint64_t seed)
    : weights_(num_labels, dim + 1),
      optimizer_(options, num_labels, dim + 1),
      rates_(num_labels) {
  FillGaussian(kInitialDeviation, seed, weights_);
  for (std::size_t row = 0; row < num_labels; ++row) {
    weights_.row(row).back() = 0.0F;
  }
}

double OutputLayer::StepDense(const DenseMatrix& hidden, const IdLists& labels,
                              DenseMatrix& grad_hidden) {
  AppendOnes(hidden);
  FindTargets(labels, nullptr);
  return Step(labels, {weights_.values(), {}, {}}, nullptr, grad_hidden);
}

double OutputLayer::StepActive(const DenseMatrix& hidden, const IdLists& labels,
                               const ActiveRows& active,
                               DenseMatrix& grad_hidden) {
  AppendOnes(hidden);
  FindTargets(labels, &active);
  FindOwnRows(labels, active);
  active_values_.Reshape(active.ids.size(), weights_.cols());
#pragma omp parallel for schedule(static)
  for (std::size_t i = 0; i < active.ids.size(); ++i) {
    std::ranges::copy(weights_.row(active.ids[i]),
                      active_values_.row(i).begin());
  }
  return Step(labels, {active_values_.values(), active.log_weights, own_rows_},
              &active, grad_hidden);
}

void OutputLayer::AppendOnes(const DenseMatrix& hidden) {
  assert(hidden.cols() + 1 == weights_.cols());
  inputs_.Reshape(hidden.rows(), hidden.cols() + 1);
  for (std::size_t b = 0; b < hidden.rows(); ++b) {
    std::ranges::copy(hidden.row(b), inputs_.row(b).begin());
    inputs_.row(b).back() = 1.0F;
  }
}

void OutputLayer::FindTargets(const IdLists& labels, const ActiveRows* active) {
  if (active != nullptr) {
    place_of_row_.resize(weights_.rows());
    for (std::uint32_t i = 0; i < active->ids.size(); ++i) {
      place_of_row_[active->ids[i]] = i;
    }
  }
  targets_.clear();
  for (std::uint32_t sample = 0; sample < labels.count(); ++sample) {
    for (const std::uint32_t label : labels.list(sample)) {
      targets_.push_back(
          {active == nullptr ? label : place_of_row_[label], sample});
    }
  }
  SortByPlace(active == nullptr ? weights_.rows() : active->ids.size(),
              targets_);
}

void OutputLayer::FindOwnRows(const IdLists& labels, const ActiveRows& active) {
  own_rows_.clear();
  const auto append = [this](std::span<const std::uint32_t> rows,
                             std::uint32_t sample) {
    for (const std::uint32_t row : rows) {
      own_rows_.push_back({place_of_row_[row], sample});
    }
  };
  for (std::uint32_t sample = 0; sample < labels.count(); ++sample) {
    append(labels.list(sample), sample);
    if (active.own.count() > 0) append(active.own.list(sample), sample);
  }
  SortByPlace(active.ids.size(), own_rows_);
  const auto repeats = std::ranges::unique(own_rows_);
  own_rows_.erase(repeats.begin(), repeats.end());
}

double OutputLayer::Step(const IdLists& labels, const SoftmaxRows& rows,
                         const ActiveRows* active, DenseMatrix& grad_hidden) {
  softmax_.Forward(rows, inputs_);
  SetCoefficients(labels);
  const double loss = ApplyTargets(labels, rows, grad_hidden);
  optimizer_.BeginStep();
  for (std::size_t block = 0; block < softmax_.num_blocks(); ++block) {
    UpdateBlock(block, labels, active);
  }
  return loss;
}

void OutputLayer::SetCoefficients(const IdLists& labels) {
  coefficients_.resize(labels.count());
  for (std::size_t b = 0; b < labels.count(); ++b) {
    coefficients_[b] = labels.list(b).empty()
                           ? 0.0F
                           : 1.0F / static_cast<float>(labels.count());
  }
}

double OutputLayer::ApplyTargets(const IdLists& labels, const SoftmaxRows& rows,
                                 DenseMatrix& grad_hidden) {
  const std::size_t width = inputs_.cols();
  grad_hidden.Reshape(inputs_.rows(), width - 1);
  for (std::size_t b = 0; b < inputs_.rows(); ++b) {
    CopyScaled(coefficients_[b], softmax_.expected_rows().row(b),
               grad_hidden.row(b).data());
  }
  double loss = 0;
  for (const auto& [place, sample] : targets_) {
    const float* row = rows.values.data() + place * width;
    const float share = TargetShare(labels, sample) * coefficients_[sample];
    const float logit = DotProduct(inputs_.row(sample), row);
    loss += static_cast<double>(share *
                                (softmax_.log_normalizers()[sample] - logit));
    AddScaled(-share, {row, width - 1}, grad_hidden.row(sample).data());
  }
  return loss;
}

void OutputLayer::UpdateBlock(std::size_t block, const IdLists& labels,
                              const ActiveRows* active) {
  const std::size_t begin = softmax_.BlockBegin(block);
  const std::size_t end = softmax_.BlockEnd(block);
  softmax_.BlockGradient(block, coefficients_, gradient_);
  auto target =
      std::ranges::lower_bound(targets_, begin, {}, &RowOfSample::place);
  for (; target != targets_.end() && target->place < end; ++target) {
    const float share =
        TargetShare(labels, target->sample) * coefficients_[target->sample];
    AddScaled(-share, inputs_.row(target->sample),
              gradient_.row(target->place - begin).data());
  }
#pragma omp parallel for schedule(static)
  for (std::size_t place = begin; place < end; ++place) {
    const std::size_t row = active == nullptr ? place : active->ids[place];
    optimizer_.UpdateRow(row, gradient_.row(place - begin), weights_.row(row));
    if (active != nullptr) {
      std::ranges::copy(weights_.row(row), active_values_.row(place).begin());
    }
  }
}

}  // namespace mongoose::examples

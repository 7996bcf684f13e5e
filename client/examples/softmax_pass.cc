#include "client/examples/softmax_pass.h"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "client/examples/vector_loops.h"
#include "core/base/matrix_product.h"

namespace mongoose::examples {
namespace {

constexpr float kBelowAnyLogit = -1e30F;  // finite: its exponential is 0

std::size_t PadColumns(std::size_t columns) {
  return (columns + kColumnPadding - 1) / kColumnPadding * kColumnPadding;
}

}  // namespace

std::size_t SoftmaxPass::num_rows() const {
  return rows_.values.size() / inputs_->cols();
}

std::size_t SoftmaxPass::num_blocks() const {
  return std::max(std::size_t{1},
                  (num_rows() + kRowsPerBlock / 2) / kRowsPerBlock);
}

std::size_t SoftmaxPass::BlockBegin(std::size_t block) const {
  return num_rows() * block / num_blocks();
}

std::size_t SoftmaxPass::BlockEnd(std::size_t block) const {
  return BlockBegin(block + 1);
}

float* SoftmaxPass::BlockValues(std::size_t block) {
  return exponentials_.data() + (keeps_ ? BlockBegin(block) * stride_ : 0);
}

void SoftmaxPass::Forward(const SoftmaxRows& rows, const DenseMatrix& inputs) {
  rows_ = rows;
  inputs_ = &inputs;
  assert(num_rows() > 0);
  stride_ = PadColumns(inputs.rows());
  keeps_ = num_rows() * stride_ * sizeof(float) <= max_kept_bytes_;
  const std::size_t kept =
      stride_ * (keeps_ ? num_rows() : num_rows() / num_blocks() + 1);
  if (exponentials_.size() < kept) {
    exponentials_.resize(kept);
  }
  maxima_.assign(stride_, kBelowAnyLogit);
  sums_.assign(stride_, 0.0F);
  decays_.resize(stride_);
  block_maxima_.Reshape(num_blocks(), stride_);
  expected_rows_.Reshape(inputs.rows(), inputs.cols() - 1);
  std::ranges::fill(expected_rows_.values(), 0.0F);
  for (std::size_t block = 0; block < num_blocks(); ++block) {
    ComputeLogits(block);
    AccumulateBlock(block);
    std::ranges::copy(maxima_, block_maxima_.row(block).begin());
    AddExpectedRows(block);
  }
  FinishForward();
}

void SoftmaxPass::ComputeLogits(std::size_t block) {
  const std::size_t width = inputs_->cols();
  const std::size_t begin = BlockBegin(block);
  Multiply({BlockEnd(block) - begin, inputs_->rows(), width},
           {rows_.values.data() + begin * width, width},
           {inputs_->values().data(), width, true},
           {BlockValues(block), stride_});
  if (!rows_.log_weights.empty()) {
    TakeOffWeights(block);
  }
}

// AccumulateBlock adds log weights to all logits: those of unweighted pairs are
// lowered by as much beforehand.
void SoftmaxPass::TakeOffWeights(std::size_t block) {
  const std::size_t begin = BlockBegin(block);
  float* const logits = BlockValues(block);
  auto pair = std::ranges::lower_bound(rows_.unweighted, begin, {},
                                       &RowOfSample::place);
  for (; pair != rows_.unweighted.end() && pair->place < BlockEnd(block);
       ++pair) {
    logits[(pair->place - begin) * stride_ + pair->sample] -=
        rows_.log_weights[pair->place];
  }
}

void SoftmaxPass::AccumulateBlock(std::size_t block) {
  const std::size_t begin = BlockBegin(block);
  const float* log_weights =
      rows_.log_weights.empty() ? nullptr : rows_.log_weights.data() + begin;
  constexpr std::size_t kColumnsPerTask = 4 * kColumnPadding;
#pragma omp parallel for schedule(static)
  for (std::size_t first = 0; first < stride_; first += kColumnsPerTask) {
    ExponentiateColumns(
        {BlockValues(block) + first, BlockEnd(block) - begin, stride_,
         std::min(kColumnsPerTask, stride_ - first), log_weights},
        maxima_.data() + first, sums_.data() + first, decays_.data() + first);
  }
}

void SoftmaxPass::AddExpectedRows(std::size_t block) {
  for (std::size_t b = 0; b < expected_rows_.rows(); ++b) {
    if (decays_[b] != 1.0F) {
      CopyScaled(decays_[b], expected_rows_.row(b),
                 expected_rows_.row(b).data());
    }
  }
  const std::size_t width = inputs_->cols();
  const std::size_t begin = BlockBegin(block);
  Multiply({inputs_->rows(), width - 1, BlockEnd(block) - begin},
           {BlockValues(block), stride_, true},
           {rows_.values.data() + begin * width, width},
           {expected_rows_.values().data(), width - 1, true});
}

void SoftmaxPass::FinishForward() {
  log_normalizers_.resize(inputs_->rows());
  for (std::size_t b = 0; b < inputs_->rows(); ++b) {
    CopyScaled(1.0F / sums_[b], expected_rows_.row(b),
               expected_rows_.row(b).data());
    log_normalizers_[b] = maxima_[b] + std::log(sums_[b]);
  }
}

void SoftmaxPass::BlockGradient(std::size_t block,
                                std::span<const float> coefficients,
                                DenseMatrix& gradient) {
  if (!keeps_) {
    ComputeLogits(block);
    AccumulateBlock(block);  // the sums are not used again
    std::ranges::copy(maxima_, block_maxima_.row(block).begin());
  }
  const std::size_t width = inputs_->cols();
  scaled_inputs_.Reshape(inputs_->rows(), width);
  for (std::size_t b = 0; b < inputs_->rows(); ++b) {
    const float to_probability =
        std::exp(block_maxima_.row(block)[b] - log_normalizers_[b]);
    CopyScaled(coefficients[b] * to_probability, inputs_->row(b),
               scaled_inputs_.row(b).data());
  }
  const std::size_t count = BlockEnd(block) - BlockBegin(block);
  gradient.Reshape(count, width);
  Multiply({count, width, inputs_->rows()}, {BlockValues(block), stride_},
           {scaled_inputs_.values().data(), width},
           {gradient.values().data(), width});
}

}  // namespace mongoose::examples

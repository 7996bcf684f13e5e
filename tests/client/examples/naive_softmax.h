// The oracle of the output layer's step, in float64 and without any trick.
#ifndef MONGOOSE_TESTS_CLIENT_EXAMPLES_NAIVE_SOFTMAX_H_
#define MONGOOSE_TESTS_CLIENT_EXAMPLES_NAIVE_SOFTMAX_H_

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "client/examples/dense_matrix.h"
#include "client/examples/output_layer.h"
#include "client/examples/xc_dataset.h"
#include "core/base/counter_rng.h"

namespace mongoose::examples {

struct NaiveStep {
  double loss = 0;
  std::vector<double> grad_hidden;  // [batch, dim]
  std::vector<double> grad_rows;    // [active rows, dim + 1]
};

inline double NaiveLogit(std::span<const float> hidden,
                         std::span<const float> row) {
  double logit = static_cast<double>(row.back());
  for (std::size_t d = 0; d < hidden.size(); ++d) {
    logit += static_cast<double>(hidden[d]) * static_cast<double>(row[d]);
  }
  return logit;
}

inline bool IsOwnRow(const IdLists& labels, const ActiveRows& active,
                     std::size_t sample, std::uint32_t row) {
  return std::ranges::count(labels.list(sample), row) > 0 ||
         (active.own.count() > 0 &&
          std::ranges::count(active.own.list(sample), row) > 0);
}

inline NaiveStep TakeNaiveStep(const DenseMatrix& hidden, const IdLists& labels,
                               const DenseMatrix& weights,
                               const ActiveRows& active) {
  const std::size_t dim = hidden.cols();
  NaiveStep step{0, std::vector<double>(hidden.rows() * dim),
                 std::vector<double>(active.ids.size() * (dim + 1))};
  for (std::size_t b = 0; b < hidden.rows(); ++b) {
    std::vector<double> logits;
    double sum = 0;
    for (std::size_t i = 0; i < active.ids.size(); ++i) {
      logits.push_back(NaiveLogit(hidden.row(b), weights.row(active.ids[i])));
      logits[i] += active.log_weights.empty() ||
                           IsOwnRow(labels, active, b, active.ids[i])
                       ? 0.0
                       : static_cast<double>(active.log_weights[i]);
      sum += std::exp(logits[i]);
    }
    const auto own = labels.list(b);
    for (std::size_t i = 0; i < active.ids.size() && !own.empty(); ++i) {
      double target = 0;
      for (const std::uint32_t label : own) {
        target += label == active.ids[i] ? 1.0 / double(own.size()) : 0.0;
      }
      const double share = std::exp(logits[i]) / sum;
      const double grad = (share - target) / double(hidden.rows());
      step.loss -= target * std::log(share) / double(hidden.rows());
      for (std::size_t d = 0; d < dim; ++d) {
        step.grad_hidden[b * dim + d] +=
            grad * static_cast<double>(weights.row(active.ids[i])[d]);
        step.grad_rows[i * (dim + 1) + d] +=
            grad * static_cast<double>(hidden.row(b)[d]);
      }
      step.grad_rows[i * (dim + 1) + dim] += grad;
    }
  }
  return step;
}

// Values of Normal(0, 1).
inline DenseMatrix RandomMatrix(std::size_t rows, std::size_t cols,
                                std::uint64_t seed) {
  DenseMatrix matrix(rows, cols);
  CounterRng rng(seed, 0);
  for (float& value : matrix.values()) {
    value = static_cast<float>(rng.NextGaussian());
  }
  return matrix;
}

// 0 to 3 distinct labels a sample; sample 0 has none.
inline IdLists RandomLabels(std::size_t samples, std::uint32_t num_labels,
                            std::uint64_t seed) {
  IdLists labels;
  CounterRng rng(seed, 1);
  for (std::uint32_t b = 0; b < samples; ++b) {
    const std::uint32_t first = rng.NextBelow(num_labels);
    for (std::uint32_t i = 0; i < b % 4 && i < num_labels; ++i) {
      labels.ids.push_back((first + i) % num_labels);
    }
    labels.offsets.push_back(static_cast<std::uint32_t>(labels.ids.size()));
  }
  return labels;
}

}  // namespace mongoose::examples

#endif  // MONGOOSE_TESTS_CLIENT_EXAMPLES_NAIVE_SOFTMAX_H_

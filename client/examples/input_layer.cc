#include "client/examples/input_layer.h"

#include <algorithm>
#include <tuple>

#include "client/examples/vector_loops.h"
#include "client/examples/weight_init.h"

namespace mongoose::examples {
namespace {

constexpr float kInitialDeviation = 0.1F;

// Clears the gradient where ReLU was off.
void MaskInactive(const DenseMatrix& hidden, DenseMatrix& gradient) {
  for (std::size_t i = 0; i < hidden.values().size(); ++i) {
    if (hidden.values()[i] <= 0) {
      gradient.values()[i] = 0.0F;
    }
  }
}

}  // namespace

InputLayer::InputLayer(std::size_t num_features, std::size_t dim,
                       const OptimizerOptions& options, std::uint64_t seed)
    : embeddings_(num_features, dim),
      bias_(1, dim),
      embedding_optimizer_(options, num_features, dim),
      bias_optimizer_(options, 1, dim) {
  FillGaussian(kInitialDeviation, seed, embeddings_);
}

void InputLayer::Forward(const XcPoints& points, DenseMatrix& hidden) const {
  hidden.Reshape(points.count(), embeddings_.cols());
#pragma omp parallel for schedule(static)
  for (std::size_t b = 0; b < points.count(); ++b) {
    const std::span<float> sum = hidden.row(b);
    std::ranges::copy(bias_.row(0), sum.begin());
    const auto features = points.features.list(b);
    for (std::size_t i = 0; i < features.size(); ++i) {
      AddScaled(points.values(b)[i], embeddings_.row(features[i]), sum.data());
    }
    for (float& value : sum) {
      value = std::max(value, 0.0F);
    }
  }
}

void InputLayer::Step(const XcPoints& points, const DenseMatrix& hidden,
                      DenseMatrix grad_hidden) {
  MaskInactive(hidden, grad_hidden);
  GroupByFeature(points);
  StepBias(grad_hidden);
  StepEmbeddings(grad_hidden);
}

void InputLayer::GroupByFeature(const XcPoints& points) {
  occurrences_.clear();
  for (std::uint32_t sample = 0; sample < points.count(); ++sample) {
    const auto features = points.features.list(sample);
    for (std::size_t i = 0; i < features.size(); ++i) {
      occurrences_.push_back({features[i], sample, points.values(sample)[i]});
    }
  }
  std::ranges::sort(occurrences_, {}, [](const Occurrence& occurrence) {
    return std::tuple(occurrence.feature, occurrence.sample);
  });
  first_of_feature_.clear();
  for (std::size_t i = 0; i < occurrences_.size(); ++i) {
    if (i == 0 || occurrences_[i].feature != occurrences_[i - 1].feature) {
      first_of_feature_.push_back(i);
    }
  }
  first_of_feature_.push_back(occurrences_.size());
}

void InputLayer::StepBias(const DenseMatrix& gradient) {
  std::vector<float> sum(bias_.cols(), 0.0F);
  for (std::size_t b = 0; b < gradient.rows(); ++b) {
    AddScaled(1.0F, gradient.row(b), sum.data());
  }
  bias_optimizer_.BeginStep();
  bias_optimizer_.UpdateRow(0, sum, bias_.row(0));
}

void InputLayer::StepEmbeddings(const DenseMatrix& gradient) {
  embedding_optimizer_.BeginStep();
  const std::size_t num_distinct = first_of_feature_.size() - 1;
#pragma omp parallel
  {
    std::vector<float> sum(embeddings_.cols());
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < num_distinct; ++i) {
      std::ranges::fill(sum, 0.0F);
      const std::size_t begin = first_of_feature_[i];
      for (std::size_t j = begin; j < first_of_feature_[i + 1]; ++j) {
        AddScaled(occurrences_[j].value, gradient.row(occurrences_[j].sample),
                  sum.data());
      }
      const std::uint32_t feature = occurrences_[begin].feature;
      embedding_optimizer_.UpdateRow(feature, sum, embeddings_.row(feature));
    }
  }
}

}  // namespace mongoose::examples

#include "tests/eval/simhash_arm.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/base/counter_rng.h"
#include "core/base/matrix_product.h"

namespace mongoose::eval {
namespace {

constexpr std::size_t kPasses = 3;
constexpr std::size_t kBatch = 256;
constexpr float kMargin = 0.5F;
constexpr float kBalance = 0.1F;
constexpr double kLearningRate = 0.02;
constexpr double kBeta1 = 0.9;
constexpr double kBeta2 = 0.999;

// Of queries, wanted rows and other rows.
constexpr std::size_t kOfTriplet = 3;
using Soft = std::array<std::vector<float>, kOfTriplet>;

// Of the hinge of every triplet and table, by the soft bits.
Soft HingeGradients(const SimHashShape& shape, const Soft& bits) {
  Soft gradients;
  for (auto& part : gradients) part.assign(bits[0].size(), 0.0F);
  const float share = 1.0F / static_cast<float>(shape.bits);
  for (std::size_t first = 0; first < bits[0].size(); first += shape.bits) {
    float loss = kMargin;
    for (std::size_t b = first; b < first + shape.bits; ++b) {
      loss += share * bits[0][b] * (bits[2][b] - bits[1][b]);
    }
    if (loss <= 0) continue;
    for (std::size_t b = first; b < first + shape.bits; ++b) {
      gradients[0][b] = share * (bits[2][b] - bits[1][b]);
      gradients[1][b] = -share * bits[0][b];
      gradients[2][b] = share * bits[0][b];
    }
  }
  return gradients;
}

// Of kBalance times the squared mean of each bit.
void AddBalance(std::size_t width, std::span<const float> bits,
                std::span<float> gradient) {
  const std::size_t count = bits.size() / width;
  for (std::size_t d = 0; d < width; ++d) {
    float mean = 0;
    for (std::size_t i = d; i < bits.size(); i += width) mean += bits[i];
    mean /= static_cast<float>(count);
    for (std::size_t i = d; i < bits.size(); i += width) {
      gradient[i] += 2 * kBalance * mean;
    }
  }
}

// Found of the `candidates` rows with most hits; ties by their share.
double CountFound(std::span<const std::uint8_t> hits,
                  std::span<const std::size_t> histogram,
                  std::span<const RowId> wanted, double candidates) {
  // Rows of more than `least` hits all fit, of those with `least` a part.
  std::size_t least = histogram.size() - 1;
  double room = candidates;
  while (least > 0 && static_cast<double>(histogram[least]) <= room) {
    room -= static_cast<double>(histogram[least--]);
  }
  const double part =
      least == 0 ? 0 : room / static_cast<double>(histogram[least]);
  double found = 0;
  for (const RowId row : wanted) {
    if (hits[row] > least) found += 1;
    if (hits[row] == least) found += part;
  }
  return found;
}

}  // namespace

// Unit vectors, [count, dim] each.
struct SimHashArm::Triplets {
  std::vector<float> queries;
  std::vector<float> wanted;
  std::vector<float> others;
  std::size_t count = 0;
};

SimHashArm::SimHashArm(const SimHashShape& shape, MatrixView<const float> rows,
                       std::uint64_t seed)
    : shape_(shape), rows_(rows), seed_(seed), mean_(rows.cols(), 0.0F) {
  if (shape.centre) {
    std::vector<double> sum(rows.cols());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      for (std::size_t c = 0; c < sum.size(); ++c) sum[c] += rows.row(i)[c];
    }
    std::ranges::transform(sum, mean_.begin(), [&](double s) {
      return static_cast<float>(s / static_cast<double>(rows.rows()));
    });
  }
  CounterRng rng(seed, 0);
  directions_.resize(num_directions() * rows.cols());
  for (float& value : directions_) {
    value = static_cast<float>(rng.NextGaussian());
  }
  momentum_.resize(directions_.size());
  square_.resize(directions_.size());
}

std::vector<float> SimHashArm::Unit(std::span<const float> vector,
                                    bool is_row) const {
  std::vector<float> unit(vector.begin(), vector.end());
  double square = 0;
  for (std::size_t c = 0; c < unit.size(); ++c) {
    unit[c] -= is_row ? mean_[c] : 0.0F;
    square += double{unit[c]} * double{unit[c]};
  }
  const auto scale = static_cast<float>(1 / std::sqrt(std::max(square, 1e-30)));
  for (float& value : unit) value *= scale;
  return unit;
}

std::vector<float> SimHashArm::Project(std::span<const float> vectors) const {
  const std::size_t dim = rows_.cols();
  const std::size_t count = vectors.size() / dim;
  std::vector<float> out(count * num_directions());
  Multiply({count, num_directions(), dim}, {vectors.data(), dim},
           {directions_.data(), dim, true}, {out.data(), num_directions()});
  return out;
}

void SimHashArm::Learn(const QueryTruths& training) {
  CounterRng rng(seed_, 1);
  const auto num_queries = static_cast<std::uint32_t>(training.size());
  constexpr auto kWanted = static_cast<std::uint32_t>(QueryTruths::kMaxRows);
  const std::size_t num_batches =
      kPasses * num_queries * QueryTruths::kMaxRows / kBatch;
  for (std::size_t batch = 0; batch < num_batches; ++batch) {
    Triplets triplets;
    while (triplets.count < kBatch) {
      const std::uint32_t q = rng.NextBelow(num_queries);
      const auto wanted = training.rows(q);
      const RowId other =
          triplets.count % 2 == 0
              ? rng.NextBelow(static_cast<std::uint32_t>(rows_.rows()))
              : training.rows(
                    rng.NextBelow(num_queries))[rng.NextBelow(kWanted)];
      const RowId near = wanted[rng.NextBelow(kWanted)];
      if (std::ranges::count(wanted, other) > 0) continue;
      const auto append = [](std::vector<float>& to,
                             const std::vector<float>& unit) {
        to.insert(to.end(), unit.begin(), unit.end());
      };
      append(triplets.queries, Unit(training.queries().row(q), false));
      append(triplets.wanted, Unit(rows_.row(near), true));
      append(triplets.others, Unit(rows_.row(other), true));
      ++triplets.count;
    }
    Step(triplets);
  }
}

void SimHashArm::Step(const Triplets& batch) {
  const std::array<const std::vector<float>*, kOfTriplet> inputs = {
      &batch.queries, &batch.wanted, &batch.others};
  Soft bits;
  for (std::size_t k = 0; k < kOfTriplet; ++k) {
    bits[k] = Project(*inputs[k]);
    for (float& bit : bits[k]) bit = std::tanh(bit);
  }
  const std::size_t width = num_directions();
  Soft gradients = HingeGradients(shape_, bits);
  AddBalance(width, bits[1], gradients[1]);
  AddBalance(width, bits[2], gradients[2]);
  std::vector<float> gradient(directions_.size(), 0.0F);
  for (std::size_t k = 0; k < kOfTriplet; ++k) {
    for (std::size_t b = 0; b < bits[k].size(); ++b) {
      gradients[k][b] *=
          (1 - bits[k][b] * bits[k][b]) / static_cast<float>(batch.count);
    }
    Multiply({width, rows_.cols(), batch.count},
             {gradients[k].data(), width, true},
             {inputs[k]->data(), rows_.cols()},
             {gradient.data(), rows_.cols(), true});
  }
  TakeAdamStep(gradient);
}

void SimHashArm::TakeAdamStep(std::span<const float> gradient) {
  const auto t = static_cast<double>(++steps_);
  const double scale = kLearningRate * std::sqrt(1 - std::pow(kBeta2, t)) /
                       (1 - std::pow(kBeta1, t));
  for (std::size_t i = 0; i < directions_.size(); ++i) {
    momentum_[i] +=
        static_cast<float>(1 - kBeta1) * (gradient[i] - momentum_[i]);
    square_[i] += static_cast<float>(1 - kBeta2) *
                  (gradient[i] * gradient[i] - square_[i]);
    directions_[i] -= static_cast<float>(scale) * momentum_[i] /
                      (std::sqrt(square_[i]) + 1e-8F);
  }
}

std::vector<std::uint16_t> SimHashArm::Codes(
    std::span<const float> vectors) const {
  const std::vector<float> projected = Project(vectors);
  std::vector<std::uint16_t> codes(projected.size() / shape_.bits);
  for (std::size_t i = 0; i < projected.size(); ++i) {
    if (projected[i] > 0) {
      codes[i / shape_.bits] |=
          static_cast<std::uint16_t>(1U << (i % shape_.bits));
    }
  }
  return codes;
}

std::vector<std::uint16_t> SimHashArm::RowCodes() const {
  constexpr std::size_t kRowsPerBlock = 1024;
  std::vector<std::uint16_t> codes;
  codes.reserve(rows_.rows() * shape_.tables);
  std::vector<float> block;
  for (std::size_t i = 0; i < rows_.rows(); ++i) {
    const auto unit = Unit(rows_.row(i), true);
    block.insert(block.end(), unit.begin(), unit.end());
    if (i + 1 == rows_.rows() || (i + 1) % kRowsPerBlock == 0) {
      const auto of_block = Codes(block);
      codes.insert(codes.end(), of_block.begin(), of_block.end());
      block.clear();
    }
  }
  return codes;
}

std::vector<SimHashArm::Recalls> SimHashArm::Recall(
    MatrixView<const float> queries, std::span<const RowId> nearest,
    std::span<const double> candidates) const {
  const std::vector<std::uint16_t> row_codes = RowCodes();
  const std::size_t k = nearest.size() / queries.rows();
  std::vector<Recalls> recalls(candidates.size());
  std::vector<std::uint8_t> hits(rows_.rows());
  for (std::size_t q = 0; q < queries.rows(); ++q) {
    const auto code = Codes(Unit(queries.row(q), false));
    std::vector<std::size_t> histogram(shape_.tables + 1);
    for (std::size_t i = 0; i < hits.size(); ++i) {
      std::size_t count = 0;
      for (std::size_t t = 0; t < shape_.tables; ++t) {
        count += row_codes[i * shape_.tables + t] == code[t] ? 1 : 0;
      }
      hits[i] = static_cast<std::uint8_t>(count);
      ++histogram[count];
    }
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const auto recall_at = [&](std::size_t count) {
        return CountFound(hits, histogram, nearest.subspan(q * k, count),
                          candidates[c]) /
               static_cast<double>(count * queries.rows());
      };
      recalls[c].at_10 += recall_at(10);
      recalls[c].at_k += recall_at(k);
    }
  }
  return recalls;
}

}  // namespace mongoose::eval

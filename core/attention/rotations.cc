#include "core/attention/rotations.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/aligned_vector.h"
#include "core/base/check_range.h"
#include "core/base/counter_rng.h"
#include "core/base/status_macros.h"
#include "core/hash/integer_kernels.h"

namespace mongoose {
namespace {

// The position of the largest of `rounds`-strided products and their negatives,
// the lowest of equals.
std::uint16_t LargestSigned(const float* products, std::size_t stride,
                            std::size_t count) {
  float best = products[0];
  float least = products[0];
  std::size_t best_at = 0;
  std::size_t least_at = 0;
  for (std::size_t i = 1; i < count; ++i) {
    const float product = products[i * stride];
    if (product > best) {
      best = product;
      best_at = i;
    }
    if (product < least) {
      least = product;
      least_at = i;
    }
  }
  return static_cast<std::uint16_t>(best >= -least ? best_at
                                                   : count + least_at);
}

}  // namespace

absl::Status ValidateRotationShape(const RotationShape& shape) {
  RETURN_IF_ERROR(CheckRange("dim", shape.dim, 1, 1040));
  RETURN_IF_ERROR(CheckRange("attention.num_rounds", shape.num_rounds, 1, 64));
  RETURN_IF_ERROR(
      CheckRange("attention.max_buckets", shape.max_buckets, 2, 32768));
  if (shape.max_buckets % 2 != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "attention.max_buckets must be even, got ", shape.max_buckets));
  }
  return CheckRange("attention.num_rounds * attention.max_buckets / 2",
                    shape.num_directions(), 1, RotationShape::kMaxDirections);
}

std::vector<float> DrawDirections(const RotationShape& shape,
                                  std::uint64_t seed) {
  std::vector<float> directions(shape.num_directions() * shape.dim);
  CounterRng rng(seed, 0);
  for (float& value : directions) {
    value = static_cast<float>(rng.NextGaussian());
  }
  return directions;
}

Rotations::Rotations(const RotationShape& shape,
                     std::span<const float> directions)
    : shape_(shape), directions_(directions.size()) {
  assert(directions.size() == shape.num_directions() * shape.dim);
  // One step for all, so that products compare without it.
  RoundToAmplitude(directions, IntegerGemm::Amplitude(shape_.dim),
                   directions_.data());
  const std::size_t all = shape_.max_buckets / 2;
  for (std::size_t part = 1; part < all; part *= 2) {
    products_.push_back(MakeProducts(part));
  }
  products_.push_back(MakeProducts(all));
}

const IntegerGemm& Rotations::ProductsFor(std::size_t num_buckets) const {
  assert(num_buckets % 2 == 0 && num_buckets >= 2 &&
         num_buckets <= shape_.max_buckets);
  const auto power =
      static_cast<std::size_t>(std::bit_width(num_buckets / 2 - 1));
  return *products_[std::min(power, products_.size() - 1)];
}

std::unique_ptr<const IntegerGemm> Rotations::MakeProducts(
    std::size_t per_round) const {
  const std::size_t used = per_round * shape_.num_rounds;
  const std::size_t rows = IntegerGemm::PaddedCols(shape_.dim);
  const std::size_t columns = IntegerGemm::PaddedColumns(used);
  std::vector<std::int8_t> matrix(rows * columns, 0);
  for (std::size_t d = 0; d < used; ++d) {
    for (std::size_t c = 0; c < shape_.dim; ++c) {
      matrix[c * columns + d] = directions_[d * shape_.dim + c];
    }
  }
  return std::make_unique<const IntegerGemm>(matrix, rows, columns);
}

void Rotations::AssignBlock(const IntegerGemm& gemm,
                            MatrixView<const float> vectors,
                            std::size_t num_buckets,
                            std::span<std::uint16_t> buckets) const {
  assert(buckets.size() == vectors.rows() * shape_.num_rounds);
  const std::size_t count = vectors.rows();
  const std::size_t block = IntegerGemm::BlockRows(count);
  thread_local AlignedVector<std::int8_t> rounded;
  thread_local AlignedVector<float> products;
  rounded.assign(block * gemm.cols(), 0);
  products.resize(std::max(products.size(), block * gemm.columns()));
  for (std::size_t v = 0; v < count; ++v) {
    RoundToAmplitude(vectors.row(v), IntegerGemm::Amplitude(shape_.dim),
                     &rounded[v * gemm.cols()]);
  }
  gemm.Multiply(rounded, count, products);
  const std::size_t rounds = shape_.num_rounds;
  for (std::size_t v = 0; v < count; ++v) {
    for (std::size_t r = 0; r < rounds; ++r) {
      buckets[v * rounds + r] = LargestSigned(&products[v * gemm.columns() + r],
                                              rounds, num_buckets / 2);
    }
  }
}

}  // namespace mongoose

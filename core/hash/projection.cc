#include "core/hash/projection.h"

#include <cassert>
#include <utility>

#include "core/base/status_macros.h"
#include "core/hash/dense_projection.h"
#include "core/hash/integer_projection.h"
#include "core/hash/orthogonal_projection.h"
#include "core/hash/wta_projection.h"

namespace mongoose {

namespace {

// REQUIRES: the spec is valid.
std::shared_ptr<const Projection> CreateFloat32(const HashSpec& spec,
                                                Means means) {
  switch (spec.family) {
    case HashFamily::kOrthogonal:
      return std::make_shared<OrthogonalProjection>(spec, std::move(means));
    case HashFamily::kDenseGaussian:
    case HashFamily::kDenseSign:
      return std::make_shared<DenseProjection>(spec, std::move(means));
    case HashFamily::kDensifiedWta:
      return std::make_shared<WtaProjection>(spec, std::move(means));
    case HashFamily::kPartition:
      break;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Projection>> CreateProjection(
    const HashSpec& spec, Means means) {
  RETURN_IF_ERROR(ValidateHashSpec(spec));
  if (spec.is_partition()) {
    return absl::InvalidArgumentError(
        "hash.family PARTITION is learned from rows, not drawn from a seed");
  }
  assert(means.rows.empty() || means.rows.size() == spec.cols);
  assert(means.queries.empty() || means.queries.size() == spec.cols);
  if (spec.profile == NumericProfile::kFloat32) {
    return CreateFloat32(spec, std::move(means));
  }
  return std::make_shared<IntegerProjection>(spec, std::move(means),
                                             *CreateFloat32(spec, {}));
}

std::shared_ptr<const Projection> ProjectionOf(
    const HashSpec& spec, Means means, std::span<const float> directions) {
  assert(spec.family == HashFamily::kDenseGaussian);
  if (spec.profile == NumericProfile::kFloat32) {
    return std::make_shared<DenseProjection>(spec, std::move(means),
                                             directions);
  }
  return std::make_shared<IntegerProjection>(
      spec, std::move(means), DenseProjection(spec, {}, directions));
}

}  // namespace mongoose

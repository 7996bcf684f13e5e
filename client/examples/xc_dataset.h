// Points of an extreme-classification task: sparse features and label sets.
//
// The text format is that of the extreme-classification repository: a header
// `N D L` (points, features, labels), then N lines
// `label,label feature:value feature:value`, ids from 0.  The label field may
// be empty, and then the line begins with a blank; a point may have no feature.
#ifndef MONGOOSE_CLIENT_EXAMPLES_XC_DATASET_H_
#define MONGOOSE_CLIENT_EXAMPLES_XC_DATASET_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace mongoose::examples {

// Lists of ids, one a sample, end to end.
struct IdLists {
  std::vector<std::uint32_t> offsets{0};  // [count + 1], not decreasing
  std::vector<std::uint32_t> ids;         // [offsets.back()]

  std::size_t count() const { return offsets.size() - 1; }
  std::span<const std::uint32_t> list(std::size_t i) const {
    return std::span(ids).subspan(offsets[i], offsets[i + 1] - offsets[i]);
  }
  void Append(std::span<const std::uint32_t> list) {
    ids.insert(ids.end(), list.begin(), list.end());
    offsets.push_back(static_cast<std::uint32_t>(ids.size()));
  }
};

// A set of points, or the part of one that makes a batch.
struct XcPoints {
  IdLists features;
  std::vector<float> feature_values;  // [features.ids.size()]
  IdLists labels;

  std::size_t count() const { return labels.count(); }
  std::span<const float> values(std::size_t i) const {
    return std::span(feature_values)
        .subspan(features.offsets[i],
                 features.offsets[i + 1] - features.offsets[i]);
  }
};

struct XcDataset {
  std::uint32_t num_features = 0;
  std::uint32_t num_labels = 0;
  XcPoints points;
};

// InvalidArgument with the line number when `text` is not of the format, an
// id is out of range or a value is not finite.
absl::StatusOr<XcDataset> ParseXc(std::string_view text);

// NotFound when the file cannot be read; otherwise ParseXc with the path put
// before its message.
absl::StatusOr<XcDataset> ReadXcFile(const std::string& path);

// The points of the given ranks, in that order.
// REQUIRES: each rank < points.count().
XcPoints SelectPoints(const XcPoints& points,
                      std::span<const std::uint32_t> ranks);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_XC_DATASET_H_

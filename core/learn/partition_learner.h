// Finds the anchors of a partition by k-means over directions.
#ifndef MONGOOSE_CORE_LEARN_PARTITION_LEARNER_H_
#define MONGOOSE_CORE_LEARN_PARTITION_LEARNER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "core/backend/backend.h"
#include "core/base/frozen_rows.h"
#include "core/hash/hash_spec.h"
#include "core/hash/partition_projection.h"

namespace mongoose {

// Assigns sampled rows to the anchor of largest cosine and moves each anchor
// to the mean of its rows, a few times: spherical k-means [Dhillon and Modha
// 2001], but means are of the rows as they are, so that their lengths count.
// A cell that loses all rows takes half of the largest one.
//
// Starts from random rows, and reads more of them in the later passes; or from
// `start` when it is given: then few passes over the smaller sample will do,
// and a learned router is carried over.  Equal arguments give equal anchors on
// every machine and any number of threads.  O(rows read * num_buckets * cols)
// byte products; at most 4,160 rows are read a cell at first, 320 after a
// start.
//
// Errors are those of the backend.  REQUIRES: a valid PARTITION spec whose
// cols are those of the rows.
absl::StatusOr<std::shared_ptr<const PartitionProjection>> LearnPartition(
    const HashSpec& spec, const FrozenRows& rows,
    const PartitionProjection* start, const Backend& backend);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_PARTITION_LEARNER_H_

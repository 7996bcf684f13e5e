#ifndef MONGOOSE_SERVER_INDEX_SERIES_H_
#define MONGOOSE_SERVER_INDEX_SERIES_H_

#include <span>

#include <prometheus/metric_type.h>

#include "core/index/index_status.h"
#include "server/metric_names.h"

namespace mongoose::server {

// One series of each index, label `index`, read from its status.
struct IndexSeries {
  metric::Info info;
  prometheus::MetricType type;
  double (*value)(const IndexStatus&);
  bool of_attention = false;  // shown of attention indexes too
};

std::span<const IndexSeries> AllIndexSeries();

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_INDEX_SERIES_H_

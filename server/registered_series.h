#ifndef MONGOOSE_SERVER_REGISTERED_SERIES_H_
#define MONGOOSE_SERVER_REGISTERED_SERIES_H_

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "server/metric_names.h"

namespace mongoose::server {

inline prometheus::Counter& AddCounter(prometheus::Registry& registry,
                                       const metric::Info& info,
                                       const prometheus::Labels& labels) {
  return prometheus::BuildCounter()
      .Name(info.name)
      .Help(info.help)
      .Register(registry)
      .Add(labels);
}

// Bounds from 50 us, doubled up to 13 s.
inline prometheus::Histogram& AddSeconds(prometheus::Registry& registry,
                                         const metric::Info& info,
                                         const prometheus::Labels& labels) {
  prometheus::Histogram::BucketBoundaries bounds;
  for (double bound = 50e-6; bounds.size() < 19; bound *= 2) {
    bounds.push_back(bound);
  }
  return prometheus::BuildHistogram()
      .Name(info.name)
      .Help(info.help)
      .Register(registry)
      .Add(labels, bounds);
}

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_REGISTERED_SERIES_H_

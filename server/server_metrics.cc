#include "server/server_metrics.h"

#include <utility>
#include <vector>

#include <prometheus/gauge.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "server/metric_names.h"
#include "server/registered_series.h"
#include "server/stage_names.h"

namespace mongoose::server {
namespace {

prometheus::Histogram& AddStage(prometheus::Registry& registry,
                                const std::string& stage) {
  return AddSeconds(registry, metric::kStageSeconds, {{"stage", stage}});
}

}  // namespace

ServerMetrics::ServerMetrics(StateSources sources,
                             const std::string& rehash_backend)
    : state_(std::move(sources)),
      queue_seconds_(AddStage(registry_, "queue")),
      encode_seconds_(AddStage(registry_, "encode")) {
  for (std::size_t stage = 0; stage < kNumQueryStages; ++stage) {
    stage_seconds_[stage] = &AddStage(registry_, kStageNames[stage]);
  }
  prometheus::BuildGauge()
      .Name(metric::kBuildInfo.name)
      .Help(metric::kBuildInfo.help)
      .Register(registry_)
      .Add({{"version", MONGOOSE_VERSION}, {"backend", rehash_backend}})
      .Set(1);
}

void ServerMetrics::ObserveStages(const StageSeconds& stage_seconds,
                                  double encode_seconds) {
  for (std::size_t stage = 0; stage < kNumQueryStages; ++stage) {
    stage_seconds_[stage]->Observe(stage_seconds[stage]);
  }
  encode_seconds_.Observe(encode_seconds);
}

std::string ServerMetrics::Serialize() const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  for (auto& family : state_.Collect()) families.push_back(std::move(family));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace mongoose::server

#include "server/index_series.h"

namespace mongoose::server {
namespace {

using Status = const IndexStatus&;
constexpr auto kGauge = prometheus::MetricType::Gauge;
constexpr auto kCounter = prometheus::MetricType::Counter;

constexpr IndexSeries kSeries[] = {
    {metric::kIndexVersion, kGauge,
     [](Status s) { return static_cast<double>(s.state.index_version); },
     /*of_attention=*/true},
    {metric::kIndexStalenessRatio, kGauge,
     [](Status s) { return static_cast<double>(s.state.staleness); }},
    {metric::kIndexSampledStalenessRatio, kGauge,
     [](Status s) { return static_cast<double>(s.rehash.sampled_staleness); }},
    {metric::kIndexRowsSet, kGauge,
     [](Status s) { return static_cast<double>(s.replica.rows_set); }},
    {metric::kIndexDirtyRows, kGauge,
     [](Status s) { return static_cast<double>(s.replica.dirty_rows); }},
    {metric::kIndexMemoryBytes, kGauge,
     [](Status s) { return static_cast<double>(s.memory_bytes); },
     /*of_attention=*/true},
    {metric::kIndexHotRows, kGauge,
     [](Status s) { return static_cast<double>(s.hot_rows); }},
    {metric::kRecallAt10Ratio, kGauge,
     [](Status s) { return s.recall.recall; }},
    {metric::kRecallTargetRatio, kGauge,
     [](Status s) { return s.recall_target; }},
    {metric::kRecallProbes, kCounter,
     [](Status s) { return static_cast<double>(s.recall.samples); }},
    {metric::kUpdateChunks, kCounter,
     [](Status s) { return static_cast<double>(s.replica.applied_sequence); }},
    {metric::kUpdateRows, kCounter,
     [](Status s) { return static_cast<double>(s.replica.rows_updated); }},
    {metric::kUpdateLagChunks, kGauge,
     [](Status s) {
       return static_cast<double>(s.state.applied_sequence -
                                  s.state.hashed_sequence);
     }},
    {metric::kTrainingSteps, kCounter,
     [](Status s) { return static_cast<double>(s.replica.steps); }},
    {metric::kRehashedRows, kCounter,
     [](Status s) { return static_cast<double>(s.rehash.rows_rehashed); }},
    {metric::kCopiedRows, kCounter,
     [](Status s) { return static_cast<double>(s.rehash.rows_copied); }},
    {metric::kRebuilds, kCounter,
     [](Status s) { return static_cast<double>(s.rehash.rebuilds); }},
    {metric::kPartialRehashes, kCounter,
     [](Status s) { return static_cast<double>(s.rehash.partial_rehashes); }},
    {metric::kRebuildFailures, kCounter,
     [](Status s) { return static_cast<double>(s.rehash.failed_rebuilds); }},
    {metric::kLearnQueries, kGauge,
     [](Status s) { return static_cast<double>(s.learning.training_queries); },
     /*of_attention=*/true},
    {metric::kLearnAdopted, kCounter,
     [](Status s) { return static_cast<double>(s.learning.adopted); },
     /*of_attention=*/true},
    {metric::kLearnRefused, kCounter,
     [](Status s) { return static_cast<double>(s.learning.refused); },
     /*of_attention=*/true},
    {metric::kLearnDropped, kCounter,
     [](Status s) { return static_cast<double>(s.learning.dropped); }},
    {metric::kLearnSeconds, kCounter,
     [](Status s) { return s.learning.seconds; }, /*of_attention=*/true},
    {metric::kGateCurrentRecallRatio, kGauge,
     [](Status s) { return s.learning.last.current.all; },
     /*of_attention=*/true},
    {metric::kGateCandidateRecallRatio, kGauge,
     [](Status s) { return s.learning.last.candidate.all; },
     /*of_attention=*/true},
    {metric::kGateHotListRecallRatio, kGauge,
     [](Status s) { return s.learning.last.hot_list.all; },
     /*of_attention=*/true},
    {metric::kGateCurrentRareRecallRatio, kGauge,
     [](Status s) { return s.learning.last.current.without_hubs; }},
    {metric::kGateCandidateRareRecallRatio, kGauge,
     [](Status s) { return s.learning.last.candidate.without_hubs; }},
    {metric::kRebuildSeconds, kCounter,
     [](Status s) { return s.rehash.rebuild_seconds; }},
    {metric::kIndexRows, kGauge,
     [](Status s) { return static_cast<double>(s.num_rows); }},
    {metric::kIndexSnapshotAgeSeconds, kGauge,
     [](Status s) { return s.rehash.snapshot_age_seconds; }},
    {metric::kIndexRehashRunningSeconds, kGauge,
     [](Status s) { return s.rehash.running_seconds; }},
    {metric::kIndexLargestBucketRows, kGauge,
     [](Status s) {
       return static_cast<double>(s.rehash.bucket_sizes.largest);
     }},
    {metric::kIndexExpectedBucketRows, kGauge,
     [](Status s) { return s.rehash.bucket_sizes.expected; }},
    {metric::kIndexCalibrationRatio, kGauge,
     [](Status s) { return static_cast<double>(s.replica.calibration); }},
    {metric::kQueries, kCounter,
     [](Status s) { return static_cast<double>(s.queries.queries); }},
    {metric::kCandidates, kCounter,
     [](Status s) { return static_cast<double>(s.queries.candidates); }},
    {metric::kActiveRows, kCounter,
     [](Status s) { return static_cast<double>(s.queries.active_rows); }},
};

}  // namespace

std::span<const IndexSeries> AllIndexSeries() { return kSeries; }

}  // namespace mongoose::server

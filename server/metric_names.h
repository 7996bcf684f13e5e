// Every series of /metrics: name, kind, help and labels.  docs/metrics.md
// explains them; tests/server/test_operations.py holds the two together.
#ifndef MONGOOSE_SERVER_METRIC_NAMES_H_
#define MONGOOSE_SERVER_METRIC_NAMES_H_

namespace mongoose::server::metric {

// Labels have few values: those of grpc_* are this service's methods and
// gRPC's codes; `index` has at most limits.max_indexes.
struct Info {
  const char* name;
  const char* help;
};

inline constexpr Info kRpcStarted{"grpc_server_started_total", "RPCs started"};
inline constexpr Info kRpcHandled{"grpc_server_handled_total",
                                  "RPCs ended, by status code"};
inline constexpr Info kMessagesReceived{"grpc_server_msg_received_total",
                                        "Messages received"};
inline constexpr Info kMessagesSent{"grpc_server_msg_sent_total",
                                    "Messages sent"};
inline constexpr Info kRpcSeconds{"grpc_server_handling_seconds",
                                  "Time from the start of an RPC to its end"};
inline constexpr Info kBytesReceived{"mongoose_received_bytes_total",
                                     "Bytes of messages received"};
inline constexpr Info kBytesSent{"mongoose_sent_bytes_total",
                                 "Bytes of messages sent"};
inline constexpr Info kStageSeconds{
    "mongoose_query_stage_seconds",
    "Time of a query batch by stage, summed over threads; queue: of any call"};

inline constexpr Info kQueueLength{"mongoose_queue_length",
                                   "Calls waiting for a thread"};
inline constexpr Info kQueueLimit{"mongoose_queue_limit",
                                  "Calls that may wait"};

inline constexpr Info kBuildInfo{"mongoose_build_info",
                                 "1; labels describe the binary"};
inline constexpr Info kCpuSeconds{"process_cpu_seconds_total",
                                  "User and system time of the process"};
inline constexpr Info kResidentBytes{"process_resident_memory_bytes",
                                     "Memory of the process in RAM"};
inline constexpr Info kStartTime{"process_start_time_seconds",
                                 "Start of the process, Unix time"};
inline constexpr Info kOpenFiles{"process_open_fds", "Open file descriptors"};
inline constexpr Info kMaxFiles{"process_max_fds",
                                "File descriptors that may be open"};
inline constexpr Info kThreads{"process_threads", "Threads of the process"};
inline constexpr Info kAllocatorBytes{
    "mongoose_allocator_bytes",
    "Memory of the allocator by state; none without jemalloc"};
inline constexpr Info kMemoryLimit{
    "mongoose_memory_limit_bytes",
    "Memory that indexes together, and the process, may take"};
inline constexpr Info kLinesSuppressed{
    "mongoose_log_suppressed_total",
    "Log lines of calls left out for their number"};

// Of each index.
inline constexpr Info kIndexVersion{"mongoose_index_version",
                                    "Published snapshots"};
inline constexpr Info kIndexStalenessRatio{"mongoose_index_staleness_ratio",
                                           "Predicted staleness, calibrated"};
inline constexpr Info kIndexSampledStalenessRatio{
    "mongoose_index_sampled_staleness_ratio",
    "Staleness measured on the last sample"};
inline constexpr Info kIndexRowsSet{"mongoose_index_rows_set",
                                    "Rows set at least once"};
inline constexpr Info kIndexDirtyRows{"mongoose_index_dirty_rows",
                                      "Rows stale beyond the row threshold"};
inline constexpr Info kIndexMemoryBytes{"mongoose_index_memory_bytes",
                                        "Replica, codes, tables and drift"};
inline constexpr Info kIndexHotRows{"mongoose_index_hot_rows",
                                    "Rows in the hot list"};
inline constexpr Info kRecallAt10Ratio{
    "mongoose_recall_at_10_ratio",
    "Live recall of the exact top 10, mean of recent probes"};
inline constexpr Info kRecallTargetRatio{
    "mongoose_recall_target_ratio",
    "Recall below which operators are warned, of the index's spec"};
inline constexpr Info kRecallProbes{"mongoose_recall_probes_total",
                                    "Queries searched exactly"};
inline constexpr Info kUpdateChunks{"mongoose_update_chunks_total",
                                    "Update chunks applied"};
inline constexpr Info kUpdateRows{"mongoose_update_rows_total",
                                  "Row changes applied"};
inline constexpr Info kUpdateLagChunks{"mongoose_update_lag_chunks",
                                       "Chunks applied but not yet hashed"};
inline constexpr Info kTrainingSteps{"mongoose_training_steps_total",
                                     "Training steps seen"};
inline constexpr Info kRehashedRows{"mongoose_rehashed_rows_total",
                                    "Row hashes computed for snapshots"};
inline constexpr Info kCopiedRows{
    "mongoose_copied_rows_total",
    "Rows whose values the cells took without hashing them"};
inline constexpr Info kRebuilds{"mongoose_rebuilds_total",
                                "Snapshots that re-hashed every row"};
inline constexpr Info kPartialRehashes{"mongoose_partial_rehashes_total",
                                       "Snapshots that re-hashed some rows"};
inline constexpr Info kRebuildFailures{"mongoose_rebuild_failures_total",
                                       "Rebuilds that failed"};
inline constexpr Info kLearnQueries{"mongoose_learn_queries",
                                    "Queries kept to learn from"};
inline constexpr Info kLearnAdopted{"mongoose_learn_adopted_total",
                                    "Learned functions published"};
inline constexpr Info kLearnRefused{"mongoose_learn_refused_total",
                                    "Learned functions dropped"};
inline constexpr Info kLearnDropped{
    "mongoose_learn_dropped_total",
    "Adopted functions given up for the anchors alone"};
inline constexpr Info kLearnSeconds{"mongoose_learn_seconds_total",
                                    "Time spent on learning and judging"};
inline constexpr Info kGateCurrentRecallRatio{
    "mongoose_gate_current_recall_ratio",
    "Recall of the functions in use when the newest candidate was judged"};
inline constexpr Info kGateCandidateRecallRatio{
    "mongoose_gate_candidate_recall_ratio", "Recall of the newest candidate"};
inline constexpr Info kGateHotListRecallRatio{
    "mongoose_gate_hot_list_recall_ratio",
    "Recall of a static list of equally many rows then"};
inline constexpr Info kGateCurrentRareRecallRatio{
    "mongoose_gate_current_rare_recall_ratio",
    "The same of the functions in use, without hub rows"};
inline constexpr Info kGateCandidateRareRecallRatio{
    "mongoose_gate_candidate_rare_recall_ratio",
    "The same of the candidate, without hub rows"};
inline constexpr Info kRebuildSeconds{
    "mongoose_rebuild_seconds_total",
    "Time spent re-hashing and building tables"};
inline constexpr Info kIndexRows{"mongoose_index_rows",
                                 "Rows the index is for"};
inline constexpr Info kIndexSnapshotAgeSeconds{
    "mongoose_index_snapshot_age_seconds",
    "Time since the rows of the snapshot were re-hashed"};
inline constexpr Info kIndexRehashRunningSeconds{
    "mongoose_index_rehash_running_seconds",
    "Time the re-hash at work has taken so far; 0: none is"};
inline constexpr Info kIndexLargestBucketRows{
    "mongoose_index_largest_bucket_rows", "Rows in the largest bucket or cell"};
inline constexpr Info kIndexExpectedBucketRows{
    "mongoose_index_expected_bucket_rows",
    "Rows in the bucket or cell of a random row"};
inline constexpr Info kIndexCalibrationRatio{
    "mongoose_index_calibration_ratio",
    "Factor between predicted and sampled staleness"};
inline constexpr Info kQueries{"mongoose_queries_total",
                               "Query vectors answered"};
inline constexpr Info kCandidates{
    "mongoose_candidates_total",
    "Rows proposed by tables or scored in cells, summed over queries"};
inline constexpr Info kActiveRows{"mongoose_active_rows_total",
                                  "Rows answered, summed over queries"};

}  // namespace mongoose::server::metric

#endif  // MONGOOSE_SERVER_METRIC_NAMES_H_

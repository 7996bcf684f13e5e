#include "server/status_codec.h"

#include "server/bucket_codec.h"
#include "server/learn_codec.h"
#include "server/spec_codec.h"

namespace mongoose::server {
namespace {

void EncodeRehash(const RehashCounts& rehash, v1::GetIndexStatusResponse& out) {
  out.set_rows_rehashed(rehash.rows_rehashed);
  out.set_rows_copied(rehash.rows_copied);
  out.set_rebuilds(rehash.rebuilds);
  out.set_partial_rehashes(rehash.partial_rehashes);
  out.set_failed_rebuilds(rehash.failed_rebuilds);
  out.set_rebuild_seconds(rehash.rebuild_seconds);
  out.set_sampled_staleness(rehash.sampled_staleness);
  out.set_last_action(rehash.last_action);
  out.set_last_reason(rehash.last_reason);
}

void EncodeNeuronStatus(const NeuronIndex& index,
                        v1::GetIndexStatusResponse& out) {
  const IndexStatus status = index.status();
  EncodeState(status.state, *out.mutable_state());
  EncodeRehash(status.rehash, out);
  out.set_rows_set(status.replica.rows_set);
  out.set_steps(status.replica.steps);
  out.set_dirty_rows(status.replica.dirty_rows);
  out.set_rows_updated(status.replica.rows_updated);
  out.set_calibration(status.replica.calibration);
  out.set_recall_at_10(static_cast<float>(status.recall.recall));
  out.set_recall_samples(status.recall.samples);
  out.set_memory_bytes(status.memory_bytes);
  out.set_hot_rows(status.hot_rows);
  EncodeLearnStatus(status.learning, *out.mutable_learning());
}

void EncodeAttentionStatus(const AttentionIndex& index,
                           v1::GetIndexStatusResponse& out) {
  const IndexStatus status = index.status();
  out.mutable_state()->set_index_version(status.state.index_version);
  EncodeLearnStatus(status.learning, *out.mutable_learning());
  out.set_memory_bytes(status.memory_bytes);
}

}  // namespace

void EncodeState(const IndexState& state, v1::IndexState& out) {
  out.set_index_version(state.index_version);
  out.set_applied_sequence(state.applied_sequence);
  out.set_hashed_sequence(state.hashed_sequence);
  out.set_staleness(state.staleness);
}

v1::IndexSpec EncodeSpec(const IndexSpec& spec) {
  return EncodeIndexSpec(spec);
}

v1::IndexSpec EncodeSpec(const AttentionSpec& spec) {
  return EncodeAttentionSpec(spec);
}

v1::IndexSpec EncodeSpecOf(const AnyIndex& index) {
  return std::visit([](const auto& found) { return EncodeSpec(found->spec()); },
                    index);
}

void EncodeStatus(const AnyIndex& index, v1::GetIndexStatusResponse& out) {
  if (const auto* found =
          std::get_if<std::shared_ptr<AttentionIndex>>(&index)) {
    return EncodeAttentionStatus(**found, out);
  }
  EncodeNeuronStatus(*std::get<std::shared_ptr<NeuronIndex>>(index), out);
}

}  // namespace mongoose::server

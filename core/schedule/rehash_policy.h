// When to re-hash.
#ifndef MONGOOSE_CORE_SCHEDULE_REHASH_POLICY_H_
#define MONGOOSE_CORE_SCHEDULE_REHASH_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "absl/status/status.h"

namespace mongoose {

// kLearn: other functions were judged, by the learning loop and no policy.
enum class RehashAction { kKeep, kRehashRows, kRebuild, kLearn };

std::string_view RehashActionName(RehashAction action);

// What a policy may look at; plain numbers, so that decisions can be replayed.
struct IndexPulse {
  std::size_t num_rows = 0;
  std::size_t dirty_rows = 0;             // staleness >= policy.row_threshold()
  std::size_t far_rows = 0;               // of these, to be hashed
  float staleness = 0;                    // mean over all rows, [0, 1]
  std::uint64_t steps_since_rebuild = 0;  // training steps
  float sketch_changed_bits = 0;          // share of sampled code bits, [0, 1]
};

// An action and why, with the numbers compared.
struct RehashDecision {
  RehashAction action = RehashAction::kKeep;
  std::string reason;
};

// How many rows to sample, and how often, for IndexPulse::sketch_changed_bits.
struct SketchNeed {
  std::size_t sample_rows = 0;  // 0: the policy does not look at a sketch
  std::uint64_t every_steps = 1;
};

// Stateless and idempotent: the same pulse gives the same decision.
class RehashPolicy {
 public:
  virtual ~RehashPolicy() = default;
  virtual RehashDecision Decide(const IndexPulse& pulse) const = 0;
  // Staleness from which a row counts as dirty, [0, 1].
  virtual float row_threshold() const { return 1.0F; }
  // Of a PARTITION: distance from where a row was hashed, relative to its norm,
  // from which it is hashed again; 0: whenever its values are copied.
  virtual float hash_threshold() const { return 0.0F; }
  virtual SketchNeed sketch_need() const { return {}; }
};

// Re-hashes dirty rows in batches, all rows when most are to be hashed.
// Per-row tolerance as in MONGOOSE section 3.2, by drift instead of by codes.
struct DriftThresholdSpec {
  float max_row_staleness = 0.1F;
  float max_index_staleness = 0.1F;
  float rebuild_share = 0.6F;
  std::size_t min_batch_rows = 1;
  float max_cell_drift = 0.27F;  // of a PARTITION alone

  friend bool operator==(const DriftThresholdSpec&,
                         const DriftThresholdSpec&) = default;
};
// Re-hashes all rows once sampled codes have changed: the scheduler of the
// MONGOOSE reference, with Hamming distance over all bits.
struct CodeSketchSpec {
  float max_changed_bits = 0.02F;
  std::size_t sample_rows = 1024;
  std::uint64_t check_every_steps = 10;

  friend bool operator==(const CodeSketchSpec&,
                         const CodeSketchSpec&) = default;
};
// Re-hashes all rows every `steps` training steps (SLIDE's baseline).
struct EveryNSpec {
  std::uint64_t steps = 50;

  friend bool operator==(const EveryNSpec&, const EveryNSpec&) = default;
};

using RehashPolicySpec =
    std::variant<DriftThresholdSpec, CodeSketchSpec, EveryNSpec>;

// InvalidArgument with field, rule and value when the spec is out of range.
absl::Status ValidateRehashPolicy(const RehashPolicySpec& spec);
// REQUIRES: the spec is valid.
std::unique_ptr<const RehashPolicy> CreateRehashPolicy(
    const RehashPolicySpec& spec);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_REHASH_POLICY_H_

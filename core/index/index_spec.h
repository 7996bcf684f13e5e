#ifndef MONGOOSE_CORE_INDEX_INDEX_SPEC_H_
#define MONGOOSE_CORE_INDEX_INDEX_SPEC_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "core/base/frozen_rows.h"
#include "core/hash/hash_spec.h"
#include "core/index/learn_spec.h"
#include "core/query/query_plan.h"
#include "core/schedule/rehash_policy.h"

namespace mongoose {

// What a neuron index is and how it behaves; nothing is left to default.
struct IndexSpec {
  std::string name;          // [a-z0-9][a-z0-9_.-]{0,62}
  std::size_t num_rows = 0;  // 1..16777216
  std::size_t dim = 0;       // values per query, 1..4096
  bool has_bias = false;     // rows have one value more, queries get a 1
  RowType replica_type = RowType::kFloat32;
  HashSpec hash;  // hash.cols is dim, plus one with a bias
  RehashPolicySpec rehash_policy;
  QueryPlan default_plan;
  static constexpr std::size_t kMaxHotListRows = 65536;
  std::size_t hot_list_rows = 0;  // 0..kMaxHotListRows
  double probe_share = 0;         // of queries measured exactly, [0, 1]
  double recall_target = 0;       // what operators expect, [0, 1]; 0: nothing
  LearnSpec learning;

  RowLayout layout() const {
    return {.num_rows = num_rows, .cols = hash.cols, .type = replica_type};
  }

  friend bool operator==(const IndexSpec&, const IndexSpec&) = default;
};

// InvalidArgument with field, rule and value.
absl::Status ValidateIndexSpec(const IndexSpec& spec);
absl::Status ValidateIndexName(const std::string& name);

// What the index will use once it is full: replica, codes, tables and drift.
std::size_t EstimateIndexBytes(const IndexSpec& spec);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_INDEX_SPEC_H_

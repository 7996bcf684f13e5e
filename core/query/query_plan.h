#ifndef MONGOOSE_CORE_QUERY_QUERY_PLAN_H_
#define MONGOOSE_CORE_QUERY_QUERY_PLAN_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "core/hash/hash_spec.h"

namespace mongoose {

// Where candidates come from.
enum class ProposeFrom {
  kTables,  // the buckets, or the cells, of the query
  kSketch,  // the nearest sketches of all rows; cost grows with the rows
};

// How candidates are proposed, cut, ranked and composed into an answer.
struct QueryPlan {
  std::size_t num_active = 32;  // rows besides labels and tail, 0..65536
  ProposeFrom propose = ProposeFrom::kTables;
  std::size_t min_hits = 2;  // kTables: tables that must propose, 1..127
  // kTables: near buckets per table besides the query's own, 0..16; cells of a
  // PARTITION, 0..num_buckets - 1.
  std::size_t num_probes = 0;
  // Rows that reach the re-rank, >= 1; at most 65536 of kSketch or a PARTITION.
  std::size_t max_candidates = 1024;
  // By exact score; else by hits, then Hamming distance.  Always of a
  // PARTITION.
  bool rerank = true;
  std::size_t num_tail = 0;  // uniform rows outside the rest, 0..65536
  bool use_hot_list = true;  // propose the hot list; always of a PARTITION
  std::uint64_t tail_seed = 0;

  friend bool operator==(const QueryPlan&, const QueryPlan&) = default;
};

// What suits a hash family and `num_rows` rows; for a PARTITION at least the 32
// nearest cells and the cells of 10240 rows, and the best 128 of their rows by
// int8 products.  REQUIRES: the hash spec is valid.
QueryPlan DefaultQueryPlan(const HashSpec& hash, std::size_t num_rows);

// InvalidArgument with field, rule and value when a field is out of range or
// does not suit the hash family.
absl::Status ValidateQueryPlan(const QueryPlan& plan, const HashSpec& hash);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_QUERY_PLAN_H_

// Counts in how many tables each row shares a bucket with a query.
#ifndef MONGOOSE_CORE_QUERY_CANDIDATE_COUNTER_H_
#define MONGOOSE_CORE_QUERY_CANDIDATE_COUNTER_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/row_id.h"
#include "core/hash/hash_spec.h"
#include "core/table/tables.h"

namespace mongoose {

// Holds one byte per row of the index, zero between queries.  Not thread-safe:
// one per thread.
class CandidateCounter {
 public:
  explicit CandidateCounter(std::size_t num_rows) : hits_(num_rows, 0) {}

  std::size_t num_rows() const { return hits_.size(); }

  // Makes `rows` candidates whatever the tables say.
  // REQUIRES: nothing has been counted since Reset; rows distinct.
  void Propose(std::span<const RowId> rows);
  // Counts the rows of each table's bucket `codes[table]` and of `num_probes`
  // more buckets a table: those that differ in one bit, the bits of smallest
  // |margins| first.  REQUIRES: margins has bits_per_table values a table, or
  // is empty when num_probes is 0.
  void Count(const Tables& tables, std::span<const Code> codes,
             std::span<const float> margins, std::size_t num_probes);

  // Distinct candidates since Reset: the proposed ones as given, then the
  // others in order of first sight.
  std::span<const RowId> rows() const { return rows_; }
  // Buckets that held the row, at most 127.
  std::uint8_t hits(RowId row) const { return hits_[row] & kMaxHits; }
  void Reset();

 private:
  static constexpr std::uint8_t kProposed = 0x80;  // beside the count
  static constexpr std::uint8_t kMaxHits = 0x7F;

  void CountBucket(std::span<const RowId> bucket);

  std::vector<std::uint8_t> hits_;  // [num_rows]
  std::vector<RowId> rows_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_CANDIDATE_COUNTER_H_

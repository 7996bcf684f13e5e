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
  explicit CandidateCounter(std::size_t num_rows)
      : hits_(num_rows, 0), rows_(num_rows + 1) {}

  std::size_t num_rows() const { return hits_.size(); }

  // Makes `rows` candidates whatever the tables say.
  // REQUIRES: nothing has been counted since Reset; rows distinct.
  void Propose(std::span<const RowId> rows);
  // Which buckets to count besides the query's own.
  struct Probes {
    std::span<const float> margins;  // [tables * bits_per_table]
    std::size_t count = 0;           // a table
  };
  // Counts the rows of each table's bucket `codes[table]` and of probes.count
  // more buckets a table: those that differ in one bit, the bits of smallest
  // |margins| first.  Rows become candidates with their `min_hits`-th hit.
  // May be called again before Reset, which unites the candidates of several
  // queries.  REQUIRES: min_hits in 1..127, the same since Reset.
  void Count(const Tables& tables, std::span<const Code> codes,
             const Probes& probes, std::size_t min_hits);

  // Candidates since Reset: the proposed ones as given, then the others in
  // the order in which they became candidates.
  std::span<const RowId> rows() const {
    return std::span(rows_).first(num_rows_);
  }
  bool is_proposed(RowId row) const { return (hits_[row] & kProposed) != 0; }
  // Rows with a hit since Reset, apart from the proposed ones.
  std::size_t num_seen() const { return num_seen_; }
  // Buckets that held the row, at most 127.
  std::uint8_t hits(RowId row) const { return hits_[row] & kMaxHits; }
  void Reset();

 private:
  static constexpr std::uint8_t kProposed = 0x80;  // beside the count
  static constexpr std::uint8_t kMaxHits = 0x7F;

  void AddProbes(const Tables& tables, std::span<const Code> codes,
                 const Probes& probes);
  void AddBucket(const TableSegment& table, Code code, std::size_t segment);
  template <bool kSaturate>
  void CountBuckets(std::size_t first, std::size_t min_hits);

  struct Bucket {
    std::span<const LocalRow> rows;
    std::size_t first;  // row of the index that local row 0 is
  };

  std::vector<std::uint8_t> hits_;  // [num_rows]
  std::vector<RowId> rows_;         // [num_rows + 1], the first num_rows_ used
  std::size_t num_rows_ = 0;
  std::size_t num_proposed_ = 0;
  std::size_t num_seen_ = 0;
  std::size_t num_entries_ = 0;  // of buckets_
  std::vector<Bucket> buckets_;  // counted since Reset
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_CANDIDATE_COUNTER_H_

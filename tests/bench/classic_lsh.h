// The textbook layout of an LSH index: hash maps of growing id lists.
//
// A reference for what such indexes do in common use, written plainly with the
// standard library's containers, and with nothing done twice.
#ifndef MONGOOSE_TESTS_BENCH_CLASSIC_LSH_H_
#define MONGOOSE_TESTS_BENCH_CLASSIC_LSH_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/base/row_id.h"
#include "core/base/worker_pool.h"

namespace mongoose::bench {

// Codes are row-major, [rows, num_tables].  Only lookups may run at once.
class ClassicLsh {
 public:
  // Makes room for all 2^bits_per_table buckets at once.
  ClassicLsh(std::size_t bits_per_table, std::size_t num_tables);

  // Inserts rows 0, 1, ... one after another; with several threads, each
  // takes a share of the tables.
  void InsertAll(std::span<const Code> codes, WorkerPool& workers);
  void Clear();
  // Moves each row ids[i] from the buckets of old codes [i] to those of new.
  void Replace(std::span<const RowId> ids, std::span<const Code> old_codes,
               std::span<const Code> new_codes, WorkerPool& workers);

  // Adds the ids of all buckets of one query's codes to `found`.
  void Lookup(std::span<const Code> codes,
              std::unordered_set<RowId>& found) const;
  // The same with the number of buckets that held each id.
  void LookupCounts(std::span<const Code> codes,
                    std::unordered_map<RowId, std::uint32_t>& counts) const;

 private:
  using Buckets = std::unordered_map<Code, std::vector<RowId>>;

  // Calls change(first, last) for shares of the tables, one a thread.
  template <typename Change>
  void ForTableShares(WorkerPool& workers, Change change);
  static void Remove(std::vector<RowId>& bucket, RowId row);

  std::vector<Buckets> tables_;
};

}  // namespace mongoose::bench

#endif  // MONGOOSE_TESTS_BENCH_CLASSIC_LSH_H_

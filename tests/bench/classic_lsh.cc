#include "tests/bench/classic_lsh.h"

#include <algorithm>

namespace mongoose::bench {

ClassicLsh::ClassicLsh(std::size_t bits_per_table, std::size_t num_tables)
    : tables_(num_tables) {
  for (Buckets& table : tables_) {
    table.reserve(std::size_t{1} << bits_per_table);
  }
}

template <typename Change>
void ClassicLsh::ForTableShares(WorkerPool& workers, Change change) {
  const auto shares = static_cast<std::size_t>(workers.num_threads()) + 1;
  workers.ParallelFor(shares, [&](std::size_t share) {
    change(share * tables_.size() / shares,
           (share + 1) * tables_.size() / shares);
  });
}

void ClassicLsh::InsertAll(std::span<const Code> codes, WorkerPool& workers) {
  const std::size_t rows = codes.size() / tables_.size();
  ForTableShares(workers, [&](std::size_t first, std::size_t last) {
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t table = first; table < last; ++table) {
        const Code code = codes[row * tables_.size() + table];
        tables_[table][code].push_back(static_cast<RowId>(row));
      }
    }
  });
}

void ClassicLsh::Clear() {
  for (Buckets& table : tables_) table.clear();
}

void ClassicLsh::Replace(std::span<const RowId> ids,
                         std::span<const Code> old_codes,
                         std::span<const Code> new_codes, WorkerPool& workers) {
  ForTableShares(workers, [&](std::size_t first, std::size_t last) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      for (std::size_t table = first; table < last; ++table) {
        const std::size_t at = i * tables_.size() + table;
        Remove(tables_[table][old_codes[at]], ids[i]);
        tables_[table][new_codes[at]].push_back(ids[i]);
      }
    }
  });
}

void ClassicLsh::Remove(std::vector<RowId>& bucket, RowId row) {
  const auto place = std::ranges::find(bucket, row);
  if (place == bucket.end()) return;
  *place = bucket.back();  // the order within a bucket does not matter
  bucket.pop_back();
}

void ClassicLsh::Lookup(std::span<const Code> codes,
                        std::unordered_set<RowId>& found) const {
  for (std::size_t table = 0; table < tables_.size(); ++table) {
    const auto bucket = tables_[table].find(codes[table]);
    if (bucket == tables_[table].end()) continue;
    // One by one: inserting the range grows the set as if no id were there.
    for (const RowId row : bucket->second) found.insert(row);
  }
}

void ClassicLsh::LookupCounts(
    std::span<const Code> codes,
    std::unordered_map<RowId, std::uint32_t>& counts) const {
  for (std::size_t table = 0; table < tables_.size(); ++table) {
    const auto bucket = tables_[table].find(codes[table]);
    if (bucket == tables_[table].end()) continue;
    for (const RowId row : bucket->second) ++counts[row];
  }
}

}  // namespace mongoose::bench

// The buckets of all tables of one index version.
#ifndef MONGOOSE_CORE_TABLE_TABLES_H_
#define MONGOOSE_CORE_TABLE_TABLES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/base/aligned_vector.h"
#include "core/base/row_id.h"

namespace mongoose {

// Rows at a cache line boundary; not set to anything when created.
using RowList = std::vector<RowId, UninitializedAllocator<RowId>>;

// One table: code -> ascending row ids, in compressed sparse rows.  Immutable.
class Table {
 public:
  // REQUIRES: offsets has 2^bits + 1 entries, rises from 0 to ids.size().
  Table(std::vector<std::uint32_t> offsets, RowList ids)
      : offsets_(std::move(offsets)), ids_(std::move(ids)) {}

  std::size_t num_buckets() const { return offsets_.size() - 1; }
  std::span<const RowId> bucket(Code code) const {
    return std::span(ids_).subspan(offsets_[code],
                                   offsets_[code + 1U] - offsets_[code]);
  }
  // Fetches what bucket(code) will read.
  void PrefetchBucket(Code code) const { __builtin_prefetch(&offsets_[code]); }
  std::span<const std::uint32_t> offsets() const { return offsets_; }
  std::span<const RowId> ids() const { return ids_; }
  std::size_t bytes() const {
    return offsets_.size() * sizeof(std::uint32_t) +
           ids_.size() * sizeof(RowId);
  }

  friend bool operator==(const Table&, const Table&) = default;

 private:
  std::vector<std::uint32_t> offsets_;  // [buckets + 1]
  RowList ids_;                         // [rows], ascending in each bucket
};

// Tables [num_tables].  Immutable and thread-safe; a table that an update did
// not touch is shared between versions.
class Tables {
 public:
  explicit Tables(std::vector<std::shared_ptr<const Table>> tables)
      : tables_(std::move(tables)) {}

  std::size_t size() const { return tables_.size(); }
  const Table& operator[](std::size_t table) const { return *tables_[table]; }
  std::shared_ptr<const Table> Share(std::size_t table) const {
    return tables_[table];
  }
  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& table : tables_) sum += table->bytes();
    return sum;
  }

  friend bool operator==(const Tables& a, const Tables& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t table = 0; table < a.size(); ++table) {
      if (a[table] != b[table]) return false;
    }
    return true;
  }

 private:
  std::vector<std::shared_ptr<const Table>> tables_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_TABLE_TABLES_H_

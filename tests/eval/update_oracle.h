// An ideal scheduler: knows without cost which rows are stale.
#ifndef MONGOOSE_TESTS_EVAL_UPDATE_ORACLE_H_
#define MONGOOSE_TESTS_EVAL_UPDATE_ORACLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/frozen_rows.h"
#include "core/hash/code_matrix.h"
#include "core/hash/projection.h"

namespace mongoose::eval {

// Counts the rows that must be hashed so that after every frame no row is
// staler than a threshold, by its true codes (SimHash) or values (PARTITION).
// Hashes only the rows that are, as no real scheduler can.
class UpdateOracle {
 public:
  // `projection` null: of a PARTITION, whose staleness needs no codes.
  UpdateOracle(std::shared_ptr<const Projection> projection,
               const FrozenRows& rows, float threshold);

  // The rows of the next frame.
  void Observe(const FrozenRows& rows);

  std::uint64_t rows_hashed() const { return rows_hashed_; }
  // Share of table entries that changed since the frame before; 0 of a
  // PARTITION.
  double changed_entries() const { return changed_entries_; }
  // The same since MarkEpoch.
  double changed_entries_of_epoch() const { return changed_of_epoch_; }
  void MarkEpoch() { epoch_ = last_; }

 private:
  void ObserveCodes(const FrozenRows& rows);
  void ObserveValues(const FrozenRows& rows);

  const std::shared_ptr<const Projection> projection_;
  const float threshold_;
  CodeMatrix kept_{0, 1};
  CodeMatrix last_{0, 1};
  CodeMatrix epoch_{0, 1};
  std::vector<float> values_;  // [rows, cols] as hashed last
  std::uint64_t rows_hashed_ = 0;
  double changed_entries_ = 0;
  double changed_of_epoch_ = 0;
};

}  // namespace mongoose::eval

#endif  // MONGOOSE_TESTS_EVAL_UPDATE_ORACLE_H_

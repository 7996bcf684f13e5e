// A set of row ids in order of insertion, emptied at the cost of its size.
#ifndef MONGOOSE_CLIENT_EXAMPLES_ROW_SET_H_
#define MONGOOSE_CLIENT_EXAMPLES_ROW_SET_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mongoose::examples {

class RowSet {
 public:
  explicit RowSet(std::size_t num_rows = 0) : contained_(num_rows, false) {}

  // False when `row` is in the set already.  REQUIRES: row < num_rows.
  bool Insert(std::uint32_t row) {
    if (contained_[row]) {
      return false;
    }
    contained_[row] = true;
    rows_.push_back(row);
    return true;
  }

  template <typename Ids>
  void InsertAll(const Ids& ids) {
    for (const std::uint32_t row : ids) {
      Insert(row);
    }
  }

  std::size_t size() const { return rows_.size(); }

  // Empties the set and returns what was in it.
  std::vector<std::uint32_t> Take() {
    for (const std::uint32_t row : rows_) {
      contained_[row] = false;
    }
    return std::exchange(rows_, {});
  }

 private:
  std::vector<bool> contained_;
  std::vector<std::uint32_t> rows_;
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_ROW_SET_H_

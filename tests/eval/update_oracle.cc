#include "tests/eval/update_oracle.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "core/hash/vector_hasher.h"

namespace mongoose::eval {
namespace {

CodeMatrix HashAll(const Projection& projection, const FrozenRows& rows) {
  std::vector<RowId> ids(rows.layout().num_rows);
  std::iota(ids.begin(), ids.end(), RowId{0});
  CodeMatrix codes(ids.size(), projection.spec().num_tables);
  HashRows(projection, rows, ids, 0, codes);
  return codes;
}

std::size_t NumChanged(const CodeMatrix& a, const CodeMatrix& b,
                       std::size_t row) {
  std::size_t changed = 0;
  for (std::size_t table = 0; table < a.tables(); ++table) {
    changed += a.row(row)[table] != b.row(row)[table] ? 1 : 0;
  }
  return changed;
}

double ChangedShare(const CodeMatrix& a, const CodeMatrix& b) {
  std::size_t changed = 0;
  for (std::size_t row = 0; row < a.rows(); ++row) {
    changed += NumChanged(a, b, row);
  }
  return static_cast<double>(changed) /
         static_cast<double>(a.rows() * a.tables());
}

}  // namespace

UpdateOracle::UpdateOracle(std::shared_ptr<const Projection> projection,
                           const FrozenRows& rows, float threshold)
    : projection_(std::move(projection)), threshold_(threshold) {
  if (projection_ != nullptr) {
    kept_ = HashAll(*projection_, rows);
    last_ = kept_;
    epoch_ = kept_;
    return;
  }
  values_.resize(rows.layout().num_rows * rows.layout().cols);
  for (std::size_t row = 0; row < rows.layout().num_rows; ++row) {
    rows.CopyRow(static_cast<RowId>(row),
                 std::span(values_).subspan(row * rows.layout().cols,
                                            rows.layout().cols));
  }
}

void UpdateOracle::Observe(const FrozenRows& rows) {
  if (projection_ != nullptr) {
    ObserveCodes(rows);
  } else {
    ObserveValues(rows);
  }
}

void UpdateOracle::ObserveCodes(const FrozenRows& rows) {
  CodeMatrix now = HashAll(*projection_, rows);
  changed_entries_ = ChangedShare(last_, now);
  changed_of_epoch_ = ChangedShare(epoch_, now);
  const auto tables = static_cast<float>(now.tables());
  for (std::size_t row = 0; row < now.rows(); ++row) {
    const auto changed = static_cast<float>(NumChanged(kept_, now, row));
    if (changed == 0 || changed < threshold_ * tables) continue;
    ++rows_hashed_;
    std::ranges::copy(now.row(row), kept_.mutable_row(row).begin());
  }
  last_ = std::move(now);
}

void UpdateOracle::ObserveValues(const FrozenRows& rows) {
  const std::size_t cols = rows.layout().cols;
  std::vector<float> now(cols);
  for (std::size_t row = 0; row < rows.layout().num_rows; ++row) {
    rows.CopyRow(static_cast<RowId>(row), now);
    float* const kept = &values_[row * cols];
    double apart = 0;
    double square = 0;
    for (std::size_t c = 0; c < cols; ++c) {
      apart += (double{now[c]} - kept[c]) * (double{now[c]} - kept[c]);
      square += double{now[c]} * double{now[c]};
    }
    if (apart == 0 ||
        std::sqrt(apart) < double{threshold_} * std::sqrt(square)) {
      continue;
    }
    ++rows_hashed_;
    std::ranges::copy(now, kept);
  }
}

}  // namespace mongoose::eval

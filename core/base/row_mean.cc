#include "core/base/row_mean.h"

#include <algorithm>
#include <cstddef>

namespace mongoose {

std::vector<float> MeanOfRows(const FrozenRows& rows) {
  const RowLayout& layout = rows.layout();
  std::vector<double> sum(layout.cols, 0.0);
  std::vector<float> row(layout.cols);
  for (std::size_t i = 0; i < layout.num_rows; ++i) {
    rows.CopyRow(static_cast<RowId>(i), row);
    for (std::size_t c = 0; c < row.size(); ++c) sum[c] += double{row[c]};
  }
  std::vector<float> mean(layout.cols);
  std::ranges::transform(sum, mean.begin(), [&](double s) {
    return static_cast<float>(s / static_cast<double>(layout.num_rows));
  });
  return mean;
}

}  // namespace mongoose

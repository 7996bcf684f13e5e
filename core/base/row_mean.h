#ifndef MONGOOSE_CORE_BASE_ROW_MEAN_H_
#define MONGOOSE_CORE_BASE_ROW_MEAN_H_

#include <vector>

#include "core/base/frozen_rows.h"

namespace mongoose {

// Of all rows, [cols]; summed as double.
std::vector<float> MeanOfRows(const FrozenRows& rows);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_ROW_MEAN_H_

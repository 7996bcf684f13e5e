#ifndef MONGOOSE_CORE_BASE_ROW_SAMPLE_H_
#define MONGOOSE_CORE_BASE_ROW_SAMPLE_H_

#include <cstddef>
#include <vector>

#include "core/base/counter_rng.h"
#include "core/base/row_id.h"

namespace mongoose {

// `count` distinct rows below `num_rows`, ascending, all sets of them equally
// likely; all rows when there are no more.
std::vector<RowId> SampleRows(std::size_t num_rows, std::size_t count,
                              CounterRng& rng);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_ROW_SAMPLE_H_

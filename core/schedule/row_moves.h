#ifndef MONGOOSE_CORE_SCHEDULE_ROW_MOVES_H_
#define MONGOOSE_CORE_SCHEDULE_ROW_MOVES_H_

#include <span>
#include <vector>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/schedule/row_move.h"

namespace mongoose {

// Measures how far each row moved and turned: moves[i] compares before.row(i)
// with after.row(i), both less `mean` unless it is empty.  A row that becomes
// or stops being zero turns by pi / 2; one too large to measure, by pi.
// REQUIRES: equal shapes; ids, moves of size before.rows().
void MeasureMoves(std::span<const RowId> ids, MatrixView<const float> before,
                  MatrixView<const float> after, std::span<const float> mean,
                  std::span<RowMove> moves);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_ROW_MOVES_H_

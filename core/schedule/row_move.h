#ifndef MONGOOSE_CORE_SCHEDULE_ROW_MOVE_H_
#define MONGOOSE_CORE_SCHEDULE_ROW_MOVE_H_

#include "core/base/row_id.h"

namespace mongoose {

// One observed change of one row; of the row less the mean when centred.
struct RowMove {
  RowId row = 0;
  float angle = 0;     // radians between the row before and after, [0, pi]
  float distance = 0;  // Euclidean, between the row before and after
  float norm = 0;      // Euclidean, after the change
};

// One change that the trainer reported without its values.
struct ReportedMove {
  RowId row = 0;
  float distance = 0;  // Euclidean norm of the change
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_SCHEDULE_ROW_MOVE_H_

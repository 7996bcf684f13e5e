#ifndef MONGOOSE_SERVER_STAGE_NAMES_H_
#define MONGOOSE_SERVER_STAGE_NAMES_H_

#include "core/query/active_sets.h"

namespace mongoose::server {

// The stages of a query as metrics and logs call them; follows QueryStage.
inline constexpr const char* kStageNames[kNumQueryStages] = {
    "hash", "propose", "cut", "rerank", "compose"};

}  // namespace mongoose::server

#endif  // MONGOOSE_SERVER_STAGE_NAMES_H_

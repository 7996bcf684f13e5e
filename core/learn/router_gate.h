// Judges a learned router together with the hot list that goes with it.
#ifndef MONGOOSE_CORE_LEARN_ROUTER_GATE_H_
#define MONGOOSE_CORE_LEARN_ROUTER_GATE_H_

#include <memory>

#include "core/hash/partition_projection.h"
#include "core/learn/cell_layout.h"
#include "core/learn/hash_gate.h"
#include "core/learn/query_truths.h"

namespace mongoose {

// Rows in cells and in a hot list, and who ranks the cells.
struct RankedCells {
  std::shared_ptr<const PartitionProjection> partition;
  const CellLayout& layout;
};

struct RouterChoice {
  GateVerdict verdict;
  // What to use if adopted: the candidate's router, or the anchors.
  std::shared_ptr<const PartitionProjection> partition;
};

// A router must be better than the functions in use and than a static list.  If
// the candidate's hot list is another than that in use, `anchors`, else null,
// are judged with it too, and go first where the router is refused or finds
// less: a list may be worth having where nothing learned beats it.  They need
// only be better than the functions in use.  Pure.
RouterChoice JudgeRouter(
    const RankedCells& in_use, const RankedCells& candidate,
    const std::shared_ptr<const PartitionProjection>& anchors,
    const QueryTruths& training, const GateCase& judged, double min_gain);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_ROUTER_GATE_H_

#include "core/learn/router_gate.h"

#include <memory>
#include <utility>

namespace mongoose {

RouterChoice JudgeRouter(
    const RankedCells& in_use, const RankedCells& candidate,
    const std::shared_ptr<const PartitionProjection>& anchors,
    const QueryTruths& training, const GateCase& judged, double min_gain) {
  const FoundRows now = FindIn(in_use.layout, *in_use.partition, judged);
  const FoundRows by_router =
      FindIn(candidate.layout, *candidate.partition, judged);
  const FoundRows static_list = FindInStaticList(training, judged);
  RouterChoice router{JudgeCandidate(now, by_router, static_list, min_gain),
                      candidate.partition};
  router.verdict.rows = judged.rows;
  if (anchors == nullptr) return router;
  const FoundRows by_anchors = FindIn(candidate.layout, *anchors, judged);
  if (router.verdict.adopt &&
      RecallOf(by_router).all >= RecallOf(by_anchors).all) {
    return router;
  }
  GateVerdict list = JudgeHotList(now, by_anchors, static_list);
  list.rows = judged.rows;
  if (!list.adopt) return router;
  return {std::move(list), anchors};
}

}  // namespace mongoose

#ifndef MONGOOSE_CORE_QUERY_CANDIDATE_SOURCE_H_
#define MONGOOSE_CORE_QUERY_CANDIDATE_SOURCE_H_

#include <cstddef>
#include <memory>
#include <span>

#include "core/base/matrix_view.h"
#include "core/base/row_id.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_plan.h"
#include "core/query/query_workspace.h"

namespace mongoose {

// Where the candidates of consecutive samples come from.
//
// Not thread-safe; lives for one call, and what it is made of outlives it.
class CandidateSource {
 public:
  virtual ~CandidateSource() = default;

  // Does what can be done for all samples together; called first.
  virtual void ScanAll() {}
  // Finds the rows proposed for the sample at `place`, and the hot list;
  // returns how many there were before any cut.
  virtual std::size_t Propose(std::size_t place) = 0;
  // Leaves in workspace.candidates those worth an exact score.
  virtual void Cut(std::size_t place) = 0;
  // Of the candidates, keys by which to rank them without an exact score; the
  // larger the better.  REQUIRES: Cut was called for the same place, and the
  // source is not a partition's, whose plans always re-rank.
  virtual void Estimate([[maybe_unused]] std::size_t place,
                        [[maybe_unused]] std::span<float> keys) {}
};

struct SourceParts {
  const IndexSnapshot& snapshot;
  const QueryPlan& plan;
  MatrixView<const float> queries;  // of the samples
  QueryWorkspace& workspace;
};

// The one that the plan and the hash family ask for.
std::unique_ptr<CandidateSource> MakeCandidateSource(const SourceParts& parts);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_CANDIDATE_SOURCE_H_

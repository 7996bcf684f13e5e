#ifndef MONGOOSE_CORE_BACKEND_CPU_BACKEND_H_
#define MONGOOSE_CORE_BACKEND_CPU_BACKEND_H_

#include "core/backend/backend.h"
#include "core/base/clock.h"
#include "core/base/worker_pool.h"

namespace mongoose {

// Batch arithmetic on the threads of a pool, with SIMD chosen at run time.
// Thread-safe.  The pool and the clock must outlive it.
class CpuBackend final : public Backend {
 public:
  CpuBackend(WorkerPool& workers, const Clock& clock)
      : workers_(workers), clock_(clock) {}

  std::string_view name() const override { return "cpu"; }
  absl::Status CheckSpec(const HashSpec&) const override {
    return absl::OkStatus();
  }
  absl::Status HashRows(const Projection& projection, const FrozenRows& rows,
                        std::span<const RowId> ids,
                        CodeMatrix& codes) const override;
  absl::StatusOr<std::shared_ptr<const Tables>> BuildTables(
      const CodeMatrix& codes, std::size_t num_buckets) const override;
  absl::StatusOr<std::shared_ptr<const Tables>> UpdateTables(
      const Tables& tables, const CodeMatrix& old_codes,
      const CodeMatrix& new_codes, std::span<const RowId> rows) const override;
  absl::StatusOr<ActiveSets> QueryNeurons(
      const IndexSnapshot& snapshot, const FrozenRows& rows,
      const NeuronQuery& query, WorkspacePool& workspaces,
      const CancelToken& cancel) const override;

 private:
  WorkerPool& workers_;
  const Clock& clock_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BACKEND_CPU_BACKEND_H_

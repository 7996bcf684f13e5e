#ifndef MONGOOSE_CORE_CUDA_DEVICE_BACKEND_H_
#define MONGOOSE_CORE_CUDA_DEVICE_BACKEND_H_

#include <memory>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/backend/backend.h"
#include "core/base/mutex.h"
#include "core/base/worker_pool.h"
#include "core/cuda/device.h"

namespace mongoose {

// Hashes rows and builds whole tables on a device: what a rebuild spends its
// time with.  Patches of tables and queries stay with another backend, beside
// the rows, tables and workspaces in the host's memory: they read little of
// much.  Nothing moves to that backend because the device fails: a failure is
// Internal, with the device's reason.
//
// Codes are whole numbers' and so the same as CpuBackend's.  Thread-safe: each
// call has a queue of its own, as many as there were calls at once.
class DeviceBackend final : public Backend {
 public:
  // `host` and `workers` outlive it; the workers gather rows.
  DeviceBackend(std::unique_ptr<const Device> device, const Backend& host,
                WorkerPool& workers)
      : device_(std::move(device)), host_(host), workers_(workers) {}

  std::string_view name() const override { return device_->name(); }
  // Unimplemented for families and profiles that are not whole numbers.
  absl::Status CheckSpec(const HashSpec& spec) const override;
  absl::Status HashRows(const Projection& projection, const FrozenRows& rows,
                        std::span<const RowId> ids,
                        CodeMatrix& codes) const override;
  absl::StatusOr<std::shared_ptr<const Tables>> BuildTables(
      const CodeMatrix& codes, std::size_t num_buckets) const override;
  absl::StatusOr<std::shared_ptr<const Tables>> UpdateTables(
      const Tables& tables, const CodeMatrix& old_codes,
      const CodeMatrix& new_codes, std::span<const RowId> rows) const override {
    return host_.UpdateTables(tables, old_codes, new_codes, rows);
  }
  absl::StatusOr<ActiveSets> QueryNeurons(
      const IndexSnapshot& snapshot, const FrozenRows& rows,
      const NeuronQuery& query, WorkspacePool& workspaces,
      const CancelToken& cancel) const override {
    return host_.QueryNeurons(snapshot, rows, query, workspaces, cancel);
  }

 private:
  // Calls work(queue) with a queue that nobody else uses.
  template <typename Work>
  absl::Status WithQueue(Work work) const ABSL_LOCKS_EXCLUDED(mu_);

  const std::unique_ptr<const Device> device_;
  const Backend& host_;
  WorkerPool& workers_;
  mutable Mutex mu_;
  mutable std::vector<std::unique_ptr<DeviceQueue>> idle_ ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_CUDA_DEVICE_BACKEND_H_

#ifndef MONGOOSE_TESTS_SUPPORT_FLAKY_BACKEND_H_
#define MONGOOSE_TESTS_SUPPORT_FLAKY_BACKEND_H_

#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "core/backend/cpu_backend.h"

namespace mongoose::test_support {

// The CPU backend, with switches that make one kind of work fail, and counts.
class FlakyBackend final : public Backend {
 public:
  FlakyBackend(WorkerPool& workers, const Clock& clock)
      : real_(workers, clock) {}

  std::atomic<bool> fail_hash{false};
  std::atomic<bool> fail_tables{false};
  std::atomic<bool> fail_query{false};
  // The n-th hashing from now fails; 0: none.
  mutable std::atomic<int> hashes_before_failure{0};
  std::function<void()> before_hash = [] {};
  mutable std::atomic<std::size_t> rows_hashed{0};
  mutable std::atomic<std::size_t> queries_answered{0};

  std::string_view name() const override { return "flaky"; }
  absl::Status CheckSpec(const HashSpec& spec) const override {
    return real_.CheckSpec(spec);
  }
  absl::Status HashRows(const Projection& projection, const FrozenRows& rows,
                        std::span<const RowId> ids,
                        CodeMatrix& codes) const override {
    before_hash();
    if (fail_hash) return absl::InternalError("hashing broke");
    if (hashes_before_failure > 0 && --hashes_before_failure == 0) {
      return absl::InternalError("hashing broke");
    }
    rows_hashed += ids.size();
    return real_.HashRows(projection, rows, ids, codes);
  }
  absl::StatusOr<std::shared_ptr<const Tables>> BuildTables(
      const CodeMatrix& codes, std::size_t num_buckets) const override {
    if (fail_tables) return absl::InternalError("building broke");
    return real_.BuildTables(codes, num_buckets);
  }
  absl::StatusOr<std::shared_ptr<const Tables>> UpdateTables(
      const Tables& tables, const CodeMatrix& old_codes,
      const CodeMatrix& new_codes, std::span<const RowId> rows) const override {
    if (fail_tables) return absl::InternalError("updating broke");
    return real_.UpdateTables(tables, old_codes, new_codes, rows);
  }
  absl::StatusOr<ActiveSets> QueryNeurons(
      const IndexSnapshot& snapshot, const FrozenRows& rows,
      const NeuronQuery& query, WorkspacePool& workspaces,
      const CancelToken& cancel) const override {
    if (fail_query) return absl::InternalError("querying broke");
    ++queries_answered;
    return real_.QueryNeurons(snapshot, rows, query, workspaces, cancel);
  }

 private:
  CpuBackend real_;
};

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_FLAKY_BACKEND_H_

#include "core/backend/cpu_backend.h"

#include <algorithm>

#include "core/hash/vector_hasher.h"
#include "core/query/neuron_query.h"
#include "core/table/table_builder.h"

namespace mongoose {
namespace {

// A multiple of the tile; long enough to outweigh handing it to a thread.
constexpr std::size_t kRowsPerPart = 2048;

}  // namespace

absl::Status CpuBackend::HashRows(const Projection& projection,
                                  const FrozenRows& rows,
                                  std::span<const RowId> ids,
                                  CodeMatrix& codes) const {
  const std::size_t parts = (ids.size() + kRowsPerPart - 1) / kRowsPerPart;
  workers_.ParallelFor(parts, [&](std::size_t part) {
    const std::size_t first = part * kRowsPerPart;
    const std::size_t count = std::min(kRowsPerPart, ids.size() - first);
    mongoose::HashRows(projection, rows, ids.subspan(first, count), first,
                       codes);
  });
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Tables>> CpuBackend::BuildTables(
    const CodeMatrix& codes, std::size_t num_buckets) const {
  return std::make_shared<const Tables>(
      mongoose::BuildTables(codes, num_buckets, workers_));
}

absl::StatusOr<std::shared_ptr<const Tables>> CpuBackend::UpdateTables(
    const Tables& tables, const CodeMatrix& old_codes,
    const CodeMatrix& new_codes, std::span<const RowId> rows) const {
  return std::make_shared<const Tables>(
      mongoose::UpdateTables(tables, old_codes, new_codes, rows, workers_));
}

absl::StatusOr<ActiveSets> CpuBackend::QueryNeurons(
    const IndexSnapshot& snapshot, const FrozenRows& rows,
    const NeuronQuery& query, WorkspacePool& workspaces,
    const CancelToken& cancel) const {
  return RunNeuronQuery(snapshot, rows, query,
                        {workers_, workspaces, clock_, cancel});
}

}  // namespace mongoose

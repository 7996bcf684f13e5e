// The indexes a process owns, by name.
#ifndef MONGOOSE_CORE_INDEX_INDEX_CATALOG_H_
#define MONGOOSE_CORE_INDEX_INDEX_CATALOG_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/index/attention_index.h"
#include "core/index/index_runtime.h"
#include "core/index/neuron_index.h"

namespace mongoose {

struct CatalogLimits {
  std::size_t max_indexes = 100;
  std::size_t max_index_bytes = std::size_t{16} << 30;  // estimated, per index
  std::size_t max_total_bytes = std::size_t{64} << 30;  // of all indexes
};

// An index of either kind.
using AnyIndex =
    std::variant<std::shared_ptr<NeuronIndex>, std::shared_ptr<AttentionIndex>>;
const std::string& NameOf(const AnyIndex& index);

// Thread-safe.  An index that is deleted lives until its last user lets go.
class IndexCatalog {
 public:
  // The runtime's parts must outlive the catalog and its indexes.
  IndexCatalog(IndexRuntime runtime, WorkerPool& workers,
               const CatalogLimits& limits)
      : runtime_(std::move(runtime)), workers_(workers), limits_(limits) {}

  template <typename Index>
  struct CreatedIndex {
    std::shared_ptr<Index> index;
    bool is_new = true;  // false: it existed with an equal spec
  };
  using Created = CreatedIndex<NeuronIndex>;
  using CreatedAttention = CreatedIndex<AttentionIndex>;
  // InvalidArgument: bad spec.  AlreadyExists: another spec has the name.
  // ResourceExhausted: a limit is reached.
  absl::StatusOr<Created> Create(const IndexSpec& spec)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<CreatedAttention> Create(const AttentionSpec& spec)
      ABSL_LOCKS_EXCLUDED(mu_);
  // InvalidArgument for a malformed name, NotFound for an unknown one.
  absl::StatusOr<AnyIndex> FindAny(const std::string& name) const
      ABSL_LOCKS_EXCLUDED(mu_);
  // The same, and FailedPrecondition for an index of the other kind.
  absl::StatusOr<std::shared_ptr<NeuronIndex>> Find(
      const std::string& name) const ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::shared_ptr<AttentionIndex>> FindAttention(
      const std::string& name) const ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Delete(const std::string& name) ABSL_LOCKS_EXCLUDED(mu_);
  // At most `count` indexes whose names follow `after`, by name.
  std::vector<AnyIndex> List(const std::string& after, std::size_t count) const
      ABSL_LOCKS_EXCLUDED(mu_);
  std::vector<AnyIndex> All() const { return List("", SIZE_MAX); }

 private:
  template <typename Index, typename Spec>
  absl::StatusOr<CreatedIndex<Index>> CreateAs(const Spec& spec)
      ABSL_LOCKS_EXCLUDED(mu_);
  absl::StatusOr<std::shared_ptr<NeuronIndex>> Make(const IndexSpec& spec);
  absl::StatusOr<std::shared_ptr<AttentionIndex>> Make(
      const AttentionSpec& spec);
  // The index of an equal spec, null if there is room for a new one, or why
  // there is not.
  template <typename Index, typename Spec>
  absl::StatusOr<std::shared_ptr<Index>> FindEqual(const Spec& spec) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const IndexRuntime runtime_;
  WorkerPool& workers_;
  const CatalogLimits limits_;
  mutable Mutex mu_;
  std::map<std::string, AnyIndex> indexes_ ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_INDEX_CATALOG_H_

// The indexes a process owns, by name.
#ifndef MONGOOSE_CORE_INDEX_INDEX_CATALOG_H_
#define MONGOOSE_CORE_INDEX_INDEX_CATALOG_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/index/index_runtime.h"
#include "core/index/neuron_index.h"

namespace mongoose {

struct CatalogLimits {
  std::size_t max_indexes = 100;
  std::size_t max_index_bytes = std::size_t{16} << 30;  // estimated, per index
  std::size_t max_total_bytes = std::size_t{64} << 30;  // of all indexes
};

// Thread-safe.  An index that is deleted lives until its last user lets go.
class IndexCatalog {
 public:
  // The runtime's parts must outlive the catalog and its indexes.
  IndexCatalog(IndexRuntime runtime, const CatalogLimits& limits)
      : runtime_(std::move(runtime)), limits_(limits) {}

  struct Created {
    std::shared_ptr<NeuronIndex> index;
    bool is_new = true;  // false: it existed with an equal spec
  };
  // InvalidArgument: bad spec.  AlreadyExists: another spec has the name.
  // ResourceExhausted: a limit is reached.
  absl::StatusOr<Created> Create(const IndexSpec& spec)
      ABSL_LOCKS_EXCLUDED(mu_);
  // InvalidArgument for a malformed name, NotFound for an unknown one.
  absl::StatusOr<std::shared_ptr<NeuronIndex>> Find(
      const std::string& name) const ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status Delete(const std::string& name) ABSL_LOCKS_EXCLUDED(mu_);
  // At most `count` indexes whose names follow `after`, by name.
  std::vector<std::shared_ptr<NeuronIndex>> List(const std::string& after,
                                                 std::size_t count) const
      ABSL_LOCKS_EXCLUDED(mu_);

 private:
  // The index of an equal spec, null if there is room for a new one, or why
  // there is not.
  absl::StatusOr<std::shared_ptr<NeuronIndex>> FindEqual(
      const IndexSpec& spec) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const IndexRuntime runtime_;
  const CatalogLimits limits_;
  mutable Mutex mu_;
  std::map<std::string, std::shared_ptr<NeuronIndex>> indexes_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_INDEX_INDEX_CATALOG_H_

#include "core/index/index_catalog.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"
#include "core/base/status_macros.h"

namespace mongoose {

absl::StatusOr<IndexCatalog::Created> IndexCatalog::Create(
    const IndexSpec& spec) {
  RETURN_IF_ERROR(ValidateIndexSpec(spec));
  const std::size_t bytes = EstimateIndexBytes(spec);
  if (bytes > limits_.max_index_bytes) {
    return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                          "index \"", spec.name, "\" needs about ", bytes,
                          " bytes, the limit is ", limits_.max_index_bytes)),
                      "INDEX_TOO_LARGE");
  }
  // Allocated outside the lock, and dropped if another call was faster.
  std::shared_ptr<NeuronIndex> index;
  {
    MutexLock lock(mu_);
    ASSIGN_OR_RETURN(index, FindEqual(spec));
  }
  if (index != nullptr) return Created{std::move(index), false};
  ASSIGN_OR_RETURN(std::shared_ptr<NeuronIndex> fresh,
                   NeuronIndex::Create(spec, runtime_));
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(index, FindEqual(spec));
  if (index != nullptr) return Created{std::move(index), false};
  indexes_.emplace(spec.name, fresh);
  return Created{std::move(fresh), true};
}

absl::StatusOr<std::shared_ptr<NeuronIndex>> IndexCatalog::FindEqual(
    const IndexSpec& spec) const {
  const auto it = indexes_.find(spec.name);
  if (it != indexes_.end()) {
    if (it->second->spec() == spec) return it->second;
    return absl::AlreadyExistsError(
        absl::StrCat("index \"", spec.name, "\" exists with another spec"));
  }
  if (indexes_.size() >= limits_.max_indexes) {
    return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                          "the service owns ", indexes_.size(),
                          " indexes, the limit is ", limits_.max_indexes)),
                      "TOO_MANY_INDEXES");
  }
  std::size_t total = EstimateIndexBytes(spec);
  for (const auto& [name, index] : indexes_) {
    total += EstimateIndexBytes(index->spec());
  }
  if (total > limits_.max_total_bytes) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat(
            "all indexes with \"", spec.name, "\" need about ", total,
            " bytes, the limit is ", limits_.max_total_bytes)),
        "OUT_OF_MEMORY_BUDGET");
  }
  return nullptr;
}

absl::StatusOr<std::shared_ptr<NeuronIndex>> IndexCatalog::Find(
    const std::string& name) const {
  RETURN_IF_ERROR(ValidateIndexName(name));
  MutexLock lock(mu_);
  const auto it = indexes_.find(name);
  if (it == indexes_.end()) {
    return absl::NotFoundError(
        absl::StrCat("there is no index \"", name, "\""));
  }
  return it->second;
}

absl::Status IndexCatalog::Delete(const std::string& name) {
  RETURN_IF_ERROR(ValidateIndexName(name));
  std::shared_ptr<NeuronIndex> doomed;  // dies outside the lock
  MutexLock lock(mu_);
  const auto it = indexes_.find(name);
  if (it == indexes_.end()) {
    return absl::NotFoundError(
        absl::StrCat("there is no index \"", name, "\""));
  }
  doomed = std::move(it->second);
  indexes_.erase(it);
  return absl::OkStatus();
}

std::vector<std::shared_ptr<NeuronIndex>> IndexCatalog::List(
    const std::string& after, std::size_t count) const {
  std::vector<std::shared_ptr<NeuronIndex>> page;
  MutexLock lock(mu_);
  for (auto it = indexes_.upper_bound(after);
       it != indexes_.end() && page.size() < count; ++it) {
    page.push_back(it->second);
  }
  return page;
}

}  // namespace mongoose

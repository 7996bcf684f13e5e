#include "core/index/index_catalog.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

absl::Status Validate(const IndexSpec& spec) { return ValidateIndexSpec(spec); }
absl::Status Validate(const AttentionSpec& spec) {
  return ValidateAttentionSpec(spec);
}

std::size_t EstimateBytes(const IndexSpec& spec) {
  return EstimateIndexBytes(spec);
}
std::size_t EstimateBytes(const AttentionSpec& spec) {
  return EstimateAttentionBytes(spec);
}
std::size_t EstimateBytes(const AnyIndex& index) {
  return std::visit(
      [](const auto& found) { return EstimateBytes(found->spec()); }, index);
}

// The index of kind Index; FailedPrecondition if it is of the other kind.
template <typename Index>
absl::StatusOr<std::shared_ptr<Index>> OfKind(absl::StatusOr<AnyIndex> index,
                                              std::string_view kind) {
  RETURN_IF_ERROR(index.status());
  if (auto* found = std::get_if<std::shared_ptr<Index>>(&*index)) {
    return std::move(*found);
  }
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "index \"", NameOf(*index), "\" is not of kind ", std::string(kind))),
      "WRONG_KIND");
}

}  // namespace

const std::string& NameOf(const AnyIndex& index) {
  return std::visit(
      [](const auto& found) -> const std::string& {
        return found->spec().name;
      },
      index);
}

absl::StatusOr<IndexCatalog::Created> IndexCatalog::Create(
    const IndexSpec& spec) {
  return CreateAs<NeuronIndex>(spec);
}

absl::StatusOr<IndexCatalog::CreatedAttention> IndexCatalog::Create(
    const AttentionSpec& spec) {
  return CreateAs<AttentionIndex>(spec);
}

absl::StatusOr<std::shared_ptr<NeuronIndex>> IndexCatalog::Make(
    const IndexSpec& spec) {
  return NeuronIndex::Create(spec, runtime_);
}

absl::StatusOr<std::shared_ptr<AttentionIndex>> IndexCatalog::Make(
    const AttentionSpec& spec) {
  return std::make_shared<AttentionIndex>(spec, workers_, runtime_);
}

template <typename Index, typename Spec>
absl::StatusOr<IndexCatalog::CreatedIndex<Index>> IndexCatalog::CreateAs(
    const Spec& spec) {
  RETURN_IF_ERROR(Validate(spec));
  const std::size_t bytes = EstimateBytes(spec);
  if (bytes > limits_.max_index_bytes) {
    return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                          "index \"", spec.name, "\" needs about ", bytes,
                          " bytes, the limit is ", limits_.max_index_bytes)),
                      "INDEX_TOO_LARGE");
  }
  // Allocated outside the lock, and dropped if another call was faster.
  std::shared_ptr<Index> index;
  {
    MutexLock lock(mu_);
    ASSIGN_OR_RETURN(index, FindEqual<Index>(spec));
  }
  if (index != nullptr) return CreatedIndex<Index>{std::move(index), false};
  ASSIGN_OR_RETURN(std::shared_ptr<Index> fresh, Make(spec));
  MutexLock lock(mu_);
  ASSIGN_OR_RETURN(index, FindEqual<Index>(spec));
  if (index != nullptr) return CreatedIndex<Index>{std::move(index), false};
  indexes_.emplace(spec.name, fresh);
  return CreatedIndex<Index>{std::move(fresh), true};
}

template <typename Index, typename Spec>
absl::StatusOr<std::shared_ptr<Index>> IndexCatalog::FindEqual(
    const Spec& spec) const {
  const auto it = indexes_.find(spec.name);
  if (it != indexes_.end()) {
    const auto* found = std::get_if<std::shared_ptr<Index>>(&it->second);
    if (found != nullptr && (*found)->spec() == spec) return *found;
    return absl::AlreadyExistsError(
        absl::StrCat("index \"", spec.name, "\" exists with another spec"));
  }
  if (indexes_.size() >= limits_.max_indexes) {
    return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                          "the service owns ", indexes_.size(),
                          " indexes, the limit is ", limits_.max_indexes)),
                      "TOO_MANY_INDEXES");
  }
  std::size_t total = EstimateBytes(spec);
  for (const auto& [name, index] : indexes_) total += EstimateBytes(index);
  if (total > limits_.max_total_bytes) {
    return WithReason(
        absl::ResourceExhaustedError(absl::StrCat(
            "all indexes with \"", spec.name, "\" need about ", total,
            " bytes, the limit is ", limits_.max_total_bytes)),
        "OUT_OF_MEMORY_BUDGET");
  }
  return nullptr;
}

absl::StatusOr<AnyIndex> IndexCatalog::FindAny(const std::string& name) const {
  RETURN_IF_ERROR(ValidateIndexName(name));
  MutexLock lock(mu_);
  const auto it = indexes_.find(name);
  if (it == indexes_.end()) {
    return absl::NotFoundError(
        absl::StrCat("there is no index \"", name, "\""));
  }
  return it->second;
}

absl::StatusOr<std::shared_ptr<NeuronIndex>> IndexCatalog::Find(
    const std::string& name) const {
  return OfKind<NeuronIndex>(FindAny(name), "NEURON");
}

absl::StatusOr<std::shared_ptr<AttentionIndex>> IndexCatalog::FindAttention(
    const std::string& name) const {
  return OfKind<AttentionIndex>(FindAny(name), "ATTENTION");
}

absl::Status IndexCatalog::Delete(const std::string& name) {
  RETURN_IF_ERROR(ValidateIndexName(name));
  AnyIndex doomed;  // dies outside the lock
  {
    MutexLock lock(mu_);
    const auto it = indexes_.find(name);
    if (it == indexes_.end()) {
      return absl::NotFoundError(
          absl::StrCat("there is no index \"", name, "\""));
    }
    doomed = std::move(it->second);
    indexes_.erase(it);
  }
  if (auto* found = std::get_if<std::shared_ptr<AttentionIndex>>(&doomed)) {
    (*found)->StopLearning();  // nobody waits for what nobody will use
  }
  return absl::OkStatus();
}

std::vector<AnyIndex> IndexCatalog::List(const std::string& after,
                                         std::size_t count) const {
  std::vector<AnyIndex> page;
  MutexLock lock(mu_);
  for (auto it = indexes_.upper_bound(after);
       it != indexes_.end() && page.size() < count; ++it) {
    page.push_back(it->second);
  }
  return page;
}

}  // namespace mongoose

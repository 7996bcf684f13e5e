#include "core/index/attention_index.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/error_reason.h"
#include "core/base/finite.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

absl::Status CheckFinite(MatrixView<const float> vectors) {
  const auto bad = FindNonFinite(vectors);
  if (!bad.has_value()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("vectors must be finite, got ", bad->value, " in row ",
                   bad->row, ", column ", bad->col));
}

}  // namespace

AttentionIndex::AttentionIndex(AttentionSpec spec, WorkerPool& workers,
                               const IndexRuntime& runtime)
    : spec_(std::move(spec)),
      workers_(workers),
      listener_(runtime.listener),
      learner_({.spec = spec_,
                .clock = runtime.clock,
                .nice = runtime.rehash_nice,
                .directions = [this] { return Current()->directions; },
                .publish =
                    [this](const std::vector<float>& directions) {
                      Publish(directions);
                    },
                .judged =
                    [this](const std::string& verdict) {
                      if (listener_ == nullptr) return;
                      listener_({.index = spec_.name,
                                 .decision = {RehashAction::kLearn, verdict}});
                    }}) {
  Publish(DrawDirections(spec_.shape, spec_.seed));
}

void AttentionIndex::Publish(const std::vector<float>& directions) {
  // Only the learner's thread publishes, after the constructor has.
  const auto next = std::make_shared<RotationsVersion>(
      0, directions, Rotations(spec_.shape, directions));
  std::shared_ptr<const RotationsVersion> oldest;  // freed without the lock
  MutexLock lock(mu_);
  next->version = versions_.empty() ? 1 : versions_.back()->version + 1;
  versions_.push_back(next);
  if (versions_.size() > kKeptVersions) {
    oldest = std::move(versions_.front());
    versions_.pop_front();
  }
}

std::shared_ptr<const RotationsVersion> AttentionIndex::Current() const {
  MutexLock lock(mu_);
  return versions_.back();
}

absl::StatusOr<std::shared_ptr<const RotationsVersion>> AttentionIndex::Find(
    std::uint64_t version) const {
  MutexLock lock(mu_);
  if (version == 0) return versions_.back();
  for (const auto& kept : versions_) {
    if (kept->version == version) return kept;
  }
  return WithReason(
      absl::OutOfRangeError(absl::StrCat(
          "index_version must be 0 or ", versions_.front()->version, "..",
          versions_.back()->version, ", got ", version)),
      "VERSION_GONE");
}

absl::StatusOr<BucketAssignment> AttentionIndex::AssignBuckets(
    const Rotations& rotations, const BucketQuery& query,
    const CancelToken& cancel, Vectors vectors) {
  RETURN_IF_ERROR(ValidateBucketQuery(query, spec_.shape));
  ASSIGN_OR_RETURN(BucketAssignment assigned,
                   mongoose::AssignBuckets(rotations, query, workers_, cancel));
  if (vectors == Vectors::kShared && query.num_earlier == 0) {
    learner_.Offer(query);
  }
  return assigned;
}

absl::StatusOr<GateVerdict> AttentionIndex::Learn(
    const std::vector<BucketQuery>& sequences, const CancelToken& cancel) {
  std::vector<HeadSample> heads;
  for (BucketQuery query : sequences) {
    if (query.seq != sequences.front().seq) {
      return absl::InvalidArgumentError(
          absl::StrCat("seq must be the same in every chunk, got ", query.seq,
                       " after ", sequences.front().seq));
    }
    query.num_buckets = NumBucketsFor(query.seq);
    RETURN_IF_ERROR(ValidateBucketQuery(query, spec_.shape));
    RETURN_IF_ERROR(CheckFinite(query.vectors));
    for (HeadSample& head : SampleHeads(query, spec_)) {
      heads.push_back(std::move(head));
    }
  }
  return learner_.Learn(std::move(heads), cancel);
}

IndexStatus AttentionIndex::status() const {
  return {.state = {.index_version = Current()->version},
          .learning = learner_.counts(),
          .memory_bytes = EstimateAttentionBytes(spec_)};
}

}  // namespace mongoose

#include "core/index/neuron_index.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check_range.h"
#include "core/base/error_reason.h"
#include "core/base/finite.h"
#include "core/base/status_macros.h"
#include "core/base/thread_nice.h"
#include "core/query/neuron_query.h"

namespace mongoose {
namespace {

absl::Status ValidateLabels(const NeuronQuery& query, std::size_t num_rows) {
  const auto offsets = query.label_offsets;
  if (offsets.empty()) {
    if (query.label_ids.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("label_ids must be empty without label_offsets, got ",
                     query.label_ids.size(), " ids"));
  }
  if (offsets.size() != query.queries.rows() + 1) {
    return absl::InvalidArgumentError(absl::StrCat(
        "label_offsets must have batch + 1 = ", query.queries.rows() + 1,
        " values, got ", offsets.size()));
  }
  if (offsets.front() != 0 || offsets.back() != query.label_ids.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "label_offsets must go from 0 to the number of label_ids, ",
        query.label_ids.size(), ", got ", offsets.front(), " to ",
        offsets.back()));
  }
  const auto fall = std::ranges::adjacent_find(offsets, std::greater<>());
  if (fall != offsets.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("label_offsets must not decrease, got ", *fall, " before ",
                     *std::next(fall)));
  }
  for (std::size_t i = 0; i < query.label_ids.size(); ++i) {
    if (query.label_ids[i] < num_rows) continue;
    return absl::OutOfRangeError(absl::StrCat("label_ids[", i, "] must be < ",
                                              num_rows, ", got ",
                                              query.label_ids[i]));
  }
  return absl::OkStatus();
}

// A partition keeps its rows' values, the other families only codes.
StalenessModel ModelOf(const HashSpec& hash) {
  return hash.is_partition() ? StalenessModel::OfValues()
                             : StalenessModel::OfCodes(hash.bits_per_table);
}

Replica MakeReplica(const IndexSpec& spec) {
  const auto policy = CreateRehashPolicy(spec.rehash_policy);
  return Replica(spec.layout(), ModelOf(spec.hash), policy->row_threshold(),
                 spec.hash.is_partition() ? policy->hash_threshold() : 0);
}

}  // namespace

absl::StatusOr<std::unique_ptr<NeuronIndex>> NeuronIndex::Create(
    const IndexSpec& spec, const IndexRuntime& runtime) {
  RETURN_IF_ERROR(ValidateIndexSpec(spec));
  RETURN_IF_ERROR(runtime.rehash_backend.CheckSpec(spec.hash));
  return std::unique_ptr<NeuronIndex>(new NeuronIndex(spec, runtime));
}

NeuronIndex::NeuronIndex(const IndexSpec& spec, const IndexRuntime& runtime)
    : spec_(spec),
      backend_(runtime.backend),
      replica_(MakeReplica(spec)),
      hot_list_(spec.num_rows),
      query_mean_(spec.hash.cols),
      probe_(spec.probe_share, runtime.clock),
      workspaces_(spec.num_rows),
      sampler_(spec.learning.mode == LearnMode::kAuto
                   ? spec.learning.sample_share
                   : 0),
      rehash_loop_({spec_, runtime.rehash_backend, runtime.clock, replica_,
                    current_, hot_list_, query_mean_, runtime.listener}),
      learn_loop_({spec_, runtime.rehash_backend, runtime.clock, replica_,
                   current_, workspaces_, sampler_,
                   [this](Adoption adoption) {
                     return rehash_loop_.Adopt(std::move(adoption));
                   },
                   [this](const std::string& reason) {
                     rehash_loop_.RefuseProjection(reason);
                   }}),
      rehash_thread_(
          [this, nice = runtime.rehash_nice] { RehashThread(nice); }) {}

NeuronIndex::~NeuronIndex() {
  {
    MutexLock lock(mu_);
    stopping_ = true;
  }
  changed_.SignalAll();
}

absl::StatusOr<UpdateResult> NeuronIndex::Apply(const UpdateChunk& chunk) {
  auto result = replica_.Apply(chunk);
  if (result.ok() && !result->replayed) Poke();
  return result;
}

absl::Status NeuronIndex::ValidateVectors(
    MatrixView<const float> queries) const {
  if (queries.cols() != spec_.hash.cols) {
    const std::size_t bias = spec_.has_bias ? 1 : 0;
    return absl::InvalidArgumentError(absl::StrCat(
        "queries.cols must be ", spec_.dim, ", got ", queries.cols() - bias));
  }
  if (const auto bad = FindNonFinite(queries); bad.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("queries must be finite, got ", bad->value, " in query ",
                     bad->row, ", column ", bad->col));
  }
  return absl::OkStatus();
}

absl::Status NeuronIndex::ValidateQuery(const NeuronQuery& query) const {
  if (query.queries.rows() == 0) {
    return absl::InvalidArgumentError("queries.rows must be > 0, got 0");
  }
  RETURN_IF_ERROR(ValidateVectors(query.queries));
  RETURN_IF_ERROR(ValidateQueryPlan(query.plan, spec_.hash));
  return ValidateLabels(query, spec_.num_rows);
}

absl::StatusOr<NeuronIndex::Answer> NeuronIndex::Query(
    const NeuronQuery& query, Layout layout, const CancelToken& cancel) {
  RETURN_IF_ERROR(ValidateQuery(query));
  const auto snapshot = current_.Acquire();
  if (snapshot == nullptr) {
    return WithReason(absl::FailedPreconditionError(absl::StrCat(
                          "index \"", spec_.name, "\" has no snapshot yet: ",
                          replica_.counts().rows_set, " of ", spec_.num_rows,
                          " rows are set")),
                      "NO_SNAPSHOT");
  }
  const Replica::Frozen frozen = replica_.Freeze();
  NeuronQuery per_sample = query;
  if (layout != Layout::kPerSample) per_sample.plan.num_tail = 0;
  Answer answer;
  ASSIGN_OR_RETURN(answer.sets,
                   backend_.QueryNeurons(*snapshot, *frozen.rows, per_sample,
                                         workspaces_, cancel));
  if (layout != Layout::kPerSample) {
    answer.unite = UniteActiveSets(answer.sets, query, spec_.num_rows,
                                   layout == Layout::kUnionWithPositions);
  }
  tally_.Add(query.queries.rows(), answer.sets);
  hot_list_.Observe(answer.sets.ids);
  if (spec_.hash.centre) query_mean_.Observe(query.queries);
  probe_.Offer(frozen.rows, per_sample, answer.sets);
  sampler_.Offer(query);
  if (probe_.HasWork() || learn_loop_.HasWork()) Poke();
  answer.state = {.index_version = snapshot->version,
                  .applied_sequence = frozen.applied_sequence,
                  .hashed_sequence = snapshot->hashed_sequence,
                  .staleness = frozen.staleness};
  return answer;
}

absl::StatusOr<GateVerdict> NeuronIndex::Learn(const LearnLoop::Pairs& pairs,
                                               const CancelToken& cancel) {
  constexpr std::size_t kMinPairs = 1024;  // a quarter judges the others
  constexpr std::size_t kMaxPairs = 1U << 16;
  RETURN_IF_ERROR(CheckRange("pairs", pairs.rows.size(), kMinPairs, kMaxPairs));
  if (pairs.queries.rows() != pairs.rows.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("queries.rows must be the number of row_ids, ",
                     pairs.rows.size(), ", got ", pairs.queries.rows()));
  }
  RETURN_IF_ERROR(ValidateVectors(pairs.queries));
  for (std::size_t i = 0; i < pairs.rows.size(); ++i) {
    if (pairs.rows[i] < spec_.num_rows) continue;
    return absl::OutOfRangeError(absl::StrCat("row_ids[", i, "] must be < ",
                                              spec_.num_rows, ", got ",
                                              pairs.rows[i]));
  }
  return learn_loop_.Learn(
      pairs, [this] { Poke(); }, cancel);
}

IndexState NeuronIndex::state() const {
  const auto snapshot = current_.Acquire();
  const Replica::Counts counts = replica_.counts();
  return {
      .index_version = snapshot == nullptr ? 0 : snapshot->version,
      .applied_sequence = counts.applied_sequence,
      .hashed_sequence = snapshot == nullptr ? 0 : snapshot->hashed_sequence,
      .staleness = counts.staleness};
}

IndexStatus NeuronIndex::status() const {
  IndexStatus status{.state = state(),
                     .replica = replica_.counts(),
                     .rehash = rehash_loop_.counts(),
                     .recall = probe_.result(),
                     .queries = tally_.counts(),
                     .learning = learn_loop_.counts(),
                     .num_rows = spec_.num_rows,
                     .recall_target = spec_.recall_target,
                     .memory_bytes = replica_.bytes() + hot_list_.bytes()};
  if (const auto snapshot = current_.Acquire(); snapshot != nullptr) {
    status.memory_bytes += snapshot->bytes();
    status.hot_rows = snapshot->hot_list->size();
  }
  return status;
}

void NeuronIndex::Poke() {
  {
    MutexLock lock(mu_);
    ++pokes_;
  }
  changed_.SignalAll();
}

void NeuronIndex::WaitUntilIdleForTest() {
  MutexLock lock(mu_);
  const std::uint64_t target = pokes_;
  while (pokes_done_ < target) changed_.Wait(mu_);
}

void NeuronIndex::RehashThread(int nice) {
  SetThreadNice(nice);
  while (true) {
    std::uint64_t seen = 0;
    {
      MutexLock lock(mu_);
      while (!stopping_ && pokes_ == pokes_done_) changed_.Wait(mu_);
      if (stopping_) return;
      seen = pokes_;
    }
    // Re-hashing goes before probing and learning; pokes that arrive meanwhile
    // coalesce.
    const bool published = rehash_loop_.RunOnce();
    if (!published && probe_.HasWork()) probe_.MeasureOne();
    if (learn_loop_.HasWork()) learn_loop_.RunOnce();
    const bool more = published || probe_.HasWork() || learn_loop_.HasWork();
    MutexLock lock(mu_);
    if (!more) pokes_done_ = seen;
    changed_.SignalAll();
  }
}

}  // namespace mongoose

#include "core/attention/bucket_assignment.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "core/base/check_range.h"
#include "core/base/finite.h"
#include "core/base/mutex.h"
#include "core/base/status_macros.h"

namespace mongoose {
namespace {

constexpr std::size_t kBlock = IntegerGemm::kMaxBlock;
// Positions hashed by one task.
constexpr std::size_t kTaskPositions = 16 * kBlock;

class Assigner {
 public:
  Assigner(const Rotations& rotations, const BucketQuery& query,
           const CancelToken& cancel)
      : rotations_(rotations),
        query_(query),
        cancel_(cancel),
        products_(rotations.ProductsFor(query.num_buckets)),
        rounds_(rotations.shape().num_rounds) {
    const std::size_t size = query.heads * rounds_ * query.positions();
    out_.buckets.resize(size);
    out_.order.resize(size);
    if (query.want_inverse) out_.inverse.resize(size);
    if (query.want_offsets) {
      out_.offsets.resize(query.heads * rounds_ * num_offsets());
    }
  }

  // Hashes positions [first, first + count) of all heads side by side; until
  // the first block with a bad value.
  void Hash(std::size_t first, std::size_t count) {
    thread_local std::vector<std::uint16_t> block;
    for (std::size_t end = first + count; first < end && !Stopped();) {
      const std::size_t part = std::min(kBlock, end - first);
      const auto vectors = query_.vectors.Rows(first, part);
      if (FindNonFinite(vectors).has_value()) return NoteBad(first);
      block.resize(part * rounds_);
      rotations_.AssignBlock(products_, vectors, query_.num_buckets, block);
      for (std::size_t i = 0; i < part; ++i) {
        Store(first + i, &block[i * rounds_]);
      }
      first += part;
    }
  }

  // Sorts one round of one head, by counting.
  void Sort(std::size_t head, std::size_t round) {
    if (first_bad_ != kNone || Stopped()) return;
    const std::size_t place = head * rounds_ + round;
    const std::size_t positions = query_.positions();
    const auto buckets =
        std::span(out_.buckets).subspan(place * positions, positions);
    const auto order =
        std::span(out_.order).subspan(place * positions, positions);
    std::ranges::copy(
        query_.earlier.subspan(place * query_.num_earlier, query_.num_earlier),
        buckets.begin());
    thread_local std::vector<std::uint32_t> next;
    next.assign(num_offsets(), 0);
    for (const std::uint16_t bucket : buckets) ++next[bucket + 1U];
    for (std::size_t b = 1; b < next.size(); ++b) next[b] += next[b - 1];
    if (query_.want_offsets) {
      std::ranges::copy(next, &out_.offsets[place * num_offsets()]);
    }
    for (std::size_t t = 0; t < buckets.size(); ++t) {
      order[next[buckets[t]]++] = static_cast<std::uint32_t>(t);
    }
    if (!query_.want_inverse) return;
    std::uint32_t* const inverse = &out_.inverse[place * positions];
    for (std::size_t i = 0; i < order.size(); ++i) {
      inverse[order[i]] = static_cast<std::uint32_t>(i);
    }
  }

  absl::StatusOr<BucketAssignment> Take() {
    if (stopped_) {
      MutexLock lock(mu_);
      return why_stopped_;
    }
    if (first_bad_ == kNone) return std::move(out_);
    const auto bad = FindNonFinite(query_.vectors.Rows(
        first_bad_, std::min(kBlock, query_.vectors.rows() - first_bad_)));
    return absl::InvalidArgumentError(
        absl::StrCat("vectors must be finite, got ", bad->value, " in row ",
                     first_bad_ + bad->row, ", column ", bad->col));
  }

 private:
  static constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

  // Whether the caller has gone; remembers why.
  bool Stopped() ABSL_LOCKS_EXCLUDED(mu_) {
    if (stopped_) return true;
    absl::Status status = cancel_.Check();
    if (status.ok()) return false;
    MutexLock lock(mu_);
    if (why_stopped_.ok()) why_stopped_ = std::move(status);
    stopped_ = true;
    return true;
  }
  // A block that begins with vector `first` has a bad value: the first such
  // block is remembered.
  void NoteBad(std::size_t first) {
    std::size_t known = first_bad_;
    while (first < known && !first_bad_.compare_exchange_weak(known, first)) {
    }
  }
  // One more than there are buckets, padding included.
  std::size_t num_offsets() const { return query_.num_buckets + 2; }

  void Store(std::size_t vector, const std::uint16_t* buckets) {
    const std::size_t head = vector / query_.seq;
    const std::size_t position = vector % query_.seq;
    const bool padding = query_.IsPadding(head, position);
    for (std::size_t r = 0; r < rounds_; ++r) {
      out_.buckets[(head * rounds_ + r) * query_.positions() +
                   query_.num_earlier + position] =
          padding ? static_cast<std::uint16_t>(query_.num_buckets) : buckets[r];
    }
  }

  const Rotations& rotations_;
  const BucketQuery& query_;
  const CancelToken& cancel_;
  const IntegerGemm& products_;
  const std::size_t rounds_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::size_t> first_bad_ = kNone;
  BucketAssignment out_;
  Mutex mu_;
  absl::Status why_stopped_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

absl::Status ValidateBucketQuery(const BucketQuery& query,
                                 const RotationShape& shape) {
  if (query.vectors.cols() != shape.dim) {
    return absl::InvalidArgumentError(
        absl::StrCat("vectors.cols must be the index's dim ", shape.dim,
                     ", got ", query.vectors.cols()));
  }
  RETURN_IF_ERROR(CheckRange("seq", query.seq, 1,
                             std::numeric_limits<std::uint32_t>::max() - 1));
  RETURN_IF_ERROR(CheckRange("vectors.rows", query.vectors.rows(), 1,
                             std::numeric_limits<std::uint32_t>::max() - 1));
  if (query.vectors.rows() != query.heads * query.seq) {
    return absl::InvalidArgumentError(
        absl::StrCat("vectors.rows must be a multiple of seq ", query.seq,
                     ", got ", query.vectors.rows()));
  }
  RETURN_IF_ERROR(
      CheckRange("num_buckets", query.num_buckets, 2, shape.max_buckets));
  if (query.num_buckets % 2 != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("num_buckets must be even, got ", query.num_buckets));
  }
  const std::size_t sorts = query.heads * shape.num_rounds;
  RETURN_IF_ERROR(
      CheckRange("num_earlier", query.num_earlier, 0, kMaxAnswerBytes));
  // Offsets are needed for sorting, wanted or not.
  const std::size_t position_bytes = query.want_inverse ? 10 : 6;
  RETURN_IF_ERROR(CheckRange(
      absl::StrCat("heads * num_rounds * (positions * ", position_bytes,
                   " + (num_buckets + 2) * 4)"),
      sorts *
          (query.positions() * position_bytes + (query.num_buckets + 2) * 4),
      1, kMaxAnswerBytes));
  const std::size_t earlier = sorts * query.num_earlier;
  if (query.earlier.size() != earlier) {
    return absl::InvalidArgumentError(absl::StrCat(
        "earlier_buckets must have heads * num_rounds * num_earlier = ",
        earlier, " values, got ", query.earlier.size()));
  }
  for (const std::uint16_t bucket : query.earlier) {
    if (bucket > query.num_buckets) {
      return absl::InvalidArgumentError(absl::StrCat(
          "earlier_buckets must be 0..num_buckets = ", query.num_buckets,
          ", got ", bucket));
    }
  }
  const std::size_t masks = query.mask.size() / query.seq;
  if (query.mask.size() % query.seq != 0 ||
      (masks > 0 && query.heads % masks != 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("mask must be empty or have seq ", query.seq,
                     " bytes for each head, or for each of a divisor of the ",
                     query.heads, " heads, got ", query.mask.size()));
  }
  return absl::OkStatus();
}

std::size_t NumBuckets(std::size_t seq, std::size_t bucket_size,
                       std::size_t max_buckets) {
  const std::size_t pairs = (seq + 2 * bucket_size - 1) / (2 * bucket_size);
  return std::clamp<std::size_t>(2 * pairs, 2, max_buckets);
}

absl::StatusOr<BucketAssignment> AssignBuckets(const Rotations& rotations,
                                               const BucketQuery& query,
                                               WorkerPool& workers,
                                               const CancelToken& cancel) {
  Assigner assigner(rotations, query, cancel);
  const std::size_t vectors = query.vectors.rows();
  const std::size_t rounds = rotations.shape().num_rounds;
  workers.ParallelFor(
      (vectors + kTaskPositions - 1) / kTaskPositions, [&](std::size_t task) {
        const std::size_t first = task * kTaskPositions;
        assigner.Hash(first, std::min(kTaskPositions, vectors - first));
      });
  workers.ParallelFor(query.heads * rounds, [&](std::size_t task) {
    assigner.Sort(task / rounds, task % rounds);
  });
  return assigner.Take();
}

}  // namespace mongoose

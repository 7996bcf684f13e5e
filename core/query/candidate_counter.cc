#include "core/query/candidate_counter.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numeric>

namespace mongoose {
namespace {

constexpr std::size_t kMaxBits = 16;

// The `count` bits of smallest |margin|, ties by position.
std::span<const std::uint8_t> NearestBits(
    std::span<const float> margins, std::size_t count,
    std::array<std::uint8_t, kMaxBits>& order) {
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(margins.size());
  std::iota(order.begin(), end, std::uint8_t{0});
  std::partial_sort(order.begin(),
                    order.begin() + static_cast<std::ptrdiff_t>(count), end,
                    [&](std::uint8_t a, std::uint8_t b) {
                      const float da = std::abs(margins[a]);
                      const float db = std::abs(margins[b]);
                      return da != db ? da < db : a < b;
                    });
  return std::span(order).first(count);
}

}  // namespace

void CandidateCounter::Count(const Tables& tables, std::span<const Code> codes,
                             const Probes& probes, std::size_t min_hits) {
  assert(codes.size() == tables.size());
  assert(min_hits >= 1 && min_hits <= kMaxHits);
  const std::size_t first = buckets_.size();
  for (std::size_t segment = 0; segment < tables.num_segments(); ++segment) {
    for (std::size_t table = 0; table < tables.size(); ++table) {
      tables.at(segment, table).PrefetchBucket(codes[table]);
    }
  }
  // Segment by segment, so that the counts in use stay in the cache.
  for (std::size_t segment = 0; segment < tables.num_segments(); ++segment) {
    for (std::size_t table = 0; table < tables.size(); ++table) {
      AddBucket(tables.at(segment, table), codes[table], segment);
    }
  }
  if (probes.count > 0) AddProbes(tables, codes, probes);
  const bool may_saturate =
      first > 0 || tables.size() * (1 + probes.count) > kMaxHits;
  if (may_saturate) {
    CountBuckets<true>(first, min_hits);
  } else {
    CountBuckets<false>(first, min_hits);
  }
}

void CandidateCounter::AddProbes(const Tables& tables,
                                 std::span<const Code> codes,
                                 const Probes& probes) {
  const std::size_t bits = probes.margins.size() / tables.size();
  assert(bits <= kMaxBits && probes.count <= bits);
  std::array<std::uint8_t, kMaxBits> order{};
  for (std::size_t table = 0; table < tables.size(); ++table) {
    const auto nearest = NearestBits(probes.margins.subspan(table * bits, bits),
                                     probes.count, order);
    for (const std::uint8_t bit : nearest) {
      const auto flipped = static_cast<Code>(codes[table] ^ (1U << bit));
      for (std::size_t segment = 0; segment < tables.num_segments();
           ++segment) {
        AddBucket(tables.at(segment, table), flipped, segment);
      }
    }
  }
}

void CandidateCounter::AddBucket(const TableSegment& table, Code code,
                                 std::size_t segment) {
  const auto rows = table.bucket(code);
  if (rows.empty()) return;
  __builtin_prefetch(rows.data());
  buckets_.push_back({rows, segment * kSegmentRows});
  num_entries_ += rows.size();
}

// Writes each row behind the list and keeps it only if it counts: a branch
// that cannot be predicted would cost more.
template <bool kSaturate>
void CandidateCounter::CountBuckets(std::size_t first, std::size_t min_hits) {
  RowId* const rows = rows_.data();
  std::size_t num_rows = num_rows_;
  std::size_t num_seen = num_seen_;
  for (const Bucket& bucket : std::span(buckets_).subspan(first)) {
    std::uint8_t* const hits = &hits_[bucket.first];
    const auto first_row = static_cast<RowId>(bucket.first);
    for (const LocalRow row : bucket.rows) {
      std::uint8_t count = hits[row];
      const bool full = kSaturate && (count & kMaxHits) == kMaxHits;
      count = static_cast<std::uint8_t>(count + (full ? 0 : 1));
      hits[row] = count;
      num_seen += count == 1 ? 1 : 0;
      rows[num_rows] = first_row + row;
      num_rows += !full && count == min_hits ? 1 : 0;
    }
  }
  num_rows_ = num_rows;
  num_seen_ = num_seen;
}

void CandidateCounter::Propose(std::span<const RowId> rows) {
  assert(num_rows_ == 0 && num_entries_ == 0);
  std::ranges::copy(rows, rows_.begin());
  num_rows_ = num_proposed_ = rows.size();
  for (const RowId row : rows) hits_[row] = kProposed;
}

void CandidateCounter::Reset() {
  // Clearing a byte in place costs about as much as 32 in a row.
  constexpr std::size_t kBytesPerEntry = 32;
  if (num_entries_ * kBytesPerEntry > hits_.size()) {
    std::ranges::fill(hits_, std::uint8_t{0});
  } else {
    if (num_seen_ > num_rows_ - num_proposed_) {  // some are not in the list
      for (const Bucket& bucket : buckets_) {
        for (const LocalRow row : bucket.rows) hits_[bucket.first + row] = 0;
      }
    }
    for (const RowId row : rows()) hits_[row] = 0;
  }
  buckets_.clear();
  num_rows_ = num_proposed_ = num_seen_ = num_entries_ = 0;
}

}  // namespace mongoose

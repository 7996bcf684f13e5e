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
                             std::span<const float> margins,
                             std::size_t num_probes) {
  assert(codes.size() == tables.size());
  for (std::size_t table = 0; table < tables.size(); ++table) {
    CountBucket(tables[table].bucket(codes[table]));
  }
  if (num_probes == 0) return;
  const std::size_t bits = margins.size() / tables.size();
  assert(bits <= kMaxBits && num_probes <= bits);
  std::array<std::uint8_t, kMaxBits> order{};
  for (std::size_t table = 0; table < tables.size(); ++table) {
    const auto nearest =
        NearestBits(margins.subspan(table * bits, bits), num_probes, order);
    for (const std::uint8_t bit : nearest) {
      const auto flipped = static_cast<Code>(codes[table] ^ (1U << bit));
      CountBucket(tables[table].bucket(flipped));
    }
  }
}

void CandidateCounter::CountBucket(std::span<const RowId> bucket) {
  for (const RowId row : bucket) {
    std::uint8_t& hits = hits_[row];
    if (hits == 0) rows_.push_back(row);
    if ((hits & kMaxHits) != kMaxHits) ++hits;
  }
}

void CandidateCounter::Propose(std::span<const RowId> rows) {
  assert(rows_.empty());
  rows_.assign(rows.begin(), rows.end());
  for (const RowId row : rows) hits_[row] = kProposed;
}

void CandidateCounter::Reset() {
  for (const RowId row : rows_) hits_[row] = 0;
  rows_.clear();
}

}  // namespace mongoose

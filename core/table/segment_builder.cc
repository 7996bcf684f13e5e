#include "core/table/segment_builder.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <functional>
#include <numeric>
#include <utility>
#include <vector>

namespace mongoose {
namespace {

// One row that enters or leaves a bucket.
struct Event {
  Code code;
  LocalRow row;
  bool arrives;

  friend bool operator<(const Event& a, const Event& b) {
    return a.code != b.code ? a.code < b.code : a.row < b.row;
  }
};

std::vector<Event> SortedEvents(std::span<const Move> moves) {
  std::vector<Event> events;
  events.reserve(2 * moves.size());
  for (const Move& move : moves) {
    events.push_back({.code = move.from, .row = move.row, .arrives = false});
    events.push_back({.code = move.to, .row = move.row, .arrives = true});
  }
  std::sort(events.begin(), events.end());
  return events;
}

TableSegment::Rows PatchRows(const TableSegment& old,
                             std::span<const Event> events) {
  TableSegment::Rows rows(old.rows().size());
  LocalRow* out = rows.data();
  const LocalRow* copied = old.rows().data();  // rows before are done
  for (const Event& event : events) {
    const auto bucket = old.bucket(event.code);
    const LocalRow* const place =
        std::lower_bound(std::max(copied, bucket.data()),
                         bucket.data() + bucket.size(), event.row);
    out = std::copy(copied, place, out);
    copied = place;
    if (event.arrives) {
      *out++ = event.row;
    } else {
      ++copied;
    }
  }
  std::copy(copied, old.rows().data() + old.rows().size(), out);
  return rows;
}

std::vector<std::uint32_t> PatchOffsets(const TableSegment& old,
                                        std::span<const Move> moves) {
  std::vector<std::uint32_t> growth(old.offsets().size(), 0);
  for (const Move& move : moves) {
    ++growth[move.to + std::size_t{1}];
    --growth[move.from + std::size_t{1}];  // modulo 2^32, as are the sums
  }
  std::partial_sum(growth.begin(), growth.end(), growth.begin());
  std::ranges::transform(growth, old.offsets(), growth.begin(), std::plus<>());
  return growth;
}

}  // namespace

std::shared_ptr<const TableSegment> BuildSegment(std::span<const Code> codes,
                                                 std::size_t num_buckets) {
  assert(codes.size() <= kSegmentRows);
  std::vector<std::uint32_t> offsets(num_buckets + 1, 0);
  for (const Code code : codes) ++offsets[code + 1U];
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  std::vector<std::uint32_t> next(offsets.begin(), offsets.end() - 1);
  TableSegment::Rows rows(codes.size());
  for (std::size_t row = 0; row < codes.size(); ++row) {
    rows[next[codes[row]]++] = static_cast<LocalRow>(row);
  }
  return std::make_shared<const TableSegment>(std::move(offsets),
                                              std::move(rows));
}

std::shared_ptr<const TableSegment> PatchSegment(const TableSegment& old,
                                                 std::span<const Move> moves) {
  return std::make_shared<const TableSegment>(
      PatchOffsets(old, moves), PatchRows(old, SortedEvents(moves)));
}

// Nanoseconds, rounded from trials on a shared AVX-512 server and not yet
// checked at the crossover: a build counts, sorts and reads the codes of every
// row; a patch copies every row and sorts, finds and moves two entries a move.
bool PatchIsCheaper(std::size_t num_moves, std::size_t num_rows,
                    std::size_t num_buckets) {
  constexpr double kBuildRow = 2.5;
  constexpr double kBuildBucket = 1.0;
  constexpr double kPatchRow = 0.3;
  constexpr double kPatchBucket = 1.0;
  constexpr double kPatchMove = 100;
  const auto rows = static_cast<double>(num_rows);
  const auto buckets = static_cast<double>(num_buckets);
  return kPatchRow * rows + kPatchBucket * buckets +
             kPatchMove * static_cast<double>(num_moves) <
         kBuildRow * rows + kBuildBucket * buckets;
}

}  // namespace mongoose

#include "core/learn/hash_gate.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_format.h"

namespace mongoose {
namespace {

constexpr std::size_t kQueriesPerBlock = 64;

bool Contains(std::span<const RowId> ascending, RowId row) {
  return std::ranges::binary_search(ascending, row);
}

// Sums, for each query, the shares [0, 1] that found_by(query) says are found
// of its wanted rows, given by their places.
template <typename FoundBy>
FoundRows Count(const GateCase& judged, FoundBy found_by) {
  const std::size_t queries = judged.held_back.size();
  FoundRows out{.wanted = std::vector<float>(queries),
                .found = std::vector<float>(queries),
                .wanted_rare = std::vector<float>(queries),
                .found_rare = std::vector<float>(queries)};
  for (std::size_t q = 0; q < queries; ++q) {
    const auto rows = judged.held_back.rows(q);
    const auto found = found_by(q);
    for (std::size_t place = 0; place < rows.size(); ++place) {
      if (rows[place] == kNoRow) break;
      const float share = found(place);
      out.wanted[q] += 1;
      out.found[q] += share;
      if (Contains(judged.hubs, rows[place])) continue;
      out.wanted_rare[q] += 1;
      out.found_rare[q] += share;
    }
  }
  return out;
}

double Share(std::span<const float> found, std::span<const float> wanted) {
  const auto sum = [](std::span<const float> counts) {
    return std::accumulate(counts.begin(), counts.end(), 0.0);
  };
  const double all = sum(wanted);
  return all == 0 ? 1.0 : sum(found) / all;
}

// The share of each cell that is read for one query.
void ChooseCells(std::span<const float> keys,
                 std::span<const std::size_t> sizes, double rows,
                 std::vector<std::size_t>& order, std::vector<float>& read) {
  order.resize(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // A heap, as few of many cells are read.
  const auto is_after = [&](std::size_t a, std::size_t b) {
    return keys[a] != keys[b] ? keys[a] < keys[b] : a > b;
  };
  std::ranges::make_heap(order, is_after);
  read.assign(keys.size() + 1, 0);
  while (!order.empty() && rows > 0) {
    const std::size_t cell = order.front();
    const auto size = static_cast<double>(sizes[cell]);
    read[cell] = size <= rows ? 1.0F : static_cast<float>(rows / size);
    rows -= size;
    std::ranges::pop_heap(order, is_after);
    order.pop_back();
  }
}

enum class Outcome { kAdopted, kNoBetterThanCurrent, kNoBetterThanList };

std::string_view Describe(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAdopted:
      return "adopted";
    case Outcome::kNoBetterThanCurrent:
      return "refused, no better than the current functions";
    case Outcome::kNoBetterThanList:
      return "refused, no better than the hot list";
  }
  return "";
}

GateVerdict VerdictOn(const FoundRows& current, const FoundRows& candidate,
                      const FoundRows& hot_list, Outcome outcome) {
  GateVerdict verdict{.adopt = outcome == Outcome::kAdopted,
                      .current = RecallOf(current),
                      .candidate = RecallOf(candidate),
                      .hot_list = RecallOf(hot_list),
                      .queries = candidate.wanted.size()};
  verdict.reason = absl::StrFormat(
      "%s: recall %.4f, current %.4f, hot list %.4f (without hubs %.4f, %.4f, "
      "%.4f) on %d queries",
      Describe(outcome), verdict.candidate.all, verdict.current.all,
      verdict.hot_list.all, verdict.candidate.without_hubs,
      verdict.current.without_hubs, verdict.hot_list.without_hubs,
      verdict.queries);
  return verdict;
}

}  // namespace

FoundRows FindInCells(const PartitionProjection& partition,
                      std::span<const std::size_t> sizes, std::size_t hot_rows,
                      std::span<const std::uint32_t> cells,
                      const GateCase& judged) {
  const std::size_t num_cells = partition.spec().num_buckets();
  const auto queries = judged.held_back.queries();
  assert(sizes.size() == num_cells);
  const std::size_t max_rows = judged.held_back.max_rows();
  assert(cells.size() == queries.rows() * max_rows);
  const auto hot = static_cast<double>(hot_rows);
  const double rows = std::max(0.0, judged.rows - hot);
  const float of_list =
      hot <= judged.rows ? 1.0F : static_cast<float>(judged.rows / hot);
  std::vector<float> keys;
  std::vector<std::size_t> order;
  std::vector<float> read;
  return Count(judged, [&](std::size_t q) {
    const std::size_t in_block = q % kQueriesPerBlock;
    if (in_block == 0) {
      const std::size_t count = std::min(kQueriesPerBlock, queries.rows() - q);
      keys.resize(count * num_cells);
      partition.CellKeys(queries.Rows(q, count), keys);
    }
    ChooseCells(std::span(keys).subspan(in_block * num_cells, num_cells), sizes,
                rows, order, read);
    read[num_cells] = of_list;
    return [&read, of_query = cells.subspan(q * max_rows)](std::size_t place) {
      return read[of_query[place]];
    };
  });
}

FoundRows FindMarked(std::span<const std::uint8_t> marks,
                     const GateCase& judged) {
  assert(marks.size() == judged.held_back.all_rows().size());
  return Count(judged, [&](std::size_t q) {
    return
        [of_query = marks.subspan(q * judged.held_back.max_rows())](
            std::size_t place) { return of_query[place] != 0 ? 1.0F : 0.0F; };
  });
}

FoundRows FindInList(std::span<const RowId> list, const GateCase& judged) {
  return Count(judged, [&](std::size_t q) {
    return [list, rows = judged.held_back.rows(q)](std::size_t place) {
      return Contains(list, rows[place]) ? 1.0F : 0.0F;
    };
  });
}

FoundRows FindInStaticList(const QueryTruths& training,
                           const GateCase& judged) {
  return FindInList(MostWanted(training, static_cast<std::size_t>(judged.rows)),
                    judged);
}

std::vector<RowId> MostWanted(const QueryTruths& truths, std::size_t count) {
  std::unordered_map<RowId, std::size_t> times;
  for (const RowId row : truths.all_rows()) {
    if (row != kNoRow) ++times[row];
  }
  std::vector<std::pair<std::size_t, RowId>> wanted;
  for (const auto& [row, n] : times) {
    if (n >= 2) wanted.emplace_back(n, row);
  }
  std::ranges::sort(wanted, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  wanted.resize(std::min(count, wanted.size()));
  std::vector<RowId> rows;
  rows.reserve(wanted.size());
  for (const auto& [n, row] : wanted) rows.push_back(row);
  std::ranges::sort(rows);
  return rows;
}

std::vector<RowId> HubsOf(const QueryTruths& training, std::size_t num_rows) {
  constexpr std::size_t kRowsPerHub = 200;
  return MostWanted(training, num_rows / kRowsPerHub);
}

GateRecall RecallOf(const FoundRows& found) {
  return {.all = Share(found.found, found.wanted),
          .without_hubs = Share(found.found_rare, found.wanted_rare)};
}

bool IsBetter(const FoundRows& a, const FoundRows& b,
              const GainMargin& margin) {
  std::vector<double> gains;
  for (std::size_t q = 0; q < a.wanted.size(); ++q) {
    if (a.wanted[q] == 0) continue;
    gains.push_back((static_cast<double>(a.found[q]) - b.found[q]) /
                    static_cast<double>(a.wanted[q]));
  }
  return IsGain(gains, margin);
}

GateVerdict JudgeCandidate(const FoundRows& current, const FoundRows& candidate,
                           const FoundRows& hot_list, double min_gain) {
  const GainMargin margin{.least = min_gain};
  return VerdictOn(
      current, candidate, hot_list,
      !IsBetter(candidate, current, margin)    ? Outcome::kNoBetterThanCurrent
      : !IsBetter(candidate, hot_list, margin) ? Outcome::kNoBetterThanList
                                               : Outcome::kAdopted);
}

GateVerdict JudgeCandidate(const FoundRows& current, const FoundRows& candidate,
                           const QueryTruths& training, const GateCase& judged,
                           double min_gain) {
  GateVerdict verdict = JudgeCandidate(
      current, candidate, FindInStaticList(training, judged), min_gain);
  verdict.rows = judged.rows;
  return verdict;
}

GateVerdict JudgeHotList(const FoundRows& current, const FoundRows& candidate,
                         const FoundRows& hot_list) {
  return VerdictOn(current, candidate, hot_list,
                   IsBetter(candidate, current, kHotListMargin)
                       ? Outcome::kAdopted
                       : Outcome::kNoBetterThanCurrent);
}

}  // namespace mongoose

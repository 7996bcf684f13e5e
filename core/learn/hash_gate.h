// Judges learned functions on queries held back from training.
#ifndef MONGOOSE_CORE_LEARN_HASH_GATE_H_
#define MONGOOSE_CORE_LEARN_HASH_GATE_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/hash/partition_projection.h"
#include "core/learn/paired_gain.h"
#include "core/learn/query_truths.h"

namespace mongoose {

// What one arm finds of the rows wanted, query by query.  Numbers of rows; in
// parts, where a part of a cell is read.
struct FoundRows {
  std::vector<float> wanted;       // [queries]
  std::vector<float> found;        // [queries]
  std::vector<float> wanted_rare;  // [queries], without hub rows
  std::vector<float> found_rare;   // [queries], without hub rows
};

// Shares of the wanted rows found, [0, 1].
struct GateRecall {
  double all = 0;
  double without_hubs = 0;
};

struct GateVerdict {
  bool adopt = false;
  std::string reason;  // with the numbers compared
  GateRecall current;
  GateRecall candidate;
  GateRecall hot_list;      // the same rows for every query
  std::size_t queries = 0;  // held back
  double rows = 0;          // read by each arm for a query
};

// The rows wanted for held-back queries, and what all arms are judged by.
struct GateCase {
  const QueryTruths& held_back;
  std::span<const RowId> hubs;  // ascending; rows near many queries
  double rows = 0;              // that an arm may read for a query
};

// What reading the cells of largest key finds, as many as have `rows` rows, the
// last one in part, whose rows count by as much of it as fits.  `sizes`
// [num_buckets]; `cells` [queries, max_rows]: the cell of each wanted row,
// num_buckets for that of the hot list, which is read first.
FoundRows FindInCells(const PartitionProjection& partition,
                      std::span<const std::size_t> sizes, std::size_t hot_rows,
                      std::span<const std::uint32_t> cells,
                      const GateCase& judged);

// What answers hold: `marks` [queries, max_rows] are 1 for wanted rows that
// were found, else 0.
FoundRows FindMarked(std::span<const std::uint8_t> marks,
                     const GateCase& judged);

// What a static list finds; `list` ascending.
FoundRows FindInList(std::span<const RowId> list, const GateCase& judged);

// The same of the rows wanted most often in `training`, as many as an arm may
// read: what learned functions must beat.
FoundRows FindInStaticList(const QueryTruths& training, const GateCase& judged);

// The rows wanted most often in `truths`, at most `count`, and only those
// wanted at least twice; ascending.
std::vector<RowId> MostWanted(const QueryTruths& truths, std::size_t count);

GateRecall RecallOf(const FoundRows& found);

// Whether the recall of `a` is above that of `b`, paired by query.
bool IsBetter(const FoundRows& a, const FoundRows& b, const GainMargin& margin);

// The rows that count as hubs in reports, one of 200, by the queries learned
// from; ascending.
std::vector<RowId> HubsOf(const QueryTruths& training, std::size_t num_rows);

// Adopts the candidate if it is better than the current functions and than the
// hot list.
GateVerdict JudgeCandidate(const FoundRows& current, const FoundRows& candidate,
                           const FoundRows& hot_list, double min_gain);

// The same, the hot list being the rows wanted most often in `training`, as
// many as an arm may read.
GateVerdict JudgeCandidate(const FoundRows& current, const FoundRows& candidate,
                           const QueryTruths& training, const GateCase& judged,
                           double min_gain);

// Of a hot list, which is chosen among several sizes for what it finds.
inline constexpr GainMargin kHotListMargin{.errors = 3};

// Of a new hot list without learned functions: it is itself what those would
// have to beat, so that it need only be better than the current functions; by
// no least gain, as it costs next to nothing to publish, but by three standard
// errors.
GateVerdict JudgeHotList(const FoundRows& current, const FoundRows& candidate,
                         const FoundRows& hot_list);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_HASH_GATE_H_

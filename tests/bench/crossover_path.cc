#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/counter_rng.h"
#include "core/table/segment_builder.h"
#include "core/table/table_builder.h"
#include "tests/bench/measured_paths.h"
#include "tests/support/codes.h"
#include "tests/support/matrix.h"

namespace mongoose::bench {
namespace {

constexpr std::size_t kTables = 16;

// As many rows of one segment that get new random codes in one table.
std::vector<Move> RandomMoves(const CodeMatrix& codes, std::size_t table,
                              std::size_t count, std::uint32_t num_buckets,
                              CounterRng& rng) {
  auto rows = test_support::RandomIds(codes.rows(), count, rng);
  rows.resize(count);
  std::ranges::sort(rows);
  std::vector<Move> moves;
  for (const RowId row : rows) {
    const Code from = codes.row(row)[table];
    const std::uint32_t step = 1 + rng.NextBelow(num_buckets - 1);
    moves.push_back({.row = static_cast<LocalRow>(row),
                     .from = from,
                     .to = static_cast<Code>((from + step) % num_buckets)});
  }
  return moves;
}

void MeasureShare(const CodeMatrix& codes, std::size_t bits, double percent,
                  const PathContext& context) {
  CounterRng rng(1, 0);
  const std::size_t num_buckets = std::size_t{1} << bits;
  const auto count = static_cast<std::size_t>(percent / 100 * kSegmentRows);
  std::vector<std::vector<Move>> moves;
  for (std::size_t table = 0; table < kTables; ++table) {
    moves.push_back(RandomMoves(codes, table, count,
                                static_cast<std::uint32_t>(num_buckets), rng));
  }
  const Tables tables = BuildTables(codes, num_buckets, context.workers);
  const auto build = [&] { BuildTables(codes, num_buckets, context.workers); };
  const auto patch = [&] {
    for (std::size_t table = 0; table < kTables; ++table) {
      PatchSegment(tables.at(0, table), moves[table]);
    }
  };
  const bool patches = PatchIsCheaper(count, kSegmentRows, num_buckets);
  PathResult result{.path = 7,
                    .work = absl::StrCat(patches ? "patch" : "build", " where ",
                                         percent, " % moved"),
                    .set = "random codes",
                    .bits_per_table = bits,
                    .num_tables = kTables,
                    .peer = patches ? "build" : "patch",
                    .target = 1 / 1.3};
  const int pairs = context.options.repetitions;
  result.costs = patches ? MeasurePairs(build, patch, pairs)
                         : MeasurePairs(patch, build, pairs);
  context.results.Add(result);
}

}  // namespace

void MeasureCrossover(const PathContext& context) {
  for (const std::size_t bits : context.options.bits_per_table()) {
    context.results.Say(absl::StrCat("path 7: K=", bits));
    const CodeMatrix codes =
        test_support::RandomCodes(kSegmentRows, kTables, bits, /*seed=*/bits);
    for (const double percent : {0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 16.0}) {
      MeasureShare(codes, bits, percent, context);
    }
  }
}

}  // namespace mongoose::bench

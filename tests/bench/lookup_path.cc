#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/classic_lsh.h"
#include "tests/bench/measured_paths.h"
#include "tests/bench/ours.h"

namespace mongoose::bench {
namespace {

constexpr std::size_t kTables = 50;

// Both layouts filled with the same codes, and queries for them.
struct Layouts {
  Layouts(const BenchSet& set, TableShape shape, std::size_t num_queries,
          WorkerPool& workers)
      : index(set.frozen, shape, workers),
        classic(shape.bits_per_table, shape.num_tables) {
    index.HashAll();
    index.BuildTables();
    classic.InsertAll(index.RowCodes(), workers);
    codes = index.QueryCodes(set.queries.view().Rows(0, num_queries));
    lookup = std::make_unique<OurLookup>(index);
  }

  std::span<const Code> codes_of(std::size_t query) const {
    return std::span(codes).subspan(query * kTables, kTables);
  }
  std::size_t num_queries() const { return codes.size() / kTables; }

  OurIndex index;
  ClassicLsh classic;
  std::vector<Code> codes;
  std::unique_ptr<OurLookup> lookup;
};

bool SameRows(std::span<const RowId> ours,
              const std::unordered_set<RowId>& theirs) {
  return ours.size() == theirs.size() &&
         std::ranges::all_of(ours,
                             [&](RowId row) { return theirs.contains(row); });
}

absl::Status CheckEqualAnswers(Layouts& layouts) {
  std::unordered_set<RowId> all;
  for (std::size_t q = 0; q < layouts.num_queries(); ++q) {
    std::unordered_set<RowId> one;
    layouts.classic.Lookup(layouts.codes_of(q), one);
    if (!SameRows(layouts.lookup->Lookup(layouts.codes_of(q)), one)) {
      return absl::InternalError(
          absl::StrCat("candidates of query ", q, " differ"));
    }
    all.merge(one);
  }
  if (!SameRows(layouts.lookup->Unite(layouts.codes), all)) {
    return absl::InternalError("unions differ");
  }
  return absl::OkStatus();
}

// Ours: all queries, one after another.
void LookUpAll(Layouts& layouts) {
  for (std::size_t q = 0; q < layouts.num_queries(); ++q) {
    layouts.lookup->Lookup(layouts.codes_of(q));
  }
}

// Divides the costs of a batch among its queries.
PairedCosts PerQuery(PairedCosts costs, std::size_t num_queries) {
  const auto n = static_cast<double>(num_queries);
  for (Cost* cost : {&costs.peer, &costs.ours}) {
    cost->cpu_ms /= n;
    cost->wall_ms /= n;
  }
  return costs;
}

PathResult LookupResult(const BenchSet& set, std::size_t bits, Layouts& layouts,
                        const std::string& peer) {
  const double found =
      static_cast<double>(layouts.lookup->Lookup(layouts.codes_of(0)).size());
  const double share = 100 * found / static_cast<double>(set.rows.rows);
  PathResult result{.path = 1,
                    .work = "lookup of one query",
                    .set = set.name,
                    .bits_per_table = bits,
                    .num_tables = kTables,
                    .peer = peer,
                    .target = 30};
  result.note = absl::StrCat("query 0: ", share, " % of the rows");
  return result;
}

void MeasureSingle(const BenchSet& set, std::size_t bits, Layouts& layouts,
                   const PathContext& context) {
  const auto ours = [&] { LookUpAll(layouts); };
  std::unordered_set<RowId> found;  // keeps its buckets between queries
  const auto with_set = [&] {
    for (std::size_t q = 0; q < layouts.num_queries(); ++q) {
      found.clear();
      layouts.classic.Lookup(layouts.codes_of(q), found);
    }
  };
  PathResult result = LookupResult(set, bits, layouts, "classic (set)");
  result.costs =
      PerQuery(MeasurePairs(with_set, ours, context.options.repetitions),
               layouts.num_queries());
  context.results.Add(result);

  std::unordered_map<RowId, std::uint32_t> counts;
  const auto with_counts = [&] {
    for (std::size_t q = 0; q < layouts.num_queries(); ++q) {
      counts.clear();
      layouts.classic.LookupCounts(layouts.codes_of(q), counts);
    }
  };
  result = LookupResult(set, bits, layouts, "classic (counts)");
  result.costs =
      PerQuery(MeasurePairs(with_counts, ours, context.options.repetitions),
               layouts.num_queries());
  context.results.Add(result);
}

void MeasureUnion(const BenchSet& set, std::size_t bits, Layouts& layouts,
                  const PathContext& context) {
  std::unordered_set<RowId> found;
  const auto peer = [&] {
    found.clear();
    for (std::size_t q = 0; q < layouts.num_queries(); ++q) {
      layouts.classic.Lookup(layouts.codes_of(q), found);
    }
  };
  PathResult result{
      .path = 2,
      .work = absl::StrCat("union of ", layouts.num_queries(), " queries"),
      .set = set.name,
      .bits_per_table = bits,
      .num_tables = kTables,
      .peer = "classic (set)",
      .target = 30};
  result.costs = MeasurePairs(
      peer, [&] { layouts.lookup->Unite(layouts.codes); },
      context.options.repetitions);
  const double share = 100 * static_cast<double>(found.size()) /
                       static_cast<double>(set.rows.rows);
  result.note = absl::StrCat("union: ", share, " % of the rows");
  context.results.Add(result);
}

}  // namespace

absl::Status MeasureLookups(const BenchSet& set, const PathContext& context) {
  const std::size_t num_queries = context.options.quick ? kBatch / 4 : kBatch;
  for (const std::size_t bits : context.options.bits_per_table()) {
    context.results.Say(absl::StrCat("paths 1 and 2: ", set.name, " K=", bits));
    Layouts layouts(set, {.bits_per_table = bits, .num_tables = kTables},
                    num_queries, context.workers);
    if (context.options.Measures(1)) {
      MeasureSingle(set, bits, layouts, context);
    }
    if (context.options.Measures(2)) MeasureUnion(set, bits, layouts, context);
    // Last: the sets it frees would leave the heap in pieces for the peer.
    const absl::Status equal = CheckEqualAnswers(layouts);
    if (!equal.ok()) return equal;
  }
  return absl::OkStatus();
}

}  // namespace mongoose::bench

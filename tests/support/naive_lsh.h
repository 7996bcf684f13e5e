// The obvious way to compute what core computes, in float64: the truth that
// tests compare against.
#ifndef MONGOOSE_TESTS_SUPPORT_NAIVE_LSH_H_
#define MONGOOSE_TESTS_SUPPORT_NAIVE_LSH_H_

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "core/base/row_id.h"
#include "core/hash/code_matrix.h"
#include "core/hash/hash_spec.h"
#include "core/query/active_sets.h"
#include "core/query/index_snapshot.h"
#include "core/query/query_plan.h"
#include "tests/support/matrix.h"

namespace mongoose::naive {

// y[i] = sum over j of (-1)^popcount(i & j) x[j].
std::vector<double> Hadamard(std::span<const double> x);

// The signed distance behind every bit, [num_bits].  REQUIRES: SimHash.
std::vector<double> Margins(const HashSpec& spec, std::span<const float> x);
// Bit b of code t is margins[t * bits + b] > 0.
std::vector<Code> PackBits(std::span<const double> margins,
                           std::size_t bits_per_table);
// Densified winner-take-all.
std::vector<Code> WtaCodes(const HashSpec& spec, std::span<const float> x);

using Table = std::map<Code, std::vector<RowId>>;
std::vector<Table> BuildTables(const CodeMatrix& codes);

// In how many of the query's buckets each row stands, probes included.
std::map<RowId, std::size_t> CountHits(std::span<const Table> tables,
                                       std::span<const Code> codes,
                                       std::span<const float> margins,
                                       std::size_t num_probes);

std::size_t HammingDistance(std::span<const Code> a, std::span<const Code> b);

double Dot(std::span<const float> a, std::span<const float> b);
// The k rows of largest inner product, best first, ties by id.
std::vector<RowId> TopRows(const test_support::Matrix& rows,
                           std::span<const float> query, std::size_t k);
// Sum over all rows of e^(row . query).
double Normaliser(const test_support::Matrix& rows,
                  std::span<const float> query);

// One sample of RunNeuronQuery, tail excluded, where max_candidates does not
// bind.
std::vector<RowId> ActiveRows(const IndexSnapshot& snapshot,
                              const test_support::Matrix& rows,
                              std::span<const float> query,
                              std::span<const RowId> labels,
                              const QueryPlan& plan);

// 1 - (1 - p^K)^L, and the chance of at least two hits.
double UnionChance(double p, std::size_t bits, std::size_t tables);
double TwoHitChance(double p, std::size_t bits, std::size_t tables);

}  // namespace mongoose::naive

#endif  // MONGOOSE_TESTS_SUPPORT_NAIVE_LSH_H_

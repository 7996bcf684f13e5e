#include "core/query/candidate_counter.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/table/table_builder.h"
#include "tests/support/codes.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::RandomCodes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// 300 rows in 6 tables of 4 bits, and one query with its margins.
class CandidateCounterTest : public ::testing::Test {
 protected:
  void ExpectNaiveHits(std::size_t num_probes) {
    counter_.Count(tables_, query_.row(0), {margins_, num_probes}, 1);
    const auto truth = naive::CountHits(naive::BuildTables(codes_),
                                        query_.row(0), margins_, num_probes);
    EXPECT_THAT(counter_.rows(), SizeIs(truth.size()));
    for (const auto& [row, hits] : truth) {
      EXPECT_EQ(counter_.hits(row), hits);
    }
    counter_.Reset();
  }
  WorkerPool pool_{0};
  const CodeMatrix codes_ = RandomCodes(300, 6, 4, 1);
  const CodeMatrix query_ = RandomCodes(1, 6, 4, 2);
  const Tables tables_ = BuildTables(codes_, 16, pool_);
  const std::vector<float> margins_ =
      test_support::GaussianMatrix(1, 24, 3).values;
  CandidateCounter counter_{300};
};

TEST_F(CandidateCounterTest, CountsAsTheNaiveOracle) {
  for (std::size_t probes = 0; probes <= 4; ++probes) {
    SCOPED_TRACE(probes);
    ExpectNaiveHits(probes);
  }
}

TEST_F(CandidateCounterTest, NearestBitsAreProbedFirstAndTiesByPosition) {
  CodeMatrix codes(4, 1);
  for (Code i = 0; i < 4; ++i) codes.mutable_row(i)[0] = i;
  const Tables tables = BuildTables(codes, 4, pool_);
  const std::vector<Code> query = {0};
  const std::vector<float> equal = {-0.5F, 0.5F};
  CandidateCounter counter(4);
  counter.Count(tables, query, {equal, 1}, 1);
  EXPECT_THAT(counter.rows(), ElementsAre(0, 1));
  counter.Reset();
  const std::vector<float> second = {0.5F, -0.25F};
  counter.Count(tables, query, {second, 1}, 1);
  EXPECT_THAT(counter.rows(), ElementsAre(0, 2));
}

TEST_F(CandidateCounterTest, ProposedRowsComeFirstWithTheirTrueHits) {
  const std::vector<RowId> hot = {299, 5};
  const auto truth =
      naive::CountHits(naive::BuildTables(codes_), query_.row(0), {}, 0);
  counter_.Propose(hot);
  counter_.Count(tables_, query_.row(0), {}, 1);
  EXPECT_EQ(counter_.rows()[0], 299U);
  EXPECT_EQ(counter_.rows()[1], 5U);
  for (RowId row = 0; row < 300; ++row) {
    const auto it = truth.find(row);
    EXPECT_EQ(counter_.hits(row), it == truth.end() ? 0 : it->second);
  }
  std::vector<RowId> rows(counter_.rows().begin(), counter_.rows().end());
  std::ranges::sort(rows);
  EXPECT_EQ(std::ranges::adjacent_find(rows), rows.end());
}

TEST_F(CandidateCounterTest, RowsBecomeCandidatesWithTheirLastNeededHit) {
  const auto truth =
      naive::CountHits(naive::BuildTables(codes_), query_.row(0), {}, 0);
  for (std::size_t min_hits = 1; min_hits <= 6; ++min_hits) {
    counter_.Count(tables_, query_.row(0), {}, min_hits);
    std::vector<RowId> expected;
    for (const auto& [row, hits] : truth) {
      if (hits >= min_hits) expected.push_back(row);
    }
    EXPECT_THAT(counter_.rows(),
                ::testing::UnorderedElementsAreArray(expected));
    EXPECT_EQ(counter_.num_seen(), truth.size());
    counter_.Reset();
  }
}

TEST_F(CandidateCounterTest, CountingAgainUnitesQueries) {
  const CodeMatrix others = RandomCodes(40, 6, 4, 5);
  std::set<RowId> expected;
  for (std::size_t i = 0; i < 40; ++i) {
    counter_.Count(tables_, others.row(i), {}, 1);
    for (const auto& [row, hits] :
         naive::CountHits(naive::BuildTables(codes_), others.row(i), {}, 0)) {
      expected.insert(row);
    }
  }
  EXPECT_THAT(counter_.rows(), ::testing::UnorderedElementsAreArray(expected));
}

TEST_F(CandidateCounterTest, ResetForgetsEverything) {
  const std::vector<RowId> hot = {7};
  counter_.Propose(hot);
  counter_.Count(tables_, query_.row(0), {}, 1);
  counter_.Reset();
  EXPECT_THAT(counter_.rows(), IsEmpty());
  for (RowId row = 0; row < 300; ++row) EXPECT_EQ(counter_.hits(row), 0);
}

TEST_F(CandidateCounterTest, HitsStopAt127) {
  for (const bool proposed : {false, true}) {
    const CodeMatrix codes(3, 400);
    const Tables tables = BuildTables(codes, 2, pool_);
    const std::vector<RowId> hot = {1};
    CandidateCounter counter(3);
    if (proposed) counter.Propose(hot);
    counter.Count(tables, codes.row(0), {}, 1);
    EXPECT_THAT(counter.rows(), SizeIs(3));
    for (RowId row = 0; row < 3; ++row) EXPECT_EQ(counter.hits(row), 127);
  }
}

TEST_F(CandidateCounterTest, EmptyBucketsProposeNothing) {
  const Tables tables = BuildTables(CodeMatrix(10, 2), 4, pool_);
  const std::vector<Code> elsewhere = {3, 3};
  CandidateCounter counter(10);
  counter.Count(tables, elsewhere, {}, 1);
  EXPECT_THAT(counter.rows(), IsEmpty());
}

}  // namespace
}  // namespace mongoose

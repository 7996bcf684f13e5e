#include "core/query/neuron_query.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "core/table/table_builder.h"
#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"
#include "tests/support/naive_lsh.h"

namespace mongoose {
namespace {

using test_support::IntegerMatrix;
using test_support::Matrix;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// 333 rows and 70 queries (three shards) of whole numbers, so that scores are
// exact and the oracle's order is the only one.
class NeuronQueryTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kRows = 333;
  static constexpr std::size_t kBatch = 70;

  explicit NeuronQueryTest(HashFamily family = HashFamily::kOrthogonal) {
    const HashSpec hash{.family = family,
                        .cols = 20,
                        .bits_per_table = 6,
                        .num_tables = 12,
                        .seed = 3,
                        .sketch_bits = 64};
    snapshot_.projection = *CreateProjection(hash);
    CodeMatrix codes(kRows, hash.num_tables);
    HashRows(*snapshot_.projection, *rows_, test_support::AllIds(kRows), 0,
             codes);
    Sketch sketch(kRows, hash.sketch_bits);
    for (RowId row = 0; row < kRows; ++row) {
      sketch.Set(row, codes.row(row), hash.bits_per_table);
    }
    snapshot_.sketch = std::make_shared<const Sketch>(std::move(sketch));
    snapshot_.tables = std::make_shared<const Tables>(
        BuildTables(codes, hash.num_buckets(), alone_));
    snapshot_.codes = std::make_shared<const CodeMatrix>(std::move(codes));
    snapshot_.hot_list = std::make_shared<const std::vector<RowId>>(
        std::vector<RowId>{2, 50, 332});
    query_.queries = queries_.view();
    query_.plan = {.num_active = 12, .min_hits = 2, .max_candidates = 1000};
  }

  ActiveSets Run(WorkerPool& workers) {
    return *RunNeuronQuery(snapshot_, *rows_, query_,
                           {workers, workspaces_, clock_, never_});
  }
  // Labels of sample i: i % 4 of them, the last two equal.
  void GiveLabels() {
    offsets_ = {0};
    for (RowId i = 0; i < kBatch; ++i) {
      for (RowId k = 0; k < i % 4; ++k) {
        labels_.push_back(
            static_cast<RowId>((i * 37 + std::min(k, 1U) * 11) % kRows));
      }
      offsets_.push_back(static_cast<std::uint32_t>(labels_.size()));
    }
    query_.label_offsets = offsets_;
    query_.label_ids = labels_;
  }
  void ExpectNaiveSets() {
    const ActiveSets sets = Run(alone_);
    ASSERT_EQ(sets.offsets.size(), kBatch + 1);
    for (std::size_t i = 0; i < kBatch; ++i) {
      const std::vector<RowId> truth = naive::ActiveRows(
          snapshot_, matrix_, queries_.row(i), query_.labels(i), query_.plan);
      ASSERT_THAT(IdsOf(sets, i), ElementsAreArray(truth)) << "sample " << i;
    }
  }
  static std::vector<RowId> IdsOf(const ActiveSets& sets, std::size_t i) {
    return {sets.ids.begin() + sets.offsets[i],
            sets.ids.begin() + sets.offsets[i + 1]};
  }

  // Ascending Hamming distances of those rows that are not hot.
  std::vector<std::size_t> ColdDistances(const std::vector<RowId>& rows,
                                         std::span<const Code> codes) const {
    std::vector<std::size_t> distances;
    for (const RowId row : rows) {
      if (std::ranges::count(*snapshot_.hot_list, row) > 0) continue;
      distances.push_back(
          naive::HammingDistance(snapshot_.codes->row(row), codes));
    }
    std::ranges::sort(distances);
    return distances;
  }
  // The best rows of the hot list and of the `count` nearest sketches.
  std::vector<RowId> RankBySketch(std::size_t sample,
                                  std::span<const Code> codes,
                                  std::size_t count) const {
    const auto sketch_of = [](std::span<const Code> of) {
      std::vector<std::uint64_t> word(1);
      PackSketch(of, 6, word);
      return word[0];
    };
    std::vector<std::pair<int, RowId>> by_distance;
    for (RowId row = 0; row < kRows; ++row) {
      by_distance.emplace_back(
          std::popcount(sketch_of(snapshot_.codes->row(row)) ^
                        sketch_of(codes)),
          row);
    }
    std::ranges::sort(by_distance);
    by_distance.resize(std::min(count, kRows));
    std::set<RowId> rows(snapshot_.hot_list->begin(),
                         snapshot_.hot_list->end());
    for (const auto& [distance, row] : by_distance) rows.insert(row);
    std::vector<std::pair<double, RowId>> ranked;
    for (const RowId row : rows) {
      ranked.emplace_back(-naive::Dot(matrix_.row(row), queries_.row(sample)),
                          row);
    }
    std::ranges::sort(ranked);
    std::vector<RowId> best;
    for (const auto& [score, row] : ranked) best.push_back(row);
    best.resize(std::min(best.size(), query_.plan.num_active));
    return best;
  }
  static void ExpectDistinctRows(const ActiveSets& sets) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      const auto ids = IdsOf(sets, i);
      EXPECT_EQ(std::set<RowId>(ids.begin(), ids.end()).size(), ids.size());
      for (const RowId row : ids) ASSERT_LT(row, kRows);
    }
  }

  const Matrix matrix_ = IntegerMatrix(kRows, 20, 1);
  const Matrix queries_ = IntegerMatrix(kBatch, 20, 2);
  const std::shared_ptr<const FrozenRows> rows_ =
      test_support::FreezeMatrix(matrix_);
  IndexSnapshot snapshot_;
  NeuronQuery query_;
  std::vector<std::uint32_t> offsets_;
  std::vector<RowId> labels_;
  WorkerPool alone_{0};
  WorkspacePool workspaces_{kRows};
  SteadyClock clock_;
  NeverCancelled never_;
};

class WtaQueryTest : public NeuronQueryTest {
 protected:
  WtaQueryTest() : NeuronQueryTest(HashFamily::kDensifiedWta) {}
};

TEST_F(NeuronQueryTest, AnswersAsTheOracleForManyPlans) {
  for (const std::size_t min_hits : {1, 2, 4}) {
    for (const std::size_t probes : {0, 1, 6}) {
      for (const bool rerank : {true, false}) {
        SCOPED_TRACE(testing::Message() << min_hits << probes << rerank);
        query_.plan.min_hits = min_hits;
        query_.plan.num_probes = probes;
        query_.plan.rerank = rerank;
        query_.plan.use_hot_list = min_hits != 4;
        ExpectNaiveSets();
      }
    }
  }
}

TEST_F(NeuronQueryTest, PutsDistinctLabelsFirstAndNeverTwice) {
  GiveLabels();
  for (const std::size_t num_active : {0, 1, 5, 1000}) {
    SCOPED_TRACE(num_active);
    query_.plan.num_active = num_active;
    ExpectNaiveSets();
  }
}

TEST_F(NeuronQueryTest, LabelsComeFirstWithoutRerankToo) {
  GiveLabels();
  query_.plan.rerank = false;
  ExpectNaiveSets();
}

TEST_F(NeuronQueryTest, SketchPlansRankTheNearestSketchesAndTheHotList) {
  query_.plan.propose = ProposeFrom::kSketch;
  for (const std::size_t candidates : {1U, 20U, 333U, 5000U}) {
    query_.plan.max_candidates = candidates;
    const ActiveSets sets = Run(alone_);
    CodeMatrix codes(kBatch, 12);
    HashQueries(*snapshot_.projection, queries_.view(), codes, {});
    for (std::size_t i = 0; i < kBatch; ++i) {
      ASSERT_THAT(IdsOf(sets, i),
                  ElementsAreArray(RankBySketch(i, codes.row(i), candidates)));
    }
  }
}

TEST_F(WtaQueryTest, AnswersAsTheOracle) {
  GiveLabels();
  ExpectNaiveSets();
}

TEST_F(NeuronQueryTest, ThreadsDoNotChangeTheAnswer) {
  GiveLabels();
  query_.plan.num_tail = 9;
  query_.plan.max_candidates = 20;
  query_.want_scores = query_.want_hits = true;
  const ActiveSets one = Run(alone_);
  for (int threads = 1; threads <= 3; ++threads) {
    WorkerPool workers(threads);
    const ActiveSets many = Run(workers);
    EXPECT_EQ(many.offsets, one.offsets);
    EXPECT_EQ(many.ids, one.ids);
    EXPECT_EQ(many.scores, one.scores);
    EXPECT_EQ(many.hits, one.hits);
    EXPECT_EQ(many.log_weights, one.log_weights);
    EXPECT_EQ(many.num_candidates, one.num_candidates);
  }
}

TEST_F(NeuronQueryTest, TheBatchDoesNotChangeASamplesAnswer) {
  const ActiveSets together = Run(alone_);
  for (std::size_t i = 0; i < kBatch; i += 7) {
    query_.queries = queries_.view().Rows(i, 1);
    EXPECT_EQ(Run(alone_).ids, IdsOf(together, i));
  }
}

TEST_F(NeuronQueryTest, TheCutKeepsTheNearestCandidatesAndTheHotList) {
  query_.plan = {.num_active = 1000, .min_hits = 1, .max_candidates = 10};
  CodeMatrix codes(kBatch, 12);
  HashQueries(*snapshot_.projection, queries_.view(), codes, {});
  const auto tables = naive::BuildTables(*snapshot_.codes);
  const ActiveSets sets = Run(alone_);
  for (std::size_t i = 0; i < kBatch; ++i) {
    std::vector<RowId> rows;
    for (const auto& entry : naive::CountHits(tables, codes.row(i), {}, 0)) {
      rows.push_back(entry.first);
    }
    auto nearest = ColdDistances(rows, codes.row(i));
    nearest.resize(std::min<std::size_t>(10, nearest.size()));
    ASSERT_EQ(ColdDistances(IdsOf(sets, i), codes.row(i)), nearest);
  }
}

TEST_F(NeuronQueryTest, HotRowsAreProposedToEveryQuery) {
  query_.plan = {.num_active = 1000, .min_hits = 127};
  const ActiveSets sets = Run(alone_);
  for (std::size_t i = 0; i < kBatch; ++i) {
    auto ids = IdsOf(sets, i);
    std::ranges::sort(ids);
    EXPECT_EQ(ids, *snapshot_.hot_list);
  }
  query_.plan.use_hot_list = false;
  EXPECT_THAT(Run(alone_).ids, IsEmpty());
}

TEST_F(NeuronQueryTest, DetailsBelongToTheirIds) {
  GiveLabels();
  query_.plan.num_tail = 5;
  query_.want_scores = query_.want_hits = true;
  const ActiveSets sets = Run(alone_);
  CodeMatrix codes(kBatch, 12);
  HashQueries(*snapshot_.projection, queries_.view(), codes, {});
  const auto tables = naive::BuildTables(*snapshot_.codes);
  for (std::size_t i = 0; i < kBatch; ++i) {
    auto hits = naive::CountHits(tables, codes.row(i), {}, 0);
    for (std::size_t k = sets.offsets[i]; k < sets.offsets[i + 1]; ++k) {
      const RowId row = sets.ids[k];
      ASSERT_EQ(sets.scores[k], naive::Dot(matrix_.row(row), queries_.row(i)));
      ASSERT_EQ(sets.hits[k], hits[row]);
    }
  }
}

TEST_F(NeuronQueryTest, TheTailIsDistinctOutsideAndWeighted) {
  GiveLabels();
  query_.plan.num_tail = 30;
  const ActiveSets sets = Run(alone_);
  for (std::size_t i = 0; i < kBatch; ++i) {
    const std::vector<RowId> ids = IdsOf(sets, i);
    EXPECT_EQ(std::set<RowId>(ids.begin(), ids.end()).size(), ids.size());
    const std::size_t head = ids.size() - 30;
    const float weight = std::log(static_cast<float>(kRows - head) / 30);
    for (std::size_t k = 0; k < ids.size(); ++k) {
      ASSERT_NEAR(sets.log_weights[sets.offsets[i] + k], k < head ? 0 : weight,
                  1e-5);
    }
  }
}

TEST_F(NeuronQueryTest, GivesNoDetailsThatWereNotAskedFor) {
  const ActiveSets sets = Run(alone_);
  EXPECT_THAT(sets.scores, IsEmpty());
  EXPECT_THAT(sets.hits, IsEmpty());
  EXPECT_THAT(sets.log_weights, IsEmpty());
}

TEST_F(NeuronQueryTest, CountsTheCandidatesThatWereProposed) {
  query_.plan.use_hot_list = false;
  CodeMatrix codes(kBatch, 12);
  HashQueries(*snapshot_.projection, queries_.view(), codes, {});
  const auto tables = naive::BuildTables(*snapshot_.codes);
  std::size_t truth = 0;
  for (std::size_t i = 0; i < kBatch; ++i) {
    truth += naive::CountHits(tables, codes.row(i), {}, 0).size();
  }
  EXPECT_EQ(Run(alone_).num_candidates, truth);
}

TEST_F(NeuronQueryTest, StopsWhenItIsCancelled) {
  for (const int nth : {1, 2, 3}) {
    const test_support::CancelledAtCheck cancel(nth);
    const auto sets = RunNeuronQuery(snapshot_, *rows_, query_,
                                     {alone_, workspaces_, clock_, cancel});
    EXPECT_EQ(sets.status().code(), absl::StatusCode::kCancelled);
  }
}

// Scores of huge values overflow to infinities and NaN, beside proper ones.
TEST_F(NeuronQueryTest, HugeValuesStillGiveAProperAnswer) {
  Matrix huge = matrix_;
  for (std::size_t i = 0; i < huge.values.size(); ++i) {
    if (i / 20 % 3 != 0) huge.values[i] *= 3e37F;
  }
  Matrix queries = queries_;
  for (float& v : queries.values) v *= 3e37F;
  query_.queries = queries.view();
  query_.plan = {.num_active = 200, .min_hits = 1};
  const auto rows = test_support::FreezeMatrix(huge);
  const auto sets = *RunNeuronQuery(snapshot_, *rows, query_,
                                    {alone_, workspaces_, clock_, never_});
  ExpectDistinctRows(sets);
}

}  // namespace
}  // namespace mongoose

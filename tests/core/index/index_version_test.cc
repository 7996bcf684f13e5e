// No reader ever sees a mix of versions, however writers and rebuilds race.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

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

// Chunk s sets every row to the same vector, number s, so that everything
// read names the chunk it comes from.
class IndexVersionTest : public test_support::IndexTest {
 protected:
  static constexpr std::uint64_t kChunks = 150;

  void SetUp() override {
    for (std::uint64_t s = 0; s <= kChunks; ++s) {
      Matrix same(100, 24);
      const Matrix vector = IntegerMatrix(1, 24, 1000 + s);
      for (std::size_t i = 0; i < 100; ++i) {
        std::ranges::copy(vector.values, same.row(i).begin());
      }
      states_.push_back(std::move(same));
    }
  }
  void CreateFirst(const IndexSpec& spec) { CreateWith(spec, states_[1]); }
  // Applies chunks 2, 3, ... while `read` runs, at least once after the last.
  template <typename Read>
  void Race(Read read) {
    std::atomic<bool> done{false};
    std::jthread writer([&] {
      for (std::uint64_t s = 2; s <= kChunks; ++s) {
        EXPECT_TRUE(writer_->SetAll(states_[s]).ok());
        std::this_thread::yield();
      }
      done = true;
    });
    while (!done) read();
    index_->WaitUntilIdleForTest();
    read();
  }
  void ExpectOneVersion(const IndexSnapshot& snapshot) {
    CodeMatrix truth(100, snapshot.codes->tables());
    HashRows(*snapshot.projection,
             *test_support::FreezeMatrix(states_[snapshot.hashed_sequence]),
             test_support::AllIds(100), 0, truth);
    ASSERT_EQ(*snapshot.codes, truth) << snapshot.hashed_sequence;
    ASSERT_EQ(
        *snapshot.tables,
        BuildTables(truth, snapshot.projection->spec().num_buckets(), alone_));
  }
  std::vector<Matrix> states_;  // by sequence
  WorkerPool alone_{0};
};

TEST_F(IndexVersionTest, ASnapshotHoldsTheCodesAndTablesOfOneSequence) {
  CreateFirst(test_support::SmallSpec());
  std::uint64_t version = 0;
  std::uint64_t sequence = 0;
  Race([&] {
    const auto snapshot = index_->snapshot();
    ExpectOneVersion(*snapshot);
    EXPECT_GE(snapshot->version, version);
    EXPECT_GE(snapshot->hashed_sequence, sequence);
    version = snapshot->version;
    sequence = snapshot->hashed_sequence;
  });
  EXPECT_EQ(sequence, kChunks);
}

TEST_F(IndexVersionTest, ACentredSnapshotHasTheMeansOfItsRows) {
  IndexSpec spec = test_support::SmallSpec();
  spec.hash.centre = true;
  CreateFirst(spec);
  Race([&] {
    const auto snapshot = index_->snapshot();
    const auto row = states_[snapshot->hashed_sequence].row(0);
    ASSERT_TRUE(std::ranges::equal(snapshot->projection->means().rows, row));
    ExpectOneVersion(*snapshot);
  });
}

TEST_F(IndexVersionTest, AnAnswerScoresTheRowsOfOneSequence) {
  CreateFirst(test_support::SmallSpec());
  const Matrix query = IntegerMatrix(1, 24, 5);
  Race([&] {
    const auto answer = *Ask({.queries = query.view(),
                              .plan = {.num_active = 0, .num_tail = 100},
                              .want_scores = true});
    const Matrix& rows = states_[answer.state.applied_sequence];
    const double truth = naive::Dot(rows.row(0), query.row(0));
    ASSERT_EQ(answer.sets.scores,
              std::vector<float>(100, static_cast<float>(truth)));
    ASSERT_LE(answer.state.hashed_sequence, answer.state.applied_sequence);
  });
}

// All rows share a bucket: a query that mixed functions and tables of two
// versions would find none of them, or only some.
TEST_F(IndexVersionTest, AQueryEqualToTheRowsFindsThemAllInOneSnapshot) {
  CreateFirst(test_support::SmallSpec());
  WorkspacePool workspaces(100);
  Race([&] {
    const auto snapshot = index_->snapshot();
    const Matrix& rows = states_[snapshot->hashed_sequence];
    const auto sets =
        *backend_.QueryNeurons(*snapshot, *test_support::FreezeMatrix(rows),
                               {.queries = rows.view().Rows(0, 1),
                                .plan = {.num_active = 100, .min_hits = 8}},
                               workspaces, never_);
    ASSERT_EQ(sets.ids.size(), 100U);
  });
}

}  // namespace
}  // namespace mongoose

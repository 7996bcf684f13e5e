// Indexes of PlantedRows that learn.
#ifndef MONGOOSE_TESTS_SUPPORT_LEARNING_FIXTURE_H_
#define MONGOOSE_TESTS_SUPPORT_LEARNING_FIXTURE_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/oracle/exact_search.h"
#include "tests/support/index_fixture.h"
#include "tests/support/planted_rows.h"

namespace mongoose::test_support {

class IndexLearningTest : public IndexTest {
 protected:
  static constexpr std::size_t kEnough = 1024;  // queries, or pairs, to learn

  void CreatePlanted(const IndexSpec& spec) { CreateWith(spec, planted_.rows); }
  NeuronQuery QueryOf(const Matrix& queries) const {
    return {.queries = queries.view(), .plan = index_->spec().default_plan};
  }
  void AskMany(std::size_t count) {
    for (std::size_t first = 0; first < count; first += 128) {
      ASSERT_TRUE(Ask(QueryOf(planted_.Ask(128, ++seed_).queries)).ok());
      index_->WaitUntilIdleForTest();
    }
  }
  // The share of the exact ten nearest rows that new queries find.
  double Recall() {
    const Matrix queries = planted_.Ask(200, 7777).queries;
    const auto answer = Ask(QueryOf(queries));
    EXPECT_TRUE(answer.ok()) << answer.status();
    const auto truth =
        ExactTopRows(*index_->FreezeForTest().rows, queries.view(), 10);
    std::size_t found = 0;
    for (std::size_t i = 0; i < truth.size(); ++i) {
      found += std::ranges::count(answer->sets.rows(i / 10), truth[i]) > 0;
    }
    return static_cast<double>(found) / static_cast<double>(truth.size());
  }
  struct Pairs {
    Matrix queries;
    std::vector<RowId> rows;
    LearnLoop::Pairs view() const {
      return {.queries = queries.view(), .rows = rows};
    }
  };
  // Each query with a row of its cluster.
  Pairs MakePairs(std::size_t count) const {
    auto asked = planted_.Ask(count, 31);
    return {.queries = std::move(asked.queries),
            .rows = PlantedRows::RowsFor(asked, 0)};
  }
  // Learns from pairs that have nothing to do with each other; nothing changes.
  void ExpectRandomPairsRefused() {
    const auto before = index_->snapshot();
    Pairs pairs = MakePairs(kEnough);
    CounterRng rng(9, 9);
    for (RowId& row : pairs.rows) row = rng.NextBelow(PlantedRows::kRows);
    const auto verdict = index_->Learn(pairs.view(), never_);
    ASSERT_TRUE(verdict.ok()) << verdict.status();
    EXPECT_FALSE(verdict->adopt) << verdict->reason;
    EXPECT_EQ(index_->snapshot(), before);
    EXPECT_EQ(index_->status().learning.refused, 1U);
  }
  void ExpectRefused(const Pairs& pairs, absl::StatusCode code,
                     const std::string& rule, const std::string& value) {
    const absl::Status status = index_->Learn(pairs.view(), never_).status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(status.message(),
                ::testing::AllOf(::testing::HasSubstr(rule),
                                 ::testing::HasSubstr("got " + value)));
  }

  const PlantedRows planted_;
  std::uint64_t seed_ = 1;
};

// Everything at once, for ThreadSanitizer.
class LearningRaceTest : public IndexLearningTest {
 protected:
  // Asks until told to stop; rows are valid and versions never fall.
  void Read(std::uint64_t seed) {
    const Matrix queries = planted_.Ask(64, seed).queries;
    std::uint64_t version = 0;
    while (!stop_) {
      const auto answer = Ask(QueryOf(queries));
      ASSERT_TRUE(answer.ok()) << answer.status();
      ASSERT_GE(answer->state.index_version, version);
      version = answer->state.index_version;
      ASSERT_EQ(answer->sets.ids.size(), queries.rows * 10);
      for (const RowId row : answer->sets.ids) ASSERT_LT(row, planted_.kRows);
      ASSERT_LE(index_->status().learning.held_back_queries, 1024U);
      ++answers_;
    }
  }
  // Writes between answers, as re-hashing goes before learning.
  void Write() {
    CounterRng rng(1, 1);
    while (!stop_) {
      for (const int seen = answers_; answers_ < seen + 4 && !stop_;) {
        std::this_thread::yield();
      }
      const auto ids = RandomIds(planted_.kRows, 20, rng);
      Matrix values(20, planted_.kCols);
      for (std::size_t i = 0; i < ids.size(); ++i) {
        std::ranges::copy(planted_.rows.row(ids[i]), values.row(i).begin());
        values.row(i)[0] += 0.1F * static_cast<float>(rng.NextGaussian());
      }
      ASSERT_TRUE(writer_->Set(ids, values).ok());
    }
  }

  void RunAll(const IndexSpec& spec) {
    CreatePlanted(spec);
    std::vector<std::jthread> threads;
    threads.emplace_back([this] { Read(1); });
    threads.emplace_back([this] { Read(2); });
    threads.emplace_back([this] { Write(); });
    const Pairs pairs = MakePairs(kEnough);
    for (int call = 0; call < 3; ++call) {
      const auto verdict = index_->Learn(pairs.view(), never_);
      EXPECT_TRUE(verdict.ok()) << verdict.status();
      const CancelledAtCheck cancelled(call + 1);
      index_->Learn(pairs.view(), cancelled).status().IgnoreError();
    }
    stop_ = true;
  }

  std::atomic<bool> stop_{false};
  std::atomic<int> answers_{0};
};

}  // namespace mongoose::test_support

#endif  // MONGOOSE_TESTS_SUPPORT_LEARNING_FIXTURE_H_

#include "core/index/attention_index.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/backend/cpu_backend.h"
#include "core/base/error_reason.h"
#include "tests/support/planted_sequences.h"

namespace mongoose {
namespace {

using test_support::PlantedSequences;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::size_t kBuckets = 16;

AttentionSpec Spec(LearnMode mode) {
  return {.name = "heads",
          .shape = {.dim = PlantedSequences::kDim, .max_buckets = kBuckets},
          .bucket_size = 6,
          .seed = 3,
          .causal = true,
          .learning = {.mode = mode, .sample_share = 1, .max_load = 1}};
}

class AttentionIndexTest : public ::testing::Test {
 protected:
  std::unique_ptr<AttentionIndex> Make(LearnMode mode) {
    return std::make_unique<AttentionIndex>(
        Spec(mode), workers_,
        IndexRuntime{.backend = backend_,
                     .rehash_backend = backend_,
                     .clock = clock_,
                     .listener = [this](const RehashEvent& event) {
                       events_.push_back(event.decision.reason);
                     }});
  }
  absl::StatusOr<GateVerdict> Learn(AttentionIndex& index, std::size_t heads,
                                    std::uint64_t seed,
                                    std::uint64_t world = 42) {
    const PlantedSequences planted(heads, 96, seed, world);
    return index.Learn({planted.query(0)}, NeverCancelled());
  }

  WorkerPool workers_{1};
  SteadyClock clock_;
  CpuBackend backend_{workers_, clock_};
  std::vector<std::string> events_;
};

TEST_F(AttentionIndexTest, AdoptsWhatKeepsMoreAttention) {
  const auto index = Make(LearnMode::kManual);
  EXPECT_EQ(index->Current()->version, 1U);
  const auto verdict = Learn(*index, 32, 1);
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_TRUE(verdict->adopt) << verdict->reason;
  EXPECT_GT(verdict->candidate.all, 1.2 * verdict->hot_list.all);
  EXPECT_EQ(index->Current()->version, 2U);
  const LearnCounts counts = index->status().learning;
  EXPECT_EQ(counts.adopted, 1U);
  EXPECT_EQ(counts.training_queries, 24U);
  EXPECT_EQ(counts.held_back_queries, 8U);
  EXPECT_EQ(counts.last_trigger, "asked to");
  EXPECT_THAT(events_, ElementsAre(verdict->reason));
}

TEST_F(AttentionIndexTest, RefusesWhereThereIsNothingToLearn) {
  const auto index = Make(LearnMode::kManual);
  const auto noise = test_support::GaussianMatrix(16 * 64, 16, 5);
  BucketQuery query{
      .vectors = {noise.values, 16 * 64, 16}, .heads = 16, .seq = 64};
  const auto verdict = index->Learn({query}, NeverCancelled());
  ASSERT_TRUE(verdict.ok()) << verdict.status();
  EXPECT_FALSE(verdict->adopt) << verdict->reason;
  EXPECT_EQ(index->Current()->version, 1U);
  EXPECT_EQ(index->status().learning.refused, 1U);
  EXPECT_THAT(events_, ElementsAre(verdict->reason));
  EXPECT_GT(verdict->current.all, 0);
}

TEST_F(AttentionIndexTest, KeepsTheLastVersions) {
  const auto index = Make(LearnMode::kManual);
  const auto first = index->Current();
  ASSERT_TRUE(Learn(*index, 32, 1).ok());
  const auto found = index->Find(1);
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(*found, first);
  EXPECT_EQ((*index->Find(0))->version, 2U);
  const auto future = index->Find(3);
  EXPECT_EQ(future.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ReasonOf(future.status()), "VERSION_GONE");
  EXPECT_THAT(std::string(future.status().message()),
              HasSubstr("index_version must be 0 or 1..2, got 3"));
}

TEST_F(AttentionIndexTest, ForgetsAllButTheLastFourVersions) {
  const auto index = Make(LearnMode::kManual);
  for (std::uint64_t world = 1; world < 5; ++world) {
    const auto verdict = Learn(*index, 32, 1, world);
    ASSERT_TRUE(verdict.ok() && verdict->adopt) << world;
  }
  EXPECT_EQ(index->Current()->version, 5U);
  EXPECT_TRUE(index->Find(2).ok());
  const auto gone = index->Find(1);
  EXPECT_EQ(ReasonOf(gone.status()), "VERSION_GONE");
  EXPECT_THAT(std::string(gone.status().message()),
              HasSubstr("index_version must be 0 or 2..5, got 1"));
}

TEST_F(AttentionIndexTest, LearnsByItselfFromTheSequencesItAnswers) {
  const auto index = Make(LearnMode::kAuto);
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t seed = 1; index->Current()->version == 1; ++seed) {
    ASSERT_LT(std::chrono::steady_clock::now() - start,
              std::chrono::seconds(120));
    const PlantedSequences planted(8, 96, seed);
    ASSERT_TRUE(index
                    ->AssignBuckets(index->Current()->rotations,
                                    planted.query(kBuckets), NeverCancelled())
                    .ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_THAT(index->status().learning.last_trigger,
              HasSubstr("to learn from"));
}

TEST_F(AttentionIndexTest, ManualDoesNotLearnByItself) {
  const auto index = Make(LearnMode::kManual);
  for (std::uint64_t seed = 1; seed < 10; ++seed) {
    const PlantedSequences planted(8, 96, seed);
    ASSERT_TRUE(index
                    ->AssignBuckets(index->Current()->rotations,
                                    planted.query(kBuckets), NeverCancelled())
                    .ok());
  }
  EXPECT_EQ(index->status().learning.training_queries, 0U);
}

TEST_F(AttentionIndexTest, SaysWhyItDoesNotLearn) {
  const auto off = Make(LearnMode::kOff);
  const auto refused = Learn(*off, 32, 1).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "LEARNING_OFF");

  const auto index = Make(LearnMode::kManual);
  EXPECT_THAT(
      std::string(Learn(*index, 7, 1).status().message()),
      HasSubstr("heads must be at least 8 with two positions or more, got 7"));
  PlantedSequences bad(16, 32, 1);
  bad.values[33] = std::numeric_limits<float>::quiet_NaN();
  const auto nan = index->Learn({bad.query(0)}, NeverCancelled()).status();
  EXPECT_EQ(nan.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(nan.message()),
              HasSubstr("vectors must be finite, got nan in row 2, column 1"));
  const PlantedSequences one(16, 32, 1);
  const PlantedSequences other(16, 33, 1);
  EXPECT_THAT(
      std::string(index->Learn({one.query(0), other.query(0)}, NeverCancelled())
                      .status()
                      .message()),
      HasSubstr("seq must be the same in every chunk, got 33 after 32"));
}

TEST_F(AttentionIndexTest, EndsACallThatIsCancelled) {
  class Cancelled final : public CancelToken {
   public:
    absl::Status Check() const override { return absl::CancelledError("gone"); }
  };
  const auto index = Make(LearnMode::kManual);
  const PlantedSequences planted(64, 512, 1);
  const auto status = index->Learn({planted.query(0)}, Cancelled()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(index->Current()->version, 1U);
}

// Answers are those of the version they name, whatever is published meanwhile.
TEST_F(AttentionIndexTest, QueriesNeverMixVersions) {
  const auto index = Make(LearnMode::kManual);
  std::atomic<bool> done = false;
  std::atomic<int> checked = 0;
  const PlantedSequences asked(2, 64, 77);
  std::jthread reader([&] {
    WorkerPool alone(0);
    while (!done || checked == 0) {
      const auto used = index->Current();
      const auto answer = index->AssignBuckets(
          used->rotations, asked.query(kBuckets), NeverCancelled());
      const Rotations again(index->spec().shape, used->directions);
      const auto expected =
          AssignBuckets(again, asked.query(kBuckets), alone, NeverCancelled());
      ASSERT_EQ(answer->buckets, expected->buckets);
      ++checked;
    }
  });
  for (std::uint64_t seed = 1; seed < 5; ++seed) {
    ASSERT_TRUE(Learn(*index, 16, seed).ok());
  }
  done = true;
}

TEST_F(AttentionIndexTest, StopEndsWhoWaits) {
  const auto index = Make(LearnMode::kManual);
  index->StopLearning();
  EXPECT_EQ(Learn(*index, 32, 1).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(AttentionIndexTest, LearnsNothingFromSeparateQueriesOrFromDecoding) {
  const auto index = Make(LearnMode::kAuto);
  for (std::uint64_t seed = 1; seed < 10; ++seed) {
    const PlantedSequences planted(8, 96, seed);
    BucketQuery query = planted.query(kBuckets);
    ASSERT_TRUE(index
                    ->AssignBuckets(index->Current()->rotations, query,
                                    NeverCancelled(),
                                    AttentionIndex::Vectors::kQueriesOrKeys)
                    .ok());
    const std::vector<std::uint16_t> earlier(8, 0);
    query.num_earlier = 1;
    query.earlier = earlier;
    ASSERT_TRUE(index
                    ->AssignBuckets(index->Current()->rotations, query,
                                    NeverCancelled())
                    .ok());
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(index->status().learning.training_queries, 0U);
}

AttentionSpec SpecOf(std::size_t bucket_size, std::size_t max_buckets) {
  AttentionSpec spec = Spec(LearnMode::kManual);
  spec.bucket_size = bucket_size;
  spec.shape.max_buckets = max_buckets;
  return spec;
}

TEST(SampleHeads, TakesFewerPositionsWhereBucketsAreMany) {
  const PlantedSequences planted(1, 1000, 1);
  AttentionSpec spec = SpecOf(64, 32768);
  spec.shape.num_rounds = 2;
  const auto samples = SampleHeads(planted.query(32768), spec);
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].seq, 63U);  // 63 * (63 + 65536) <= 2^22
  EXPECT_EQ(samples[0].chunk, 4U);
}

TEST(SampleHeads, LeavesPaddingOut) {
  const PlantedSequences planted(2, 10, 1);
  std::vector<std::uint8_t> mask(20, 1);
  mask[3] = 0;
  std::fill(mask.begin() + 10, mask.begin() + 19, 0);
  BucketQuery query = planted.query(4);
  query.mask = mask;
  const auto samples = SampleHeads(query, SpecOf(5, 16));
  ASSERT_EQ(samples.size(), 1U);  // one position alone attends to nothing
  EXPECT_EQ(samples[0].seq, 9U);
  EXPECT_EQ(samples[0].chunk, 5U);
  EXPECT_EQ(samples[0].vectors[3 * PlantedSequences::kDim],
            planted.head(0).row(4)[0]);
}

TEST(SampleHeads, ThinsLongSequencesAndTheirChunks) {
  const PlantedSequences planted(1, 5000, 1);
  const auto samples = SampleHeads(planted.query(64), SpecOf(64, 64));
  ASSERT_EQ(samples.size(), 1U);
  EXPECT_EQ(samples[0].seq, 1667U);
  EXPECT_EQ(samples[0].chunk, 21U);
  EXPECT_EQ(samples[0].num_buckets, 64U);
}

}  // namespace
}  // namespace mongoose

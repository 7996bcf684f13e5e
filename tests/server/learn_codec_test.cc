#include "server/learn_codec.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/index/index_catalog.h"
#include "server/server_metrics.h"
#include "server/spec_codec.h"
#include "tests/support/planted_rows.h"

namespace mongoose::server {
namespace {

using test_support::LearningSpec;
using ::testing::AllOf;
using ::testing::HasSubstr;

v1::IndexSpec PartitionSpec() {
  v1::IndexSpec spec;
  spec.set_name("layer");
  spec.set_num_rows(1600);
  spec.set_dim(32);
  spec.mutable_hash()->set_family(v1::HASH_FAMILY_PARTITION);
  return spec;
}

TEST(LearnCodecTest, ALearnSpecComesBackFromTheWire) {
  for (const LearnMode mode :
       {LearnMode::kOff, LearnMode::kManual, LearnMode::kAuto}) {
    for (const LearnTarget target :
         {LearnTarget::kNeighbours, LearnTarget::kLabels}) {
      IndexSpec spec = LearningSpec(mode);
      spec.learning = {.mode = mode,
                       .target = target,
                       .sample_share = 0.5F,
                       .min_gain = 0,
                       .max_load = 0.125F};
      const auto back = DecodeIndexSpec(EncodeIndexSpec(spec));
      ASSERT_TRUE(back.ok()) << back.status();
      EXPECT_EQ(*back, spec);
    }
  }
}

TEST(LearnCodecTest, ALossComesBackFromTheWire) {
  for (const DirectionLoss loss :
       {DirectionLoss::kTriplet, DirectionLoss::kPairwise}) {
    const LearnSpec spec{.mode = LearnMode::kManual, .loss = loss};
    const auto back =
        DecodeLearnPolicy(EncodeLearnPolicy(spec), LearnMode::kOff);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_EQ(*back, spec);
  }
}

TEST(LearnCodecTest, APartitionLearnsByItselfUnlessToldNotTo) {
  v1::IndexSpec spec = PartitionSpec();
  EXPECT_EQ(DecodeIndexSpec(spec)->learning,
            LearnSpec{.mode = LearnMode::kAuto});
  spec.mutable_hash()->set_family(v1::HASH_FAMILY_ORTHOGONAL);
  EXPECT_EQ(DecodeIndexSpec(spec)->learning, LearnSpec{});
  EXPECT_EQ(LearnSpec{}.mode, LearnMode::kOff);
}

TEST(LearnCodecTest, DefaultsAreThoseOfTheContract) {
  const LearnSpec learning = DecodeIndexSpec(PartitionSpec())->learning;
  EXPECT_EQ(learning.target, LearnTarget::kNeighbours);
  EXPECT_EQ(learning.loss, DirectionLoss::kTriplet);
  EXPECT_EQ(learning.sample_share, 0.05F);
  EXPECT_EQ(learning.min_gain, 0.005F);
  EXPECT_EQ(learning.max_load, 0.25F);
}

TEST(LearnCodecTest, UnknownValuesAreRefused) {
  v1::IndexSpec spec = PartitionSpec();
  spec.mutable_learning()->set_mode(v1::LearnMode(9));
  EXPECT_THAT(DecodeIndexSpec(spec).status().message(),
              AllOf(HasSubstr("spec.learning.mode"), HasSubstr("got 9")));
  spec = PartitionSpec();
  spec.mutable_learning()->set_target(v1::LearnTarget(8));
  EXPECT_THAT(DecodeIndexSpec(spec).status().message(),
              AllOf(HasSubstr("spec.learning.target"), HasSubstr("got 8")));
  spec = PartitionSpec();
  spec.mutable_learning()->set_loss(v1::LearnLoss(7));
  EXPECT_THAT(DecodeIndexSpec(spec).status().message(),
              AllOf(HasSubstr("spec.learning.loss"), HasSubstr("got 7")));
}

TEST(LearnCodecTest, AStatusTellsAllCounts) {
  const LearnCounts counts{
      .training_queries = 3,
      .held_back_queries = 1,
      .adopted = 4,
      .refused = 5,
      .seconds = 1.5,
      .last = {.reason = "why",
               .current = {.all = 0.25, .without_hubs = 0.125},
               .candidate = {.all = 0.75, .without_hubs = 0.5},
               .hot_list = {.all = 0.375, .without_hubs = 0.0625},
               .rows = 80.5},
      .last_trigger = "when"};
  v1::LearnStatus status;
  EncodeLearnStatus(counts, status);
  EXPECT_EQ(status.training_queries(), 3U);
  EXPECT_EQ(status.held_back_queries(), 1U);
  EXPECT_EQ(status.adopted(), 4U);
  EXPECT_EQ(status.refused(), 5U);
  EXPECT_EQ(status.seconds(), 1.5);
  EXPECT_EQ(status.last_verdict(), "why");
  EXPECT_EQ(status.last_trigger(), "when");
  EXPECT_EQ(status.current().without_hubs(), 0.125F);
  EXPECT_EQ(status.candidate().all(), 0.75F);
  EXPECT_EQ(status.hot_list().without_hubs(), 0.0625F);
  EXPECT_EQ(status.rows_read(), 80.5);
}

TEST(LearnMetricsTest, EveryIndexShowsWhatLearningHasDone) {
  SteadyClock clock;
  WorkerPool workers(0);
  const CpuBackend backend(workers, clock);
  IndexCatalog catalog(
      {.backend = backend, .rehash_backend = backend, .clock = clock}, workers,
      {});
  ASSERT_TRUE(catalog.Create(LearningSpec(LearnMode::kAuto)).ok());
  const std::string text =
      ServerMetrics({.catalog = catalog,
                     .queues = {},
                     .rooms = {},
                     .log_lines_suppressed = [] { return 0U; }},
                    "cpu")
          .Serialize();
  for (const char* series :
       {"mongoose_learn_queries", "mongoose_learn_adopted_total",
        "mongoose_learn_refused_total", "mongoose_learn_seconds_total",
        "mongoose_gate_current_recall_ratio",
        "mongoose_gate_candidate_recall_ratio",
        "mongoose_gate_hot_list_recall_ratio",
        "mongoose_gate_current_rare_recall_ratio",
        "mongoose_gate_candidate_rare_recall_ratio"}) {
    EXPECT_THAT(text, HasSubstr(std::string(series) + "{index=\"layer\"} 0"));
  }
}

// What a server answers with is what a worker may create again.
TEST(SpecCodecTest, DefaultsSurviveTheWire) {
  for (std::uint32_t num_active = 0; num_active < 12; ++num_active) {
    v1::IndexSpec asked;
    asked.set_name("layer");
    asked.set_num_rows(1000);
    asked.set_dim(8);
    asked.mutable_default_plan()->set_num_active(num_active);
    const auto spec = DecodeIndexSpec(asked);
    ASSERT_TRUE(spec.ok()) << spec.status();
    const auto again = DecodeIndexSpec(EncodeIndexSpec(*spec));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(*again, *spec) << num_active;
  }
}

}  // namespace
}  // namespace mongoose::server

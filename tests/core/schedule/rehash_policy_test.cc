#include "core/schedule/rehash_policy.h"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongoose {
namespace {

using ::testing::HasSubstr;

struct Case {
  IndexPulse pulse;
  RehashAction action;
};

void ExpectDecisions(const RehashPolicySpec& spec,
                     const std::vector<Case>& cases) {
  const auto policy = CreateRehashPolicy(spec);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const RehashDecision decision = policy->Decide(cases[i].pulse);
    EXPECT_EQ(decision.action, cases[i].action)
        << "case " << i << ": " << decision.reason;
    EXPECT_EQ(decision.reason.empty(), cases[i].action == RehashAction::kKeep);
  }
}

constexpr DriftThresholdSpec kDrift{.max_row_staleness = 0.1F,
                                    .max_index_staleness = 0.05F,
                                    .rebuild_share = 0.5F,
                                    .min_batch_rows = 10};

TEST(DriftThresholdPolicyTest, RehashesEnoughDirtyRowsOrAStaleIndex) {
  using enum RehashAction;
  ExpectDecisions(
      kDrift,
      {{{.num_rows = 100}, kKeep},
       {{.num_rows = 100, .dirty_rows = 9}, kKeep},
       {{.num_rows = 100, .dirty_rows = 9, .staleness = 0.05F}, kKeep},
       {{.num_rows = 100, .dirty_rows = 9, .staleness = 0.06F}, kRehashRows},
       {{.num_rows = 100, .dirty_rows = 10}, kRehashRows},
       {{.num_rows = 100, .dirty_rows = 49}, kRehashRows},
       // No row that could be re-hashed: reported drift only.
       {{.num_rows = 100, .dirty_rows = 0, .staleness = 1}, kKeep}});
}

TEST(DriftThresholdPolicyTest, RebuildsWhenMostRowsAreDirty) {
  using enum RehashAction;
  ExpectDecisions(
      kDrift,
      {{{.num_rows = 100, .dirty_rows = 50, .far_rows = 50}, kRebuild},
       {{.num_rows = 100, .dirty_rows = 100, .far_rows = 100, .staleness = 1},
        kRebuild},
       {{.num_rows = 1, .dirty_rows = 1, .far_rows = 1}, kRebuild}});
}

TEST(DriftThresholdPolicyTest, RowsThatNeedNoHashingCauseNoRebuild) {
  using enum RehashAction;
  ExpectDecisions(
      kDrift,
      {{{.num_rows = 100, .dirty_rows = 100, .far_rows = 49}, kRehashRows},
       {{.num_rows = 100, .dirty_rows = 50}, kRehashRows}});
}

TEST(CodeSketchPolicyTest, RebuildsOnceMoreBitsThanAllowedHaveChanged) {
  using enum RehashAction;
  ExpectDecisions(
      CodeSketchSpec{.max_changed_bits = 0.02F},
      {{{.num_rows = 10}, kKeep},
       {{.num_rows = 10, .sketch_changed_bits = 0.02F}, kKeep},
       {{.num_rows = 10, .sketch_changed_bits = 0.021F}, kRebuild},
       {{.num_rows = 10, .dirty_rows = 10, .staleness = 1}, kKeep}});
}

TEST(EveryNPolicyTest, RebuildsEveryNSteps) {
  using enum RehashAction;
  ExpectDecisions(
      EveryNSpec{.steps = 50},
      {{{.num_rows = 10}, kKeep},
       {{.num_rows = 10, .steps_since_rebuild = 49}, kKeep},
       {{.num_rows = 10, .steps_since_rebuild = 50}, kRebuild},
       {{.num_rows = 10, .steps_since_rebuild = 500}, kRebuild},
       {{.num_rows = 10, .dirty_rows = 10, .staleness = 1}, kKeep}});
}

TEST(RehashPolicyTest, TheSamePulseGivesTheSameDecision) {
  const auto policy = CreateRehashPolicy(DriftThresholdSpec{});
  const IndexPulse pulse{.num_rows = 10, .dirty_rows = 3};
  const RehashDecision first = policy->Decide(pulse);
  EXPECT_EQ(policy->Decide(pulse).action, first.action);
  EXPECT_EQ(policy->Decide(pulse).reason, first.reason);
}

TEST(RehashPolicyTest, OnlyTheSketchPolicyAsksForASketch) {
  const auto need = [](const RehashPolicySpec& spec) {
    return CreateRehashPolicy(spec)->sketch_need();
  };
  EXPECT_EQ(need(DriftThresholdSpec{}).sample_rows, 0U);
  EXPECT_EQ(need(EveryNSpec{}).sample_rows, 0U);
  const CodeSketchSpec sketch{.sample_rows = 77, .check_every_steps = 5};
  EXPECT_EQ(need(sketch).sample_rows, 77U);
  EXPECT_EQ(need(sketch).every_steps, 5U);
}

TEST(RehashPolicyTest, OnlyTheDriftPolicyHasDirtyRows) {
  const auto threshold = [](const RehashPolicySpec& spec) {
    return CreateRehashPolicy(spec)->row_threshold();
  };
  EXPECT_EQ(threshold(DriftThresholdSpec{.max_row_staleness = 0.25F}), 0.25F);
  EXPECT_EQ(threshold(EveryNSpec{}), 1.0F);
  EXPECT_EQ(threshold(CodeSketchSpec{}), 1.0F);
}

TEST(RehashPolicyTest, ActionsHaveNames) {
  EXPECT_EQ(RehashActionName(RehashAction::kKeep), "keep");
  EXPECT_EQ(RehashActionName(RehashAction::kRehashRows), "rehash_rows");
  EXPECT_EQ(RehashActionName(RehashAction::kRebuild), "rebuild");
}

void ExpectInvalid(const RehashPolicySpec& spec, const std::string& field,
                   const std::string& value) {
  const absl::Status status = ValidateRehashPolicy(spec);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("rehash_policy." + field));
  EXPECT_THAT(status.message(), HasSubstr("got " + value));
}

TEST(ValidateRehashPolicyTest, NamesTheFieldAndValueOfABadDriftThreshold) {
  const auto bad = [](auto change) {
    DriftThresholdSpec spec;
    change(spec);
    return spec;
  };
  using Spec = DriftThresholdSpec;
  for (const float v : {-0.5F, 1.5F}) {
    const std::string got = v < 0 ? "-0.5" : "1.5";
    ExpectInvalid(bad([v](Spec& s) { s.max_row_staleness = v; }),
                  "drift_threshold.max_row_staleness", got);
    ExpectInvalid(bad([v](Spec& s) { s.max_index_staleness = v; }),
                  "drift_threshold.max_index_staleness", got);
    ExpectInvalid(bad([v](Spec& s) { s.rebuild_share = v; }),
                  "drift_threshold.rebuild_share", got);
  }
}

TEST(ValidateRehashPolicyTest, RefusesZerosAndNotANumber) {
  ExpectInvalid(DriftThresholdSpec{.rebuild_share = 0},
                "drift_threshold.rebuild_share", "0");
  ExpectInvalid(DriftThresholdSpec{.min_batch_rows = 0},
                "drift_threshold.min_batch_rows", "0");
  ExpectInvalid(DriftThresholdSpec{.max_row_staleness = NAN},
                "drift_threshold.max_row_staleness", "nan");
  ExpectInvalid(DriftThresholdSpec{.max_cell_drift = -1},
                "drift_threshold.max_cell_drift", "-1");
  ExpectInvalid(DriftThresholdSpec{.max_cell_drift = INFINITY},
                "drift_threshold.max_cell_drift", "inf");
  ExpectInvalid(DriftThresholdSpec{.max_cell_drift = NAN},
                "drift_threshold.max_cell_drift", "nan");
  ExpectInvalid(CodeSketchSpec{.max_changed_bits = 2},
                "code_sketch.max_changed_bits", "2");
  ExpectInvalid(CodeSketchSpec{.sample_rows = 0}, "code_sketch.sample_rows",
                "0");
  ExpectInvalid(CodeSketchSpec{.check_every_steps = 0},
                "code_sketch.check_every_steps", "0");
  ExpectInvalid(EveryNSpec{.steps = 0}, "every_n.steps", "0");
}

TEST(ValidateRehashPolicyTest, AcceptsTheEndsOfEveryRange) {
  EXPECT_TRUE(ValidateRehashPolicy(DriftThresholdSpec{0, 0, 1, 1}).ok());
  EXPECT_TRUE(ValidateRehashPolicy(DriftThresholdSpec{1, 1, 1e-6F, 1}).ok());
  EXPECT_TRUE(ValidateRehashPolicy(CodeSketchSpec{0, 1, 1}).ok());
  EXPECT_TRUE(ValidateRehashPolicy(CodeSketchSpec{1, 1, 1}).ok());
  EXPECT_TRUE(ValidateRehashPolicy(EveryNSpec{1}).ok());
}

}  // namespace
}  // namespace mongoose

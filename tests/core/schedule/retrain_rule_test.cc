#include "core/schedule/retrain_rule.h"

#include <cstddef>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongoose {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Queries enough for a first candidate.
constexpr LearnPulse kEnough{.training = 768, .held_back = 256};

// After one candidate, with as many new queries.
LearnPulse After(std::size_t refusals, std::size_t new_queries) {
  LearnPulse pulse = kEnough;
  pulse.decisions = refusals + 1;
  pulse.training_then = kEnough.training;
  pulse.refusals = refusals;
  pulse.new_queries = new_queries;
  pulse.recall = 0.8;
  pulse.recall_then = 0.8;
  return pulse;
}

TEST(RetrainRuleTest, LearnsFirstWhenThereAreQueriesEnough) {
  EXPECT_THAT(ReasonToLearn({}), IsEmpty());
  EXPECT_THAT(ReasonToLearn({.training = 767, .held_back = 256}), IsEmpty());
  EXPECT_THAT(ReasonToLearn({.training = 768, .held_back = 255}), IsEmpty());
  EXPECT_THAT(ReasonToLearn(kEnough), HasSubstr("768 queries"));
}

TEST(RetrainRuleTest, AdoptedFunctionsStayWhileRecallIsKept) {
  EXPECT_THAT(ReasonToLearn(After(0, 1'000'000)), IsEmpty());
  LearnPulse better = After(0, 1'000'000);
  better.recall = 0.95;
  EXPECT_THAT(ReasonToLearn(better), IsEmpty());
}

TEST(RetrainRuleTest, LearnsAgainFromAQuarterMoreQueries) {
  LearnPulse pulse = After(0, 256);
  pulse.training = 959;
  EXPECT_THAT(ReasonToLearn(pulse), IsEmpty());
  pulse.training = 960;
  EXPECT_THAT(ReasonToLearn(pulse), HasSubstr("960 queries"));
  pulse.new_queries = 255;
  EXPECT_THAT(ReasonToLearn(pulse), IsEmpty());
}

TEST(RetrainRuleTest, LearnsAgainWhenWhatWasLearnedIsDropped) {
  LearnPulse pulse = After(0, 1);
  pulse.dropped = true;
  EXPECT_THAT(ReasonToLearn(pulse), HasSubstr("dropped"));
}

TEST(RetrainRuleTest, LearnsAgainWhenRecallIsLost) {
  LearnPulse pulse = After(0, 256);
  pulse.recall = 0.795;
  EXPECT_THAT(ReasonToLearn(pulse), IsEmpty());
  pulse.recall = 0.78;
  EXPECT_THAT(ReasonToLearn(pulse), HasSubstr("from 0.8 to 0.78"));
}

TEST(RetrainRuleTest, AFewNewQueriesSayNothingAboutRecall) {
  LearnPulse pulse = After(0, 255);
  pulse.recall = 0.1;
  EXPECT_THAT(ReasonToLearn(pulse), IsEmpty());
}

TEST(RetrainRuleTest, EveryRefusalDoublesTheQueriesToTheNextCandidate) {
  std::size_t wait = 512;
  for (std::size_t refusals = 1; refusals <= 6; ++refusals, wait *= 2) {
    EXPECT_THAT(ReasonToLearn(After(refusals, wait - 1)), IsEmpty())
        << refusals;
    EXPECT_THAT(ReasonToLearn(After(refusals, wait)), HasSubstr("refusal"))
        << refusals;
  }
}

TEST(RetrainRuleTest, ManyRefusalsDoNotPutTheNextCandidateOffForEver) {
  EXPECT_THAT(ReasonToLearn(After(100, 256 * 64)), HasSubstr("refusal"));
}

TEST(RetrainRuleTest, ForgottenQueriesMustComeBackFirst) {
  LearnPulse pulse = After(1, 100'000);
  pulse.held_back = 255;
  EXPECT_THAT(ReasonToLearn(pulse), IsEmpty());
}

TEST(RetrainRuleTest, EqualPulsesGiveEqualAnswers) {
  const LearnPulse pulse = After(1, 512);
  EXPECT_EQ(ReasonToLearn(pulse), ReasonToLearn(pulse));
}

}  // namespace
}  // namespace mongoose

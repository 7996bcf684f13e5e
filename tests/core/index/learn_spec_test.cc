#include "core/index/learn_spec.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/index/index_spec.h"
#include "tests/support/index_fixture.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
const HashSpec kPartition = test_support::PartitionSpec(8, 5);

void ExpectInvalid(const LearnSpec& spec, const std::string& rule,
                   const std::string& value,
                   const HashSpec& hash = kPartition) {
  const absl::Status status = ValidateLearnSpec(spec, hash);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("learning." + rule), HasSubstr("got " + value)));
}

TEST(ValidateLearnSpecTest, NamesTheFieldTheRuleAndTheValue) {
  ExpectInvalid({.sample_share = 0}, "sample_share must be in (0, 1]", "0");
  ExpectInvalid({.sample_share = 1.5F}, "sample_share must be in (0", "1.5");
  ExpectInvalid({.sample_share = kNan}, "sample_share must be in (0", "nan");
  ExpectInvalid({.min_gain = -0.5F}, "min_gain must be in [0, 1]", "-0.5");
  ExpectInvalid({.min_gain = 2}, "min_gain must be in [0", "2");
  ExpectInvalid({.min_gain = kNan}, "min_gain must be in [0", "nan");
  ExpectInvalid({.max_load = 0}, "max_load must be in (0, 1]", "0");
  ExpectInvalid({.max_load = 1.25F}, "max_load must be in (0", "1.25");
  ExpectInvalid({.max_load = kNan}, "max_load must be in (0", "nan");
}

TEST(ValidateLearnSpecTest, AcceptsTheEndsOfEveryRange) {
  EXPECT_TRUE(ValidateLearnSpec({}, kPartition).ok());
  EXPECT_TRUE(ValidateLearnSpec({.mode = LearnMode::kAuto,
                                 .target = LearnTarget::kLabels,
                                 .sample_share = 1,
                                 .min_gain = 0,
                                 .max_load = 1},
                                kPartition)
                  .ok());
  EXPECT_TRUE(
      ValidateLearnSpec({.mode = LearnMode::kManual, .min_gain = 1}, kPartition)
          .ok());
}

TEST(ValidateLearnSpecTest, OnlyFamiliesWithSomethingToLearnDo) {
  HashSpec gaussian = test_support::SmallSpec().hash;
  gaussian.family = HashFamily::kDenseGaussian;
  EXPECT_TRUE(ValidateLearnSpec({.mode = LearnMode::kAuto}, gaussian).ok());
  const HashSpec hash = test_support::SmallSpec().hash;
  EXPECT_TRUE(ValidateLearnSpec({}, hash).ok());
  const std::string rule =
      "mode must be OFF unless the family is PARTITION or DENSE_GAUSSIAN";
  ExpectInvalid({.mode = LearnMode::kManual}, rule, "MANUAL", hash);
  ExpectInvalid({.mode = LearnMode::kAuto}, rule, "AUTO", hash);
}

TEST(ValidateLearnSpecTest, OnlyDirectionsHaveAChoiceOfLoss) {
  const LearnSpec pairwise{.mode = LearnMode::kManual,
                           .loss = DirectionLoss::kPairwise};
  HashSpec gaussian = test_support::SmallSpec().hash;
  gaussian.family = HashFamily::kDenseGaussian;
  EXPECT_TRUE(ValidateLearnSpec(pairwise, gaussian).ok());
  ExpectInvalid(pairwise,
                "loss must be TRIPLET unless the family is DENSE_GAUSSIAN",
                "PAIRWISE");
}

TEST(ValidateLearnSpecTest, IsPartOfTheIndexSpec) {
  IndexSpec spec = test_support::SmallSpec();
  EXPECT_TRUE(ValidateIndexSpec(spec).ok());
  spec.learning.mode = LearnMode::kAuto;
  EXPECT_THAT(ValidateIndexSpec(spec).message(), HasSubstr("learning.mode"));
}

}  // namespace
}  // namespace mongoose

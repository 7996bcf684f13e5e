#include "core/index/index_spec.h"

#include <cmath>
#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/index_fixture.h"

namespace mongoose {
namespace {

using test_support::SmallSpec;
using ::testing::HasSubstr;

void ExpectInvalid(const std::function<void(IndexSpec&)>& spoil,
                   const std::string& field, const std::string& value) {
  IndexSpec spec = SmallSpec();
  spoil(spec);
  const absl::Status status = ValidateIndexSpec(spec);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << field;
  EXPECT_THAT(status.message(), HasSubstr(field));
  EXPECT_THAT(status.message(), HasSubstr(value));
}

TEST(ValidateIndexSpecTest, NamesTheFieldAndValueOfABadNumber) {
  ExpectInvalid([](IndexSpec& s) { s.num_rows = 0; }, "num_rows", "got 0");
  ExpectInvalid([](IndexSpec& s) { s.num_rows = 16777217; }, "num_rows",
                "got 16777217");
  ExpectInvalid([](IndexSpec& s) { s.dim = 0; }, "dim", "got 0");
  ExpectInvalid([](IndexSpec& s) { s.dim = 4097; }, "dim", "got 4097");
  ExpectInvalid([](IndexSpec& s) { s.hot_list_rows = 65537; }, "hot_list_rows",
                "got 65537");
  ExpectInvalid([](IndexSpec& s) { s.probe_share = 1.5; }, "probe_share",
                "got 1.5");
  ExpectInvalid([](IndexSpec& s) { s.probe_share = -1; }, "probe_share",
                "got -1");
  ExpectInvalid([](IndexSpec& s) { s.recall_target = 1.1; },
                "spec.recall_target", "got 1.1");
  ExpectInvalid([](IndexSpec& s) { s.probe_share = NAN; }, "probe_share",
                "got nan");
}

TEST(ValidateIndexSpecTest, ChecksItsParts) {
  ExpectInvalid([](IndexSpec& s) { s.hash.num_tables = 0; }, "hash.num_tables",
                "got 0");
  ExpectInvalid([](IndexSpec& s) { s.rehash_policy = EveryNSpec{.steps = 0}; },
                "rehash_policy.every_n.steps", "got 0");
  ExpectInvalid([](IndexSpec& s) { s.default_plan.min_hits = 0; },
                "plan.min_hits", "got 0");
}

TEST(ValidateIndexSpecTest, HashedColumnsAreTheDimAndTheBias) {
  ExpectInvalid([](IndexSpec& s) { s.has_bias = true; }, "cols", "got 24");
  ExpectInvalid([](IndexSpec& s) { s.dim = 25; }, "cols", "got 24");
}

TEST(ValidateIndexSpecTest, AcceptsAGoodSpecWithAndWithoutBias) {
  IndexSpec spec = SmallSpec();
  EXPECT_TRUE(ValidateIndexSpec(spec).ok());
  spec.has_bias = true;
  spec.hash.cols = 25;
  EXPECT_TRUE(ValidateIndexSpec(spec).ok());
}

TEST(ValidateIndexNameTest, AcceptsLowercaseDigitsAndThreeMarks) {
  for (const std::string name : {"a", "0", "layer-3.out_proj", "9.-_"}) {
    EXPECT_TRUE(ValidateIndexName(name).ok()) << name;
  }
  EXPECT_TRUE(ValidateIndexName(std::string(63, 'x')).ok());
}

TEST(ValidateIndexNameTest, RefusesEverythingElseAndQuotesItSafely) {
  for (const std::string name :
       {"", "A", "-a", ".a", "a b", "a/b", "\xC3\xA4", "a\n"}) {
    EXPECT_EQ(ValidateIndexName(name).code(),
              absl::StatusCode::kInvalidArgument);
  }
  const absl::Status status = ValidateIndexName("a\nb");
  EXPECT_THAT(status.message(), HasSubstr("got \"a\\nb\""));
  EXPECT_FALSE(ValidateIndexName(std::string(64, 'x')).ok());
  EXPECT_FALSE(ValidateIndexName(std::string("a\0", 2)).ok());
}

TEST(EstimateIndexBytesTest, GrowsWithRowsColumnsTablesAndType) {
  const std::size_t base = EstimateIndexBytes(SmallSpec());
  IndexSpec spec = SmallSpec();
  spec.num_rows *= 2;
  EXPECT_GT(EstimateIndexBytes(spec), base);
  spec = SmallSpec();
  spec.hash.cols = 240;
  EXPECT_GT(EstimateIndexBytes(spec), base);
  spec = SmallSpec();
  spec.hash.num_tables = 50;
  EXPECT_GT(EstimateIndexBytes(spec), base);
  spec = SmallSpec();
  spec.replica_type = RowType::kBfloat16;
  EXPECT_LT(EstimateIndexBytes(spec), base);
}

class EstimateTest : public test_support::IndexTest {};

TEST_F(EstimateTest, IsCloseToWhatAFullIndexUses) {
  IndexSpec spec = SmallSpec();
  spec.num_rows = 3001;
  CreateGaussian(spec);
  const auto used = static_cast<double>(index_->status().memory_bytes);
  const auto estimate = static_cast<double>(EstimateIndexBytes(spec));
  EXPECT_NEAR(used / estimate, 1, 0.1);
}

}  // namespace
}  // namespace mongoose

#include "core/query/query_plan.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongoose {
namespace {

using ::testing::HasSubstr;

constexpr HashSpec kHash{.cols = 8, .bits_per_table = 6, .num_tables = 4};

void ExpectInvalid(const QueryPlan& plan, const std::string& field,
                   const std::string& value, const HashSpec& hash = kHash) {
  const absl::Status status = ValidateQueryPlan(plan, hash);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("plan." + field));
  EXPECT_THAT(status.message(), HasSubstr("got " + value));
}

TEST(ValidateQueryPlanTest, NamesTheFieldAndTheValueOfABadPlan) {
  ExpectInvalid({.num_active = 65537}, "num_active", "65537");
  ExpectInvalid({.num_tail = 65537}, "num_tail", "65537");
  ExpectInvalid({.min_hits = 0}, "min_hits", "0");
  ExpectInvalid({.min_hits = 128}, "min_hits", "128");
  ExpectInvalid({.max_candidates = 0}, "max_candidates", "0");
  ExpectInvalid({.max_candidates = std::size_t{1} << 32}, "max_candidates",
                "4294967296");
  ExpectInvalid({.num_probes = 7}, "num_probes", "7");
}

TEST(ValidateQueryPlanTest, DensifiedWtaHasNothingToProbe) {
  HashSpec hash = kHash;
  hash.family = HashFamily::kDensifiedWta;
  ExpectInvalid({.num_probes = 1}, "num_probes", "1", hash);
  EXPECT_TRUE(ValidateQueryPlan({}, hash).ok());
}

TEST(ValidateQueryPlanTest, SketchesMustBeKeptToBeScanned) {
  HashSpec hash = kHash;
  const QueryPlan plan{.propose = ProposeFrom::kSketch};
  const absl::Status status = ValidateQueryPlan(plan, hash);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), ::testing::HasSubstr("hash.sketch_bits > 0"));
  hash.sketch_bits = 64;
  EXPECT_TRUE(ValidateQueryPlan(plan, hash).ok());
}

TEST(ValidateQueryPlanTest, AcceptsTheEndsOfEveryRange) {
  EXPECT_TRUE(ValidateQueryPlan({}, kHash).ok());
  EXPECT_TRUE(ValidateQueryPlan({.num_active = 65536,
                                 .min_hits = 127,
                                 .num_probes = 6,
                                 .max_candidates = 1,
                                 .num_tail = 65536},
                                kHash)
                  .ok());
  EXPECT_TRUE(ValidateQueryPlan({.num_active = 0, .min_hits = 1}, kHash).ok());
}

}  // namespace
}  // namespace mongoose

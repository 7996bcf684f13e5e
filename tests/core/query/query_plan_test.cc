#include "core/query/query_plan.h"

#include <cstddef>
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

constexpr HashSpec kPartition{.family = HashFamily::kPartition,
                              .cols = 8,
                              .bits_per_table = 5,
                              .num_tables = 1,
                              .profile = NumericProfile::kInt8};

TEST(ValidateQueryPlanTest, NamesTheFieldAndTheValueOfABadPartitionPlan) {
  ExpectInvalid({.min_hits = 2}, "min_hits", "2", kPartition);
  ExpectInvalid({.min_hits = 1, .num_probes = 32}, "num_probes", "32",
                kPartition);
  ExpectInvalid({.min_hits = 1, .rerank = false}, "rerank", "false",
                kPartition);
  ExpectInvalid({.propose = ProposeFrom::kSketch, .min_hits = 1}, "propose",
                "SKETCH", kPartition);
  ExpectInvalid({.min_hits = 1, .use_hot_list = false},
                "use_hot_list must be true for PARTITION", "false", kPartition);
  ExpectInvalid({.min_hits = 1, .max_candidates = 0}, "max_candidates", "0",
                kPartition);
}

TEST(ValidateQueryPlanTest, ScansKeepALimitedNumberOfRows) {
  QueryPlan plan{.min_hits = 1, .max_candidates = 65537};
  ExpectInvalid(plan, "max_candidates", "65537", kPartition);
  plan.propose = ProposeFrom::kSketch;
  HashSpec hash = kHash;
  hash.num_tables = 64;
  hash.sketch_bits = 64;
  ExpectInvalid(plan, "max_candidates", "65537", hash);
  plan.max_candidates = 65536;
  EXPECT_TRUE(ValidateQueryPlan(plan, hash).ok());
}

TEST(ValidateQueryPlanTest, AcceptsOneCellOfAPartitionToAll) {
  for (const std::size_t num_probes : {0, 16, 31}) {
    EXPECT_TRUE(
        ValidateQueryPlan({.min_hits = 1, .num_probes = num_probes}, kPartition)
            .ok());
  }
}

TEST(DefaultQueryPlanTest, IsValidForEveryFamily) {
  EXPECT_EQ(DefaultQueryPlan(kHash, 1000), QueryPlan{});
  HashSpec hash = kPartition;
  for (hash.bits_per_table = 4; hash.bits_per_table <= 14;
       ++hash.bits_per_table) {
    for (const std::size_t num_rows : {1, 100, 20'000, 16'777'216}) {
      EXPECT_TRUE(
          ValidateQueryPlan(DefaultQueryPlan(hash, num_rows), hash).ok());
    }
  }
}

TEST(DefaultQueryPlanTest, ReadsThirtyTwoCellsOfALargePartition) {
  HashSpec hash = kPartition;
  hash.bits_per_table = 10;
  const QueryPlan plan = DefaultQueryPlan(hash, 325'000);
  EXPECT_EQ(plan.num_probes, 31U);
  EXPECT_EQ(plan.max_candidates, 128U);
  hash.bits_per_table = 4;
  EXPECT_EQ(DefaultQueryPlan(hash, 325'000).num_probes, 15U);
}

TEST(DefaultQueryPlanTest, ReadsTheCellsOfTenThousandRowsOfASmallPartition) {
  HashSpec hash = kPartition;
  hash.bits_per_table = 8;
  EXPECT_EQ(DefaultQueryPlan(hash, 32'768).num_probes, 79U);
  EXPECT_EQ(DefaultQueryPlan(hash, 16'384).num_probes, 159U);
  EXPECT_EQ(DefaultQueryPlan(hash, 10'240).num_probes, 255U);
  EXPECT_EQ(DefaultQueryPlan(hash, 100).num_probes, 255U);
}

}  // namespace
}  // namespace mongoose

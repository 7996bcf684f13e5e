#include "core/hash/hash_spec.h"

#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/hash/projection.h"

namespace mongoose {
namespace {

using ::testing::HasSubstr;

HashSpec GoodSpec() {
  return {.cols = 128, .bits_per_table = 9, .num_tables = 50};
}

// A change that spoils a good spec, and what the error must say.
struct BadSpec {
  HashSpec spec;
  std::string field;
  std::string value;
};

std::vector<BadSpec> BadSpecs() {
  std::vector<BadSpec> bad(11, {GoodSpec(), "", ""});
  bad[0].spec.cols = 0;
  bad[1].spec.cols = 4098;
  bad[2].spec.bits_per_table = 0;
  bad[3].spec.bits_per_table = 17;
  bad[4].spec.num_tables = 0;
  bad[5].spec.num_tables = 513;
  bad[6].spec.family = bad[7].spec.family = HashFamily::kDensifiedWta;
  bad[6].spec.bits_per_table = 10;
  bad[7].spec.bits_per_table = 16;
  bad[8].spec.sketch_bits = 65;
  bad[9].spec.sketch_bits = 576;
  bad[10].spec.family = HashFamily::kDensifiedWta;
  bad[10].spec.profile = NumericProfile::kInt8;
  const char* fields[] = {"cols",           "cols",           "bits_per_table",
                          "bits_per_table", "num_tables",     "num_tables",
                          "bits_per_table", "bits_per_table", "sketch_bits",
                          "sketch_bits",    "profile"};
  const char* values[] = {"0",  "4098", "0",  "17",  "0",   "513",
                          "10", "16",   "65", "576", "INT8"};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    bad[i].field = std::string("hash.") + fields[i];
    bad[i].value = std::string("got ") + values[i];
  }
  return bad;
}

HashSpec GoodPartition() {
  return {.family = HashFamily::kPartition,
          .cols = 128,
          .bits_per_table = 9,
          .num_tables = 1,
          .profile = NumericProfile::kInt8};
}

std::vector<BadSpec> BadPartitions() {
  std::vector<BadSpec> bad(7, {GoodPartition(), "", ""});
  bad[0].spec.cols = 0;
  bad[1].spec.bits_per_table = 3;
  bad[2].spec.bits_per_table = 15;
  bad[3].spec.num_tables = 2;
  bad[4].spec.sketch_bits = 64;
  bad[5].spec.centre = true;
  bad[6].spec.profile = NumericProfile::kFloat32;
  const char* fields[] = {"cols",       "bits_per_table", "bits_per_table",
                          "num_tables", "sketch_bits",    "centre",
                          "profile"};
  const char* values[] = {"0", "3", "15", "2", "64", "true", "FLOAT32"};
  for (std::size_t i = 0; i < bad.size(); ++i) {
    bad[i].field = std::string("hash.") + fields[i];
    bad[i].value = std::string("got ") + values[i];
  }
  return bad;
}

void ExpectInvalid(const std::vector<BadSpec>& specs) {
  for (const BadSpec& bad : specs) {
    const absl::Status status = ValidateHashSpec(bad.spec);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(bad.field));
    EXPECT_THAT(status.message(), HasSubstr(bad.value));
    EXPECT_EQ(CreateProjection(bad.spec).status(), status);
  }
}

TEST(ValidateHashSpecTest, NamesTheFieldAndTheValueOfABadSpec) {
  ExpectInvalid(BadSpecs());
}

TEST(ValidateHashSpecTest, NamesTheFieldAndTheValueOfABadPartition) {
  ExpectInvalid(BadPartitions());
}

TEST(ValidateHashSpecTest, AcceptsPartitionsOfFourToFourteenBits) {
  HashSpec spec = GoodPartition();
  for (const std::size_t bits : {4, 9, 14}) {
    spec.bits_per_table = bits;
    EXPECT_TRUE(ValidateHashSpec(spec).ok());
  }
}

TEST(CreateProjectionTest, APartitionIsNotDrawnFromASeed) {
  const absl::Status status = CreateProjection(GoodPartition()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("PARTITION"));
}

TEST(DefaultPartitionBitsTest, GivesCellsNearTwiceTheRootOfTheRows) {
  EXPECT_EQ(DefaultPartitionBits(4096), 7U);      // 128 cells
  EXPECT_EQ(DefaultPartitionBits(1000000), 11U);  // 2000, nearest to 2048
  EXPECT_EQ(DefaultPartitionBits(std::size_t{1} << 24), 13U);
}

TEST(DefaultPartitionBitsTest, StaysWithinTheRangeOfAPartition) {
  for (const std::size_t rows : {0, 1, 63}) {
    EXPECT_EQ(DefaultPartitionBits(rows), 4U);
  }
  EXPECT_EQ(DefaultPartitionBits(std::size_t{1} << 32), 14U);
}

TEST(ValidateHashSpecTest, AcceptsTheEndsOfEveryRange) {
  for (const std::size_t cols : {1, 4097}) {
    for (const std::size_t bits : {1, 16}) {
      for (const std::size_t tables : {1, 512}) {
        EXPECT_TRUE(
            ValidateHashSpec(
                {.cols = cols, .bits_per_table = bits, .num_tables = tables})
                .ok());
      }
    }
  }
}

TEST(ValidateHashSpecTest, AcceptsWholeBinsOfDensifiedWta) {
  HashSpec spec = GoodSpec();
  spec.family = HashFamily::kDensifiedWta;
  for (const std::size_t bits : {3, 6, 9, 12, 15}) {
    spec.bits_per_table = bits;
    EXPECT_TRUE(ValidateHashSpec(spec).ok());
  }
}

}  // namespace
}  // namespace mongoose

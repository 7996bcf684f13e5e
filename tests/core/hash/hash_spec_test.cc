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

TEST(ValidateHashSpecTest, NamesTheFieldAndTheValueOfABadSpec) {
  for (const BadSpec& bad : BadSpecs()) {
    const absl::Status status = ValidateHashSpec(bad.spec);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(bad.field));
    EXPECT_THAT(status.message(), HasSubstr(bad.value));
    EXPECT_EQ(CreateProjection(bad.spec).status(), status);
  }
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

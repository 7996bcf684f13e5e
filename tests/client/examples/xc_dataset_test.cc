#include "client/examples/xc_dataset.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/status/status.h"

namespace mongoose::examples {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

void ExpectRefused(const std::string& text, const std::string& message) {
  const auto set = ParseXc(text);
  EXPECT_TRUE(absl::IsInvalidArgument(set.status())) << set.status();
  EXPECT_THAT(std::string(set.status().message()), HasSubstr(message));
}

TEST(XcDatasetTest, ReadsLabelsAndFeatures) {
  const auto set = ParseXc("2 10 5\n1,4 0:0.5 9:2\n3 2:-1e-2\n");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->num_features, 10U);
  EXPECT_EQ(set->num_labels, 5U);
  EXPECT_THAT(set->points.labels.list(0), ElementsAre(1, 4));
  EXPECT_THAT(set->points.features.list(0), ElementsAre(0, 9));
  EXPECT_THAT(set->points.values(1), ElementsAre(-0.01F));
}

TEST(XcDatasetTest, AcceptsPointsWithoutLabelsOrFeatures) {
  const auto set = ParseXc("4 3 3\n 1:1\n2\n\n2 \r\n");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->points.labels.list(0), IsEmpty());
  EXPECT_THAT(set->points.features.list(0), ElementsAre(1));
  EXPECT_THAT(set->points.features.list(1), IsEmpty());
  EXPECT_THAT(set->points.labels.list(2), IsEmpty());
  EXPECT_THAT(set->points.labels.list(3), ElementsAre(2));
}

TEST(XcDatasetTest, AcceptsAMissingLastNewlineAndWindowsLines) {
  const auto set = ParseXc("1 3 3\r\n0,1 1:1 2:2\r");
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->points.values(0), ElementsAre(1.0F, 2.0F));
}

TEST(XcDatasetTest, RefusesWithTheLineNumber) {
  ExpectRefused("", "line 1 must be `points features labels`");
  ExpectRefused("1 2\n", "line 1");
  ExpectRefused("1 2 3 4\n", "line 1");
  ExpectRefused("2 3 3\n0 1:1\nx 1:1\n", "line 3 must begin with label");
  ExpectRefused("1 3 3\n3 1:1\n", "line 2 must have labels < 3");
  ExpectRefused("1 3 3\n-1 1:1\n", "line 2");
  ExpectRefused("1 3 3\n0;1 1:1\n", "line 2 must have ','");
  ExpectRefused("1 3 3\n0 3:1\n", "line 2 must have features < 3");
  ExpectRefused("1 3 3\n0 1:nan\n", "line 2");
  ExpectRefused("1 3 3\n0 1:1x\n", "line 2 must have feature:value");
  ExpectRefused("1 3 3\n0 1\n", "line 2 must have feature:value");
}

TEST(XcDatasetTest, RefusesAnotherNumberOfPointsThanTheHeaders) {
  ExpectRefused("1 3 3\n0 1:1\n1 1:1\n", "line 3 follows the last of 1");
  ExpectRefused("2 3 3\n0 1:1\n", "got 2 for 1");
}

TEST(XcDatasetTest, NamesAFileThatCannotBeRead) {
  const auto set = ReadXcFile("/nowhere/set.txt");
  EXPECT_TRUE(absl::IsNotFound(set.status()));
  EXPECT_THAT(std::string(set.status().message()), HasSubstr("/nowhere"));
}

TEST(XcDatasetTest, SelectsPointsInTheOrderAsked) {
  const auto set = ParseXc("3 9 9\n0 0:1\n1,2 1:1 2:2\n3 3:1\n");
  const std::uint32_t ranks[] = {2, 1};
  const XcPoints part = SelectPoints(set->points, ranks);
  EXPECT_THAT(part.labels.list(0), ElementsAre(3));
  EXPECT_THAT(part.labels.list(1), ElementsAre(1, 2));
  EXPECT_THAT(part.values(1), ElementsAre(1.0F, 2.0F));
}

}  // namespace
}  // namespace mongoose::examples

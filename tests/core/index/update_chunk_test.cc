#include "core/index/update_chunk.h"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::Matrix;
using ::testing::HasSubstr;

// Chunks for 10 rows of 3 values.
class ValidateUpdateChunkTest : public ::testing::Test {
 protected:
  void ExpectError(absl::StatusCode code, const std::string& rule,
                   const std::string& value) {
    const absl::Status status = ValidateUpdateChunk(chunk_, layout_);
    EXPECT_EQ(status.code(), code);
    EXPECT_THAT(status.message(), HasSubstr(rule));
    EXPECT_THAT(status.message(), HasSubstr(value));
  }
  void ExpectInvalid(const std::string& rule, const std::string& value) {
    ExpectError(absl::StatusCode::kInvalidArgument, rule, value);
  }
  const RowLayout layout_{.num_rows = 10, .cols = 3};
  std::vector<RowId> ids_ = {4, 9};
  Matrix values_{2, 3, 1.0F};
  std::vector<float> distances_ = {0.0F, 2.5F};
  UpdateChunk chunk_{.writer_id = "w",
                     .sequence = 1,
                     .kind = ChangeKind::kSetRows,
                     .ids = ids_,
                     .values = values_.view(),
                     .distances = distances_};
};

TEST_F(ValidateUpdateChunkTest, AcceptsEveryKind) {
  for (const ChangeKind kind : {ChangeKind::kSetRows, ChangeKind::kAddDeltas,
                                ChangeKind::kDrift, ChangeKind::kNone}) {
    chunk_.kind = kind;
    EXPECT_TRUE(ValidateUpdateChunk(chunk_, layout_).ok());
  }
}

TEST_F(ValidateUpdateChunkTest, AcceptsIdsInAnyOrder) {
  ids_ = {9, 4};
  EXPECT_TRUE(ValidateUpdateChunk(chunk_, layout_).ok());
}

TEST_F(ValidateUpdateChunkTest, RefusesAMissingOrLongWriter) {
  chunk_.writer_id = "";
  ExpectInvalid("writer_id must have 1..128 bytes", "got 0");
  const std::string long_id(129, 'x');
  chunk_.writer_id = long_id;
  ExpectInvalid("writer_id must have 1..128 bytes", "got 129");
}

TEST_F(ValidateUpdateChunkTest, RefusesSequenceZero) {
  chunk_.sequence = 0;
  ExpectInvalid("sequence must be >= 1", "got 0");
}

TEST_F(ValidateUpdateChunkTest, RefusesNoRows) {
  chunk_.ids = {};
  ExpectInvalid("row_ids must name at least one row", "got none");
}

TEST_F(ValidateUpdateChunkTest, RefusesRowsOutOfRange) {
  ids_[1] = 10;
  ExpectError(absl::StatusCode::kOutOfRange, "row_ids[1] must be < 10",
              "got 10");
}

TEST_F(ValidateUpdateChunkTest, RefusesARowNamedTwice) {
  ids_ = {7, 7};
  ExpectInvalid("row_ids must be distinct", "got 7 twice");
  const std::vector<RowId> apart = {5, 2, 5};
  const Matrix values(3, 3);
  chunk_.ids = apart;
  chunk_.values = values.view();
  ExpectInvalid("row_ids must be distinct", "got 5 twice");
}

TEST_F(ValidateUpdateChunkTest, RefusesValuesOfAnotherShape) {
  const Matrix wide(2, 4);
  chunk_.values = wide.view();
  ExpectInvalid("values must have shape [2, 3]", "got [2, 4]");
  const Matrix tall(3, 3);
  chunk_.values = tall.view();
  ExpectInvalid("values must have shape [2, 3]", "got [3, 3]");
}

TEST_F(ValidateUpdateChunkTest, RefusesValuesThatAreNotFinite) {
  values_.values[5] = NAN;
  ExpectInvalid("values must be finite", "nan for row 9, column 2");
  values_.values[1] = -INFINITY;
  chunk_.kind = ChangeKind::kAddDeltas;
  ExpectInvalid("values must be finite", "-inf for row 4, column 1");
}

TEST_F(ValidateUpdateChunkTest, RefusesBadDistances) {
  chunk_.kind = ChangeKind::kDrift;
  distances_[1] = -0.5F;
  ExpectInvalid("distances[1] must be finite and >= 0", "got -0.5");
  distances_[1] = NAN;
  ExpectInvalid("distances[1] must be finite and >= 0", "got nan");
  chunk_.distances = chunk_.distances.first(1);
  ExpectInvalid("distances must have one value per row id, 2", "got 1");
}

TEST_F(ValidateUpdateChunkTest, AStepEndMayCarryNothing) {
  chunk_ = {.writer_id = "w", .sequence = 3};
  EXPECT_TRUE(ValidateUpdateChunk(chunk_, layout_).ok());
}

}  // namespace
}  // namespace mongoose

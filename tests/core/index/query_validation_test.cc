#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/index/neuron_index.h"
#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::Matrix;
using ::testing::HasSubstr;

// A batch of two queries with three labels.
class QueryValidationTest : public test_support::IndexTest {
 protected:
  void SetUp() override {
    CreateGaussian(test_support::SmallSpec());
    query_.queries = queries_.view();
    query_.label_offsets = offsets_;
    query_.label_ids = labels_;
  }
  void ExpectError(absl::StatusCode code, const std::string& rule,
                   const std::string& value) {
    const absl::Status status = Ask(query_).status();
    EXPECT_EQ(status.code(), code);
    EXPECT_THAT(status.message(), HasSubstr(rule));
    EXPECT_THAT(status.message(), HasSubstr(value));
  }
  void ExpectInvalid(const std::string& rule, const std::string& value) {
    ExpectError(absl::StatusCode::kInvalidArgument, rule, value);
  }
  Matrix queries_ = test_support::GaussianMatrix(2, 24, 2);
  std::vector<std::uint32_t> offsets_ = {0, 1, 3};
  std::vector<RowId> labels_ = {99, 0, 99};
  NeuronQuery query_;
};

TEST_F(QueryValidationTest, AcceptsAGoodQuery) {
  EXPECT_TRUE(Ask(query_).ok());
}

TEST_F(QueryValidationTest, RefusesAnEmptyBatch) {
  query_ = {.queries = {{}, 0, 24}};
  ExpectInvalid("queries.rows must be > 0", "got 0");
}

TEST_F(QueryValidationTest, RefusesQueriesOfAnotherDim) {
  const Matrix wide(2, 25);
  query_.queries = wide.view();
  ExpectInvalid("queries.cols must be 24", "got 25");
}

TEST_F(QueryValidationTest, RefusesValuesThatAreNotFinite) {
  queries_.values[24 + 7] = NAN;
  ExpectInvalid("queries must be finite", "nan in query 1, column 7");
  queries_.values[3] = INFINITY;
  ExpectInvalid("queries must be finite", "inf in query 0, column 3");
}

TEST_F(QueryValidationTest, RefusesABadPlan) {
  query_.plan.min_hits = 0;
  ExpectInvalid("plan.min_hits must be 1..127", "got 0");
}

TEST_F(QueryValidationTest, RefusesLabelsWithoutOffsets) {
  query_.label_offsets = {};
  ExpectInvalid("label_ids must be empty without label_offsets", "got 3 ids");
}

TEST_F(QueryValidationTest, RefusesOffsetsOfAnotherBatch) {
  offsets_ = {0, 1, 2, 3};
  query_.label_offsets = offsets_;
  ExpectInvalid("label_offsets must have batch + 1 = 3 values", "got 4");
}

TEST_F(QueryValidationTest, RefusesOffsetsThatDoNotCoverTheLabels) {
  offsets_ = {1, 1, 3};
  ExpectInvalid("label_offsets must go from 0", "got 1 to 3");
  offsets_ = {0, 1, 2};
  ExpectInvalid("label_ids, 3", "got 0 to 2");
}

TEST_F(QueryValidationTest, RefusesOffsetsThatDecrease) {
  offsets_ = {0, 4, 3};
  ExpectInvalid("label_offsets must not decrease", "got 4 before 3");
}

TEST_F(QueryValidationTest, RefusesLabelsOutOfRange) {
  labels_[1] = 100;
  ExpectError(absl::StatusCode::kOutOfRange, "label_ids[1] must be < 100",
              "got 100");
}

TEST_F(QueryValidationTest, RefusesAnyQueryBeforeTheFirstSnapshot) {
  Create(test_support::SmallSpec());
  ASSERT_TRUE(writer_->SetAll(Matrix(99, 24)).ok());
  ExpectError(absl::StatusCode::kFailedPrecondition, "no snapshot yet",
              "99 of 100 rows are set");
}

TEST_F(QueryValidationTest, EndsWithTheStatusOfItsToken) {
  const test_support::CancelledAtCheck cancel(1);
  EXPECT_EQ(index_->Query(query_, NeuronIndex::Layout::kPerSample, cancel)
                .status()
                .code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace mongoose

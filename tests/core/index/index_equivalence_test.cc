// After any stream of updates the index equals one built from scratch, up to
// the tolerance of its policy.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <tuple>

#include <gtest/gtest.h>

#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::SmallSpec;

class IndexEquivalenceTest : public test_support::IndexTest {
 protected:
  // Sets or adds to up to `max_rows` random rows.
  void WriteSome(CounterRng& rng, std::uint32_t max_rows, float size) {
    const std::size_t rows = index_->spec().num_rows;
    const auto ids =
        test_support::RandomIds(rows, 1 + rng.NextBelow(max_rows), rng);
    Matrix values =
        GaussianMatrix(ids.size(), index_->spec().hash.cols, rng.NextBits());
    for (float& v : values.values) v *= size;
    const bool add = rng.NextBelow(3) != 0 || size < 1;
    ASSERT_TRUE(
        (add ? writer_->Add(ids, values) : writer_->Set(ids, values)).ok());
  }
  bool IsFresh() {
    return test_support::IsBuiltFrom(*index_->snapshot(),
                                     *index_->FreezeForTest().rows, workers_);
  }
  double Audit() {
    return test_support::StaleShare(*index_->snapshot(),
                                    *index_->FreezeForTest().rows);
  }
};

class ExactIndexTest
    : public IndexEquivalenceTest,
      public ::testing::WithParamInterface<
          std::tuple<HashFamily, RowType, std::size_t, std::size_t>> {
 protected:
  static IndexSpec Spec() {
    const auto [family, type, rows, cols] = GetParam();
    IndexSpec spec = SmallSpec();
    spec.num_rows = rows;
    spec.dim = spec.hash.cols = cols;
    spec.replica_type = type;
    spec.hash.family = family;
    spec.hash.num_tables = 11;
    spec.hash.sketch_bits = 64;
    return spec;
  }
};

TEST_P(ExactIndexTest, EqualsTheIndexBuiltFromTheLastRows) {
  CreateGaussian(Spec());
  CounterRng rng(1, 7);
  const auto rows = static_cast<std::uint32_t>(Spec().num_rows);
  for (int round = 0; round < 5; ++round) {
    for (int chunk = 0; chunk < 10; ++chunk) {
      WriteSome(rng, round == 0 ? rows : 1 + rows / 20, 1);
    }
    index_->WaitUntilIdleForTest();
    ASSERT_TRUE(IsFresh());
    EXPECT_NEAR(index_->state().staleness, 0, 1e-6);
    EXPECT_EQ(index_->state().hashed_sequence,
              index_->state().applied_sequence);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, ExactIndexTest,
    ::testing::Combine(::testing::Values(HashFamily::kOrthogonal,
                                         HashFamily::kDenseSign,
                                         HashFamily::kDensifiedWta),
                       ::testing::Values(RowType::kFloat32, RowType::kBfloat16),
                       ::testing::Values(1, 63, 500),
                       ::testing::Values(1, 24, 129)));

// Rows creep in random directions; the audit hashes all of them.
class TolerantIndexTest : public IndexEquivalenceTest,
                          public ::testing::WithParamInterface<float> {};

TEST_P(TolerantIndexTest, StaysWithinItsToleranceInAFullAudit) {
  IndexSpec spec = SmallSpec();
  spec.num_rows = 400;
  spec.rehash_policy = DriftThresholdSpec{.max_row_staleness = GetParam(),
                                          .max_index_staleness = 1};
  CreateGaussian(spec);
  CounterRng rng(11, 0);
  double worst = 0;
  for (int step = 0; step < 150; ++step) {
    WriteSome(rng, 400, 0.02F);
    index_->WaitUntilIdleForTest();
    worst = std::max(worst, Audit());
  }
  EXPECT_LT(worst, 1.2 * double{GetParam()});
  EXPECT_GT(worst, 0);
}

INSTANTIATE_TEST_SUITE_P(Tolerances, TolerantIndexTest,
                         ::testing::Values(0.05F, 0.1F, 0.3F));

TEST_F(IndexEquivalenceTest, ACentredIndexEqualsItsCodesUnderItsMeans) {
  IndexSpec spec = SmallSpec();
  spec.hash.centre = true;
  CreateGaussian(spec);
  CounterRng rng(5, 0);
  for (int chunk = 0; chunk < 30; ++chunk) WriteSome(rng, 40, 1);
  index_->WaitUntilIdleForTest();
  EXPECT_TRUE(IsFresh());
}

TEST_F(IndexEquivalenceTest, AReplayedStreamChangesNothing) {
  CreateGaussian(SmallSpec());
  const auto snapshot = index_->snapshot();
  const Matrix other = GaussianMatrix(100, 24, 2);
  const auto ids = test_support::AllIds(100);
  const auto result = index_->Apply({.writer_id = "w",
                                     .sequence = 1,
                                     .kind = ChangeKind::kSetRows,
                                     .ids = ids,
                                     .values = other.view()});
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->replayed);
  index_->WaitUntilIdleForTest();
  EXPECT_EQ(index_->snapshot(), snapshot);
}

// Every code of a reversed row is wrong.
TEST_F(IndexEquivalenceTest, ATolerantIndexRehashesReversedRows) {
  IndexSpec spec = SmallSpec();
  spec.rehash_policy = DriftThresholdSpec{.max_row_staleness = 0.1F};
  Matrix rows = GaussianMatrix(100, 24, 1);
  CreateWith(spec, rows);
  for (float& v : rows.values) v = -v;
  ASSERT_TRUE(writer_->SetAll(rows).ok());
  index_->WaitUntilIdleForTest();
  EXPECT_LT(Audit(), 0.1);
}

// A layer that starts at zero: every row in bucket 0.
TEST_F(IndexEquivalenceTest, ATolerantIndexRehashesRowsThatLeaveZero) {
  IndexSpec spec = SmallSpec();
  spec.rehash_policy = DriftThresholdSpec{.max_row_staleness = 0.1F};
  CreateWith(spec, Matrix(100, 24));
  ASSERT_TRUE(
      writer_->Add(test_support::AllIds(100), GaussianMatrix(100, 24, 1)).ok());
  index_->WaitUntilIdleForTest();
  EXPECT_LT(Audit(), 0.1);
}

}  // namespace
}  // namespace mongoose

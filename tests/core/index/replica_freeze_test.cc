// Frozen rows are a copy-on-write view: later writes never show in them.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "core/index/replica.h"
#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using test_support::RandomIds;
using test_support::Thaw;

class ReplicaFreezeTest : public ::testing::TestWithParam<RowType> {
 protected:
  static constexpr std::size_t kRows = 75;
  static constexpr std::size_t kCols = 19;

  // Sets or adds to some random rows.
  void WriteSome() {
    const auto ids = RandomIds(kRows, 1 + rng_.NextBelow(20), rng_);
    const Matrix values = GaussianMatrix(ids.size(), kCols, rng_.NextBits());
    const bool add = rng_.NextBelow(2) == 0;
    ASSERT_TRUE(
        (add ? writer_.Add(ids, values) : writer_.Set(ids, values)).ok());
  }
  static const void* Address(const FrozenRows& rows, RowId row) {
    if (GetParam() == RowType::kFloat32) return rows.Float32Row(row);
    return rows.Bfloat16Row(row);
  }
  Replica replica_{{.num_rows = kRows, .cols = kCols, .type = GetParam()},
                   StalenessModel::OfCodes(9),
                   0.1F};
  test_support::Writer<Replica> writer_{replica_};
  CounterRng rng_{1, 1};
};

TEST_P(ReplicaFreezeTest, LaterWritesNeverShow) {
  ASSERT_TRUE(writer_.SetAll(GaussianMatrix(kRows, kCols, 1)).ok());
  std::vector<std::shared_ptr<const FrozenRows>> frozen;
  std::vector<std::vector<float>> values;
  for (int step = 0; step < 100; ++step) {
    if (rng_.NextBelow(2) == 0) {
      frozen.push_back(replica_.Freeze().rows);
      values.push_back(Thaw(*frozen.back()).values);
    }
    WriteSome();
  }
  for (std::size_t i = 0; i < frozen.size(); ++i) {
    ASSERT_EQ(Thaw(*frozen[i]).values, values[i]);
  }
}

TEST_P(ReplicaFreezeTest, AFrozenCopyOutlivesWritesAfterOthersWereDropped) {
  ASSERT_TRUE(writer_.SetAll(GaussianMatrix(kRows, kCols, 1)).ok());
  const auto kept = replica_.Freeze().rows;
  const auto values = Thaw(*kept).values;
  for (int step = 0; step < 20; ++step) {
    replica_.Freeze();  // dropped at once
    WriteSome();
  }
  EXPECT_EQ(Thaw(*kept).values, values);
}

TEST_P(ReplicaFreezeTest, BlocksThatNobodyReadsAreWrittenInPlace) {
  ASSERT_TRUE(writer_.SetAll(GaussianMatrix(kRows, kCols, 1)).ok());
  const void* const address = Address(*replica_.Freeze().rows, 20);
  WriteSome();
  auto kept = replica_.Freeze().rows;
  EXPECT_EQ(Address(*kept, 20), address);
  const std::vector<RowId> ids = {20};
  ASSERT_TRUE(writer_.Set(ids, Matrix(1, kCols)).ok());
  EXPECT_NE(Address(*replica_.Freeze().rows, 20), address);
}

TEST_P(ReplicaFreezeTest, RowsNotWrittenAreShared) {
  ASSERT_TRUE(writer_.SetAll(GaussianMatrix(kRows, kCols, 1)).ok());
  const auto before = replica_.Freeze().rows;
  const std::vector<RowId> ids = {20};
  ASSERT_TRUE(writer_.Set(ids, Matrix(1, kCols)).ok());
  const auto after = replica_.Freeze().rows;
  EXPECT_EQ(Address(*before, 0), Address(*after, 0));
  EXPECT_EQ(Address(*before, 40), Address(*after, 40));
  EXPECT_NE(Address(*before, 20), Address(*after, 20));
}

TEST_P(ReplicaFreezeTest, FreezingTwiceGivesTheSameObject) {
  const auto first = replica_.Freeze().rows;
  EXPECT_EQ(replica_.Freeze().rows, first);
  ASSERT_TRUE(writer_.EndStep().ok());
  EXPECT_EQ(replica_.Freeze().rows, first);
  const std::vector<RowId> ids = {0};
  ASSERT_TRUE(writer_.Set(ids, Matrix(1, kCols)).ok());
  EXPECT_NE(replica_.Freeze().rows, first);
}

TEST_P(ReplicaFreezeTest, WorkIsFrozenWithItsDrift) {
  ASSERT_TRUE(writer_.SetAll(GaussianMatrix(kRows, kCols, 1)).ok());
  const auto work = replica_.TakeMovedRows(0);
  EXPECT_EQ(work.ids, test_support::AllIds(kRows));
  const auto values = Thaw(*work.frozen.rows).values;
  WriteSome();
  EXPECT_EQ(Thaw(*work.frozen.rows).values, values);
}

INSTANTIATE_TEST_SUITE_P(Types, ReplicaFreezeTest,
                         ::testing::Values(RowType::kFloat32,
                                           RowType::kBfloat16));

}  // namespace
}  // namespace mongoose

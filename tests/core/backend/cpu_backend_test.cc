#include "core/backend/cpu_backend.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "core/hash/vector_hasher.h"
#include "core/table/table_builder.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

class CpuBackendTest : public ::testing::TestWithParam<int> {
 protected:
  static constexpr std::size_t kRows = 5000;  // more than two parts
  const HashSpec spec_{
      .cols = 17, .bits_per_table = 5, .num_tables = 9, .seed = 1};
  const std::shared_ptr<const Projection> projection_ =
      *CreateProjection(spec_);
  const std::shared_ptr<const FrozenRows> rows_ =
      test_support::FreezeMatrix(test_support::GaussianMatrix(kRows, 17, 1));
  SteadyClock clock_;
  WorkerPool workers_{GetParam()};
  WorkerPool alone_{0};
  CpuBackend backend_{workers_, clock_};
};

TEST_P(CpuBackendTest, HashesRowsInPartsAsInOnePiece) {
  std::vector<RowId> ids = test_support::AllIds(kRows);
  std::ranges::reverse(ids);
  CodeMatrix parts(kRows, 9), piece(kRows, 9);
  ASSERT_TRUE(backend_.HashRows(*projection_, *rows_, ids, parts).ok());
  HashRows(*projection_, *rows_, ids, 0, piece);
  EXPECT_EQ(parts, piece);
}

TEST_P(CpuBackendTest, BuildsAndUpdatesTablesAsTheBuilder) {
  CodeMatrix codes(kRows, 9);
  const auto ids = test_support::AllIds(kRows);
  ASSERT_TRUE(backend_.HashRows(*projection_, *rows_, ids, codes).ok());
  const auto built = *backend_.BuildTables(codes, 32);
  EXPECT_EQ(*built, BuildTables(codes, 32, alone_));
  CodeMatrix changed = codes;
  changed.mutable_row(77)[4] ^= 3;
  const std::vector<RowId> rows = {77};
  EXPECT_EQ(**backend_.UpdateTables(*built, codes, changed, rows),
            BuildTables(changed, 32, alone_));
}

TEST_P(CpuBackendTest, HashingNoRowsIsFine) {
  CodeMatrix none(0, 9);
  EXPECT_TRUE(backend_.HashRows(*projection_, *rows_, {}, none).ok());
  EXPECT_EQ(backend_.name(), "cpu");
}

INSTANTIATE_TEST_SUITE_P(Threads, CpuBackendTest, ::testing::Range(0, 4));

}  // namespace
}  // namespace mongoose

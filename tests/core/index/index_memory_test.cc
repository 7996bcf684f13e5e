// A million row updates leave no trace but the rows.
#include <unistd.h>

#include <cstddef>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kAllocatorKeepsMemory = true;
#else
constexpr bool kAllocatorKeepsMemory = false;
#endif

double ResidentMegabytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return static_cast<double>(resident) *
         static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

class IndexMemoryTest : public test_support::IndexTest {
 protected:
  static constexpr std::size_t kRows = 3001;
  static constexpr std::size_t kChunkRows = 500;

  // Sets and adds in turn, 500 random rows a chunk.
  void Update(std::size_t num_updates) {
    const Matrix values = GaussianMatrix(kChunkRows, 8, 3);
    for (std::size_t done = 0; done < num_updates; done += kChunkRows) {
      const RowId first = rng_.NextBelow(kRows - kChunkRows);
      std::vector<RowId> ids = test_support::AllIds(kChunkRows);
      for (RowId& id : ids) id += first;
      const bool add = done / kChunkRows % 2 == 0;
      ASSERT_TRUE(
          (add ? writer_->Add(ids, values) : writer_->Set(ids, values)).ok());
    }
    index_->WaitUntilIdleForTest();
  }
  CounterRng rng_{1, 0};
};

TEST_F(IndexMemoryTest, AMillionUpdatesDoNotGrowTheIndex) {
  IndexSpec spec = test_support::SmallSpec();
  spec.num_rows = kRows;
  spec.dim = spec.hash.cols = 8;
  CreateGaussian(spec);
  Update(100'000);
  const std::size_t bytes = index_->status().memory_bytes;
  const double resident = ResidentMegabytes();
  Update(900'000);
  // Codes written apart from their block are gathered now and then.
  const CodeMatrix& codes = *index_->snapshot()->codes;
  EXPECT_LT(index_->status().memory_bytes,
            bytes + codes.rows() * codes.stride() * sizeof(Code));
  EXPECT_EQ(index_->status().replica.rows_updated, 1'000'000U + kRows);
  EXPECT_TRUE(test_support::IsBuiltFrom(
      *index_->snapshot(), *index_->FreezeForTest().rows, workers_));
  if (kAllocatorKeepsMemory) return;
  EXPECT_LT(ResidentMegabytes() - resident, 20);
}

}  // namespace
}  // namespace mongoose

#include "core/index/snapshot_cell.h"

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace mongoose {
namespace {

TEST(SnapshotCellTest, IsNullUntilTheFirstPublish) {
  SnapshotCell<int> cell;
  EXPECT_EQ(cell.Acquire(), nullptr);
  cell.Publish(std::make_shared<const int>(3));
  EXPECT_EQ(*cell.Acquire(), 3);
}

TEST(SnapshotCellTest, WhoAcquiredKeepsTheOldOne) {
  SnapshotCell<int> cell;
  cell.Publish(std::make_shared<const int>(1));
  const auto old = cell.Acquire();
  cell.Publish(std::make_shared<const int>(2));
  EXPECT_EQ(*old, 1);
  EXPECT_EQ(old.use_count(), 1);
  EXPECT_EQ(*cell.Acquire(), 2);
}

// Locks the cell when it dies, which must therefore happen outside its lock.
struct Reentrant {
  SnapshotCell<Reentrant>* cell;
  ~Reentrant() { cell->Acquire(); }
};

TEST(SnapshotCellTest, TheReplacedObjectDiesOutsideTheLock) {
  SnapshotCell<Reentrant> cell;
  cell.Publish(std::make_shared<const Reentrant>(&cell));
  cell.Publish(nullptr);
  EXPECT_EQ(cell.Acquire(), nullptr);
}

TEST(SnapshotCellTest, ReadersSeeWholeObjectsOnly) {
  using Pair = std::pair<int, int>;
  SnapshotCell<Pair> cell;
  cell.Publish(std::make_shared<const Pair>(0, 0));
  std::jthread writer([&cell] {
    for (int i = 1; i <= 2000; ++i) {
      cell.Publish(std::make_shared<const Pair>(i, -i));
    }
  });
  for (int seen = 0; seen < 2000;) {
    const auto pair = cell.Acquire();
    ASSERT_EQ(pair->first, -pair->second);
    ASSERT_GE(pair->first, seen);
    seen = pair->first;
  }
}

}  // namespace
}  // namespace mongoose

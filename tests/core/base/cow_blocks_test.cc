#include "core/base/cow_blocks.h"

#include <cstddef>

#include <gtest/gtest.h>

namespace mongoose {
namespace {

constexpr std::size_t kBlocks = 9;
constexpr std::size_t kSize = 3;

CowBlocks<int> Counting() {
  CowBlocks<int> blocks(kBlocks, kSize);
  for (std::size_t i = 0; i < kBlocks * kSize; ++i) {
    blocks.base()[i] = static_cast<int>(i);
  }
  return blocks;
}

// Block i of `blocks` starts with i * kSize + added.
void ExpectCounting(const CowBlocks<int>& blocks, int added) {
  for (std::size_t i = 0; i < kBlocks; ++i) {
    for (std::size_t j = 0; j < kSize; ++j) {
      ASSERT_EQ(blocks.block(i)[j], static_cast<int>(i * kSize + j) + added);
    }
  }
}

void Add(std::size_t count, int value, CowBlocks<int>& blocks) {
  for (std::size_t i = 0; i < count; ++i) {
    int* const block = blocks.MutableBlock(i);
    for (std::size_t j = 0; j < kSize; ++j) block[j] += value;
  }
}

TEST(CowBlocksTest, ACopyAndItsOriginalChangeApart) {
  CowBlocks<int> original = Counting();
  CowBlocks<int> copy = original;
  Add(kBlocks, 100, copy);
  ExpectCounting(original, 0);
  ExpectCounting(copy, 100);
}

TEST(CowBlocksTest, GatheredBlocksAreTheSameAndTheirOwn) {
  const CowBlocks<int> original = Counting();
  CowBlocks<int> copy = original;
  Add(2, 100, copy);
  Add(2, -100, copy);
  copy.Gather();
  ExpectCounting(copy, 0);
  const int* const block = copy.block(5);
  Add(kBlocks, 100, copy);
  EXPECT_EQ(copy.block(5), block);  // not cloned
  ExpectCounting(copy, 100);
  ExpectCounting(original, 0);
}

TEST(CowBlocksTest, GatheringTwiceKeepsTheBlocks) {
  CowBlocks<int> alone = Counting();
  alone.Gather();
  ExpectCounting(alone, 0);
  CowBlocks<int> changed = alone;
  Add(kBlocks - 1, 100, changed);
  CowBlocks<int> copy = changed;  // gathers
  copy.Gather();
  Add(kBlocks - 1, -100, copy);
  ExpectCounting(copy, 0);
}

TEST(CowBlocksTest, GatheringAnOwnBaseWithClonesReadsItToTheEnd) {
  CowBlocks<int> blocks = Counting();
  {
    const CowBlocks<int> reader = blocks;
    Add(4, 100, blocks);  // clones
  }
  blocks.Gather();  // nobody else holds the base
  Add(4, -100, blocks);
  ExpectCounting(blocks, 0);
}

}  // namespace
}  // namespace mongoose

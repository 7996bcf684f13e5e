#include "core/table/segment_builder.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/base/counter_rng.h"

namespace mongoose {
namespace {

struct Shape {
  std::size_t rows;
  std::size_t bits;
};

class SegmentBuilderTest : public ::testing::TestWithParam<Shape> {
 protected:
  std::size_t num_buckets() const { return std::size_t{1} << GetParam().bits; }
  Code RandomCode() {
    return static_cast<Code>(
        rng_.NextBelow(static_cast<std::uint32_t>(num_buckets())));
  }
  std::vector<Code> RandomCodes() {
    std::vector<Code> codes(GetParam().rows);
    for (Code& code : codes) code = RandomCode();
    return codes;
  }
  // Gives each row a new code with a chance of `share`.
  std::vector<Move> MoveSome(std::vector<Code>& codes, double share) {
    std::vector<Move> moves;
    for (std::size_t row = 0; row < codes.size(); ++row) {
      const Code to = RandomCode();
      if (rng_.NextBelow(1000) >= share * 1000 || to == codes[row]) continue;
      moves.push_back(
          {.row = static_cast<LocalRow>(row), .from = codes[row], .to = to});
      codes[row] = to;
    }
    return moves;
  }

  CounterRng rng_{GetParam().rows, GetParam().bits};
};

TEST_P(SegmentBuilderTest, BucketsHoldTheirRowsAscending) {
  const std::vector<Code> codes = RandomCodes();
  const auto segment = BuildSegment(codes, num_buckets());
  std::size_t held = 0;
  for (std::size_t code = 0; code < num_buckets(); ++code) {
    const auto bucket = segment->bucket(static_cast<Code>(code));
    EXPECT_TRUE(std::ranges::is_sorted(bucket));
    for (const LocalRow row : bucket) EXPECT_EQ(codes[row], code);
    held += bucket.size();
  }
  EXPECT_EQ(held, codes.size());
}

TEST_P(SegmentBuilderTest, PatchingEqualsBuildingAnew) {
  for (const double share : {0.0, 0.01, 0.1, 0.5, 1.0}) {
    std::vector<Code> codes = RandomCodes();
    const auto old = BuildSegment(codes, num_buckets());
    const std::vector<Move> moves = MoveSome(codes, share);
    EXPECT_EQ(*PatchSegment(*old, moves), *BuildSegment(codes, num_buckets()))
        << share;
  }
}

TEST_P(SegmentBuilderTest, AllRowsMayGatherInOneBucketAndLeaveIt) {
  const std::vector<Code> first = RandomCodes();
  const std::vector<Code> last(first.size(), RandomCode());
  std::vector<Move> there;
  std::vector<Move> back;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (first[i] == last[i]) continue;
    const auto row = static_cast<LocalRow>(i);
    there.push_back({.row = row, .from = first[i], .to = last[i]});
    back.push_back({.row = row, .from = last[i], .to = first[i]});
  }
  const auto start = BuildSegment(first, num_buckets());
  const auto gathered = PatchSegment(*start, there);
  EXPECT_EQ(*gathered, *BuildSegment(last, num_buckets()));
  EXPECT_EQ(*PatchSegment(*gathered, back), *start);
}

INSTANTIATE_TEST_SUITE_P(Shapes, SegmentBuilderTest,
                         ::testing::Values(Shape{1, 1}, Shape{15, 3},
                                           Shape{16, 3}, Shape{17, 3},
                                           Shape{100, 16}, Shape{5000, 9},
                                           Shape{kSegmentRows, 14},
                                           Shape{kSegmentRows, 4}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.rows) + "Rows" +
                                  std::to_string(shape.param.bits) + "Bits";
                         });

TEST(PatchIsCheaperTest, AFewMovesArePatchedAndManyAreNot) {
  for (const std::size_t bits : {9, 12, 14}) {
    const std::size_t buckets = std::size_t{1} << bits;
    EXPECT_TRUE(PatchIsCheaper(kSegmentRows / 100, kSegmentRows, buckets));
    EXPECT_FALSE(PatchIsCheaper(kSegmentRows / 5, kSegmentRows, buckets));
  }
}

}  // namespace
}  // namespace mongoose

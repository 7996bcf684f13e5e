#include "core/learn/router_gate.h"

#include <cstddef>
#include <memory>
#include <numeric>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"
#include "tests/support/partition.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using PartitionPtr = std::shared_ptr<const PartitionProjection>;

// 32 cells of 40 rows, row r in cell r / 40; queries read 160 rows.  The hubs
// are the first row of each cell.
class RouterGateTest : public ::testing::Test {
 protected:
  static constexpr std::size_t kCells = 32;
  static constexpr std::size_t kCellRows = 40;
  static constexpr std::size_t kQueries = 200;

  static CodeMatrix Codes() {
    CodeMatrix codes(kCells * kCellRows, 1);
    for (std::size_t row = 0; row < codes.rows(); ++row) {
      codes.mutable_row(row)[0] = static_cast<Code>(row / kCellRows);
    }
    return codes;
  }
  static std::vector<RowId> Hubs() {
    std::vector<RowId> hubs(kCells);
    for (std::size_t cell = 0; cell < kCells; ++cell) {
      hubs[cell] = static_cast<RowId>(cell * kCellRows);
    }
    return hubs;
  }
  // Ranks cells as the anchors do, or the first `cells` the other way round.
  PartitionPtr WithRouter(float sign, std::size_t cells = kCells) const {
    auto router = PartitionProjection::RouterOf(anchors_->cells());
    for (std::size_t i = 0; i < cells * 16; ++i) router.vectors[i] *= sign;
    for (std::size_t i = 0; i < cells; ++i) router.offsets[i] *= sign;
    return std::make_shared<const PartitionProjection>(spec_, anchors_->cells(),
                                                       std::move(router));
  }
  // Queries that want `near` rows of their nearest cell, its hub not among
  // them, and the first `hubs` hubs.
  QueryTruths Wanting(std::size_t near, std::size_t hubs) const {
    const Matrix queries = GaussianMatrix(kQueries, 16, 7);
    std::vector<Code> nearest(kQueries);
    anchors_->NearestCells(queries.view(), 1, nearest);
    QueryTruths truths(16, kQueries, /*max_rows=*/64);
    for (std::size_t q = 0; q < kQueries; ++q) {
      std::vector<RowId> rows(near);
      std::iota(rows.begin(), rows.end(), hubs_[nearest[q]] + 1);
      rows.insert(rows.end(), hubs_.begin(),
                  hubs_.begin() + static_cast<std::ptrdiff_t>(hubs));
      truths.Add(queries.row(q), rows);
    }
    return truths;
  }
  RouterChoice Judge(PartitionPtr in_use, PartitionPtr candidate,
                     const CellLayout& layout,
                     const QueryTruths& truths) const {
    return JudgeRouter({std::move(in_use), layout_},
                       {std::move(candidate), layout},
                       layout.hot_list().empty() ? nullptr : anchors_, truths,
                       {.held_back = truths, .hubs = {}, .rows = 160}, 0.005);
  }

  const HashSpec spec_ = test_support::PartitionSpec(16, 5);
  const PartitionPtr anchors_ = std::make_shared<const PartitionProjection>(
      spec_, test_support::RandomCells(spec_, 3));
  const CodeMatrix codes_ = Codes();
  const std::vector<RowId> hubs_ = Hubs();
  const CellLayout layout_{codes_, kCells};
};

TEST_F(RouterGateTest, ARouterThatFindsMoreIsAdopted) {
  const RouterChoice choice =
      Judge(WithRouter(-1), WithRouter(1), layout_, Wanting(10, 0));
  EXPECT_TRUE(choice.verdict.adopt) << choice.verdict.reason;
  EXPECT_TRUE(choice.partition->has_learned_router());
}

TEST_F(RouterGateTest, WithoutANewListThereIsOnlyTheRouter) {
  const RouterChoice choice =
      Judge(WithRouter(-1), WithRouter(-1), layout_, Wanting(10, 0));
  EXPECT_FALSE(choice.verdict.adopt);
}

TEST_F(RouterGateTest, ARouterThatFindsMostGoesWithItsList) {
  const RouterChoice choice =
      Judge(WithRouter(-1), WithRouter(1), layout_.WithHotList(hubs_),
            Wanting(20, 20));
  EXPECT_TRUE(choice.verdict.adopt) << choice.verdict.reason;
  EXPECT_TRUE(choice.partition->has_learned_router());
}

TEST_F(RouterGateTest, AnchorsGoWithANewListWhereTheRouterFindsLess) {
  const RouterChoice choice = Judge(
      anchors_, WithRouter(-1), layout_.WithHotList(hubs_), Wanting(20, 20));
  EXPECT_TRUE(choice.verdict.adopt) << choice.verdict.reason;
  EXPECT_FALSE(choice.partition->has_learned_router());
  EXPECT_EQ(choice.verdict.candidate.all, 1.0);
}

TEST_F(RouterGateTest, AnchorsGoFirstWhereTheRouterWouldPassButFindsLess) {
  const CellLayout layout = layout_.WithHotList(hubs_);
  const QueryTruths truths = Wanting(20, 20);
  const PartitionPtr router = WithRouter(-1, 8);
  const GateCase judged{.held_back = truths, .hubs = {}, .rows = 160};
  ASSERT_TRUE(JudgeCandidate(FindIn(layout_, *WithRouter(-1), judged),
                             FindIn(layout, *router, judged), truths, judged,
                             0.005)
                  .adopt);
  const RouterChoice choice = Judge(WithRouter(-1), router, layout, truths);
  EXPECT_TRUE(choice.verdict.adopt) << choice.verdict.reason;
  EXPECT_FALSE(choice.partition->has_learned_router());
  EXPECT_EQ(choice.verdict.rows, 160);
}

// A static list of 160 rows has all that is wanted.
TEST_F(RouterGateTest, AListIsAdoptedWhereNothingLearnedBeatsIt) {
  const RouterChoice choice = Judge(anchors_, WithRouter(1),
                                    layout_.WithHotList(hubs_), Wanting(0, 20));
  EXPECT_EQ(choice.verdict.hot_list.all, 1.0);
  EXPECT_TRUE(choice.verdict.adopt) << choice.verdict.reason;
  EXPECT_THAT(choice.verdict.reason, StartsWith("adopted"));
  EXPECT_FALSE(choice.partition->has_learned_router());
}

TEST_F(RouterGateTest, AListNobodyWantsIsRefused) {
  const RouterChoice choice = Judge(anchors_, WithRouter(1),
                                    layout_.WithHotList(hubs_), Wanting(10, 0));
  EXPECT_FALSE(choice.verdict.adopt);
  EXPECT_THAT(choice.verdict.reason, HasSubstr("no better than the current"));
}

}  // namespace
}  // namespace mongoose

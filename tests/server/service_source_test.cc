// The active sets of the training worker, from a server.
#include "client/examples/service_source.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <span>
#include <vector>

#include "tests/support/server_fixture.h"

namespace mongoose::testing {
namespace {

using examples::ActiveRows;
using examples::DenseMatrix;
using examples::IdLists;

class ServiceSourceTest : public ServerFixture {
 protected:
  void SetUp() override { StartServer(); }

  static v1::IndexSpec SpecWithBias() {
    v1::IndexSpec spec = SmallSpec("layer");
    spec.set_has_bias(true);
    spec.mutable_default_plan()->set_num_active(3);
    spec.mutable_default_plan()->set_min_hits(1);
    return spec;
  }

  // Row i of the layer is RowOf(i) with bias 0; sample b is RowOf(b).
  ActiveRows SelectOfFour(const examples::ServiceOptions& options,
                          const IdLists& labels) {
    const auto source = examples::MakeServiceSource(*client_, options);
    DenseMatrix weights(kRows, kDim + 1);
    for (std::uint32_t row = 0; row < kRows; ++row) {
      std::ranges::copy(RowOf(row), weights.row(row).begin());
      weights.row(row).back() = 0;
    }
    EXPECT_TRUE(source->Start(weights).ok());
    DenseMatrix hidden(labels.count(), kDim);
    for (std::uint32_t b = 0; b < labels.count(); ++b) {
      std::ranges::copy(RowOf(b), hidden.row(b).begin());
    }
    auto active = source->Select(hidden, labels);
    EXPECT_TRUE(active.ok()) << active.status();
    return active.ok() ? *std::move(active) : ActiveRows{};
  }

  const IdLists labels_{.offsets = {0, 1, 2, 4, 4}, .ids = {50, 51, 52, 50}};
};

TEST_F(ServiceSourceTest, AsksForEverySample) {
  const ActiveRows active =
      SelectOfFour({.spec = SpecWithBias(), .wants_own_rows = true}, labels_);
  ASSERT_EQ(active.own.count(), 4U);
  for (std::uint32_t b = 0; b < 4; ++b) {
    EXPECT_TRUE(std::ranges::count(active.own.list(b), b) == 1) << b;
  }
}

TEST_F(ServiceSourceTest, SamplesNotAskedForHaveTheirLabelsAlone) {
  const ActiveRows active = SelectOfFour(
      {.spec = SpecWithBias(), .queried_share = 0.5, .wants_own_rows = true},
      labels_);
  ASSERT_EQ(active.own.count(), 4U);
  EXPECT_EQ(std::ranges::count(active.own.list(1), 1U), 1);
  EXPECT_TRUE(active.own.list(2).empty());
  EXPECT_TRUE(active.own.list(3).empty());
  const std::set<std::uint32_t> ids(active.ids.begin(), active.ids.end());
  EXPECT_EQ(ids.size(), active.ids.size());
  EXPECT_TRUE(ids.contains(50) && ids.contains(51) && ids.contains(52));
  EXPECT_EQ(ids.size(), 2U + 2 * 3U + 1U);  // labels, found, label 52
}

TEST_F(ServiceSourceTest, LabelsAddedByTheWorkerWeighNothing) {
  v1::IndexSpec spec = SpecWithBias();
  spec.mutable_default_plan()->set_num_tail(5);
  const ActiveRows active = SelectOfFour(
      {.spec = spec, .queried_share = 0.25, .weighted = true}, labels_);
  ASSERT_EQ(active.log_weights.size(), active.ids.size());
  const auto place = std::ranges::find(active.ids, 52U) - active.ids.begin();
  EXPECT_EQ(active.log_weights[static_cast<std::size_t>(place)], 0.0F);
}

}  // namespace
}  // namespace mongoose::testing

#include "client/examples/line_plot.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mongoose::examples {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(LinePlotTest, TicksAreRoundNumbersInTheRange) {
  EXPECT_THAT(RoundTicks(0, 183, 6), ElementsAre(0, 50, 100, 150));
  EXPECT_THAT(RoundTicks(0.13, 0.31, 5),
              ElementsAre(DoubleNear(0.15, 1e-9), DoubleNear(0.20, 1e-9),
                          DoubleNear(0.25, 1e-9), DoubleNear(0.30, 1e-9)));
}

TEST(LinePlotTest, DrawsALinePerSeriesWithPoints) {
  const std::string svg = RenderPlot(
      {"loss", "steps", {{"dense", {{1, 2}, {3, 4}}}, {"empty", {}}}});
  EXPECT_THAT(svg, HasSubstr("<title>dense</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("<title>empty</title>")));
}

TEST(LinePlotTest, DrawsASinglePointAndNoPointWithoutNan) {
  EXPECT_THAT(RenderPlot({"loss", "steps", {{"dense", {{0, 0}}}}}),
              Not(HasSubstr("nan")));
  EXPECT_THAT(RenderPlot({"loss", "steps", {}}), Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace mongoose::examples

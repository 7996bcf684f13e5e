// A line plot as inline SVG: axes with round ticks, one line per series.
#ifndef MONGOOSE_CLIENT_EXAMPLES_LINE_PLOT_H_
#define MONGOOSE_CLIENT_EXAMPLES_LINE_PLOT_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace mongoose::examples {

struct PlotSeries {
  std::string name;
  std::vector<std::pair<double, double>> points;  // x, y
};

struct LinePlot {
  std::string title;
  std::string x_label;
  std::vector<PlotSeries> series;
};

// The colour of the i-th series, as in every plot.
std::string SeriesColour(std::size_t i);

// An <svg> element; series without points are left out.
std::string RenderPlot(const LinePlot& plot);

// At most about `count` round numbers that span [low, high].
std::vector<double> RoundTicks(double low, double high, int count);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_LINE_PLOT_H_

#include "client/examples/line_plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace mongoose::examples {
namespace {

constexpr double kWidth = 520;
constexpr double kHeight = 300;
constexpr double kLeft = 52;
constexpr double kRight = 12;
constexpr double kTop = 30;
constexpr double kBottom = 40;
constexpr int kTicksX = 6;
constexpr int kTicksY = 5;

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  void Include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  // Makes a range that can be divided by its length.
  void Finish() {
    if (!(low <= high)) {
      *this = {0, 1};
    }
    if (high - low <= 0) {
      high = low + 1;
    }
  }
  double ShareOf(double value) const { return (value - low) / (high - low); }
};

// Maps data to the drawing area.
class Scale {
 public:
  explicit Scale(const LinePlot& plot) {
    x_.Include(0);
    for (const PlotSeries& series : plot.series) {
      for (const auto& [x, y] : series.points) {
        x_.Include(x);
        y_.Include(y);
      }
    }
    x_.Finish();
    y_.Finish();
  }

  const Range& x() const { return x_; }
  const Range& y() const { return y_; }
  double PixelX(double x) const {
    return kLeft + x_.ShareOf(x) * (kWidth - kLeft - kRight);
  }
  double PixelY(double y) const {
    return kHeight - kBottom - y_.ShareOf(y) * (kHeight - kTop - kBottom);
  }

 private:
  Range x_;
  Range y_;
};

std::string Text(double x, double y, const char* anchor,
                 const std::string& text) {
  return absl::StrFormat(
      R"(<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>)", x, y, anchor,
      text);
}

std::string Line(double x1, double y1, double x2, double y2) {
  return absl::StrFormat(
      R"(<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>)", x1, y1,
      x2, y2);
}

std::string RenderAxes(const Scale& scale) {
  std::string svg;
  for (const double x : RoundTicks(scale.x().low, scale.x().high, kTicksX)) {
    const double pixel = scale.PixelX(x);
    absl::StrAppend(&svg, Line(pixel, kTop, pixel, kHeight - kBottom),
                    Text(pixel, kHeight - kBottom + 15, "middle",
                         absl::StrFormat("%g", x)));
  }
  for (const double y : RoundTicks(scale.y().low, scale.y().high, kTicksY)) {
    const double pixel = scale.PixelY(y);
    absl::StrAppend(
        &svg, Line(kLeft, pixel, kWidth - kRight, pixel),
        Text(kLeft - 6, pixel + 4, "end", absl::StrFormat("%g", y)));
  }
  return svg;
}

std::string RenderSeries(const PlotSeries& series, const Scale& scale,
                         const std::string& colour) {
  std::string points;
  for (const auto& [x, y] : series.points) {
    absl::StrAppend(&points, absl::StrFormat("%.1f,%.1f ", scale.PixelX(x),
                                             scale.PixelY(y)));
  }
  return absl::StrFormat(
      R"(<polyline fill="none" stroke="%s" stroke-width="2" points="%s">)"
      "<title>%s</title></polyline>",
      colour, points, series.name);
}

}  // namespace

std::string SeriesColour(std::size_t i) {
  // Okabe and Ito's colours, told apart with any colour vision.
  static constexpr std::array kColours = {"#0072b2", "#d55e00", "#009e73",
                                          "#cc79a7", "#e69f00", "#56b4e9"};
  return kColours[i % kColours.size()];
}

std::vector<double> RoundTicks(double low, double high, int count) {
  const double rough = (high - low) / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double multiple : {5.0, 2.0, 1.0}) {
    if (multiple * power >= rough) {
      step = multiple * power;
    }
  }
  std::vector<double> ticks;
  const auto last = static_cast<long>(std::floor(high / step + 1e-9));
  for (auto i = static_cast<long>(std::ceil(low / step - 1e-9)); i <= last;
       ++i) {
    ticks.push_back(static_cast<double>(i) * step);
  }
  return ticks;
}

std::string RenderPlot(const LinePlot& plot) {
  const Scale scale(plot);
  std::string svg =
      absl::StrFormat(R"(<svg viewBox="0 0 %g %g" role="img" aria-label="%s">)",
                      kWidth, kHeight, plot.title);
  absl::StrAppend(&svg, Text(kLeft, 18, "start", plot.title), RenderAxes(scale),
                  Text(kWidth - kRight, kHeight - 6, "end", plot.x_label));
  for (std::size_t i = 0; i < plot.series.size(); ++i) {
    if (!plot.series[i].points.empty()) {
      absl::StrAppend(&svg,
                      RenderSeries(plot.series[i], scale, SeriesColour(i)));
    }
  }
  return svg + "</svg>\n";
}

}  // namespace mongoose::examples

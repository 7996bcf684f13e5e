#include "client/examples/report.h"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "client/examples/line_plot.h"

namespace mongoose::examples {
namespace {

using Row = std::vector<std::string>;

constexpr double kMebibyte = 1 << 20;

std::string Mebibytes(std::uint64_t bytes) {
  return absl::StrFormat("%.1f", static_cast<double>(bytes) / kMebibyte);
}

Row TableHeader() {
  return {"mode",     "P@1",       "P@3",     "P@5",      "output ms",
          "query ms", "send ms",   "total s", "active %", "rebuilds",
          "partial",  "index MiB", "wire MiB"};
}

Row TableRow(const RunSummary& run) {
  return {run.mode,
          absl::StrFormat("%.2f", run.precision.at_1),
          absl::StrFormat("%.2f", run.precision.at_3),
          absl::StrFormat("%.2f", run.precision.at_5),
          absl::StrFormat("%.2f", run.output_ms),
          absl::StrFormat("%.2f", run.select_ms),
          absl::StrFormat("%.2f", run.publish_ms),
          absl::StrFormat("%.1f", run.seconds),
          absl::StrFormat("%.2f", run.active_share),
          absl::StrCat(run.index.rebuilds),
          absl::StrCat(run.index.partial_rehashes),
          Mebibytes(run.index.memory_bytes),
          Mebibytes(run.index.wire_bytes)};
}

std::vector<Row> Table(std::span<const RunSummary> runs) {
  std::vector<Row> rows = {TableHeader()};
  for (const RunSummary& run : runs) {
    rows.push_back(TableRow(run));
  }
  return rows;
}

std::string Escape(const std::string& text) {
  return absl::StrReplaceAll(
      text, {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}});
}

std::string HtmlTable(std::span<const RunSummary> runs) {
  std::string html = "<table>\n";
  for (const Row& row : Table(runs)) {
    const char* cell = row == TableHeader() ? "th" : "td";
    absl::StrAppend(&html, "<tr>");
    for (const std::string& text : row) {
      absl::StrAppend(&html, "<", cell, ">", Escape(text), "</", cell, ">");
    }
    absl::StrAppend(&html, "</tr>\n");
  }
  return html + "</table>\n";
}

std::string Legend(std::span<const RunSummary> runs) {
  std::string html = "<p>";
  for (std::size_t i = 0; i < runs.size(); ++i) {
    absl::StrAppend(&html, R"(<span class="key"><i style="background:)",
                    SeriesColour(i), R"("></i>)", Escape(runs[i].mode),
                    "</span> ");
  }
  return html + "</p>\n";
}

enum class Quantity { kSteps, kSeconds, kLoss, kPrecision };

double ValueOf(const CurvePoint& point, Quantity quantity) {
  switch (quantity) {
    case Quantity::kSteps:
      return static_cast<double>(point.step);
    case Quantity::kSeconds:
      return point.seconds;
    case Quantity::kLoss:
      return point.loss;
    case Quantity::kPrecision:
      return point.precision.at_1;
  }
  return 0;
}

std::string Plot(std::span<const RunSummary> runs, Quantity x, Quantity y) {
  LinePlot plot;
  plot.title = y == Quantity::kLoss ? "loss over the active rows"
                                    : "P@1 on test points, %";
  plot.x_label = x == Quantity::kSteps ? "steps" : "seconds of training";
  for (const RunSummary& run : runs) {
    PlotSeries series{Escape(run.mode), {}};
    for (const CurvePoint& point : run.curve) {
      series.points.emplace_back(ValueOf(point, x), ValueOf(point, y));
    }
    plot.series.push_back(series);
  }
  return RenderPlot(plot);
}

constexpr char kPageHead[] = R"(<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>mongoose training report</title>
<style>
:root { color-scheme: light dark; --line: #8885; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem;
       margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; display: block; overflow-x: auto; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line);
         text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { text-align: left; }
.plots { display: grid; gap: 1rem;
         grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); }
svg { width: 100%; font: 11px system-ui, sans-serif; fill: currentColor; }
.grid { stroke: var(--line); }
.key { margin-right: 1rem; }
.key i { display: inline-block; width: .8em; height: .8em;
         margin-right: .4em; }
</style></head><body>
<h1>Training report</h1>
)";

constexpr char kPageNotes[] = R"(<p>Output ms: median per step, from the hidden
layer's values to the new weights handed over; query and send are parts of it.
The loss of a mode is taken over its own active rows, so losses of different
modes do not compare; P@1 is always exact over all rows.  Seconds do not
include measuring P@1.</p>
)";

}  // namespace

std::string RenderTextTable(std::span<const RunSummary> runs) {
  const std::vector<Row> rows = Table(runs);
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      absl::StrAppend(&text,
                      i == 0 ? row[i] + padding : "  " + padding + row[i]);
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

std::string RenderHtmlReport(const std::string& setting,
                             std::span<const RunSummary> runs) {
  return absl::StrCat(kPageHead, "<p>", Escape(setting), "</p>\n",
                      HtmlTable(runs), Legend(runs), "<div class=\"plots\">\n",
                      Plot(runs, Quantity::kSteps, Quantity::kPrecision),
                      Plot(runs, Quantity::kSeconds, Quantity::kPrecision),
                      Plot(runs, Quantity::kSteps, Quantity::kLoss),
                      Plot(runs, Quantity::kSeconds, Quantity::kLoss),
                      "</div>\n", kPageNotes, "</body></html>\n");
}

std::string RenderCurvesCsv(std::span<const RunSummary> runs) {
  std::string csv =
      "mode,step,seconds,precision_at_1,precision_at_3,precision_at_5,loss,"
      "active_percent,output_ms\n";
  for (const RunSummary& run : runs) {
    for (const CurvePoint& point : run.curve) {
      absl::StrAppendFormat(&csv, "%s,%d,%.3f,%.4f,%.4f,%.4f,%.5f,%.4f,%.4f\n",
                            run.mode, point.step, point.seconds,
                            point.precision.at_1, point.precision.at_3,
                            point.precision.at_5, point.loss,
                            point.active_share, point.output_ms);
    }
  }
  return csv;
}

absl::Status WriteTextFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    return absl::InternalError(absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

}  // namespace mongoose::examples

// The results of several training runs, as a text table and as a web page.
#ifndef MONGOOSE_CLIENT_EXAMPLES_REPORT_H_
#define MONGOOSE_CLIENT_EXAMPLES_REPORT_H_

#include <span>
#include <string>

#include "absl/status/status.h"
#include "client/examples/training_run.h"

namespace mongoose::examples {

// One line per run, columns aligned.
std::string RenderTextTable(std::span<const RunSummary> runs);

// A page that needs no script, style sheet or network: the table, and loss
// and P@1 over steps and over training time.  `setting` says in a sentence
// what was run.
std::string RenderHtmlReport(const std::string& setting,
                             std::span<const RunSummary> runs);

// The points of every curve, one a line; percent, seconds and milliseconds.
std::string RenderCurvesCsv(std::span<const RunSummary> runs);

// Internal with the path when it cannot be written.
absl::Status WriteTextFile(const std::string& path, const std::string& text);

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_REPORT_H_

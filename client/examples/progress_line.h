// Shows how a training run is doing: a bar on a terminal, else a line every
// few seconds.
#ifndef MONGOOSE_CLIENT_EXAMPLES_PROGRESS_LINE_H_
#define MONGOOSE_CLIENT_EXAMPLES_PROGRESS_LINE_H_

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace mongoose::examples {

struct ProgressState {
  std::uint64_t step = 0;     // steps done
  double loss = 0;            // of the step
  double precision_at_1 = 0;  // last measured, percent
  double active_share = 0;    // rows of the step, percent of all
  double step_ms = 0;         // of the step, all parts
};

class ProgressLine {
 public:
  // `is_terminal`: draw over the same line.  `out` must outlive this.
  ProgressLine(const std::string& mode, std::uint64_t num_steps,
               bool is_terminal, std::ostream& out);

  // Shows `state` if enough time has passed or it is the last step.
  void Update(const ProgressState& state);

 private:
  std::string Describe(const ProgressState& state) const;

  std::string mode_;
  std::uint64_t num_steps_;
  bool is_terminal_;
  std::ostream& out_;
  std::chrono::steady_clock::time_point next_;
};

}  // namespace mongoose::examples

#endif  // MONGOOSE_CLIENT_EXAMPLES_PROGRESS_LINE_H_

#include "client/examples/progress_line.h"

#include <algorithm>
#include <ostream>

#include "absl/strings/str_format.h"

namespace mongoose::examples {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTerminalInterval{100};
constexpr std::chrono::milliseconds kLineInterval{5000};
constexpr std::uint64_t kBarCells = 24;

}  // namespace

ProgressLine::ProgressLine(const std::string& mode, std::uint64_t num_steps,
                           bool is_terminal, std::ostream& out)
    : mode_(mode),
      num_steps_(num_steps),
      is_terminal_(is_terminal),
      out_(out),
      next_(steady_clock::now()) {}

void ProgressLine::Update(const ProgressState& state) {
  const bool is_last = state.step >= num_steps_;
  const auto now = steady_clock::now();
  if (now < next_ && !is_last) {
    return;
  }
  next_ = now + (is_terminal_ ? kTerminalInterval : kLineInterval);
  const bool ends_line = is_last || !is_terminal_;
  out_ << (is_terminal_ ? "\r" : "") << Describe(state)
       << (is_terminal_ ? "\x1b[K" : "") << (ends_line ? "\n" : "")
       << std::flush;
}

std::string ProgressLine::Describe(const ProgressState& state) const {
  std::string bar;
  if (is_terminal_) {
    const std::uint64_t done =
        std::min(kBarCells, kBarCells * state.step /
                                std::max<std::uint64_t>(1, num_steps_));
    bar = "[" + std::string(done, '#') + std::string(kBarCells - done, '.') +
          "] ";
  }
  return absl::StrFormat(
      "%-9s %sstep %d/%d  loss %.3f  P@1 %.2f  active %.2f%%  %.1f ms/step",
      mode_, bar, state.step, num_steps_, state.loss, state.precision_at_1,
      state.active_share, state.step_ms);
}

}  // namespace mongoose::examples

#include "core/learn/paired_gain.h"

#include <algorithm>
#include <cmath>

namespace mongoose {

bool IsGain(std::span<const double> gains, const GainMargin& margin) {
  if (gains.size() < 2) return false;
  const auto count = static_cast<double>(gains.size());
  double sum = 0;
  double squares = 0;
  for (const double gain : gains) {
    sum += gain;
    squares += gain * gain;
  }
  const double mean = sum / count;
  const double variance = std::max(0.0, squares / count - mean * mean);
  const double error = std::sqrt(variance / (count - 1));
  return mean > 0 && mean >= margin.least && mean >= margin.errors * error;
}

}  // namespace mongoose

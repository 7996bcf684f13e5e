#ifndef MONGOOSE_CORE_LEARN_ADAM_H_
#define MONGOOSE_CORE_LEARN_ADAM_H_

#include <span>
#include <vector>

namespace mongoose {

// Parameters and what Adam [Kingma and Ba 2015] keeps of their gradients.  Not
// thread-safe.
class Adam {
 public:
  explicit Adam(float learning_rate) : learning_rate_(learning_rate) {}

  // Begins anew.
  void Set(std::vector<float> start);
  // REQUIRES: as many values as were set.
  void Step(std::span<const float> gradient);

  std::vector<float>& values() { return values_; }
  const std::vector<float>& values() const { return values_; }
  int steps() const { return steps_; }

 private:
  const float learning_rate_;
  int steps_ = 0;
  std::vector<float> values_;
  std::vector<float> means_;
  std::vector<float> squares_;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_LEARN_ADAM_H_

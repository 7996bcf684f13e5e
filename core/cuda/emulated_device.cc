#include "core/cuda/emulated_device.h"

#include "core/cuda/kernels/device_queue.cuh"

namespace mongoose {
namespace {

class EmulatedDevice final : public Device {
 public:
  explicit EmulatedDevice(const simt::Schedule& schedule)
      : schedule_(schedule) {}

  std::string_view name() const override { return "emulated"; }
  std::unique_ptr<DeviceQueue> NewQueue() const override {
    return std::make_unique<emulated::Queue>(schedule_);
  }

 private:
  const simt::Schedule schedule_;
};

}  // namespace

std::unique_ptr<const Device> MakeEmulatedDevice(
    const simt::Schedule& schedule) {
  return std::make_unique<EmulatedDevice>(schedule);
}

}  // namespace mongoose

#include "core/cuda/emulated_device.h"

namespace mongoose {

std::unique_ptr<const Device> MakeEmulatedDevice(const simt::Schedule&) {
  return nullptr;
}

}  // namespace mongoose

#include "core/cuda/cuda_device.h"

namespace mongoose {

std::unique_ptr<const Device> OpenCudaDevice(DeviceError& error) {
  error = "this program was built without the CUDA toolkit";
  return nullptr;
}

}  // namespace mongoose

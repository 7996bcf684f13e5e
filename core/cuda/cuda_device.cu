#include "core/cuda/cuda_device.h"
#include "core/cuda/kernels/device_queue.cuh"

namespace mongoose {
namespace {

class CudaDevice final : public Device {
 public:
  std::string_view name() const override { return "cuda"; }
  std::unique_ptr<DeviceQueue> NewQueue() const override {
    return std::make_unique<cuda::Queue>(cuda::RuntimeOptions{});
  }
};

}  // namespace

std::unique_ptr<const Device> OpenCudaDevice(DeviceError& error) {
  int count = 0;  // not written where there is no driver
  error = cuda::ErrorOf(cudaGetDeviceCount(&count));
  if (error.empty() && count == 0) error = "there is no CUDA device";
  if (error.empty()) {
    // Fails on a GPU that this program has no code for.
    cudaFuncAttributes attributes;
    error = cuda::ErrorOf(cudaFuncGetAttributes(
        &attributes, reinterpret_cast<const void*>(&cuda::RoundVectors)));
  }
  if (!error.empty()) return nullptr;
  return std::make_unique<CudaDevice>();
}

}  // namespace mongoose

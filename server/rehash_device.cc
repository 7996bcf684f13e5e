#include "server/rehash_device.h"

#include "absl/strings/str_cat.h"
#include "core/cuda/cuda_device.h"
#include "core/cuda/emulated_device.h"

namespace mongoose::server {

absl::StatusOr<std::unique_ptr<const Device>> OpenDevice(
    const v1::PoolConfig& pools) {
  if (pools.rehash_backend() == "emulated") return MakeEmulatedDevice();
  if (pools.rehash_backend() != "cuda") return nullptr;
  DeviceError error;
  auto device = OpenCudaDevice(error);
  if (device != nullptr) return device;
  return absl::UnavailableError(absl::StrCat(
      "pools.rehash_backend must be one that this machine has, got cuda: ",
      error));
}

}  // namespace mongoose::server

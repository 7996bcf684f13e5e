#include "server/rehash_device.h"

#include "absl/strings/str_cat.h"
#include "core/cuda/cuda_device.h"
#include "core/cuda/emulated_device.h"

namespace mongoose::server {

absl::StatusOr<std::unique_ptr<const Device>> OpenDevice(
    const v1::PoolConfig& pools) {
  const std::string& name = pools.rehash_backend();
  if (name == "cpu") return nullptr;
  DeviceError error = "its fibers are written for x86-64";
  auto device = name == "cuda" ? OpenCudaDevice(error) : MakeEmulatedDevice();
  if (device != nullptr) return device;
  return absl::UnavailableError(absl::StrCat(
      "pools.rehash_backend must be one that this machine has, got ", name,
      ": ", error));
}

}  // namespace mongoose::server

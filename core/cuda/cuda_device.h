#ifndef MONGOOSE_CORE_CUDA_CUDA_DEVICE_H_
#define MONGOOSE_CORE_CUDA_CUDA_DEVICE_H_

#include <memory>

#include "core/cuda/device.h"

namespace mongoose {

// The first GPU that CUDA lists.  Null, with the reason in `error`, where there
// is none, where it is of a kind that this was not built for, or where this was
// built without CUDA.
std::unique_ptr<const Device> OpenCudaDevice(DeviceError& error);

}  // namespace mongoose

#endif  // MONGOOSE_CORE_CUDA_CUDA_DEVICE_H_

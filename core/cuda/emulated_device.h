#ifndef MONGOOSE_CORE_CUDA_EMULATED_DEVICE_H_
#define MONGOOSE_CORE_CUDA_EMULATED_DEVICE_H_

#include <memory>

#include "core/cuda/device.h"
#include "core/cuda/simt/executor.h"

namespace mongoose {

// The kernels on the CPU, about a hundred times slower than CpuBackend: for
// tests of what a GPU would do.  Work runs on the calling thread, in the order
// of `schedule`.  Null on machines other than x86-64.
std::unique_ptr<const Device> MakeEmulatedDevice(
    const simt::Schedule& schedule = {});

}  // namespace mongoose

#endif  // MONGOOSE_CORE_CUDA_EMULATED_DEVICE_H_

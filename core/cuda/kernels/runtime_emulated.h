// Streams and memory of the SIMT executor; runtime_cuda.h has the same names.
#ifndef MONGOOSE_CORE_CUDA_KERNELS_RUNTIME_EMULATED_H_
#define MONGOOSE_CORE_CUDA_KERNELS_RUNTIME_EMULATED_H_

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>

#include "core/cuda/device.h"
#include "core/cuda/simt/executor.h"

namespace mongoose::emulated {

using RuntimeOptions = simt::Schedule;

// Does at once what it is asked for.
class Stream {
 public:
  explicit Stream(const RuntimeOptions& schedule) : schedule_(schedule) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  const DeviceError& error() const { return error_; }
  DeviceError Wait() { return {}; }
  DeviceError Launch(unsigned grid, unsigned block,
                     const std::function<void()>& kernel) {
    return simt::Launch({.grid = {.x = grid}, .block = {.x = block}}, schedule_,
                        kernel);
  }

 private:
  const simt::Schedule schedule_;
  const DeviceError error_;
};

// Room for T, of exactly the size asked for last, filled with a pattern: what
// reads beyond it is for AddressSanitizer to find, and what reads unset values
// gets odd ones.
template <typename T>
class Room {
 public:
  DeviceError Reserve(std::size_t count) {
    data_ = std::make_unique_for_overwrite<T[]>(count);
    std::memset(data_.get(), 0xA5, count * sizeof(T));
    return {};
  }
  T* data() const { return data_.get(); }

 private:
  std::unique_ptr<T[]> data_;
};
template <typename T>
using DeviceRoom = Room<T>;
template <typename T>
using HostRoom = Room<T>;

template <typename T>
DeviceError CopyIn(const Stream&, T* device, const T* host, std::size_t count) {
  if (count == 0) return {};  // `host` may be null
  std::memcpy(device, host, count * sizeof(T));
  return {};
}
template <typename T>
DeviceError CopyOut(const Stream&, T* host, const T* device,
                    std::size_t count) {
  std::memcpy(host, device, count * sizeof(T));
  return {};
}

}  // namespace mongoose::emulated

#endif  // MONGOOSE_CORE_CUDA_KERNELS_RUNTIME_EMULATED_H_

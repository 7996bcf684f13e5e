// Streams and memory of a GPU; runtime_emulated.h has the same names.
#ifndef MONGOOSE_CORE_CUDA_KERNELS_RUNTIME_CUDA_H_
#define MONGOOSE_CORE_CUDA_KERNELS_RUNTIME_CUDA_H_

#include <cuda_runtime_api.h>

#include <cstddef>
#include <string>

#include "core/cuda/device.h"

namespace mongoose::cuda {

struct RuntimeOptions {};

inline DeviceError ErrorOf(cudaError_t code) {
  if (code == cudaSuccess) return {};
  // Else the next launch on this thread would tell of it again.
  static_cast<void>(cudaGetLastError());
  return std::string(cudaGetErrorName(code)) + ": " + cudaGetErrorString(code);
}

// In order with itself alone.  Its maker keeps it in place.
class Stream {
 public:
  explicit Stream(const RuntimeOptions&)
      : error_(ErrorOf(
            cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking))) {}
  ~Stream() {
    if (error_.empty()) cudaStreamDestroy(stream_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Why there is no stream, if there is none.
  const DeviceError& error() const { return error_; }
  // Until all that was asked for is done.
  DeviceError Wait() { return ErrorOf(cudaStreamSynchronize(stream_)); }
  operator cudaStream_t() const { return stream_; }  // NOLINT: for launches

 private:
  cudaStream_t stream_ = nullptr;
  DeviceError error_;
};

// Room for T on one side of the bus; grows, and loses what it holds then.
template <typename T, bool kOnDevice>
class Room {
 public:
  Room() = default;
  ~Room() { Free(); }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  DeviceError Reserve(std::size_t count) {
    if (count <= size_) return {};
    Free();
    void* memory = nullptr;
    const cudaError_t code = kOnDevice
                                 ? cudaMalloc(&memory, count * sizeof(T))
                                 : cudaMallocHost(&memory, count * sizeof(T));
    if (code != cudaSuccess) return ErrorOf(code);
    data_ = static_cast<T*>(memory);
    size_ = count;
    return {};
  }
  T* data() const { return data_; }

 private:
  void Free() {
    if (data_ != nullptr) kOnDevice ? cudaFree(data_) : cudaFreeHost(data_);
    data_ = nullptr;
    size_ = 0;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
};
template <typename T>
using DeviceRoom = Room<T, true>;
// Pinned, so that copies run beside the caller.
template <typename T>
using HostRoom = Room<T, false>;

template <typename T>
DeviceError CopyIn(const Stream& stream, T* device, const T* host,
                   std::size_t count) {
  if (count == 0) return {};  // both may be null
  return ErrorOf(cudaMemcpyAsync(device, host, count * sizeof(T),
                                 cudaMemcpyHostToDevice, stream));
}
template <typename T>
DeviceError CopyOut(const Stream& stream, T* host, const T* device,
                    std::size_t count) {
  return ErrorOf(cudaMemcpyAsync(host, device, count * sizeof(T),
                                 cudaMemcpyDeviceToHost, stream));
}

}  // namespace mongoose::cuda

#endif  // MONGOOSE_CORE_CUDA_KERNELS_RUNTIME_CUDA_H_

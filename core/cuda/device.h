// A device that hashes vectors and sorts codes: the interface between plain
// C++ and what nvcc compiles.  No Abseil here, as kernels know none.
#ifndef MONGOOSE_CORE_CUDA_DEVICE_H_
#define MONGOOSE_CORE_CUDA_DEVICE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace mongoose {

// Empty where all went well, else what failed and why.
using DeviceError = std::string;

// Hash functions in whole numbers (rounded_columns.h).
struct DeviceFunctions {
  // Within the amplitude, [cols of a vector, columns].
  std::span<const std::int8_t> directions;
  // [columns]: a vector's only code is the column with the largest weighted
  // product.  Empty: codes are the signs of products, bits_per_table each.
  std::span<const float> weights;
  std::size_t cols = 0;     // 1..4,097
  std::size_t columns = 0;  // at most 8,192 where there are no weights
  std::size_t bits_per_table = 0;
  std::size_t num_tables = 0;
  int amplitude = 127;
};

// Where vectors come from and where codes go, batch by batch, on the calling
// thread.
struct HashWork {
  std::size_t count = 0;
  // Writes vectors [first, first + number), finite, to `out` [number, cols].
  std::function<void(std::size_t first, std::size_t number, float* out)> read;
  // Takes the codes of the same, [number, num_tables].
  std::function<void(std::size_t first, std::size_t number,
                     const std::uint16_t* codes)>
      write;
};

// One segment of all tables.
struct SortWork {
  std::span<const std::uint16_t> codes;   // [rows, tables], < num_buckets
  std::size_t rows = 0;                   // 1..65,536
  std::size_t tables = 0;                 // 1..65,535
  std::size_t num_buckets = 0;            // 1..65,536
  std::span<std::uint32_t> offsets;       // [tables, num_buckets + 1]
  std::span<std::uint16_t> rows_by_code;  // [tables, rows]
};

// A queue of work with memory of its own.  For one thread at a time.
class DeviceQueue {
 public:
  virtual ~DeviceQueue() = default;

  // Reads a batch while the device hashes the one before.
  virtual DeviceError Hash(const DeviceFunctions& functions,
                           const HashWork& work) = 0;
  virtual DeviceError Sort(const SortWork& work) = 0;
};

// Thread-safe.
class Device {
 public:
  virtual ~Device() = default;

  virtual std::string_view name() const = 0;
  // What cannot be had is an error of its first work.
  virtual std::unique_ptr<DeviceQueue> NewQueue() const = 0;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_CUDA_DEVICE_H_

// The host's side of the kernels: buffers, copies and launches.
#ifndef MONGOOSE_CORE_CUDA_KERNELS_DEVICE_QUEUE_CUH_
#define MONGOOSE_CORE_CUDA_KERNELS_DEVICE_QUEUE_CUH_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "core/cuda/device.h"
#include "core/cuda/kernels/gpu.h"
#include "core/cuda/kernels/hash_codes.cuh"
#include "core/cuda/kernels/sort_codes.cuh"

#if defined(__CUDACC__)
#include "core/cuda/kernels/runtime_cuda.h"
#else
#include "core/cuda/kernels/runtime_emulated.h"
#endif

#define GPU_RETURN_IF_FAILED(expression) \
  if (::mongoose::DeviceError error = (expression); !error.empty()) return error

namespace GPU_NAMESPACE {

class Queue final : public DeviceQueue {
 public:
  explicit Queue(const RuntimeOptions& options)
      : slots_{Slot(options), Slot(options)} {}

  DeviceError Hash(const DeviceFunctions& functions,
                   const HashWork& work) override;
  DeviceError Sort(const SortWork& work) override;

 private:
  // One of the two batches under way.
  struct Slot {
    explicit Slot(const RuntimeOptions& options) : stream(options) {}

    Stream stream;
    HostRoom<float> vectors_in;
    DeviceRoom<float> vectors;
    DeviceRoom<std::int32_t> words;
    DeviceRoom<std::uint16_t> codes;
    HostRoom<std::uint16_t> codes_out;
    std::size_t first = 0;
    std::size_t number = 0;  // 0: nothing under way
  };

  // Until nothing is under way any more, well or not.
  void WaitForAll();
  DeviceError SortAll(const SortWork& work);
  DeviceError HashAll(const DeviceFunctions& functions, const HashWork& work);
  DeviceError Upload(const DeviceFunctions& functions);
  DeviceError Reserve(const DeviceFunctions& functions, std::size_t batch);
  DeviceError Begin(Slot& slot, const HashWork& work);
  DeviceError Finish(Slot& slot, const HashWork& work);

  std::array<Slot, 2> slots_;
  HostRoom<std::int32_t> columns_in_;
  DeviceRoom<std::int32_t> columns_;
  DeviceRoom<float> weights_;
  DeviceRoom<std::uint32_t> keys_;
  DeviceRoom<std::uint32_t> offsets_;
  DeviceRoom<std::uint16_t> rows_by_code_;
  // Of the functions uploaded last.
  HashBatch shape_{};
  HashColumns functions_{};
};

// Vectors of a batch: few enough to overlap, many enough to fill a device.
inline std::size_t BatchVectors(std::size_t cols) {
  constexpr std::size_t kBytes = std::size_t{8} << 20;
  return std::clamp<std::size_t>(kBytes / (cols * sizeof(float)), 64, 16384);
}

inline unsigned Blocks(std::size_t items, std::size_t per_block) {
  return static_cast<unsigned>((items + per_block - 1) / per_block);
}

inline DeviceError Queue::Hash(const DeviceFunctions& functions,
                               const HashWork& work) {
  DeviceError error = HashAll(functions, work);
  if (!error.empty()) WaitForAll();
  return error;
}

inline DeviceError Queue::Sort(const SortWork& work) {
  DeviceError error = SortAll(work);
  if (!error.empty()) WaitForAll();
  return error;
}

inline void Queue::WaitForAll() {
  for (Slot& slot : slots_) {
    if (slot.stream.error().empty()) static_cast<void>(slot.stream.Wait());
    slot.number = 0;
  }
}

inline DeviceError Queue::HashAll(const DeviceFunctions& functions,
                                  const HashWork& work) {
  for (const Slot& slot : slots_) {
    GPU_RETURN_IF_FAILED(slot.stream.error());
  }
  const std::size_t batch = std::min(BatchVectors(functions.cols), work.count);
  GPU_RETURN_IF_FAILED(Reserve(functions, batch));
  GPU_RETURN_IF_FAILED(Upload(functions));
  std::size_t turn = 0;
  for (std::size_t first = 0; first < work.count; first += batch) {
    Slot& slot = slots_[turn++ % slots_.size()];
    GPU_RETURN_IF_FAILED(Finish(slot, work));
    slot.first = first;
    slot.number = std::min(batch, work.count - first);
    GPU_RETURN_IF_FAILED(Begin(slot, work));
  }
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    GPU_RETURN_IF_FAILED(Finish(slots_[turn++ % slots_.size()], work));
  }
  return {};
}

inline DeviceError Queue::Reserve(const DeviceFunctions& functions,
                                  std::size_t batch) {
  shape_.cols = static_cast<unsigned>(functions.cols);
  shape_.num_words = Blocks(functions.cols, 4);
  shape_.amplitude = functions.amplitude;
  for (Slot& slot : slots_) {
    const std::size_t codes = batch * functions.num_tables;
    GPU_RETURN_IF_FAILED(slot.vectors_in.Reserve(batch * functions.cols));
    GPU_RETURN_IF_FAILED(slot.vectors.Reserve(batch * functions.cols));
    GPU_RETURN_IF_FAILED(slot.words.Reserve(batch * shape_.num_words));
    GPU_RETURN_IF_FAILED(slot.codes.Reserve(codes));
    GPU_RETURN_IF_FAILED(slot.codes_out.Reserve(codes));
  }
  const std::size_t words = shape_.num_words * functions.columns;
  GPU_RETURN_IF_FAILED(columns_in_.Reserve(words));
  GPU_RETURN_IF_FAILED(columns_.Reserve(words));
  return weights_.Reserve(functions.weights.size());
}

// Four rows of directions become one of words.
inline DeviceError Queue::Upload(const DeviceFunctions& functions) {
  const std::size_t columns = functions.columns;
  std::fill_n(columns_in_.data(), shape_.num_words * columns, 0);
  for (std::size_t i = 0; i < functions.cols; ++i) {
    std::int32_t* const words = columns_in_.data() + i / 4 * columns;
    for (std::size_t c = 0; c < columns; ++c) {
      const auto byte =
          static_cast<std::uint8_t>(functions.directions[i * columns + c]);
      words[c] |= static_cast<std::int32_t>(std::uint32_t{byte} << (i % 4 * 8));
    }
  }
  Stream& stream = slots_[0].stream;
  GPU_RETURN_IF_FAILED(CopyIn(stream, columns_.data(), columns_in_.data(),
                              shape_.num_words * columns));
  GPU_RETURN_IF_FAILED(CopyIn(stream, weights_.data(), functions.weights.data(),
                              functions.weights.size()));
  functions_ = {
      .words = columns_.data(),
      .weights = functions.weights.empty() ? nullptr : weights_.data(),
      .columns = static_cast<unsigned>(columns),
      .bits_per_table = static_cast<unsigned>(functions.bits_per_table),
      .num_tables = static_cast<unsigned>(functions.num_tables)};
  return stream.Wait();  // before the other stream reads them
}

inline DeviceError Queue::Begin(Slot& slot, const HashWork& work) {
  work.read(slot.first, slot.number, slot.vectors_in.data());
  GPU_RETURN_IF_FAILED(CopyIn(slot.stream, slot.vectors.data(),
                              slot.vectors_in.data(),
                              slot.number * shape_.cols));
  HashBatch batch = shape_;
  batch.vectors = slot.vectors.data();
  batch.words = slot.words.data();
  batch.codes = slot.codes.data();
  batch.count = static_cast<unsigned>(slot.number);
  const HashColumns functions = functions_;
  GPU_RETURN_IF_FAILED(GPU_LAUNCH(
      (RoundVectors), Blocks(slot.number, kHashThreads / kWarpThreads),
      kHashThreads, slot.stream, batch));
  const unsigned blocks = Blocks(slot.number, kHashVectors);
  GPU_RETURN_IF_FAILED(functions.weights == nullptr
                           ? GPU_LAUNCH((SignCodes), blocks, kHashThreads,
                                        slot.stream, batch, functions)
                           : GPU_LAUNCH((NearestAnchors), blocks, kHashThreads,
                                        slot.stream, batch, functions));
  return CopyOut(slot.stream, slot.codes_out.data(), slot.codes.data(),
                 slot.number * functions.num_tables);
}

inline DeviceError Queue::Finish(Slot& slot, const HashWork& work) {
  if (slot.number == 0) return {};
  GPU_RETURN_IF_FAILED(slot.stream.Wait());
  work.write(slot.first, slot.number, slot.codes_out.data());
  slot.number = 0;
  return {};
}

inline DeviceError Queue::SortAll(const SortWork& work) {
  Slot& slot = slots_[0];
  GPU_RETURN_IF_FAILED(slot.stream.error());
  const std::size_t codes = work.rows * work.tables;
  GPU_RETURN_IF_FAILED(slot.codes.Reserve(codes));
  GPU_RETURN_IF_FAILED(keys_.Reserve(2 * codes));
  GPU_RETURN_IF_FAILED(offsets_.Reserve(work.offsets.size()));
  GPU_RETURN_IF_FAILED(rows_by_code_.Reserve(codes));
  GPU_RETURN_IF_FAILED(
      CopyIn(slot.stream, slot.codes.data(), work.codes.data(), codes));
  const SortBatch batch{.codes = slot.codes.data(),
                        .keys = keys_.data(),
                        .offsets = offsets_.data(),
                        .rows_by_code = rows_by_code_.data(),
                        .rows = static_cast<unsigned>(work.rows),
                        .tables = static_cast<unsigned>(work.tables),
                        .num_buckets = static_cast<unsigned>(work.num_buckets)};
  GPU_RETURN_IF_FAILED(
      GPU_LAUNCH((SortCodes), batch.tables, kSortThreads, slot.stream, batch));
  GPU_RETURN_IF_FAILED(CopyOut(slot.stream, work.offsets.data(),
                               offsets_.data(), work.offsets.size()));
  GPU_RETURN_IF_FAILED(CopyOut(slot.stream, work.rows_by_code.data(),
                               rows_by_code_.data(), codes));
  return slot.stream.Wait();
}

}  // namespace GPU_NAMESPACE

#endif  // MONGOOSE_CORE_CUDA_KERNELS_DEVICE_QUEUE_CUH_

#include "core/base/aligned_vector.h"

#include <sys/mman.h>

#include <cstddef>
#include <new>

namespace mongoose {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kHugeFrom = 2 * kHugePage;

std::align_val_t AlignmentOf(std::size_t bytes) {
  return std::align_val_t{bytes < kHugeFrom ? kCacheLine : kHugePage};
}

}  // namespace

void* AllocateAligned(std::size_t bytes) {
  void* const data = ::operator new(bytes, AlignmentOf(bytes));
  if (bytes >= kHugeFrom) {
    // A hint: where it is refused, small pages do.
    madvise(data, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  }
  return data;
}

void FreeAligned(void* data, std::size_t bytes) {
  ::operator delete(data, AlignmentOf(bytes));
}

}  // namespace mongoose

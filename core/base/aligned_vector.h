#ifndef MONGOOSE_CORE_BASE_ALIGNED_VECTOR_H_
#define MONGOOSE_CORE_BASE_ALIGNED_VECTOR_H_

#include <cstddef>
#include <new>
#include <vector>

namespace mongoose {

// Allocates at cache-line boundaries, which are also those of the widest
// vector registers.
template <typename T>
struct CacheLineAllocator {
  using value_type = T;
  static constexpr std::align_val_t kAlignment{64};

  CacheLineAllocator() = default;
  template <typename U>
  CacheLineAllocator(const CacheLineAllocator<U>&) {
  }  // NOLINT(google-explicit-constructor): rebinding is implicit

  T* allocate(std::size_t count) {
    return static_cast<T*>(::operator new(count * sizeof(T), kAlignment));
  }
  void deallocate(T* data, std::size_t) { ::operator delete(data, kAlignment); }

  friend bool operator==(const CacheLineAllocator&,
                         const CacheLineAllocator&) = default;
};

template <typename T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_ALIGNED_VECTOR_H_

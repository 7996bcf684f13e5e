#ifndef MONGOOSE_CORE_BASE_ALIGNED_VECTOR_H_
#define MONGOOSE_CORE_BASE_ALIGNED_VECTOR_H_

#include <cstddef>
#include <new>
#include <utility>
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

// The same, and leaves new elements unset where no value is given: for large
// memory that is written once.
template <typename T>
struct UninitializedAllocator : CacheLineAllocator<T> {
  template <typename U>
  struct rebind {
    using other = UninitializedAllocator<U>;
  };
  void construct(T* place) { ::new (static_cast<void*>(place)) T; }
  template <typename Value>
  void construct(T* place, Value&& value) {
    ::new (static_cast<void*>(place)) T(std::forward<Value>(value));
  }
};

template <typename T>
using AlignedVector = std::vector<T, CacheLineAllocator<T>>;

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_ALIGNED_VECTOR_H_

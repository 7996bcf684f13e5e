#ifndef MONGOOSE_CORE_BASE_ALIGNED_VECTOR_H_
#define MONGOOSE_CORE_BASE_ALIGNED_VECTOR_H_

#include <cstddef>
#include <new>
#include <utility>
#include <vector>

namespace mongoose {

// At cache-line boundaries, which are also those of the widest vector
// registers.  Memory of some MiB asks for huge pages: to fault in thousands of
// small ones takes several times as long as to copy what they hold.
// Throws std::bad_alloc.
void* AllocateAligned(std::size_t bytes);
// REQUIRES: `bytes` as allocated.
void FreeAligned(void* data, std::size_t bytes);

template <typename T>
struct CacheLineAllocator {
  using value_type = T;

  CacheLineAllocator() = default;
  template <typename U>
  CacheLineAllocator(const CacheLineAllocator<U>&) {
  }  // NOLINT(google-explicit-constructor): rebinding is implicit

  T* allocate(std::size_t count) {
    return static_cast<T*>(AllocateAligned(count * sizeof(T)));
  }
  void deallocate(T* data, std::size_t count) {
    FreeAligned(data, count * sizeof(T));
  }

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
template <typename T>
using UninitializedVector = std::vector<T, UninitializedAllocator<T>>;

}  // namespace mongoose

#endif  // MONGOOSE_CORE_BASE_ALIGNED_VECTOR_H_

#ifndef MONGOOSE_CORE_QUERY_HAMMING_CUT_H_
#define MONGOOSE_CORE_QUERY_HAMMING_CUT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mongoose {

// Which of many rows are the `count` nearest, by a histogram of their Hamming
// distances: all nearer than a limit and, at the limit, the first of them.
class HammingCut {
 public:
  // `distance_of(i)`, i < size, is at most max_distance.
  // REQUIRES: size > count.
  template <typename DistanceOf>
  HammingCut(std::size_t size, std::size_t count, std::size_t max_distance,
             DistanceOf distance_of)
      : room_(count) {
    thread_local std::vector<std::uint32_t> histogram;
    histogram.assign(max_distance + 1, 0);
    for (std::size_t i = 0; i < size; ++i) ++histogram[distance_of(i)];
    while (histogram[limit_] <= room_) room_ -= histogram[limit_++];
  }

  // The largest distance of a row that is kept, or one more.
  std::uint32_t limit() const { return limit_; }
  // Whether to keep the next row; ask once for each, in order.
  bool Keep(std::uint32_t distance) {
    if (distance != limit_) return distance < limit_;
    if (room_ == 0) return false;
    --room_;
    return true;
  }

 private:
  std::size_t room_;  // left for rows at the limit
  std::uint32_t limit_ = 0;
};

}  // namespace mongoose

#endif  // MONGOOSE_CORE_QUERY_HAMMING_CUT_H_

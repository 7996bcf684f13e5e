// Synthetic rows and queries: directions that stand in clusters, as those of a
// trained output layer and its inputs do.
#ifndef MONGOOSE_CLIENT_CLUSTERED_VECTORS_H_
#define MONGOOSE_CLIENT_CLUSTERED_VECTORS_H_

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace mongoose::client {

// Thread-safety: none.
class ClusteredVectors {
 public:
  // The centres, [num_clusters, dim], are uniform unit vectors given by `seed`
  // and are the same for every `stream`; the vectors drawn differ with it.
  // 0 clusters: vectors are uniform unit vectors.  REQUIRES: dim > 0.
  ClusteredVectors(std::uint32_t num_clusters, std::uint32_t dim,
                   std::uint64_t seed, std::uint64_t stream);

  // Draws a vector near a random centre: two of the same centre stand at about
  // 37 degrees to each other.  REQUIRES: vector.size() == dim.
  void Draw(std::span<float> vector);

 private:
  const std::uint32_t dim_;
  const std::uint32_t num_clusters_;
  std::vector<float> centres_;
  std::mt19937_64 random_;
};

}  // namespace mongoose::client

#endif  // MONGOOSE_CLIENT_CLUSTERED_VECTORS_H_

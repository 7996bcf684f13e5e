#include "tests/bench/hnsw_peer.h"

#include <hnswlib/hnswlib.h>

#include <algorithm>

#include "tests/bench/exact_peer.h"

namespace mongoose::bench {

struct HnswPeer::Parts {
  Parts(const test_support::Matrix& rows, WorkerPool& pool)
      : workers(pool),
        space(rows.cols),
        index(&space, rows.rows, /*M=*/32, /*ef_construction=*/100) {
    for (std::size_t i = 0; i < rows.rows; ++i) {
      index.addPoint(rows.row(i).data(), i);
    }
  }
  WorkerPool& workers;
  hnswlib::InnerProductSpace space;
  hnswlib::HierarchicalNSW<float> index;
};

HnswPeer::HnswPeer(const test_support::Matrix& rows, WorkerPool& workers)
    : parts_(std::make_unique<Parts>(rows, workers)) {}
HnswPeer::~HnswPeer() = default;

void HnswPeer::Search(MatrixView<const float> queries, std::size_t ef,
                      std::span<RowId> found) {
  const std::size_t k = found.size() / queries.rows();
  parts_->index.setEf(ef);
  std::ranges::fill(found, kNoRow);
  parts_->workers.ParallelFor(queries.rows(), [&](std::size_t q) {
    auto best = parts_->index.searchKnn(queries.row(q).data(), k);
    while (!best.empty()) {  // the farthest comes first
      found[q * k + best.size() - 1] = static_cast<RowId>(best.top().second);
      best.pop();
    }
  });
}

void HnswPeer::Update(std::span<const RowId> ids,
                      MatrixView<const float> values) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    // Labels are internal ids: the rows were added in order.
    parts_->index.updatePoint(values.row(i).data(), ids[i], 1.0F);
  }
}

}  // namespace mongoose::bench

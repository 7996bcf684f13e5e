#include "tests/bench/faiss_peers.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <faiss/IndexBinaryHash.h>
#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/IndexLSH.h>
#include <faiss/utils/utils.h>

#include "tests/bench/exact_peer.h"

namespace mongoose::bench {
namespace {

using Id = faiss::Index::idx_t;
using test_support::Matrix;

Id ToId(std::size_t n) { return static_cast<Id>(n); }
int ToInt(std::size_t n) { return static_cast<int>(n); }

void CopyIds(std::span<const Id> ids, std::span<RowId> found) {
  std::ranges::transform(ids, found.begin(), [](Id id) {
    return id < 0 ? kNoRow : static_cast<RowId>(id);
  });
}

// Re-ranks candidates [queries, num_candidates].
void RerankAll(const Matrix& rows, MatrixView<const float> queries,
               std::span<const Id> candidates, std::span<RowId> found,
               WorkerPool& workers) {
  const std::size_t count = candidates.size() / queries.rows();
  const std::size_t k = found.size() / queries.rows();
  workers.ParallelFor(queries.rows(), [&](std::size_t q) {
    RerankExactly(rows, queries.row(q), candidates.subspan(q * count, count),
                  found.subspan(q * k, k));
  });
}

}  // namespace

struct FaissFlat::Parts {
  explicit Parts(const Matrix& rows) : index(ToId(rows.cols)) {
    index.add(ToId(rows.rows), rows.values.data());
  }
  faiss::IndexFlatIP index;
};

FaissFlat::FaissFlat(const Matrix& rows)
    : parts_(std::make_unique<Parts>(rows)) {}
FaissFlat::~FaissFlat() = default;

void FaissFlat::Search(MatrixView<const float> queries,
                       std::span<RowId> found) {
  std::vector<Id> ids(found.size());
  std::vector<float> scores(found.size());
  parts_->index.search(ToId(queries.rows()), queries.data().data(),
                       ToId(found.size() / queries.rows()), scores.data(),
                       ids.data());
  CopyIds(ids, found);
}

struct FaissIvf::Parts {
  Parts(const Matrix& rows, bool can_update)
      : quantizer(ToId(rows.cols)),
        index(&quantizer, rows.cols, NumLists(rows.rows),
              faiss::METRIC_INNER_PRODUCT) {
    index.train(ToId(rows.rows), rows.values.data());
    index.add(ToId(rows.rows), rows.values.data());
    if (can_update) index.make_direct_map();
  }
  faiss::IndexFlatIP quantizer;
  faiss::IndexIVFFlat index;
};

FaissIvf::FaissIvf(const Matrix& rows, bool can_update)
    : parts_(std::make_unique<Parts>(rows, can_update)) {}
FaissIvf::~FaissIvf() = default;

void FaissIvf::Search(MatrixView<const float> queries, std::size_t num_probes,
                      std::span<RowId> found) {
  std::vector<Id> ids(found.size());
  std::vector<float> scores(found.size());
  parts_->index.nprobe = num_probes;
  parts_->index.search(ToId(queries.rows()), queries.data().data(),
                       ToId(found.size() / queries.rows()), scores.data(),
                       ids.data());
  CopyIds(ids, found);
}

void FaissIvf::Update(std::span<const RowId> ids,
                      MatrixView<const float> values) {
  const std::vector<Id> wide(ids.begin(), ids.end());
  parts_->index.update_vectors(ToInt(wide.size()), wide.data(),
                               values.data().data());
}

struct FaissLsh::Parts {
  Parts(const Matrix& all_rows, std::size_t num_bits, WorkerPool& pool)
      : rows(all_rows),
        workers(pool),
        index(ToId(rows.cols), ToInt(num_bits), /*rotate_data=*/true) {
    index.train(ToId(rows.rows), rows.values.data());
    index.add(ToId(rows.rows), rows.values.data());
  }
  const Matrix& rows;
  WorkerPool& workers;
  faiss::IndexLSH index;
};

FaissLsh::FaissLsh(const Matrix& rows, std::size_t num_bits,
                   WorkerPool& workers)
    : parts_(std::make_unique<Parts>(rows, num_bits, workers)) {}
FaissLsh::~FaissLsh() = default;

void FaissLsh::Search(MatrixView<const float> queries,
                      std::size_t num_candidates, std::span<RowId> found) {
  std::vector<Id> ids(queries.rows() * num_candidates);
  std::vector<float> distances(ids.size());
  parts_->index.search(ToId(queries.rows()), queries.data().data(),
                       ToId(num_candidates), distances.data(), ids.data());
  RerankAll(parts_->rows, queries, ids, found, parts_->workers);
}

struct FaissMultiHash::Parts {
  Parts(const Matrix& all_rows, std::size_t bits_per_table,
        std::size_t num_tables, WorkerPool& pool)
      : rows(all_rows),
        workers(pool),
        coder(ToId(rows.cols), ToInt((bits_per_table * num_tables + 7) / 8 * 8),
              /*rotate_data=*/true),
        index(coder.nbits, ToInt(num_tables), ToInt(bits_per_table)) {
    coder.train(ToId(rows.rows), rows.values.data());
    index.add(ToId(rows.rows), Encode(rows.view()).data());
  }
  std::vector<std::uint8_t> Encode(MatrixView<const float> vectors) const {
    std::vector<std::uint8_t> codes(vectors.rows() * coder.sa_code_size());
    coder.sa_encode(ToId(vectors.rows()), vectors.data().data(), codes.data());
    return codes;
  }
  const Matrix& rows;
  WorkerPool& workers;
  faiss::IndexLSH coder;
  faiss::IndexBinaryMultiHash index;
};

FaissMultiHash::FaissMultiHash(const Matrix& rows, std::size_t bits_per_table,
                               std::size_t num_tables, WorkerPool& workers)
    : parts_(
          std::make_unique<Parts>(rows, bits_per_table, num_tables, workers)) {}
FaissMultiHash::~FaissMultiHash() = default;

void FaissMultiHash::Search(MatrixView<const float> queries,
                            std::size_t num_candidates,
                            std::span<RowId> found) {
  std::vector<Id> ids(queries.rows() * num_candidates);
  std::vector<std::int32_t> distances(ids.size());
  parts_->index.search(ToId(queries.rows()), parts_->Encode(queries).data(),
                       ToId(num_candidates), distances.data(), ids.data());
  RerankAll(parts_->rows, queries, ids, found, parts_->workers);
}

std::string FaissCompileOptions() { return faiss::get_compile_options(); }

}  // namespace mongoose::bench

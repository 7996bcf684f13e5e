#include "core/query/candidate_source.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/hash/code_matrix.h"
#include "core/hash/vector_hasher.h"
#include "core/query/cell_scan.h"
#include "core/query/hamming_cut.h"
#include "core/query/score_kernels.h"
#include "core/query/sketch_scan.h"

namespace mongoose {
namespace {

// Makes the hot list candidates if the plan says so.
void ProposeHotList(const SourceParts& parts) {
  if (parts.plan.use_hot_list) {
    parts.workspace.counter.Propose(*parts.snapshot.hot_list);
  }
}

// What ProposeHotList made candidates.
std::span<const RowId> HotRows(const SourceParts& parts) {
  const std::size_t count =
      parts.plan.use_hot_list ? parts.snapshot.hot_list->size() : 0;
  return parts.workspace.counter.rows().first(count);
}

void AddHotRows(const SourceParts& parts) {
  const auto hot = HotRows(parts);
  auto& candidates = parts.workspace.candidates;
  candidates.insert(candidates.end(), hot.begin(), hot.end());
}

// Samples and their codes; what sources that know codes share.
class HashedSource : public CandidateSource {
 public:
  explicit HashedSource(const SourceParts& parts)
      : parts_(parts),
        codes_(parts.queries.rows(), parts.snapshot.tables->size()),
        margins_(parts.plan.num_probes > 0
                     ? parts.queries.rows() * spec().num_bits()
                     : 0) {
    HashQueries(*parts.snapshot.projection, parts.queries, codes_, margins_);
  }

  // By hits, then by distance: both are exact in 24 bits of a float.
  void Estimate(std::size_t place, std::span<float> keys) override {
    const auto& candidates = parts_.workspace.candidates;
    MeasureDistances(place);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const int key = parts_.workspace.counter.hits(candidates[i]) * 65536 -
                      parts_.workspace.distances[i];
      keys[i] = static_cast<float>(key);
    }
  }

 protected:
  const HashSpec& spec() const { return parts_.snapshot.projection->spec(); }
  std::span<const Code> codes(std::size_t place) const {
    return codes_.row(place);
  }
  std::span<const float> margins(std::size_t place) const {
    const std::size_t count = margins_.size() / codes_.rows();
    return std::span(margins_).subspan(place * count, count);
  }
  void MeasureDistances(std::size_t place) {
    QueryWorkspace& workspace = parts_.workspace;
    workspace.distances.resize(workspace.candidates.size());
    HammingDistances(*parts_.snapshot.codes, codes_.row(place).data(),
                     workspace.candidates, workspace.distances);
  }

  const SourceParts parts_;

 private:
  CodeMatrix codes_;
  std::vector<float> margins_;  // [samples, bits] or empty
};

// Rows that share buckets; the nearest of them by Hamming distance.
class TableSource final : public HashedSource {
 public:
  using HashedSource::HashedSource;

  std::size_t Propose(std::size_t place) override {
    ProposeHotList(parts_);
    CandidateCounter& counter = parts_.workspace.counter;
    counter.Count(*parts_.snapshot.tables, codes(place),
                  {margins(place), parts_.plan.num_probes},
                  parts_.plan.min_hits);
    return HotRows(parts_).size() + counter.num_seen();
  }

  void Cut(std::size_t place) override {
    const auto counted =
        parts_.workspace.counter.rows().subspan(HotRows(parts_).size());
    auto& candidates = parts_.workspace.candidates;
    candidates.assign(counted.begin(), counted.end());
    if (candidates.size() > parts_.plan.max_candidates) {
      MeasureDistances(place);
      KeepNearest();
    }
    AddHotRows(parts_);
  }

 private:
  void KeepNearest() {
    auto& candidates = parts_.workspace.candidates;
    const auto& distances = parts_.workspace.distances;
    HammingCut cut(candidates.size(), parts_.plan.max_candidates,
                   spec().num_bits(),
                   [&](std::size_t i) { return distances[i]; });
    std::size_t kept = 0;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (cut.Keep(distances[i])) candidates[kept++] = candidates[i];
    }
    candidates.resize(kept);
  }
};

// Rows of the nearest sketches.
class SketchSource final : public HashedSource {
 public:
  using HashedSource::HashedSource;

  void ScanAll() override {
    const Sketch& sketch = *parts_.snapshot.sketch;
    const std::size_t words = sketch.num_words();
    sketches_.resize(parts_.queries.rows() * words);
    for (std::size_t i = 0; i < parts_.queries.rows(); ++i) {
      PackSketch(codes(i), spec().bits_per_table,
                 std::span(sketches_).subspan(i * words, words));
    }
    scan_.emplace(sketch, sketches_, parts_.plan.max_candidates);
  }
  std::size_t Propose(std::size_t place) override {
    ProposeHotList(parts_);
    auto& candidates = parts_.workspace.candidates;
    candidates.clear();
    for (const NearRow& near : scan_->nearest(place)) {
      if (!parts_.workspace.counter.is_proposed(near.row())) {
        candidates.push_back(near.row());
      }
    }
    AddHotRows(parts_);
    return candidates.size();
  }
  void Cut(std::size_t) override {}  // the scan has cut

 private:
  std::vector<std::uint64_t> sketches_;  // of the samples
  std::optional<SketchScan> scan_;
};

// Rows of the nearest cells and of the hot list's, the best of them by int8
// products.
class CellSource final : public CandidateSource {
 public:
  explicit CellSource(const SourceParts& parts) : parts_(parts) {}

  void ScanAll() override {
    scan_.emplace(*parts_.snapshot.partition(), *parts_.snapshot.cells,
                  parts_.queries, parts_.snapshot.CellsRead(parts_.plan),
                  parts_.plan.max_candidates);
  }
  std::size_t Propose(std::size_t place) override {
    return scan_->num_scored(place);
  }
  void Cut(std::size_t place) override {
    const auto nearest = scan_->nearest(place);
    parts_.workspace.candidates.assign(nearest.begin(), nearest.end());
  }

 private:
  const SourceParts parts_;
  std::optional<CellScan> scan_;
};

}  // namespace

std::unique_ptr<CandidateSource> MakeCandidateSource(const SourceParts& parts) {
  if (parts.snapshot.partition() != nullptr) {
    return std::make_unique<CellSource>(parts);
  }
  if (parts.plan.propose == ProposeFrom::kSketch) {
    return std::make_unique<SketchSource>(parts);
  }
  return std::make_unique<TableSource>(parts);
}

}  // namespace mongoose

#include "core/hash/integer_gemm.h"

#include <cassert>
#include <dnnl.hpp>
#include <unordered_map>
#include <vector>

#include "core/base/single_threaded.h"

namespace mongoose {
namespace {

using dnnl::memory;

const dnnl::engine& CpuEngine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::dim Dim(std::size_t n) { return static_cast<memory::dim>(n); }

memory::desc Shape(std::size_t rows, std::size_t cols, memory::data_type type,
                   memory::format_tag tag = memory::format_tag::ab) {
  return {{Dim(rows), Dim(cols)}, type, tag};
}

}  // namespace

// Immutable once built; holds the matrix in the layout its kernel wants.
class IntegerGemm::Product {
 public:
  // Shares the memory of `other` where it wants the same layout.
  Product(std::span<const std::int8_t> matrix, std::size_t rows,
          std::size_t cols, Path path, const Product* other = nullptr)
      : rows_(rows), cols_(cols), path_(path) {
    const SingleThreaded single;
    const std::size_t columns = matrix.size() / cols;
    const auto type =
        path == Path::kInt8 ? memory::data_type::s8 : memory::data_type::f32;
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    const dnnl::matmul::primitive_desc plan(
        dnnl::matmul::desc(Shape(rows, cols, type),
                           Shape(cols, columns, type, memory::format_tag::any),
                           Shape(rows, columns, memory::data_type::f32)),
        attributes, CpuEngine());
    source_ = plan.src_desc();
    output_ = plan.dst_desc();
    scratchpad_ = plan.scratchpad_desc();
    if (other != nullptr && other->matrix_.get_desc() == plan.weights_desc()) {
      matrix_ = other->matrix_;
    } else {
      matrix_ = memory(plan.weights_desc(), CpuEngine());
      Fill(matrix, Shape(cols, columns, type));
    }
    multiply_ = dnnl::matmul(plan);
  }

  void Run(std::span<const std::int8_t> vectors, std::span<float> out) const {
    const SingleThreaded single;
    thread_local std::vector<std::uint8_t> scratch;
    thread_local std::vector<float> floats;
    thread_local dnnl::stream stream(CpuEngine());
    scratch.resize(scratchpad_.get_size());
    const void* source = vectors.data();
    if (path_ == Path::kFloat32) {
      floats.assign(
          vectors.begin(),
          vectors.begin() + static_cast<std::ptrdiff_t>(rows_ * cols_));
      source = floats.data();
    }
    // oneDNN only reads from its source, but takes no const.
    multiply_.execute(
        stream, {{DNNL_ARG_SRC,
                  memory(source_, CpuEngine(), const_cast<void*>(source))},
                 {DNNL_ARG_WEIGHTS, matrix_},
                 {DNNL_ARG_DST, memory(output_, CpuEngine(), out.data())},
                 {DNNL_ARG_SCRATCHPAD,
                  memory(scratchpad_, CpuEngine(), scratch.data())}});
    stream.wait();
  }

 private:
  // Writes the matrix, row by row, in the layout of matrix_.
  void Fill(std::span<const std::int8_t> values, const memory::desc& shape) {
    memory plain(shape, CpuEngine());
    if (path_ == Path::kInt8) {
      std::copy(values.begin(), values.end(),
                static_cast<std::int8_t*>(plain.get_data_handle()));
    } else {
      std::copy(values.begin(), values.end(),
                static_cast<float*>(plain.get_data_handle()));
    }
    dnnl::stream stream(CpuEngine());
    dnnl::reorder(plain, matrix_).execute(stream, plain, matrix_);
    stream.wait();
  }

  std::size_t rows_;
  std::size_t cols_;
  Path path_;
  memory::desc source_;
  memory::desc output_;
  memory::desc scratchpad_;
  memory matrix_;
  dnnl::matmul multiply_;
};

IntegerGemm::Path IntegerGemm::BestPath() {
  // Older CPUs add pairs of products in 16 bits, which saturate.
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::avx2_vnni:
    case dnnl::cpu_isa::avx512_core_vnni:
    case dnnl::cpu_isa::avx512_core_bf16:
    case dnnl::cpu_isa::avx512_core_amx:
      return Path::kInt8;
    default:
      return Path::kFloat32;
  }
}

IntegerGemm::IntegerGemm(std::span<const std::int8_t> matrix, std::size_t cols,
                         std::size_t columns, Path path)
    : cols_(cols),
      columns_(columns),
      small_(std::make_unique<Product>(matrix, kSmallBlock, cols, path)),
      large_(std::make_unique<Product>(matrix, kMaxBlock, cols, path,
                                       small_.get())) {
  assert(matrix.size() == cols * columns);
}

IntegerGemm::~IntegerGemm() = default;

void IntegerGemm::Multiply(std::span<const std::int8_t> vectors,
                           std::size_t count, std::span<float> out) const {
  assert(count <= kMaxBlock);
  assert(vectors.size() >= BlockRows(count) * cols_);
  assert(out.size() >= BlockRows(count) * columns_);
  (count <= kSmallBlock ? small_ : large_)->Run(vectors, out);
}

}  // namespace mongoose

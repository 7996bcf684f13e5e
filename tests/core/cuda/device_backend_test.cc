#include "core/cuda/device_backend.h"

#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/backend/cpu_backend.h"
#include "core/cuda/cuda_device.h"
#include "core/cuda/emulated_device.h"
#include "core/hash/partition_projection.h"
#include "tests/support/codes.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::AllIds;
using test_support::FreezeMatrix;
using test_support::GaussianMatrix;
using test_support::IntegerMatrix;
using test_support::Matrix;
using ::testing::HasSubstr;

class DeviceBackendTest : public ::testing::Test {
 protected:
  explicit DeviceBackendTest(
      std::unique_ptr<const Device> device = MakeEmulatedDevice())
      : backend_(std::move(device), host_, workers_) {}

  // The codes of all rows, by both backends.
  void ExpectSameCodes(const Projection& projection, const Matrix& matrix) {
    const auto rows = FreezeMatrix(matrix);
    auto ids = AllIds(matrix.rows);
    std::ranges::reverse(ids);
    CodeMatrix device(matrix.rows, projection.spec().num_tables);
    CodeMatrix host(matrix.rows, projection.spec().num_tables);
    ASSERT_EQ(backend_.HashRows(projection, *rows, ids, device),
              absl::OkStatus());
    ASSERT_TRUE(host_.HashRows(projection, *rows, ids, host).ok());
    EXPECT_EQ(device, host);
  }

  SteadyClock clock_;
  WorkerPool workers_{1};
  CpuBackend host_{workers_, clock_};
  DeviceBackend backend_;
};

HashSpec SimHashSpec(std::size_t cols, std::size_t bits, std::size_t tables) {
  return {.family = HashFamily::kDenseGaussian,
          .cols = cols,
          .bits_per_table = bits,
          .num_tables = tables,
          .seed = 3,
          .profile = NumericProfile::kInt8};
}

std::shared_ptr<const Projection> Partition(std::size_t bits,
                                            const Matrix& anchors) {
  const HashSpec spec{.family = HashFamily::kPartition,
                      .cols = anchors.cols,
                      .bits_per_table = bits,
                      .num_tables = 1,
                      .profile = NumericProfile::kInt8};
  return std::make_shared<PartitionProjection>(
      spec, PartitionProjection::Cells{
                .anchors = anchors.values,
                .spreads = std::vector<float>(anchors.rows, 0)});
}

// A GPU, or the executor with a schedule.
struct DeviceCase {
  std::string name;
  simt::Schedule schedule;
  bool is_gpu = false;
};

class AnyDeviceTest : public DeviceBackendTest,
                      public ::testing::WithParamInterface<DeviceCase> {
 protected:
  AnyDeviceTest() : DeviceBackendTest(Open()) {}
  void SetUp() override {
    if (!error_.empty()) GTEST_SKIP() << error_;
  }

 private:
  static std::unique_ptr<const Device> Open() {
    error_.clear();
    return GetParam().is_gpu ? OpenCudaDevice(error_)
                             : MakeEmulatedDevice(GetParam().schedule);
  }

  // Why there is no GPU; static, as bases are made first.
  static inline DeviceError error_;
};

TEST_P(AnyDeviceTest, SignCodesAreThoseOfTheHost) {
  // Values and bits that fill words and blocks, and that do not.
  for (const auto& [cols, bits, tables, rows] :
       {std::array<std::size_t, 4>{1, 1, 1, 1},
        {17, 5, 9, 33},
        {64, 16, 17, 8},
        {515, 3, 11, 9},
        {130, 8, 33, 20},
        {2, 16, 512, 9}}) {
    SCOPED_TRACE(cols);
    const auto projection = *CreateProjection(SimHashSpec(cols, bits, tables));
    ExpectSameCodes(*projection, GaussianMatrix(rows, cols, 5));
  }
}

TEST_P(AnyDeviceTest, CellsAreThoseOfTheHost) {
  for (const auto& [cols, bits, rows] :
       {std::array<std::size_t, 3>{1, 4, 3}, {33, 4, 40}, {20, 9, 17}}) {
    SCOPED_TRACE(cols);
    const auto anchors = GaussianMatrix(std::size_t{1} << bits, cols, 6);
    ExpectSameCodes(*Partition(bits, anchors), GaussianMatrix(rows, cols, 7));
  }
}

TEST_P(AnyDeviceTest, TablesAreThoseOfTheHost) {
  // Fewer rows than threads, as many, and more; buckets of none and of all.
  for (const auto& [rows, tables, bits] : {std::array<std::size_t, 3>{1, 1, 1},
                                           {255, 2, 3},
                                           {256, 1, 4},
                                           {257, 3, 5},
                                           {700, 1, 9},
                                           {40, 2, 16}}) {
    SCOPED_TRACE(rows);
    const CodeMatrix codes = test_support::RandomCodes(rows, tables, bits, 9);
    const std::size_t buckets = std::size_t{1} << bits;
    const auto device = backend_.BuildTables(codes, buckets);
    ASSERT_EQ(device.status(), absl::OkStatus());
    EXPECT_EQ(**device, **host_.BuildTables(codes, buckets));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Devices, AnyDeviceTest,
    ::testing::Values(
        DeviceCase{.name = "Gpu", .is_gpu = true},
        DeviceCase{"Forward", {.order = simt::Order::kForward}},
        DeviceCase{"Reverse", {.order = simt::Order::kReverse}},
        DeviceCase{"Shuffled1", {.order = simt::Order::kShuffled, .seed = 1}},
        DeviceCase{"Shuffled2", {.order = simt::Order::kShuffled, .seed = 2}},
        DeviceCase{"Shuffled3", {.order = simt::Order::kShuffled, .seed = 3}}),
    [](const auto& test) { return test.param.name; });

// Equal anchors in one lane's passes, in lanes of a warp and in warps.
TEST_F(DeviceBackendTest, TheLowestOfEqualAnchorsWins) {
  constexpr std::size_t kBits = 9;
  for (const std::size_t apart : {1U, 5U, 31U, 32U, 97U, 255U, 256U, 300U}) {
    Matrix anchors = GaussianMatrix(512, 4, 8);
    const std::size_t first = 7 * apart % 211;
    for (const std::size_t at : {first, first + apart}) {
      std::ranges::fill(anchors.row(at), 1.0F);
    }
    ExpectSameCodes(*Partition(kBits, anchors), Matrix(3, 4, 2.0F));
  }
}

TEST_F(DeviceBackendTest, OddValuesAreHashedAsOnTheHost) {
  Matrix rows(6, 5);
  std::ranges::fill(rows.row(1), -0.0F);
  std::ranges::fill(rows.row(2), 1e-40F);  // denormal
  std::ranges::fill(rows.row(3), 3e38F);
  rows.row(4)[2] = -1e-30F;
  rows.row(5)[0] = 0.5F;  // halves between whole numbers: ties to even
  rows.row(5)[1] = 127.0F;
  ExpectSameCodes(**CreateProjection(SimHashSpec(5, 7, 5)), rows);
  ExpectSameCodes(*Partition(4, IntegerMatrix(16, 5, 4)), rows);
}

#if !defined(__SANITIZE_THREAD__)  // under which each block has new stacks
TEST_F(DeviceBackendTest, ManyBatchesOfLongRows) {
  // 511 rows fill a batch; both buffers are used more than once.
  const auto projection = *CreateProjection(SimHashSpec(4097, 2, 2));
  ExpectSameCodes(*projection, GaussianMatrix(1100, 4097, 5));
}
#endif

TEST_F(DeviceBackendTest, MeansAreSubtracted) {
  HashSpec spec = SimHashSpec(6, 4, 4);
  spec.centre = true;
  const Means means{.rows = std::vector<float>(6, 0.7F),
                    .queries = std::vector<float>(6, 0.1F)};
  ExpectSameCodes(**CreateProjection(spec, means), GaussianMatrix(20, 6, 1));
}

TEST_F(DeviceBackendTest, TablesHaveSegmentsOf65536Rows) {
  const CodeMatrix codes =
      test_support::RandomCodes(kSegmentRows + 1, 1, 4, 11);
  EXPECT_EQ(**backend_.BuildTables(codes, 16), **host_.BuildTables(codes, 16));
}

TEST_F(DeviceBackendTest, EqualCodesFillOneBucket) {
  const CodeMatrix codes(300, 2);
  EXPECT_EQ(**backend_.BuildTables(codes, 8), **host_.BuildTables(codes, 8));
  EXPECT_EQ(**backend_.BuildTables(codes, 1), **host_.BuildTables(codes, 1));
}

TEST_F(DeviceBackendTest, HashingNoRowsIsFine) {
  const auto projection = *CreateProjection(SimHashSpec(5, 4, 2));
  CodeMatrix none(0, 2);
  EXPECT_TRUE(
      backend_.HashRows(*projection, *FreezeMatrix(Matrix(1, 5)), {}, none)
          .ok());
}

TEST_F(DeviceBackendTest, CallsAtOnceDoNotMeet) {
  const Matrix matrix = GaussianMatrix(40, 16, 2);
  const auto projection = *CreateProjection(SimHashSpec(16, 4, 4));
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i) {
    callers.emplace_back([&] {
      ExpectSameCodes(*projection, matrix);
      ExpectSameCodes(*projection, matrix);
    });
  }
  for (std::thread& caller : callers) caller.join();
}

TEST_F(DeviceBackendTest, RefusesWhatIsNotWholeNumbers) {
  HashSpec spec = SimHashSpec(5, 4, 2);
  EXPECT_TRUE(backend_.CheckSpec(spec).ok());
  spec.profile = NumericProfile::kFloat32;
  const absl::Status refused = backend_.CheckSpec(spec);
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(refused.message(),
              HasSubstr("hash.profile must be INT8, of PARTITION or a SimHash, "
                        "where rows are hashed by backend emulated"));
  CodeMatrix codes(1, 2);
  EXPECT_EQ(backend_
                .HashRows(**CreateProjection(spec), *FreezeMatrix(Matrix(1, 5)),
                          AllIds(1), codes)
                .code(),
            absl::StatusCode::kUnimplemented);
}

// Fails what it is asked for.
class BrokenDevice final : public Device {
 public:
  std::string_view name() const override { return "broken"; }
  std::unique_ptr<DeviceQueue> NewQueue() const override {
    class Queue final : public DeviceQueue {
      DeviceError Hash(const DeviceFunctions&, const HashWork&) override {
        return "cudaErrorMemoryAllocation: out of memory";
      }
      DeviceError Sort(const SortWork&) override { return "lost"; }
    };
    return std::make_unique<Queue>();
  }
};

TEST_F(DeviceBackendTest, FailuresOfTheDeviceAreToldAndNotHidden) {
  const DeviceBackend broken(std::make_unique<BrokenDevice>(), host_, workers_);
  CodeMatrix codes(1, 2);
  const absl::Status hashed =
      broken.HashRows(**CreateProjection(SimHashSpec(5, 4, 2)),
                      *FreezeMatrix(Matrix(1, 5)), AllIds(1), codes);
  EXPECT_EQ(hashed.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(hashed.message(),
            "broken: cudaErrorMemoryAllocation: out of memory");
  EXPECT_EQ(broken.BuildTables(codes, 16).status().message(), "broken: lost");
}

TEST(CudaDeviceTest, IsThereOrSaysWhyNot) {
  DeviceError error;
  const auto device = OpenCudaDevice(error);
  EXPECT_EQ(device == nullptr, !error.empty());
}

}  // namespace
}  // namespace mongoose

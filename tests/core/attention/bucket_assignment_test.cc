#include "core/attention/bucket_assignment.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/counter_rng.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::GaussianMatrix;
using test_support::Matrix;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One direction a bucket pair along each axis, so that a vector along axis i
// is in bucket i, and against it in bucket dim + i.
Rotations Axes(std::size_t dim) {
  std::vector<float> directions(dim * dim, 0.0F);
  for (std::size_t i = 0; i < dim; ++i) directions[i * dim + i] = 1;
  return {{.dim = dim, .num_rounds = 1, .max_buckets = 2 * dim}, directions};
}

// Vectors that Axes(dim) puts into these buckets.
Matrix VectorsIn(const std::vector<std::size_t>& buckets, std::size_t dim) {
  Matrix vectors(buckets.size(), dim);
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    vectors.row(i)[buckets[i] % dim] = buckets[i] < dim ? 3.0F : -3.0F;
  }
  return vectors;
}

class BucketAssignmentTest : public ::testing::Test {
 protected:
  BucketAssignment Assign(const Rotations& rotations,
                          const BucketQuery& query) {
    EXPECT_TRUE(ValidateBucketQuery(query, rotations.shape()).ok());
    return *AssignBuckets(rotations, query, workers_, NeverCancelled());
  }
  WorkerPool workers_{1};
};

// The buckets by the definition alone: rounded vectors and exact products.
std::vector<std::uint16_t> NaiveBuckets(const Rotations& rotations,
                                        const BucketQuery& query) {
  const RotationShape& shape = rotations.shape();
  std::vector<std::uint16_t> out(query.heads * shape.num_rounds * query.seq);
  for (std::size_t v = 0; v < query.vectors.rows(); ++v) {
    const auto x = query.vectors.row(v);
    float largest = 0;
    for (const float value : x) largest = std::max(largest, std::abs(value));
    const float scale = 127.0F / largest;
    for (std::size_t r = 0; r < shape.num_rounds; ++r) {
      std::vector<long> values(query.num_buckets);
      for (std::size_t b = 0; b < query.num_buckets / 2; ++b) {
        long sum = 0;
        for (std::size_t c = 0; c < shape.dim; ++c) {
          const auto place = (b * shape.num_rounds + r) * shape.dim + c;
          sum += std::lrint(x[c] * scale) * rotations.directions()[place];
        }
        values[b] = sum;
        values[b + query.num_buckets / 2] = -sum;
      }
      const std::size_t head = v / query.seq;
      out[(head * shape.num_rounds + r) * query.seq + v % query.seq] =
          static_cast<std::uint16_t>(std::ranges::max_element(values) -
                                     values.begin());
    }
  }
  return out;
}

// Buckets 1 1 2 1 2 2 1 1 of eight positions.
TEST_F(BucketAssignmentTest, TheGoldenExample) {
  const Rotations rotations = Axes(2);
  const Matrix vectors = VectorsIn({1, 1, 2, 1, 2, 2, 1, 1}, 2);
  const auto out = Assign(rotations, {.vectors = vectors.view(),
                                      .heads = 1,
                                      .seq = 8,
                                      .num_buckets = 4,
                                      .want_inverse = true,
                                      .want_offsets = true});
  EXPECT_THAT(out.buckets, ElementsAre(1, 1, 2, 1, 2, 2, 1, 1));
  EXPECT_THAT(out.order, ElementsAre(0, 1, 3, 6, 7, 2, 4, 5));
  EXPECT_THAT(out.inverse, ElementsAre(0, 1, 5, 2, 6, 7, 3, 4));
  EXPECT_THAT(out.offsets, ElementsAre(0, 0, 5, 8, 8, 8));
}

TEST_F(BucketAssignmentTest, EqualsTheDefinition) {
  for (const std::size_t dim : {1U, 7U, 64U, 200U, 1040U}) {
    for (const std::size_t num_buckets : {2U, 6U, 16U, 38U}) {
      const auto rotations = Rotations::Draw(
          {.dim = dim, .num_rounds = 3, .max_buckets = 38}, dim);
      const Matrix vectors = GaussianMatrix(3 * 50, dim, num_buckets);
      const BucketQuery query{.vectors = vectors.view(),
                              .heads = 3,
                              .seq = 50,
                              .num_buckets = num_buckets};
      EXPECT_EQ(Assign(*rotations, query).buckets,
                NaiveBuckets(*rotations, query))
          << "dim " << dim << ", " << num_buckets << " buckets";
    }
  }
}

TEST_F(BucketAssignmentTest, OrderIsAStableSortAndInverseItsInverse) {
  const auto rotations =
      Rotations::Draw({.dim = 16, .num_rounds = 4, .max_buckets = 32}, 1);
  constexpr std::size_t kSeq = 777;
  const Matrix vectors = GaussianMatrix(2 * kSeq, 16, 2);
  const auto out = Assign(*rotations, {.vectors = vectors.view(),
                                       .heads = 2,
                                       .seq = kSeq,
                                       .num_buckets = 32,
                                       .want_inverse = true,
                                       .want_offsets = true});
  for (std::size_t sort = 0; sort < 2 * 4; ++sort) {
    const auto buckets = std::span(out.buckets).subspan(sort * kSeq, kSeq);
    const auto order = std::span(out.order).subspan(sort * kSeq, kSeq);
    const auto offsets = std::span(out.offsets).subspan(sort * 34, 34);
    std::vector<std::uint32_t> expected(kSeq);
    std::iota(expected.begin(), expected.end(), 0U);
    std::ranges::stable_sort(
        expected, [&](auto a, auto b) { return buckets[a] < buckets[b]; });
    EXPECT_TRUE(std::ranges::equal(order, expected));
    for (std::size_t i = 0; i < kSeq; ++i) {
      EXPECT_EQ(out.inverse[sort * kSeq + order[i]], i);
      EXPECT_GE(i, offsets[buckets[order[i]]]);
      EXPECT_LT(i, offsets[buckets[order[i]] + 1U]);
    }
    EXPECT_EQ(offsets.back(), kSeq);
  }
}

// What a sequence is asked together with, and on how many threads, changes
// nothing.
TEST_F(BucketAssignmentTest, IsAPureFunctionOfEachSequence) {
  const auto rotations =
      Rotations::Draw({.dim = 24, .num_rounds = 2, .max_buckets = 16}, 1);
  constexpr std::size_t kSeq = 300;
  const Matrix vectors = GaussianMatrix(9 * kSeq, 24, 2);
  const auto ask = [&](std::size_t head, std::size_t heads,
                       WorkerPool& workers) {
    return *AssignBuckets(
        *rotations,
        {.vectors = vectors.view().Rows(head * kSeq, heads * kSeq),
         .heads = heads,
         .seq = kSeq,
         .num_buckets = 16},
        workers, NeverCancelled());
  };
  WorkerPool many(3);
  const auto all = ask(0, 9, many);
  for (std::size_t head = 0; head < 9; ++head) {
    const auto one = ask(head, 1, workers_);
    const auto part = std::span(all.order).subspan(head * 2 * kSeq, 2 * kSeq);
    EXPECT_TRUE(std::ranges::equal(one.order, part));
  }
}

// The first directions serve fewer buckets: a vector that is nearest one of
// them stays there.
TEST_F(BucketAssignmentTest, FunctionsForFewerBucketsAreAPrefix) {
  const auto rotations =
      Rotations::Draw({.dim = 32, .num_rounds = 2, .max_buckets = 64}, 5);
  const Matrix vectors = GaussianMatrix(400, 32, 6);
  const BucketQuery many{
      .vectors = vectors.view(), .heads = 1, .seq = 400, .num_buckets = 64};
  BucketQuery few = many;
  few.num_buckets = 8;
  const auto of_many = Assign(*rotations, many).buckets;
  const auto of_few = Assign(*rotations, few).buckets;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < of_many.size(); ++i) {
    const std::size_t direction = of_many[i] % 32;
    if (direction >= 4) continue;
    ++compared;
    EXPECT_EQ(of_few[i], direction + (of_many[i] >= 32 ? 4 : 0));
  }
  EXPECT_GT(compared, 20U);
}

TEST_F(BucketAssignmentTest, PaddingIsInABucketOfItsOwnSortedLast) {
  const Rotations rotations = Axes(2);
  const Matrix vectors = VectorsIn({3, 2, 1, 0, 3, 2, 1, 0}, 2);
  const std::vector<std::uint8_t> mask = {1, 0, 1, 1};
  const auto out = Assign(rotations, {.vectors = vectors.view(),
                                      .heads = 2,
                                      .seq = 4,
                                      .mask = mask,
                                      .num_buckets = 4,
                                      .want_offsets = true});
  EXPECT_THAT(out.buckets, ElementsAre(3, 4, 1, 0, 3, 4, 1, 0));
  EXPECT_THAT(out.order, ElementsAre(3, 2, 0, 1, 3, 2, 0, 1));
  EXPECT_THAT(std::span(out.offsets).first(6), ElementsAre(0, 1, 2, 2, 3, 4));
}

TEST_F(BucketAssignmentTest, AMaskServesTheHeadsOfItsSequence) {
  const Rotations rotations = Axes(2);
  const Matrix vectors = VectorsIn({0, 0, 0, 0, 0, 0, 0, 0}, 2);
  const std::vector<std::uint8_t> mask = {1, 0, 0, 1};  // of two sequences
  const auto out = Assign(rotations, {.vectors = vectors.view(),
                                      .heads = 4,
                                      .seq = 2,
                                      .mask = mask,
                                      .num_buckets = 4});
  EXPECT_THAT(out.buckets, ElementsAre(0, 4, 0, 4, 4, 0, 4, 0));
}

TEST_F(BucketAssignmentTest, AllPaddingAndSinglePositionsAreFine) {
  const Rotations rotations = Axes(2);
  const Matrix vectors = VectorsIn({0, 1, 2}, 2);
  const std::vector<std::uint8_t> none = {0, 0, 0};
  const BucketQuery query{.vectors = vectors.view(),
                          .heads = 1,
                          .seq = 3,
                          .mask = none,
                          .num_buckets = 2};
  const auto padded = Assign(rotations, query);
  EXPECT_THAT(padded.buckets, Each(2));
  EXPECT_THAT(padded.order, ElementsAre(0, 1, 2));
  const auto single = Assign(
      rotations,
      {.vectors = vectors.view(), .heads = 3, .seq = 1, .num_buckets = 4});
  EXPECT_THAT(single.buckets, ElementsAre(0, 1, 2));
  EXPECT_THAT(single.order, Each(0U));
}

TEST_F(BucketAssignmentTest, AZeroVectorIsInBucketZero) {
  const auto rotations =
      Rotations::Draw({.dim = 8, .num_rounds = 2, .max_buckets = 16}, 1);
  const Matrix zero(1, 8);
  const auto out =
      Assign(*rotations,
             {.vectors = zero.view(), .heads = 1, .seq = 1, .num_buckets = 16});
  EXPECT_THAT(out.buckets, ElementsAre(0, 0));
}

TEST_F(BucketAssignmentTest, LengthDoesNotMatter) {
  const auto rotations =
      Rotations::Draw({.dim = 16, .num_rounds = 1, .max_buckets = 16}, 1);
  const Matrix vectors = GaussianMatrix(100, 16, 3);
  Matrix longer = vectors;
  for (float& value : longer.values) value *= 1024;
  const auto ask = [&](const Matrix& of) {
    return Assign(*rotations, {.vectors = of.view(),
                               .heads = 1,
                               .seq = 100,
                               .num_buckets = 16})
        .buckets;
  };
  EXPECT_EQ(ask(vectors), ask(longer));
}

// Two unit vectors share a bucket the more often the nearer they are.
TEST_F(BucketAssignmentTest, NearVectorsShareBucketsMoreOften) {
  constexpr std::size_t kRounds = 64;
  const auto rotations =
      Rotations::Draw({.dim = 64, .num_rounds = kRounds, .max_buckets = 16}, 7);
  const auto share = [&](float noise) {
    Matrix pair = GaussianMatrix(2, 64, 8);
    for (std::size_t c = 0; c < 64; ++c) {
      pair.row(1)[c] = pair.row(0)[c] + noise * pair.row(1)[c];
    }
    const auto out = Assign(
        *rotations,
        {.vectors = pair.view(), .heads = 1, .seq = 2, .num_buckets = 16});
    int equal = 0;
    for (std::size_t r = 0; r < kRounds; ++r) {
      equal += out.buckets[2 * r] == out.buckets[2 * r + 1] ? 1 : 0;
    }
    return equal;
  };
  EXPECT_EQ(share(0), static_cast<int>(kRounds));
  EXPECT_GT(share(0.2F), 40);
  EXPECT_GT(share(0.2F), share(1));
  EXPECT_LT(share(100), 16);  // 4 expected
}

TEST_F(BucketAssignmentTest, NamesTheFirstBadValueWhicheverThreadFindsOne) {
  const auto rotations =
      Rotations::Draw({.dim = 4, .num_rounds = 1, .max_buckets = 8}, 1);
  Matrix vectors = GaussianMatrix(20000, 4, 1);
  for (const std::size_t row : {19999U, 12345U, 3001U, 3002U}) {
    vectors.row(row)[2] = -INFINITY;
  }
  WorkerPool many(3);
  for (int round = 0; round < 20; ++round) {
    const auto out = AssignBuckets(
        *rotations,
        {.vectors = vectors.view(), .heads = 2, .seq = 10000, .num_buckets = 8},
        many, NeverCancelled());
    EXPECT_EQ(out.status().message(),
              "vectors must be finite, got -inf in row 3001, column 2");
  }
}

TEST_F(BucketAssignmentTest, ManyThreadsMayBeTheFirstToAsk) {
  for (int round = 0; round < 20; ++round) {
    const auto rotations =
        Rotations::Draw({.dim = 16, .num_rounds = 1, .max_buckets = 64}, 1);
    const Matrix vectors = GaussianMatrix(64, 16, 2);
    std::vector<BucketAssignment> answers(8);
    {
      std::vector<std::jthread> threads;
      for (std::size_t i = 0; i < answers.size(); ++i) {
        threads.emplace_back([&, i] {
          answers[i] = Assign(*rotations, {.vectors = vectors.view(),
                                           .heads = 1,
                                           .seq = 64,
                                           .num_buckets = 64});
        });
      }
    }
    for (const auto& answer : answers) {
      EXPECT_EQ(answer.buckets, answers[0].buckets);
    }
  }
}

class Cancelled final : public CancelToken {
 public:
  absl::Status Check() const override { return absl::CancelledError("gone"); }
};

TEST_F(BucketAssignmentTest, EndsWhenCancelled) {
  const Rotations rotations = Axes(2);
  const Matrix vectors = VectorsIn({0, 1}, 2);
  const auto out = AssignBuckets(
      rotations,
      {.vectors = vectors.view(), .heads = 1, .seq = 2, .num_buckets = 2},
      workers_, Cancelled());
  EXPECT_EQ(out.status().code(), absl::StatusCode::kCancelled);
}

TEST_F(BucketAssignmentTest, NamesWhatIsWrongWithAQuery) {
  const RotationShape shape{.dim = 2, .num_rounds = 1, .max_buckets = 8};
  const Matrix vectors(6, 2);
  const std::vector<std::uint8_t> mask(5);
  const BucketQuery good{
      .vectors = vectors.view(), .heads = 2, .seq = 3, .num_buckets = 4};
  ASSERT_TRUE(ValidateBucketQuery(good, shape).ok());
  const auto expect = [&](auto change, const std::string& message) {
    BucketQuery bad = good;
    change(bad);
    const absl::Status status = ValidateBucketQuery(bad, shape);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(message));
  };
  const Matrix wide(6, 3);
  expect([&](BucketQuery& q) { q.vectors = wide.view(); },
         "vectors.cols must be the index's dim 2, got 3");
  expect([](BucketQuery& q) { q.num_buckets = 3; },
         "num_buckets must be even, got 3");
  expect([](BucketQuery& q) { q.num_buckets = 0; }, "num_buckets must be 2..8");
  expect([](BucketQuery& q) { q.num_buckets = 10; },
         "num_buckets must be 2..8, got 10");
  expect([](BucketQuery& q) { q.seq = 0; }, "seq must be 1..");
  expect([](BucketQuery& q) { q.seq = 4; },
         "vectors.rows must be a multiple of seq 4, got 6");
  expect([&](BucketQuery& q) { q.mask = mask; }, "got 5");
  const Matrix none(0, 2);
  expect([&](BucketQuery& q) { q.vectors = none.view(); },
         "vectors.rows must be 1..");
}

TEST(RotationShapeTest, NamesTheFieldTheRuleAndTheValue) {
  const RotationShape good{.dim = 64, .num_rounds = 4, .max_buckets = 32};
  EXPECT_TRUE(ValidateRotationShape(good).ok());
  const auto expect = [&](auto change, const std::string& message) {
    RotationShape bad = good;
    change(bad);
    EXPECT_THAT(ValidateRotationShape(bad).message(), HasSubstr(message));
  };
  expect([](RotationShape& s) { s.dim = 0; }, "dim must be 1..1040, got 0");
  expect([](RotationShape& s) { s.num_rounds = 0; },
         "attention.num_rounds must be 1..64, got 0");
  expect([](RotationShape& s) { s.max_buckets = 33; },
         "attention.max_buckets must be even, got 33");
  expect([](RotationShape& s) { s.max_buckets = 32770; },
         "attention.max_buckets must be 2..32768, got 32770");
}

TEST(NumBucketsTest, IsEvenAndNearTheSizeWanted) {
  EXPECT_EQ(NumBuckets(1024, 64, 1024), 16U);
  EXPECT_EQ(NumBuckets(1, 64, 1024), 2U);
  EXPECT_EQ(NumBuckets(129, 64, 1024), 4U);
  EXPECT_EQ(NumBuckets(1000000, 64, 1024), 1024U);
}

}  // namespace
}  // namespace mongoose

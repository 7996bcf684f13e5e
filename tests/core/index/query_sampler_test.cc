#include "core/index/query_sampler.h"

#include <cstddef>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using test_support::Matrix;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

// One column; query i is i.
Matrix Numbers(std::size_t count, float first = 0) {
  Matrix queries(count, 1);
  for (std::size_t i = 0; i < count; ++i) {
    queries.row(i)[0] = first + static_cast<float>(i);
  }
  return queries;
}

std::vector<float> TakeNumbers(QuerySampler& sampler) {
  std::vector<float> numbers;
  for (const auto& sample : sampler.Take()) {
    numbers.push_back(sample.query[0]);
  }
  return numbers;
}

TEST(SharePickerTest, PicksAnEvenShareHoweverQueriesAreBatched) {
  for (const double share : {0.02, 0.25, 0.7, 1.0}) {
    SharePicker picker(share);
    std::size_t picked = 0;
    for (std::size_t seen = 0; seen < 10'000; seen += 125) {
      picker.ForEachPicked(125, [&](std::size_t) { ++picked; });
      const double due = share * static_cast<double>(seen + 125);
      ASSERT_NEAR(static_cast<double>(picked), due, 1);
    }
  }
}

TEST(SharePickerTest, PicksTheSameQueriesInAnyBatches) {
  SharePicker whole(0.3);
  SharePicker parts(0.3);
  std::vector<std::size_t> expected;
  std::vector<std::size_t> picked;
  whole.ForEachPicked(60, [&](std::size_t i) { expected.push_back(i); });
  for (const std::size_t first : {0U, 20U, 40U}) {
    parts.ForEachPicked(20,
                        [&](std::size_t i) { picked.push_back(first + i); });
  }
  EXPECT_EQ(picked, expected);
}

TEST(QuerySamplerTest, KeepsQueriesWithTheirLabelsOldestFirst) {
  QuerySampler sampler(1);
  const Matrix queries = test_support::GaussianMatrix(3, 4, 1);
  const std::vector<std::uint32_t> offsets = {0, 2, 2, 3};
  const std::vector<RowId> labels = {7, 8, 9};
  sampler.Offer({.queries = queries.view(),
                 .label_offsets = offsets,
                 .label_ids = labels});
  EXPECT_EQ(sampler.num_waiting(), 3U);
  const auto samples = sampler.Take();
  ASSERT_EQ(samples.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_THAT(samples[i].query, ElementsAreArray(queries.row(i)));
  }
  EXPECT_THAT(samples[0].labels, ElementsAre(7, 8));
  EXPECT_THAT(samples[1].labels, IsEmpty());
  EXPECT_THAT(samples[2].labels, ElementsAre(9));
}

TEST(QuerySamplerTest, TakesAllThatWait) {
  QuerySampler sampler(1);
  sampler.Offer({.queries = Numbers(5).view()});
  EXPECT_THAT(TakeNumbers(sampler), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(sampler.num_waiting(), 0U);
  EXPECT_THAT(TakeNumbers(sampler), IsEmpty());
}

TEST(QuerySamplerTest, TakesItsShareOfTheQueries) {
  QuerySampler sampler(0.25);
  for (int batch = 0; batch < 10; ++batch) {
    sampler.Offer({.queries = Numbers(20).view()});
  }
  EXPECT_EQ(sampler.num_waiting(), 50U);
}

TEST(QuerySamplerTest, TakesNothingWithShareZero) {
  QuerySampler sampler(0);
  sampler.Offer({.queries = Numbers(100).view()});
  EXPECT_EQ(sampler.num_waiting(), 0U);
}

TEST(QuerySamplerTest, DropsTheOldestWhenFull) {
  QuerySampler sampler(1);
  sampler.Offer({.queries = Numbers(QuerySampler::kMaxWaiting + 40).view()});
  EXPECT_EQ(sampler.num_waiting(), QuerySampler::kMaxWaiting);
  const std::vector<float> numbers = TakeNumbers(sampler);
  EXPECT_EQ(numbers.front(), 40);
  EXPECT_EQ(numbers.back(), QuerySampler::kMaxWaiting + 39);
}

TEST(QuerySamplerTest, LosesNothingOfManyThreads) {
  QuerySampler sampler(0.5);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&sampler] {
        for (int k = 0; k < 100; ++k) {
          sampler.Offer({.queries = Numbers(2).view()});
        }
      });
    }
  }
  EXPECT_EQ(sampler.Take().size(), 400U);
}

}  // namespace
}  // namespace mongoose

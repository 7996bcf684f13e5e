#include "core/index/index_catalog.h"

#include <cstddef>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/index_fixture.h"
#include "tests/support/matrix.h"

namespace mongoose {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

IndexSpec Named(const std::string& name) {
  IndexSpec spec = test_support::SmallSpec();
  spec.name = name;
  return spec;
}

class IndexCatalogTest : public ::testing::Test {
 protected:
  std::vector<std::string> Names(const std::string& after, std::size_t count) {
    std::vector<std::string> names;
    for (const auto& index : catalog_.List(after, count)) {
      names.push_back(NameOf(index));
    }
    return names;
  }
  WorkerPool workers_{0};
  SteadyClock clock_;
  CpuBackend backend_{workers_, clock_};
  IndexCatalog catalog_{
      {.backend = backend_, .rehash_backend = backend_, .clock = clock_},
      workers_,
      {.max_indexes = 4}};
};

TEST_F(IndexCatalogTest, FindsWhatItCreated) {
  const auto created = *catalog_.Create(Named("a"));
  EXPECT_TRUE(created.is_new);
  EXPECT_EQ(*catalog_.Find("a"), created.index);
  EXPECT_EQ(created.index->spec(), Named("a"));
}

TEST_F(IndexCatalogTest, CreatingAnEqualIndexAgainGivesTheFirst) {
  const auto first = *catalog_.Create(Named("a"));
  const auto second = *catalog_.Create(Named("a"));
  EXPECT_FALSE(second.is_new);
  EXPECT_EQ(second.index, first.index);
}

TEST_F(IndexCatalogTest, ANameWithAnotherSpecIsTaken) {
  ASSERT_TRUE(catalog_.Create(Named("a")).ok());
  IndexSpec other = Named("a");
  other.hash.seed = 77;
  const auto result = catalog_.Create(other);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(result.status().message(), HasSubstr("\"a\""));
}

TEST_F(IndexCatalogTest, RefusesABadSpecAndABadName) {
  using absl::StatusCode::kInvalidArgument;
  IndexSpec bad = Named("a");
  bad.num_rows = 0;
  EXPECT_EQ(catalog_.Create(bad).status().code(), kInvalidArgument);
  EXPECT_EQ(catalog_.Find("A B").status().code(), kInvalidArgument);
  EXPECT_EQ(catalog_.Delete("").code(), kInvalidArgument);
}

TEST_F(IndexCatalogTest, UnknownNamesAreNotFound) {
  EXPECT_EQ(catalog_.Find("b").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(catalog_.Delete("b").code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(catalog_.Delete("b").message(), HasSubstr("\"b\""));
}

TEST_F(IndexCatalogTest, OwnsNoMoreIndexesThanItsLimit) {
  for (const char* name : {"a", "b", "c", "d"}) {
    ASSERT_TRUE(catalog_.Create(Named(name)).ok());
  }
  const auto fifth = catalog_.Create(Named("e"));
  EXPECT_EQ(fifth.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(fifth.status().message(), HasSubstr("the limit is 4"));
  EXPECT_FALSE(catalog_.Create(Named("d"))->is_new);
  ASSERT_TRUE(catalog_.Delete("b").ok());
  EXPECT_TRUE(catalog_.Create(Named("e")).ok());
}

TEST_F(IndexCatalogTest, RefusesAnIndexThatIsTooLarge) {
  const std::size_t bytes = EstimateIndexBytes(Named("a"));
  IndexCatalog exact(
      {.backend = backend_, .rehash_backend = backend_, .clock = clock_},
      workers_, {.max_index_bytes = bytes});
  EXPECT_TRUE(exact.Create(Named("a")).ok());
  IndexCatalog small(
      {.backend = backend_, .rehash_backend = backend_, .clock = clock_},
      workers_, {.max_index_bytes = bytes - 1});
  const auto result = small.Create(Named("a"));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(result.status().message(),
              HasSubstr(std::to_string(bytes) + " bytes, the limit is"));
}

TEST_F(IndexCatalogTest, RefusesWhatDoesNotFitBesideTheOthers) {
  const std::size_t bytes = EstimateIndexBytes(Named("a"));
  IndexCatalog two(
      {.backend = backend_, .rehash_backend = backend_, .clock = clock_},
      workers_, {.max_total_bytes = 2 * bytes});
  EXPECT_TRUE(two.Create(Named("a")).ok());
  EXPECT_TRUE(two.Create(Named("b")).ok());
  EXPECT_FALSE(two.Create(Named("b"))->is_new);
  const auto third = two.Create(Named("c"));
  EXPECT_EQ(third.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(third.status().message(),
              HasSubstr(std::to_string(3 * bytes) + " bytes, the limit is"));
  ASSERT_TRUE(two.Delete("a").ok());
  EXPECT_TRUE(two.Create(Named("c")).ok());
}

TEST_F(IndexCatalogTest, ListsPagesByName) {
  for (const char* name : {"c", "a", "d", "b"}) {
    ASSERT_TRUE(catalog_.Create(Named(name)).ok());
  }
  EXPECT_THAT(Names("", 3), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Names("c", 3), ElementsAre("d"));
  EXPECT_THAT(Names("bb", 1), ElementsAre("c"));
  EXPECT_THAT(Names("d", 3), IsEmpty());
  EXPECT_THAT(Names("", 0), IsEmpty());
}

TEST_F(IndexCatalogTest, ADeletedIndexServesWhoHoldsIt) {
  const auto index = catalog_.Create(Named("a"))->index;
  test_support::Writer<NeuronIndex> writer(*index);
  ASSERT_TRUE(catalog_.Delete("a").ok());
  EXPECT_EQ(catalog_.Find("a").status().code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(writer.SetAll(test_support::GaussianMatrix(100, 24, 1)).ok());
  index->WaitUntilIdleForTest();
  EXPECT_EQ(index->state().index_version, 1U);
  const auto again = *catalog_.Create(Named("a"));
  EXPECT_TRUE(again.is_new);
  EXPECT_NE(again.index, index);
}

}  // namespace
}  // namespace mongoose

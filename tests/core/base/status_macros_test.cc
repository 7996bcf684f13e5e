#include "core/base/status_macros.h"

#include <memory>
#include <utility>

#include <gtest/gtest.h>

namespace mongoose {
namespace {

absl::Status ReturnFirstError(const absl::Status& a, const absl::Status& b) {
  RETURN_IF_ERROR(a);
  RETURN_IF_ERROR(b);
  return absl::OkStatus();
}

absl::StatusOr<int> AddOne(absl::StatusOr<std::unique_ptr<int>> value) {
  ASSIGN_OR_RETURN(const std::unique_ptr<int> number, std::move(value));
  return *number + 1;
}

TEST(StatusMacrosTest, ReturnIfErrorStopsAtTheFirstError) {
  const auto a = absl::NotFoundError("a");
  const auto b = absl::InternalError("b");
  EXPECT_EQ(ReturnFirstError(a, b), a);
  EXPECT_EQ(ReturnFirstError(absl::OkStatus(), b), b);
  EXPECT_TRUE(ReturnFirstError(absl::OkStatus(), absl::OkStatus()).ok());
}

TEST(StatusMacrosTest, AssignOrReturnMovesTheValueOrReturnsTheStatus) {
  EXPECT_EQ(*AddOne(std::make_unique<int>(4)), 5);
  EXPECT_EQ(AddOne(absl::NotFoundError("x")).status(),
            absl::NotFoundError("x"));
}

}  // namespace
}  // namespace mongoose

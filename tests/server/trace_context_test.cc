#include "server/trace_context.h"

#include <gtest/gtest.h>

namespace mongoose::server {
namespace {

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kParent[] = "00f067aa0ba902b7";

std::string Value(const std::string& version, const std::string& flags) {
  return version + "-" + kTrace + "-" + kParent + "-" + flags;
}

TEST(TraceContextTest, ReadsIdsAndTheSampledFlag) {
  const auto sampled = ParseTraceparent(Value("00", "01"));
  ASSERT_TRUE(sampled.has_value());
  EXPECT_EQ(sampled->trace_id, kTrace);
  EXPECT_EQ(sampled->parent_id, kParent);
  EXPECT_TRUE(sampled->sampled);
  EXPECT_FALSE(ParseTraceparent(Value("00", "00"))->sampled);
  EXPECT_TRUE(ParseTraceparent(Value("00", "0b"))->sampled);
}

TEST(TraceContextTest, LaterVersionsMayHaveMoreFields) {
  EXPECT_TRUE(ParseTraceparent(Value("01", "01") + "-more").has_value());
  EXPECT_TRUE(ParseTraceparent(Value("01", "01")).has_value());
  EXPECT_FALSE(ParseTraceparent(Value("01", "01") + "more").has_value());
}

TEST(TraceContextTest, WhatBreaksTheRulesIsIgnored) {
  const std::string zeros(32, '0');
  for (const std::string& bad :
       {std::string(), std::string("00"), Value("ff", "01"),
        Value("00", "01") + "-more", Value("00", "0g"), Value("0x", "01"),
        "00-" + zeros + "-" + kParent + "-01",
        std::string("00-") + kTrace + "-0000000000000000-01",
        std::string("00_") + kTrace + "-" + kParent + "-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + std::string(kParent) +
            "-01"}) {
    EXPECT_FALSE(ParseTraceparent(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace mongoose::server

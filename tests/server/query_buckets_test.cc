// Attention indexes over the wire.
#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tests/support/matrix.h"
#include "tests/support/server_fixture.h"

namespace mongoose::testing {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint32_t kHeadDim = 16;
constexpr std::uint32_t kSeq = 100;
constexpr std::uint32_t kHeads = 4;
constexpr std::uint32_t kRounds = 2;

std::vector<std::uint16_t> Uint16s(const std::string& bytes) {
  return client::FromBytes<std::uint16_t>(bytes);
}
std::vector<std::uint32_t> Uint32s(const std::string& bytes) {
  return client::FromBytes<std::uint32_t>(bytes);
}

v1::IndexSpec AttentionSpec(const std::string& name) {
  v1::IndexSpec spec;
  spec.set_name(name);
  spec.set_kind(v1::INDEX_KIND_ATTENTION);
  spec.set_dim(kHeadDim);
  spec.mutable_attention()->set_num_rounds(kRounds);
  spec.mutable_attention()->set_bucket_size(16);
  spec.mutable_attention()->set_seed(7);
  return spec;
}

// The same vectors for the same arguments.
v1::Sequences SomeSequences(std::uint32_t heads, std::uint32_t seq,
                            std::uint64_t seed = 1) {
  v1::Sequences sequences;
  const auto vectors =
      test_support::GaussianMatrix(heads * seq, kHeadDim, seed);
  *sequences.mutable_vectors() = client::ToMatrix(vectors.values, heads * seq);
  sequences.set_seq(seq);
  return sequences;
}

class QueryBucketsTest : public ServerFixture {
 protected:
  void SetUp() override {
    StartServer();
    const auto created = client_->CreateIndex(AttentionSpec("heads"));
    ASSERT_TRUE(created.ok()) << created.status();
    EXPECT_EQ(created->spec().attention().max_buckets(), 512U);
  }
  static v1::QueryBucketsRequest Request(v1::Sequences sequences) {
    v1::QueryBucketsRequest request;
    request.set_index("heads");
    *request.mutable_sequences() = std::move(sequences);
    return request;
  }
  v1::QueryBucketsResponse Ask(const v1::QueryBucketsRequest& request) {
    auto answer = client_->QueryBuckets(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? *std::move(answer) : v1::QueryBucketsResponse();
  }
};

TEST_F(QueryBucketsTest, AnswersWithBucketsAndTheirOrder) {
  auto request = Request(SomeSequences(kHeads, kSeq));
  request.set_want_inverse(true);
  request.set_want_offsets(true);
  const auto answer = Ask(request);
  EXPECT_EQ(answer.index_version(), 1U);
  EXPECT_EQ(answer.num_rounds(), kRounds);
  EXPECT_EQ(answer.num_buckets(), 8U);  // 100 positions, 16 a bucket, even
  EXPECT_FALSE(answer.has_keys());
  const auto buckets = Uint16s(answer.sequences().buckets());
  const auto order = Uint32s(answer.sequences().order());
  const auto inverse = Uint32s(answer.sequences().inverse());
  const auto offsets = Uint32s(answer.sequences().offsets());
  ASSERT_EQ(buckets.size(), kHeads * kRounds * kSeq);
  ASSERT_EQ(order.size(), buckets.size());
  ASSERT_EQ(offsets.size(), kHeads * kRounds * 10U);
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::size_t sort = i / kSeq;
    EXPECT_EQ(inverse[sort * kSeq + order[i]], i % kSeq);
    const auto bucket = buckets[sort * kSeq + order[i]];
    EXPECT_GE(i % kSeq, offsets[sort * 10 + bucket]);
    EXPECT_LT(i % kSeq, offsets[sort * 10 + bucket + 1]);
  }
}

// What the message says a worker does, done here.
TEST_F(QueryBucketsTest, AWorkerWithTheRotationsGetsTheSameBuckets) {
  const auto projection = client_->GetProjection("heads");
  ASSERT_TRUE(projection.ok()) << projection.status();
  EXPECT_EQ(projection->state().index_version(), 1U);
  const v1::Matrix& rotations = projection->rotations();
  EXPECT_EQ(rotations.dtype(), v1::DATA_TYPE_INT8);
  ASSERT_EQ(rotations.rows(), 256 * kRounds);
  const auto request = Request(SomeSequences(kHeads, kSeq));
  const auto answer = Ask(request);
  const auto buckets = Uint16s(answer.sequences().buckets());
  const auto vectors =
      client::FromBytes<float>(request.sequences().vectors().values());
  const std::size_t half = answer.num_buckets() / 2;
  for (std::size_t v = 0; v < kHeads * kSeq; ++v) {
    const float* const x = &vectors[v * kHeadDim];
    float largest = 0;
    for (std::size_t c = 0; c < kHeadDim; ++c) {
      largest = std::max(largest, std::abs(x[c]));
    }
    const float scale = 127.0F / largest;
    for (std::size_t r = 0; r < kRounds; ++r) {
      std::vector<int> p(2 * half);
      for (std::size_t i = 0; i < half; ++i) {
        for (std::size_t c = 0; c < kHeadDim; ++c) {
          const auto weight = static_cast<std::int8_t>(
              rotations.values()[(i * kRounds + r) * kHeadDim + c]);
          p[i] += static_cast<int>(std::nearbyint(x[c] * scale)) * weight;
        }
        p[half + i] = -p[i];
      }
      const auto first = std::ranges::max_element(p) - p.begin();
      EXPECT_EQ(buckets[(v / kSeq * kRounds + r) * kSeq + v % kSeq], first);
    }
  }
}

TEST_F(QueryBucketsTest, KeysHaveBucketsOfTheirOwnByTheSameRotations) {
  auto request = Request(SomeSequences(kHeads, kSeq));
  *request.mutable_keys() = SomeSequences(kHeads, kSeq / 2, 5);
  const auto both = Ask(request);
  auto alone = Request(request.keys());
  alone.set_num_buckets(both.num_buckets());
  EXPECT_EQ(both.keys().order(), Ask(alone).sequences().order());
  EXPECT_EQ(Uint32s(both.keys().order()).size(), kHeads * kRounds * kSeq / 2);
}

TEST_F(QueryBucketsTest, NewPositionsContinueWhatWasAnsweredEarlier) {
  const auto whole = Request(SomeSequences(1, kSeq));
  auto request = whole;
  request.set_num_buckets(8);
  const auto expected = Ask(request);
  const auto vectors =
      client::FromBytes<float>(whole.sequences().vectors().values());
  std::string earlier;
  v1::QueryBucketsResponse answer;
  for (std::uint32_t done = 0; done < kSeq; done += 25) {
    v1::Sequences part;
    *part.mutable_vectors() = client::ToMatrix(
        std::span(vectors).subspan(done * kHeadDim, std::size_t{25} * kHeadDim),
        25);
    part.set_seq(25);
    part.set_num_earlier(done);
    part.set_earlier_buckets(earlier);
    request = Request(part);
    request.set_num_buckets(8);
    answer = Ask(request);
    earlier = answer.sequences().buckets();
  }
  EXPECT_EQ(earlier, expected.sequences().buckets());
  EXPECT_EQ(answer.sequences().order(), expected.sequences().order());
}

TEST_F(QueryBucketsTest, AStreamAnswersEveryBatchInOrder) {
  grpc::ClientContext context;
  const auto stream = stub_->StreamQueryBuckets(&context);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    v1::StreamQueryBucketsRequest request;
    *request.mutable_query() = Request(SomeSequences(2, 10, seed));
    v1::StreamQueryBucketsResponse response;
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.answer().sequences().buckets(),
              Ask(request.query()).sequences().buckets());
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(QueryBucketsTest, MaskedPositionsAreSortedLast) {
  auto sequences = SomeSequences(2, 4);
  sequences.set_mask(std::string("\1\0\1\0", 4));
  auto request = Request(sequences);
  request.set_num_buckets(2);
  const auto answer = Ask(request);
  const auto order = Uint32s(answer.sequences().order());
  for (std::size_t sort = 0; sort < 2 * kRounds; ++sort) {
    EXPECT_THAT(std::span(order).subspan(sort * 4 + 2, 2), ElementsAre(1, 3));
  }
  sequences.set_mask(std::string(4, '\0'));
  EXPECT_THAT(Uint16s(Ask(Request(sequences)).sequences().buckets()), Each(2));
}

TEST_F(QueryBucketsTest, KindsShareNamesButNotCalls) {
  CreateLoaded("layer");
  EXPECT_EQ(client_->CreateIndex(AttentionSpec("layer")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(client_->CreateIndex(SmallSpec("heads")).status().code(),
            absl::StatusCode::kAlreadyExists);
  auto request = Request(SomeSequences(1, 10));
  request.set_index("layer");
  EXPECT_EQ(client_->QueryBuckets(request).status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(client_->QueryNeurons(QueryFor("heads", 1)).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const grpc::Status updated = SendChunks({SetChunk("heads", 1, {0}, {1})});
  EXPECT_EQ(updated.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(ReasonOf(updated), "WRONG_KIND");
  const auto all = client_->ListIndexes();
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ((*all)[0].kind(), v1::INDEX_KIND_ATTENTION);
  EXPECT_EQ(client_->GetIndex("heads")->attention().num_rounds(), kRounds);
  EXPECT_EQ(client_->GetIndexStatus("heads")->state().index_version(), 1U);
  EXPECT_TRUE(client_->DeleteIndex("heads").ok());
}

struct BadBuckets {
  std::string name;
  std::function<void(v1::QueryBucketsRequest&)> spoil;
  grpc::StatusCode code;
  std::string message;
};

class BadBucketsTest : public QueryBucketsTest,
                       public ::testing::WithParamInterface<BadBuckets> {};

TEST_P(BadBucketsTest, GetsItsStatus) {
  auto request = Request(SomeSequences(2, 10));
  request.set_num_buckets(4);
  GetParam().spoil(request);
  grpc::ClientContext context;
  v1::QueryBucketsResponse response;
  const grpc::Status status = stub_->QueryBuckets(&context, request, &response);
  EXPECT_EQ(status.error_code(), GetParam().code) << status.error_message();
  EXPECT_THAT(status.error_message(), HasSubstr(GetParam().message));
  EXPECT_NE(ReasonOf(status), "");
  EXPECT_EQ(response.ByteSizeLong(), 0U);
}

const BadBuckets kBadBuckets[] = {
    {"UnknownIndex", [](auto& q) { q.set_index("nobody"); },
     grpc::StatusCode::NOT_FOUND, "there is no index \"nobody\""},
    {"VersionGone", [](auto& q) { q.set_index_version(3); },
     grpc::StatusCode::OUT_OF_RANGE, "index_version must be 0 or 1"},
    {"OddBuckets", [](auto& q) { q.set_num_buckets(5); },
     grpc::StatusCode::INVALID_ARGUMENT, "num_buckets must be even, got 5"},
    {"TooManyBuckets", [](auto& q) { q.set_num_buckets(514); },
     grpc::StatusCode::INVALID_ARGUMENT, "num_buckets must be 2..512, got 514"},
    {"EmptySequence", [](auto& q) { q.mutable_sequences()->set_seq(0); },
     grpc::StatusCode::INVALID_ARGUMENT, "sequences.seq must be > 0"},
    {"NoSequences", [](auto& q) { q.clear_sequences(); },
     grpc::StatusCode::INVALID_ARGUMENT, "sequences.vectors.dtype"},
    {"NotAMultiple", [](auto& q) { q.mutable_sequences()->set_seq(7); },
     grpc::StatusCode::INVALID_ARGUMENT,
     "sequences.vectors.rows must be a multiple of seq 7, got 20"},
    {"WrongDim",
     [](auto& q) {
       *q.mutable_sequences()->mutable_vectors() =
           client::ToMatrix(std::vector<float>(20 * 8), 20);
     },
     grpc::StatusCode::INVALID_ARGUMENT,
     "sequences.vectors.cols must be the index's dim 16, got 8"},
    {"NotANumber",
     [](auto& q) {
       std::vector<float> values(20 * kHeadDim, 1.0F);
       values[3 * kHeadDim + 2] = NAN;
       *q.mutable_sequences()->mutable_vectors() = client::ToMatrix(values, 20);
     },
     grpc::StatusCode::INVALID_ARGUMENT,
     "sequences.vectors must be finite, got nan in row 3, column 2"},
    {"BadKeys",
     [](auto& q) {
       std::vector<float> values(kHeadDim, INFINITY);
       *q.mutable_keys()->mutable_vectors() = client::ToMatrix(values, 1);
       q.mutable_keys()->set_seq(1);
     },
     grpc::StatusCode::INVALID_ARGUMENT, "keys.vectors must be finite"},
    {"WrongMask",
     [](auto& q) { q.mutable_sequences()->set_mask(std::string(15, '\1')); },
     grpc::StatusCode::INVALID_ARGUMENT, "sequences.mask must be empty or"},
    {"HalfABucket",
     [](auto& q) {
       q.mutable_sequences()->set_earlier_buckets(std::string(3, '\0'));
     },
     grpc::StatusCode::INVALID_ARGUMENT, "sequences.earlier_buckets"},
    {"EarlierBucketsMissing",
     [](auto& q) { q.mutable_sequences()->set_num_earlier(5); },
     grpc::StatusCode::INVALID_ARGUMENT,
     "sequences.earlier_buckets must have heads * num_rounds * num_earlier = "
     "20 values, got 0"},
    {"EarlierBucketUnknown",
     [](auto& q) {
       q.mutable_sequences()->set_num_earlier(1);
       q.mutable_sequences()->set_earlier_buckets(std::string(8, '\7'));
     },
     grpc::StatusCode::INVALID_ARGUMENT,
     "sequences.earlier_buckets must be 0..num_buckets = 4, got 1799"},
    {"TooManyEarlier",
     [](auto& q) { q.mutable_sequences()->set_num_earlier(4000000000U); },
     grpc::StatusCode::INVALID_ARGUMENT, "num_earlier must be 0..268435456"},
    {"EarlierWithoutBuckets",
     [](auto& q) {
       q.mutable_sequences()->set_num_earlier(1);
       q.mutable_sequences()->set_earlier_buckets(std::string(8, '\0'));
       q.set_num_buckets(0);
     },
     grpc::StatusCode::INVALID_ARGUMENT,
     "num_buckets must be that of sequences.earlier_buckets, got 0"},
    {"AnswerTooLarge",
     [](auto& q) {
       *q.mutable_sequences()->mutable_vectors() = client::ToMatrix(
           std::vector<float>(std::size_t{70000} * kHeadDim), 70000);
       q.mutable_sequences()->set_seq(1);
       q.set_num_buckets(512);
     },
     grpc::StatusCode::INVALID_ARGUMENT,
     "heads * num_rounds * (positions * 6 + (num_buckets + 2) * 4) must be "
     "1..268435456, got 288680000"},
};

INSTANTIATE_TEST_SUITE_P(All, BadBucketsTest, ::testing::ValuesIn(kBadBuckets),
                         [](const auto& param_info) {
                           return param_info.param.name;
                         });

TEST_F(QueryBucketsTest, SpecsOfTheWrongShapeAreRefused) {
  const auto expect = [this](auto spoil, const std::string& message) {
    v1::IndexSpec spec = AttentionSpec("other");
    spoil(spec);
    const auto status = client_->CreateIndex(spec).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(status.message(), HasSubstr(message));
  };
  expect([](auto& s) { s.set_dim(0); }, "dim must be 1..1040, got 0");
  expect([](auto& s) { s.mutable_attention()->set_max_buckets(7); },
         "max_buckets must be even, got 7");
  expect([](auto& s) { s.mutable_attention()->set_num_rounds(65); },
         "num_rounds must be 1..64, got 65");
  expect(
      [](auto& s) {
        s.mutable_attention()->set_num_rounds(64);
        s.mutable_attention()->set_max_buckets(32768);
      },
      "attention.num_rounds * attention.max_buckets / 2 must be 1..65536, got "
      "1048576");
  expect([](auto& s) { s.mutable_attention()->set_bucket_size(70000); },
         "attention.bucket_size must be 1..65536, got 70000");
  expect([](auto& s) { s.set_kind(v1::INDEX_KIND_NEURON); },
         "spec.attention must not be set of kind NEURON");
  expect([](auto& s) { s.set_num_rows(10); },
         "spec.num_rows must not be set of kind ATTENTION");
  expect([](auto& s) { s.mutable_hash(); },
         "spec.hash must not be set of kind ATTENTION");
  expect(
      [](auto& s) { s.mutable_learning()->set_loss(v1::LEARN_LOSS_TRIPLET); },
      "spec.learning.loss must not be set of kind ATTENTION");
}

}  // namespace
}  // namespace mongoose::testing
